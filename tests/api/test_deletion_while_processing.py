"""Delete assets during preparation: the child is suspended with a signal, so the moment lasts."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.answers import refused
from tests.faults.hard_media import large_picture, long_sound
from tests.harness import Api, LiveBox, children, holds, wait_until
from tests.media_bytes import wav

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the children in /proc")


def processing(api: Api, project_id: str, content: bytes) -> str:
    asset_id, url = api.asset(len(content), project_id)
    assert api.patch(url, 0, content).status_code == 204
    assert api.get(asset_id)["state"] == "processing"
    return asset_id


def delete(api: Api, box: LiveBox, what: str, project_id: str, asset_id: str) -> None:
    """Delete an asset during preparation, or its project; nothing may be left or charged."""
    balance = api.balance()
    # A complete upload cannot be cancelled any more; its asset can be deleted.
    assert api.http.delete(f"/v1/uploads/{asset_id}", headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert api.get(asset_id)["state"] == "processing"
    target = f"/v1/assets/{asset_id}" if what == "asset" else f"/v1/projects/{project_id}"
    assert api.http.delete(target).status_code == 204
    refused(api.http.get(f"/v1/assets/{asset_id}"), "not_found")
    assert list(box.data_dir.rglob(f"{asset_id}*")) == []
    assert api.balance() == balance


@pytest.mark.parametrize("what", ["asset", "project"])
def test_preparation_stops_with_the_asset(
    api: Api, shared_box: LiveBox, stopped: Callable[[int], None], what: str
) -> None:
    project_id = api.project()
    asset_id = processing(api, project_id, long_sound(1800))
    pid = wait_until(lambda: next((pid for pid in children(shared_box, "media-probe") if holds(pid, asset_id)), None))
    stopped(pid)
    delete(api, shared_box, what, project_id, asset_id)
    assert not Path(f"/proc/{pid}").exists()
    assert api.upload(wav(1))["state"] == "ready"  # the next one is prepared as usual


def test_asset_can_be_deleted_before_its_child_starts(
    api: Api, shared_box: LiveBox, stopped: Callable[[int], None]
) -> None:
    # A child that was just forked still has its name.
    (fork_server,) = wait_until(lambda: len(found := children(shared_box, "media-fork")) == 1 and found)
    stopped(fork_server)
    project_id = api.project()
    asset_id = processing(api, project_id, wav(1))
    delete(api, shared_box, "asset", project_id, asset_id)
    assert not children(shared_box, "media-probe")
    os.kill(fork_server, signal.SIGCONT)
    assert api.upload(wav(1))["state"] == "ready"
    wait_until(lambda: not children(shared_box, "media-probe"))


@pytest.mark.parametrize(
    ("child", "content"),
    [("media-waveform", lambda: long_sound(1800)), ("media-poster", lambda: large_picture(6000))],
    ids=["waveform", "poster"],
)
@pytest.mark.parametrize("what", ["asset", "project"])
def test_delete_while_artifact_is_made_leaves_nothing(
    api: Api, shared_box: LiveBox, stopped: Callable[[int], None], child: str, content: Callable[[], bytes], what: str
) -> None:
    project_id = api.project()
    asset_id, url = api.asset(len(content()), project_id)
    assert api.patch(url, 0, content()).status_code == 204
    pid = wait_until(lambda: next((pid for pid in children(shared_box, child) if holds(pid, asset_id)), None))
    stopped(pid)
    assert api.get(asset_id)["state"] == "ready"
    target = f"/v1/assets/{asset_id}" if what == "asset" else f"/v1/projects/{project_id}"
    assert api.http.delete(target).status_code == 204
    assert not Path(f"/proc/{pid}").exists()
    assert list(shared_box.data_dir.rglob(f"{asset_id}*")) == []
    with closing(sqlite3.connect(shared_box.data_dir / "box.db", timeout=30)) as database:
        assert database.execute("SELECT * FROM artifact WHERE asset_id = ?", (asset_id,)).fetchall() == []
