"""A disk that fails (EIO): nothing is acknowledged that may not be there, and the box goes on when the disk does."""

from __future__ import annotations

import signal

import pytest

from tests.api.wire import MIB
from tests.faults.outcomes import altered, is_sound
from tests.faults.shims import DiskError
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs

pytestmark = needs("gcc")


@pytest.fixture(scope="module")
def box_and_disk(tmp_path_factory, shim):
    """A running box and its disk; the box must be sound after all of it."""
    box = LiveBox(tmp_path_factory.mktemp("failing"), credits=100_000)
    disk = DiskError(box, shim("disk_error"))
    box.start()
    try:
        yield Api(box), disk
        is_sound(Api(box))
    finally:
        box.stop(signal.SIGKILL)


@pytest.fixture
def failing(box_and_disk):
    """Both, for one test that makes the disk fail."""
    yield box_and_disk
    box_and_disk[1].rest()


def test_write_fails_earlier_bytes_kept(failing, rounds, dice, report_fault):
    fault = report_fault("F13", "write error in an upload")
    api, disk = failing
    sent = {}
    for _ in range(rounds(2, share=0.2)):
        content = wav(55, rate=48_000, noise=dice)
        asset_id, url = api.asset(len(content))
        assert api.patch(url, 0, content[:MIB]).status_code == 204
        disk.arm(f"*/incoming/{asset_id}", write=True, spared=dice.choice((0, 1, 2)))
        refused = api.patch(url, MIB, content[MIB:])
        fault.rounds += 1
        fault.lost += refused.status_code != 500
        assert (refused.status_code, refused.json()["error"]["code"]) == (500, "internal_error")
        reached = api.offset(url)
        assert MIB <= reached < len(content)
        assert (api.box.data_dir / "incoming" / asset_id).read_bytes() == content[:reached]
        disk.rest()
        assert api.patch(url, reached, content[reached:]).status_code == 204
        sent[asset_id] = content
    assert not altered(api, sent)


@pytest.mark.parametrize("start", [0, MIB], ids=["first chunk", "later chunk"])
def test_sync_fails_bytes_lost_and_not_retried(failing, rounds, dice, report_fault, start):
    """The kernel forgets which pages failed: a second sync would succeed and say nothing (PostgreSQL, 2018)."""
    fault = report_fault("F13", f"sync error in {'a later' if start else 'the first'} chunk of an upload")
    api, disk = failing
    sent = {}
    for _ in range(rounds(1, share=0.1)):
        content = wav(20, rate=48_000, noise=dice)
        asset_id, url = api.asset(len(content))
        if start:
            assert api.patch(url, 0, content[:start]).status_code == 204
        # The last chunk too: it would start processing.
        end = dice.choice((start + 500_000, len(content)))
        disk.arm(f"*/incoming/{asset_id}", sync=True)
        refused = api.patch(url, start, content[start:end])
        fault.rounds += 1
        assert (refused.status_code, refused.json()["error"]["code"]) == (500, "internal_error")
        _, syncs = disk.seen()
        assert syncs == 1
        disk.rest()
        # The bytes acknowledged before are there; the rest is uncertain, so it is sent again.
        fault.lost += api.offset(url) != start
        assert api.offset(url) == start
        assert api.get(asset_id)["state"] == "pending_upload"
        assert (api.box.data_dir / "incoming" / asset_id).read_bytes() == content[:start]
        assert api.patch(url, start, content[start:]).status_code == 204
        sent[asset_id] = content
    assert not altered(api, sent)


def test_first_chunk_fails_next_detected_again(failing):
    api, disk = failing
    asset_id, url = api.asset(1000)
    disk.arm(f"*/incoming/{asset_id}", sync=True)
    assert api.patch(url, 0, wav(0.05)[:500]).status_code == 500
    disk.rest()
    refused = api.patch(url, 0, b"plain text " * 50)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "unsupported_media")


def test_folder_sync_fails_nothing_acknowledged(failing, dice, report_fault):
    """Without its name on the disk a file is lost, however well it was synced itself."""
    fault = report_fault("F13", "sync error of the folder of uploads")
    api, disk = failing
    content = wav(1, noise=dice)
    asset_id, url = api.asset(len(content))
    disk.arm("*/incoming", sync=True)
    for _ in range(3):
        # Not the second time either, when the file is there already.
        refused = api.patch(url, 0, content[:1000])
        fault.rounds += 1
        fault.lost += refused.status_code == 204
        assert refused.status_code == 500
        assert api.offset(url) == 0
    disk.rest()
    assert api.patch(url, 0, content).status_code == 204
    assert not altered(api, {asset_id: content})


@pytest.mark.parametrize("call", ["write", "sync"])
def test_database_disk_fails_unchanged_and_recovers(failing, rounds, dice, report_fault, call):
    fault = report_fault("F13", f"{call} error in the database")
    api, disk = failing
    project_id, content = api.project(), wav(1, noise=dice)
    ready = api.upload(content, project_id)
    for _ in range(rounds(1, share=0.1)):
        open_id, open_url = api.asset(len(content), project_id)
        before = _totals(api)
        disk.arm("*/box.db*", **{call: True}, spared=dice.randint(0, 2) if call == "write" else 0)
        refused = [
            api.http.post("/v1/projects", json={"name": "never"}),
            api.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": 1000}),
            api.http.delete(f"/v1/assets/{ready['id']}"),
            # Its bytes are kept, but not the row that would say so.
            api.patch(open_url, 0, content),
        ]
        fault.rounds += 1
        fault.lost += sum(answer.status_code != 503 for answer in refused)
        assert [answer.status_code for answer in refused] == [503] * 4
        assert {answer.json()["error"]["code"] for answer in refused} == {"unavailable"}
        # Reads still work, and background work meets the failing disk, too: the upload is complete.
        assert _totals(api) == before
        wait_until(lambda: "it runs again at its next tick: " in api.box.log())
        disk.rest()
        assert api.http.post("/v1/projects", json={"name": "after"}).status_code == 201
        offset = api.offset(open_url)
        if offset < len(content):
            assert api.patch(open_url, offset, content[offset:]).status_code == 204
        wait_until(lambda: api.get(open_id)["state"] == "ready")  # noqa: B023
        assert not altered(api, {ready["id"]: content, open_id: content})
        assert _totals(api) == [before[0] + 1, before[1]]
    after = _totals(api)
    api.box.stop()
    api.box.start()
    assert _totals(api) == after


def _totals(api: Api) -> list[int]:
    """Return the numbers of projects and assets."""
    return [api.http.get(f"/v1/{kind}").json()["total"] for kind in ("projects", "assets")]
