"""Deleting what is being prepared: the child that reads it is stopped at will, so the moment lasts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.answers import refused
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the children in /proc")


def probers(box: LiveBox) -> list[int]:
    """The processes of the box that wait for an asset or read one."""
    assert box.process
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            is_prober = b"media-probe" in (folder / "cmdline").read_bytes()
        except (OSError, IndexError):
            continue  # it ended while we looked
        if parent == box.process.pid and is_prober:
            found.append(int(folder.name))
    return found


@pytest.fixture
def frozen(shared_box: LiveBox) -> Iterator[int]:
    """The child that will get the next asset, stopped."""
    (pid,) = wait_until(lambda: len(found := probers(shared_box)) == 1 and found)
    os.kill(pid, signal.SIGSTOP)
    yield pid
    if pid in probers(shared_box):
        os.kill(pid, signal.SIGKILL)


def processing(api: Api, project_id: str) -> str:
    content = wav(1)
    asset_id, url = api.asset(len(content), project_id)
    assert api.patch(url, 0, content).status_code == 204
    assert api.get(asset_id)["state"] == "processing"
    return asset_id


@pytest.mark.parametrize("what", ["asset", "project"])
def test_preparation_stops_with_the_asset(api: Api, shared_box: LiveBox, frozen: int, what: str) -> None:
    project_id = api.project()
    balance = api.balance()
    asset_id = processing(api, project_id)
    # A finished upload cannot be cancelled any more; its asset can be deleted.
    assert api.http.delete(f"/v1/uploads/{asset_id}", headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert api.get(asset_id)["state"] == "processing"

    target = f"/v1/assets/{asset_id}" if what == "asset" else f"/v1/projects/{project_id}"
    assert api.http.delete(target).status_code == 204
    refused(api.http.get(f"/v1/assets/{asset_id}"), "not_found")
    assert list(shared_box.data_dir.rglob(f"{asset_id}*")) == []
    assert frozen not in probers(shared_box)
    assert api.balance() == balance
    # The next one is prepared as ever.
    assert api.upload(wav(1))["state"] == "ready"
