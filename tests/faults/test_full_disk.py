"""A full disk: a clear answer, everything that arrived kept, and recovery without a restart."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PROGRAM, Api, LiveBox, serving
from tests.media_bytes import wav

MIB = 1024**2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A volume of 24 MiB."""
    mounted = tmp_path / "volume"
    mounted.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(mounted)], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount a small volume")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", "--lazy", str(mounted)], check=True)


@pytest.fixture
def box(small_disk: Path) -> Iterator[LiveBox]:
    """A box whose whole data folder is on the small volume."""
    with serving(small_disk, {"STORAGE_RESERVE": "1MiB"}) as box:
        yield box


def fill(volume: Path) -> Path:
    """Take all the space that is left."""
    ballast = volume / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    file.write(b"\xff" * size)
            except OSError:
                pass
    assert os.statvfs(volume).f_bavail == 0
    return ballast


def doctor(box: LiveBox) -> dict[str, Any]:
    """The doctor's report, whatever it says."""
    done = subprocess.run([*PROGRAM, "doctor", "--json"], env=box.environ, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def test_a_chunk_that_fills_the_disk_is_kept_as_far_as_it_went(box, small_disk):
    api = Api(box)
    content = wav(600)
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content[:MIB]).status_code == 204
    ballast = fill(small_disk)

    answer = api.patch(url, MIB, content[MIB:])
    assert answer.status_code == 507
    assert answer.json()["error"]["code"] == "insufficient_storage"
    reached = api.offset(url)
    assert reached >= MIB
    assert (box.data_dir / "incoming" / asset_id).read_bytes() == content[:reached]

    ballast.unlink()
    assert api.patch(url, reached, content[reached:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"


def test_what_the_database_cannot_store_is_refused_and_nothing_is_left(box, small_disk):
    api = Api(box)
    project_id = api.project()
    ballast = fill(small_disk)
    statuses = set()
    for number in range(60):
        answer = api.http.post("/v1/projects", json={"name": f"{number} " + "x" * 200})
        statuses.add(answer.status_code)
    assert statuses <= {201, 503}
    assert 503 in statuses
    assert api.http.get(f"/v1/projects/{project_id}").status_code == 200

    refused = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 100})
    assert refused.status_code in (503, 507)

    ballast.unlink()
    assert api.http.post("/v1/projects", json={"name": "after"}).status_code == 201
    # The volume itself is too small for the doctor's taste, everything else is well.
    assert {finding["check"] for finding in doctor(box)["findings"]} <= {"disk"}


def test_an_asset_that_cannot_fit_is_not_created(box):
    api = Api(box)
    project_id = api.project()
    answer = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 30 * MIB})
    assert answer.status_code == 507
    first = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 14 * MIB})
    assert first.status_code == 201
    # What the first one still has to bring counts as taken.
    second = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 14 * MIB})
    assert second.status_code == 507
    api.http.delete(f"/v1/assets/{first.json()['id']}")
    assert api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 14 * MIB}).status_code == 201
