"""Renders that are stopped, killed or short of space: nothing is left behind, none is lost. Contract, section 10."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.api import talks
from tests.api.answers import GHOST, refused
from tests.api.conftest import Member
from tests.api.films import ended, film, post, read, rendering
from tests.api.test_events import events_of
from tests.faults.volume import MIB, free, full, mounted
from tests.harness import Api, LiveBox, serving, wait_until
from tests.media_bytes import wav

SPAN = [{"start": 0, "end": 1}]


def renders_on_disk(box: LiveBox, asset_id: str) -> list[str]:
    folder = box.data_dir / "renders" / asset_id
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def of_render(box: LiveBox, render_id: str) -> list[str]:
    return [event for event, entity, _ in events_of(box) if entity == render_id]


@pytest.mark.parametrize("what", ["render", "asset", "project"])
def test_deleted_while_rendering_cancelled(api: Api, stopped: Callable[[int], None], what: str) -> None:
    box, project = api.box, api.project()
    asset, other = api.upload(film(), project)["id"], api.upload(film())["id"]
    render = post(api, asset)["id"]
    pid = rendering(box, asset)
    stopped(pid)
    waiting = [post(api, asset, format="mp3")["id"], post(api, other, format="mp3")["id"]]
    assert [read(api, each)["state"] for each in (render, *waiting)] == ["processing", "pending", "pending"]
    path = {"render": f"/v1/renders/{render}", "asset": f"/v1/assets/{asset}", "project": f"/v1/projects/{project}"}
    assert api.http.delete(path[what]).status_code == 204
    assert not Path(f"/proc/{pid}").exists()  # what holds it up is not the deletion: it hangs
    refused(api.http.get(f"/v1/renders/{render}"), "not_found")
    assert ended(api, waiting[1])["state"] == "completed"
    assert of_render(box, render) == ["render.cancelled"]
    if what == "render":
        assert ended(api, waiting[0])["state"] == "completed"
        assert renders_on_disk(box, asset) == [f"{waiting[0]}.mp3"]
    else:
        assert of_render(box, waiting[0]) == ["render.cancelled"]
        assert not (box.data_dir / "renders" / asset).exists()


def test_killed_while_rendering_completed_once(
    fresh_box: Callable[..., LiveBox], stopped: Callable[[int], None]
) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(film())["id"]
    cut = talks.post(api, asset, segments=SPAN)["id"]
    render = post(api, asset, cut_id=cut)["id"]
    stopped(rendering(box, asset))
    assert api.http.delete(f"/v1/cuts/{cut}").status_code == 204  # its plan stays with the render
    assert renders_on_disk(box, asset) == [f".{render}.mp4.new"]
    box.stop(signal.SIGKILL)
    for name in (f"{GHOST}.mp4", f".{GHOST}.mp4.new"):  # as a deletion that was cut off leaves them
        (box.data_dir / "renders" / asset / name).write_bytes(b"x")
    box.start()
    api = Api(box)
    done = ended(api, render)
    assert (done["state"], done["duration_seconds"], done["cut_id"]) == ("completed", "1.000", None)
    assert of_render(box, render) == ["render.completed"]
    assert wait_until(lambda: renders_on_disk(box, asset) == [f"{render}.mp4"])
    assert box.cli("doctor")["findings"] == []
    box.stop()
    box.start()
    assert read(Api(box), render)["completed_at"] == done["completed_at"]
    assert of_render(box, render) == ["render.completed"]


def test_child_killed_twice_crashed_then_again(api: Api, stopped: Callable[[int], None]) -> None:
    box, asset = api.box, api.upload(film())["id"]
    render, pid = post(api, asset, format="mov")["id"], 0
    for _ in range(2):
        pid = rendering(box, asset, after=pid)
        stopped(pid)
        os.kill(pid, signal.SIGKILL)
    failed = ended(api, render)
    assert (failed["state"], failed["error_code"]) == ("failed", "processing_crashed")
    assert renders_on_disk(box, asset) == []
    again = post(api, asset, 200, format="mov")
    assert (again["id"], again["state"], again["error_code"]) == (render, "pending", None)
    assert ended(api, render)["state"] == "completed"
    assert of_render(box, render) == ["render.failed", "render.completed"]


def test_time_limit_timeout_device_missing_x264(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"RENDERING_TIMEOUT": "1s", "RENDERING_ENCODER": "videotoolbox"})
    api = Api(box)
    asset = api.upload(wav(900))["id"]
    render = ended(api, post(api, asset, format="m4a")["id"])
    assert (render["state"], render["error_code"]) == ("failed", "processing_timeout")
    assert renders_on_disk(box, asset) == []
    assert "rendering.encoder is videotoolbox, which does not work here" in box.log()


@pytest.mark.parametrize("of_cut", [False, True], ids=["found when posted", "found by the job"])
@pytest.mark.parametrize(("damage", "code"), [("missing", "media_missing"), ("short", "corrupt_media")])
def test_media_damaged_failed_then_completed(api: Api, damage: str, code: str, of_cut: bool) -> None:
    asset = api.upload(film())["id"]
    cut = talks.post(api, asset, segments=SPAN)["id"] if of_cut else None
    (path,) = api.box.data_dir.rglob(f"{asset}.mkv")
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        os.truncate(path, 1000)
    render = post(api, asset, cut_id=cut)["id"]
    failed = ended(api, render)
    assert (failed["state"], failed["error_code"], failed["completed_at"]) == ("failed", code, None)
    assert failed["error_message"]
    assert post(api, asset, 200, cut_id=cut)["id"] == render
    assert ended(api, render)["error_code"] == code
    assert of_render(api.box, render) == ["render.failed"] * 2
    path.write_bytes(content)
    assert post(api, asset, 200, cut_id=cut)["id"] == render
    assert ended(api, render)["state"] == "completed"


def test_source_ends_half_way_place_named(api: Api) -> None:
    asset = api.upload(film(14))["id"]
    cut = talks.post(api, asset, segments=[{"start": 0, "end": 14}])["id"]
    (path,) = api.box.data_dir.rglob(f"{asset}.mkv")
    half = path.stat().st_size // 2
    path.write_bytes(path.read_bytes()[:half] + bytes(path.stat().st_size - half))
    failed = ended(api, post(api, asset, cut_id=cut)["id"])
    assert (failed["state"], failed["error_code"]) == ("failed", "corrupt_media")
    place = re.search(r"stops decoding (\d+\.\d{3}) s after its start \(0:00:0\d\.\d{3}\)", failed["error_message"])
    assert place, failed
    assert 6 < float(place[1]) < 8


def test_thousand_open_refused(member: Callable[..., Member], stopped: Callable[[int], None]) -> None:
    api = member().api
    box, asset = api.box, api.upload(film())["id"]
    running = post(api, asset)["id"]
    stopped(rendering(box, asset))
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database, database:
        columns = "account_id, asset_id, output, format, estimate, created_at"
        database.executemany(
            f"INSERT INTO render (id, request, {columns}) SELECT ?, ?, {columns} FROM render WHERE id = '{running}'",
            ((f"01940000-0000-7000-8000-{number:012x}", f"{number:064x}") for number in range(999)),
        )
    wish = {"asset_id": asset, "output": {"format": "mp3"}}
    answer = api.http.post("/v1/renders", json=wish)
    assert "1000" in refused(answer, "rate_limited")["message"]
    assert int(answer.headers["Retry-After"]) >= 1
    assert post(api, asset, 200)["id"] == running  # which takes no other place
    assert api.http.delete("/v1/renders/01940000-0000-7000-8000-000000000000").status_code == 204
    assert api.http.post("/v1/renders", json=wish).status_code == 201
    assert api.http.delete(f"/v1/assets/{asset}").status_code == 204


def test_render_too_large_for_disk_refused(api: Api, stopped: Callable[[int], None]) -> None:
    box, asset = api.box, api.upload(film())["id"]
    stopped_render = post(api, asset)["id"]
    stopped(rendering(box, asset))
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database, database:
        # One that is open holds all the space.
        database.execute("UPDATE render SET estimate = ? WHERE id = ?", (1024**5, stopped_render))
    message = refused(
        api.http.post("/v1/renders", json={"asset_id": asset, "output": {"format": "mov"}}), "insufficient_storage"
    )["message"]
    assert "KiB" in message
    # An upload that is announced counts it, too, from the next look at it.
    refused(api.http.post("/v1/renders", json={"asset_id": asset, "output": {"format": "mp3"}}), "insufficient_storage")
    refused(api.http.post("/v1/assets", json={"project_id": api.project(), "size_bytes": 1000}), "insufficient_storage")
    assert api.http.delete(f"/v1/renders/{stopped_render}").status_code == 204
    assert ended(api, post(api, asset, format="mov")["id"])["state"] == "completed"
    api.asset(1000)


def test_disk_full_paused_then_completed(tmp_path: Path, stopped: Callable[[int], None]) -> None:
    with mounted(tmp_path / "volume", 24 * MIB) as volume, serving(volume, {"STORAGE_RESERVE": "1MiB"}) as box:
        api = Api(box)
        asset = api.upload(film())["id"]
        render = post(api, asset)["id"]
        pid = rendering(box, asset)
        stopped(pid)
        with full(volume):
            wait_until(lambda: not Path(f"/proc/{pid}").exists())
            wait_until(lambda: "is tried again" in box.log())
            assert renders_on_disk(box, asset) == []
            assert read(api, render)["state"] == "processing"
            assert free(volume) < MIB
        box.stop()
        box.start()
        assert ended(Api(box), render)["state"] == "completed"
        assert of_render(box, render) == ["render.completed"]
        assert "Traceback" not in box.log()
