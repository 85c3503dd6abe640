"""A full disk: a clear answer, everything that arrived kept, deleting possible, and recovery without a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.faults.outcomes import altered
from tests.faults.promises import findings
from tests.faults.volume import MIB, free, full, mounted, top_up
from tests.harness import Api, LiveBox, serving, wait_until
from tests.media_bytes import wav


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A volume of 24 MiB."""
    with mounted(tmp_path / "volume", 24 * MIB) as volume:
        yield volume


@pytest.fixture
def box(small_disk: Path) -> Iterator[LiveBox]:
    """A box whose whole data folder is on the small volume."""
    with serving(small_disk, {"STORAGE_RESERVE": "1MiB"}) as box:
        yield box


def is_sound_but_small(box: LiveBox) -> bool:
    """Return whether the doctor finds nothing but the small volume."""
    return findings(box) <= {"disk"}


@pytest.mark.parametrize("reserve", ["0", "1MiB"], ids=["to the last byte", "to the reserve"])
def test_chunk_fills_disk_written_bytes_kept(small_disk, rounds, dice, report_fault, reserve):
    fault = report_fault("F10", f"disk full within a chunk, {reserve} held in reserve")
    content, other = wav(240, noise=dice), wav(60, noise=dice)
    with serving(small_disk, {"STORAGE_RESERVE": reserve}) as box:
        api = Api(box)
        ready = api.upload(other)
        for _ in range(rounds(1, share=0.1)):
            room = free(small_disk)
            asset_id, url = api.asset(len(content))
            assert api.patch(url, 0, content[:MIB]).status_code == 204
            with full(small_disk, leaving=dice.randrange(2 * MIB)):
                refused = api.patch(url, MIB, content[MIB:])
                assert (refused.status_code, refused.json()["error"]["code"]) == (507, "insufficient_storage")
                reached = api.offset(url)
                fault.rounds += 1
                fault.lost += max(0, MIB - reached)
                assert MIB <= reached < len(content)
                assert (box.data_dir / "incoming" / asset_id).read_bytes() == content[:reached]
                # The others are unharmed.
                assert not altered(api, {ready["id"]: other})
            assert api.patch(url, reached, content[reached:]).status_code == 204
            assert not altered(api, {asset_id: content})
            assert api.http.delete(f"/v1/assets/{asset_id}").status_code == 204
            # Whoever still reads a deleted file keeps its space for a moment.
            wait_until(lambda: free(small_disk) > room - MIB)  # noqa: B023
        assert is_sound_but_small(box)


def test_database_disk_full_refused_nothing_left(box, small_disk, rounds, report_fault):
    fault = report_fault("F11", "disk full in the database")
    api = Api(box)
    for _ in range(rounds(1, share=0.1)):
        project_id = api.project()
        with full(small_disk):
            stored = projects_until_refused(api)
            assert api.http.get(f"/v1/projects/{project_id}").status_code == 200
            refused = api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 100})
            assert refused.status_code in (503, 507)
            fault.rounds += 1
        assert api.http.post("/v1/projects", json={"name": "after"}).status_code == 201
        lost = [each for each in stored if api.http.get(f"/v1/projects/{each}").status_code != 200]
        fault.lost += len(lost)
        assert not lost
        assert api.http.get("/v1/assets").json()["total"] == 0
    assert is_sound_but_small(box)


def test_asset_too_large_for_disk_not_created(box, report_fault):
    fault = report_fault("F12", "announced without room for it")
    api = Api(box)
    project_id = api.project()

    def announce(size: int) -> httpx.Response:
        return api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": size})

    assert announce(30 * MIB).status_code == 507
    first = announce(12 * MIB)
    assert first.status_code == 201
    # What the first one still has to bring counts as taken.
    assert announce(12 * MIB).status_code == 507
    api.http.delete(f"/v1/assets/{first.json()['id']}")
    assert announce(12 * MIB).status_code == 201
    assert api.http.get("/v1/assets").json()["total"] == 1
    fault.rounds += 2


@pytest.mark.parametrize("kind", ["asset", "upload", "project"])
def test_delete_disk_completely_full_works(box, small_disk, dice, report_fault, kind):
    fault = report_fault("F10", f"deleting on a full disk: {kind}")
    api = Api(box)
    wait_until(lambda: (box.data_dir / "ballast").exists() and (box.data_dir / "ballast").stat().st_size)
    path, asset_id = PREPARE[kind](api, wav(60, noise=dice))
    with full(small_disk) as file:
        projects_until_refused(api)
        top_up(file)
        answer = api.http.delete(path, headers={"Tus-Resumable": "1.0.0"})
        fault.rounds += 1
        fault.lost += answer.status_code != 204
        assert answer.status_code == 204, answer.text
        assert api.http.get(f"/v1/assets/{asset_id}").status_code == 404
        wait_until(lambda: not list(box.data_dir.rglob(f"{asset_id}*")))
        assert free(small_disk) > 0
    assert api.http.post("/v1/projects", json={"name": "after"}).status_code == 201
    assert is_sound_but_small(box)


def prepare_asset(api: Api, content: bytes) -> tuple[str, str]:
    asset_id = str(api.upload(content)["id"])
    return f"/v1/assets/{asset_id}", asset_id


def prepare_upload(api: Api, content: bytes) -> tuple[str, str]:
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content[:-1]).status_code == 204
    return url, asset_id


def prepare_project(api: Api, content: bytes) -> tuple[str, str]:
    asset = api.upload(content)
    return f"/v1/projects/{asset['project_id']}", str(asset["id"])


PREPARE: dict[str, Callable[[Api, bytes], tuple[str, str]]] = {
    "asset": prepare_asset,
    "upload": prepare_upload,
    "project": prepare_project,
}


def projects_until_refused(api: Api) -> list[str]:
    """Those that were still stored when the first one was not."""
    stored = []
    while True:
        answer = api.http.post("/v1/projects", json={"name": "x" * 200})
        if answer.status_code != 201:
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
            return stored
        stored.append(answer.json()["id"])
