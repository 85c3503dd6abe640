"""Posters, waveforms, peaks and proxies through the API: signed, gone with the asset, drawn later where missing."""

from __future__ import annotations

import array
import io
import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.harness import Api, LiveBox, wait_until
from tests.media.corpus import ffmpeg, picture, tone
from tests.media_bytes import wav
from tests.tools import needs

pytestmark = needs("ffmpeg")
BOTH = ("poster_url", "waveform_url")


@pytest.fixture(scope="module")
def movie(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("previews") / "movie.mp4"
    ffmpeg(*picture(3), *tone(3), "-pix_fmt", "yuv420p", path)
    return path.read_bytes()


@pytest.fixture
def anyone(shared_box: LiveBox) -> Iterator[httpx.Client]:
    """A client without a key."""
    with httpx.Client(verify=False) as client:
        yield client


def previewed(api: Api, asset_id: str, *names: str) -> dict[str, Any]:
    """Return the asset once it has the addresses of those names, without any that of its waveform."""
    wanted = names or ("waveform_url",)
    return dict(wait_until(lambda: all((asset := api.get(asset_id))[name] for name in wanted) and asset))


def files_of(box: LiveBox, asset_id: str) -> list[Path]:
    return sorted(box.data_dir.rglob(f"{asset_id}*"))


def test_video_has_poster_and_waveform(api, shared_box, anyone, movie):
    asset = previewed(api, api.upload(movie)["id"], *BOTH)
    poster = anyone.get(asset["poster_url"])
    assert (poster.status_code, poster.headers["Content-Type"]) == (200, "image/jpeg")
    with av.open(io.BytesIO(poster.content)) as image:
        frame = next(image.decode(video=0))
    assert (frame.width, frame.height) == (64, 48)

    waveform = anyone.get(asset["waveform_url"])
    assert (waveform.status_code, waveform.headers["Content-Type"]) == (200, "application/json")
    drawn = waveform.json()
    assert drawn["duration_ms"] == float(asset["duration_seconds"]) * 1000
    assert 290 <= len(drawn["peaks"]) <= 310
    assert all(0 <= peak <= 255 for peak in drawn["peaks"])
    assert max(drawn["peaks"]) > 10

    for answer in (poster, waveform):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"].startswith("private")
        url, etag = str(answer.url), answer.headers["ETag"]
        assert anyone.get(url, headers={"If-None-Match": etag}).status_code == 304
        head = anyone.head(url)
        assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(answer.content)))
    assert len(files_of(shared_box, asset["id"])) == 3


def test_sound_has_no_poster(api, anyone):
    asset = previewed(api, api.upload(wav(1))["id"])
    assert asset["poster_url"] is None
    assert len(anyone.get(asset["waveform_url"]).json()["peaks"]) == 100


def test_lists_have_the_same_urls(api, movie):
    project_id = api.project()
    asset = previewed(api, api.upload(movie, project_id)["id"], *BOTH)
    (item,) = api.http.get("/v1/assets", params={"project_id": project_id}).json()["items"]
    for name in ("poster_url", "waveform_url"):
        # Stable for a while, so that a page that polls finds its pictures in its cache.
        assert item[name] == asset[name]


def test_preview_urls_are_signed_and_end_with_asset(api, shared_box, anyone, movie):
    one, other = (previewed(api, api.upload(movie)["id"], *BOTH) for _ in range(2))
    for name in ("poster_url", "waveform_url"):
        assert anyone.get(one[name].split("?")[0]).status_code == 403
        assert anyone.get(one[name].replace(one["id"], other["id"])).status_code == 403
        assert anyone.get(one[name].replace("expires=1", "expires=2")).status_code == 403
    assert api.http.delete(f"/v1/assets/{one['id']}").status_code == 204
    for name in ("poster_url", "waveform_url"):
        assert anyone.get(one[name]).status_code == 404
        assert anyone.get(other[name]).status_code == 200
    assert files_of(shared_box, one["id"]) == []


def test_unready_asset_has_no_previews(api):
    asset_id, _ = api.asset(1000)
    asset = api.get(asset_id)
    assert (asset["poster_url"], asset["waveform_url"]) == (None, None)


def test_older_assets_get_previews_later(fresh_box, movie):
    box = fresh_box()
    api = Api(box)
    asset_id = api.upload(movie)["id"]
    previewed(api, asset_id, *BOTH)
    box.stop()
    # As after an upgrade from a version without previews, or after a restore: no folder.
    shutil.rmtree(box.data_dir / "derived")
    box.start()
    api = Api(box)
    asset = previewed(api, asset_id, *BOTH)
    assert httpx.get(asset["poster_url"], verify=False).status_code == 200


def test_media_without_previews_is_still_ready(fresh_box):
    box = fresh_box()
    api = Api(box)
    first = api.upload(wav(1))
    previewed(api, first["id"])
    path = box.data_dir / "media" / "projects" / first["project_id"] / f"{first['id']}.wav"
    box.stop()
    with sqlite3.connect(box.data_dir / "box.db") as database:
        database.execute("UPDATE artifact SET state = 'pending', size_bytes = NULL WHERE kind = 'waveform'")
    path.write_bytes(b"no media any more".ljust(path.stat().st_size))
    box.start()
    api = Api(box)

    def tried() -> bool:
        with sqlite3.connect(box.data_dir / "box.db") as database:
            query = "SELECT state FROM artifact WHERE kind = 'waveform'"
            return str(database.execute(query).fetchone()[0]) == "none"

    wait_until(tried)
    asset = api.get(first["id"])
    assert (asset["state"], asset["waveform_url"]) == ("ready", None)


def test_removed_previews_are_made_again(fresh_box, movie):
    box = fresh_box()
    api = Api(box)
    asset = previewed(api, api.upload(movie)["id"], *BOTH)
    shutil.rmtree(box.data_dir / "derived")
    for name in BOTH:
        assert httpx.get(asset[name], verify=False).status_code == 404
    asset = previewed(api, asset["id"], *BOTH)
    assert httpx.get(asset["poster_url"], verify=False).status_code == 200


def link_elsewhere(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize("damage", [Path.unlink, truncate, link_elsewhere])
def test_damaged_preview_made_again(damage, api, shared_box, anyone, movie):
    asset = previewed(api, api.upload(movie)["id"], *BOTH)
    poster = shared_box.data_dir / "derived" / f"{asset['id']}.jpg"
    before = poster.read_bytes()
    damage(poster)
    answer = anyone.get(asset["poster_url"])
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].endswith("is being made again.")
    assert (
        wait_until(lambda: (answer := anyone.get(asset["poster_url"])).status_code == 200 and answer).content == before
    )
    assert not poster.is_symlink()
    assert anyone.get(asset["waveform_url"]).status_code == 200


def test_waveform_range_served(api, anyone):
    asset = previewed(api, api.upload(wav(1))["id"])
    url = asset["waveform_url"]
    complete = anyone.get(url)
    part = anyone.get(url, headers={"Range": "bytes=2-9"})
    assert (part.status_code, part.content) == (206, complete.content[2:10])
    assert part.headers["Content-Range"] == f"bytes 2-9/{len(complete.content)}"
    assert part.headers["ETag"] == complete.headers["ETag"]
    assert anyone.get(url, headers={"Range": "bytes=99999999-"}).status_code == 416
    since = {"If-Modified-Since": complete.headers["Last-Modified"]}
    assert anyone.get(url, headers=since).status_code == 304


def test_peaks_measured_when_first_read(api, shared_box, anyone):
    asset = api.upload(wav(3, noise=random.Random(3)))
    url = asset["peaks_url"]
    path = shared_box.data_dir / "derived" / f"{asset['id']}.peaks"
    assert not path.exists()
    first = anyone.get(url)
    assert (first.status_code, first.headers["Retry-After"]) == (503, "1")
    assert first.json()["error"]["code"] == "unavailable"
    complete = wait_until(lambda: (answer := anyone.get(url)).status_code == 200 and answer)
    assert complete.headers["Content-Type"] == "application/octet-stream"
    levels = array.array("b", complete.content)
    assert len(levels) == 2 * 300
    assert all(low < 0 < high for low, high in zip(levels[::2], levels[1::2], strict=True))
    part = anyone.get(url, headers={"Range": "bytes=200-399"})
    assert (part.status_code, part.content) == (206, complete.content[200:400])
    assert anyone.get(url.replace("expires=1", "expires=2")).status_code == 403

    path.unlink()
    assert anyone.get(url).status_code == 503
    again = wait_until(lambda: (answer := anyone.get(url)).status_code == 200 and answer)
    assert again.content == complete.content
    api.http.delete(f"/v1/assets/{asset['id']}")
    assert anyone.get(url).status_code == 404


def test_peaks_silent_video_has_none(api, anyone, tmp_path):
    path = tmp_path / "silent.mp4"
    ffmpeg(*picture(1), "-pix_fmt", "yuv420p", path)
    url = api.upload(path.read_bytes())["peaks_url"]
    answer = wait_until(lambda: (answer := anyone.get(url)).status_code != 503 and answer)
    assert (answer.status_code, answer.json()["error"]["message"]) == (404, "This asset has no peaks.")


PRORES = (*picture(2, "1920x1080", 25), *tone(2, 48_000), "-c:v", "prores", "-pix_fmt", "yuv422p10le")


@pytest.mark.parametrize(
    ("name", "made_of", "tracks"),
    [("prores.mov", PRORES, {"video", "audio"}), ("pcm.wav", tone(2, 48_000), {"audio"})],
)
def test_proxy_plays_in_browsers(api, anyone, tmp_path, name, made_of, tracks):
    path = tmp_path / name
    ffmpeg(*made_of, "-c:a", "pcm_s24le", path)
    url = api.upload(path.read_bytes())["proxy_url"]
    first = anyone.get(url)
    assert first.status_code == 503
    assert first.json()["error"]["message"].startswith("The box is making the proxy")
    made = wait_until(lambda: (answer := anyone.get(url)).status_code == 200 and answer)
    assert made.headers["Content-Type"] == "video/mp4"
    with av.open(io.BytesIO(made.content)) as file:
        assert {stream.type for stream in file.streams} == tracks
        assert {stream.codec_context.name for stream in file.streams} <= {"h264", "aac"}
        assert abs(file.duration / av.time_base - 2) < 0.1
        if "video" in tracks:
            assert (file.streams.video[0].width, file.streams.video[0].height) == (960, 540)
            assert file.streams.video[0].frames == 50
    part = anyone.get(url, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, b"ftyp")
