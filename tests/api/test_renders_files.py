"""The files of completed renders: as planned, named, in ranges, and made again when they are lost."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from tests.api import talks
from tests.api.answers import moment, refused
from tests.api.films import ended, film, post, read
from tests.api.test_events import events_of
from tests.harness import Api, LiveBox, wait_until

SPANS = [{"start": 0.2, "end": 0.6}, {"start": 1, "end": 1.4}]  # ten frames each, at 25 a second
TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "m4a": "audio/mp4", "mp3": "audio/mpeg"}


@dataclass(frozen=True)
class Rendered:
    """A completed render of a cut, and how far it was whenever it was read."""

    api: Api
    cut_id: str
    render: dict[str, Any]
    progress: list[float]

    @property
    def path(self) -> Path:
        """Return its file on the disk of the box."""
        render = self.render
        name = f"{render['id']}.{render['output']['format']}"
        return self.api.box.data_dir / "renders" / str(render["asset_id"]) / name


@pytest.fixture(scope="module")
def rendered(shared_box: LiveBox) -> Rendered:
    """An mp4 of a cut."""
    api = Api(shared_box)
    asset = api.upload(film(), api.project("Küche & Bad"), "Szene 1.mkv")["id"]
    cut = talks.post(api, asset, segments=SPANS)["id"]
    render, progress = post(api, asset, cut_id=cut), [0.0]

    def is_over() -> dict[str, Any] | None:
        now = read(api, render["id"])
        progress.append(now["progress"])
        return now if now["state"] in ("completed", "failed") else None

    return Rendered(api, cut, wait_until(is_over, 120), progress)


def test_completed_render_has_file_of_plan(rendered: Rendered) -> None:
    render = rendered.render
    assert (render["state"], render["error_code"], render["progress"], render["warnings"]) == (
        "completed",
        None,
        1.0,
        [],
    )
    assert render["duration_seconds"] == "0.800"
    assert moment(render["created_at"]) <= moment(render["started_at"]) < moment(render["completed_at"])
    assert rendered.progress == sorted(rendered.progress)
    content = httpx.get(render["download_url"]).content
    assert len(content) == render["size_bytes"] == rendered.path.stat().st_size
    with av.open(io.BytesIO(content)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 20
    assert [*rendered.path.parent.iterdir()] == [rendered.path]
    assert [event for event in events_of(rendered.api.box) if event[1] == render["id"]] == [
        ("render.completed", render["id"], "processing")
    ]


def test_download_named_in_ranges(rendered: Rendered) -> None:
    url = rendered.render["download_url"]
    whole = httpx.get(url)
    assert whole.headers["Content-Type"] == "video/mp4"
    disposition = whole.headers["Content-Disposition"]
    assert disposition.startswith('inline; filename="Kuche & Bad - Szene 1.mp4"')
    assert "filename*=UTF-8''K%C3%BCche%20&%20Bad%20-%20Szene%201.mp4" in disposition
    assert httpx.get(f"{url}&download=1").headers["Content-Disposition"].startswith("attachment;")
    part = httpx.get(url, headers={"Range": "bytes=10-19", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert httpx.get(url, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    head = httpx.head(url)
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(whole.content)))
    refused(httpx.get(url.replace("signature=", "signature=0")), "forbidden")
    other = url.replace(".mp4?", ".mov?")
    refused(httpx.get(other), "forbidden")
    listed = rendered.api.http.get(f"/v1/renders?cut_id={rendered.cut_id}").json()["items"]
    assert listed == [{name: value for name, value in rendered.render.items() if name != "download_url"}]


@pytest.mark.parametrize("format", ["mov", "m4a", "mp3"])
def test_each_format_completed(rendered: Rendered, format: str) -> None:
    api, asset = rendered.api, rendered.render["asset_id"]
    render = ended(api, post(api, asset, cut_id=rendered.cut_id, format=format)["id"])
    assert render["state"] == "completed", render
    answer = httpx.get(render["download_url"])
    assert answer.headers["Content-Type"] == TYPES[format]
    assert answer.headers["Content-Disposition"].startswith(f'inline; filename="Kuche & Bad - Szene 1.{format}"')
    with av.open(io.BytesIO(answer.content)) as file:
        assert bool(file.streams.video) == (format == "mov")
        assert file.duration is not None
        assert abs(file.duration / 1e6 - 0.8) < 0.06


def link_elsewhere(path: Path) -> None:
    path.symlink_to(path.rename(path.parents[3] / "elsewhere"))


@pytest.mark.parametrize("lose", [Path.unlink, link_elsewhere])
def test_lost_file_asked_for_made_again(lose: Callable[[Path], None], rendered: Rendered) -> None:
    api, render = rendered.api, rendered.render
    lose(rendered.path)
    refused(httpx.get(render["download_url"]), "not_found")
    again = ended(api, render["id"])
    assert (again["state"], again["size_bytes"]) == ("completed", rendered.path.stat().st_size)
    assert httpx.get(render["download_url"]).status_code == 200


def test_shortened_file_posted_made_again(rendered: Rendered) -> None:
    api, render = rendered.api, rendered.render
    os.truncate(rendered.path, 100)
    again = post(api, render["asset_id"], 200, cut_id=rendered.cut_id)
    assert (again["id"], again["state"], again["size_bytes"]) == (render["id"], "pending", None)
    assert ended(api, render["id"])["state"] == "completed"
    assert httpx.get(render["download_url"]).status_code == 200


def test_render_deleted_file_gone(api: Api) -> None:
    asset = api.upload(film(1, has_sound=False))["id"]
    renders = [ended(api, post(api, asset, format=format)["id"]) for format in ("mp4", "mov")]
    folder = api.box.data_dir / "renders" / asset
    assert len([*folder.iterdir()]) == 2
    assert api.http.delete(f"/v1/renders/{renders[0]['id']}").status_code == 204
    refused(api.http.get(f"/v1/renders/{renders[0]['id']}"), "not_found")
    refused(httpx.get(renders[0]["download_url"]), "not_found")
    assert [path.stem for path in folder.iterdir()] == [renders[1]["id"]]
    assert "render.cancelled" not in {event for event, entity, _ in events_of(api.box) if entity == renders[0]["id"]}
    assert api.http.delete(f"/v1/assets/{asset}").status_code == 204
    assert not folder.exists()
    refused(httpx.get(renders[1]["download_url"]), "not_found")


def test_sound_outside_picture_warned_of(api: Api) -> None:
    asset = api.upload(film(1, longer=3))
    assert asset["duration_seconds"] == "4.000"
    cut = talks.post(api, asset["id"], segments=[{"start": 0.2, "end": 4}])
    renders = [post(api, asset["id"], format="mp3"), post(api, asset["id"], cut_id=cut["id"])]
    ends = [ended(api, render["id"]) for render in renders]
    assert [(end["duration_seconds"], cut["summary"]["kept_seconds"]) for end in ends] == [
        ("1.000", "0.800"),
        ("0.800", "0.800"),
    ]
    for warnings in (cut["summary"]["warnings"], *(end["warnings"] for end in ends)):
        assert warnings == [
            {
                "code": "sound_outside_picture",
                "message": "Sound without a picture was left out: 3.0 s after the last one. "
                "To keep it, upload the sound as its own file.",
            }
        ]
