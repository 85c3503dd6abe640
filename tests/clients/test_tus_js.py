"""tus-js-client from npm in Node."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.footage import Footage, check_arrived, check_gone, check_rejected
from tests.clients.proxy import failing
from tests.harness import PATIENCE, Api, LiveBox, wait_until
from tests.tools import needs, needs_packages

pytestmark = [needs("node"), needs_packages("tus-js-client")]

SCRIPT = Path(__file__).parent / "node" / "run.mjs"
MB = 1_000_000
SIZES = [pytest.param(64 * 1024, id="64KiB"), pytest.param(700_000, id="700kB"), pytest.param(None, id="whole")]

Outcome = dict[str, Any]


class Sending:
    """A run of the script with a plan; see node/transfer.mjs."""

    def __init__(self, api: Api, file: Path, url: str, **plan: Any) -> None:
        plan |= {"url": url, "key": api.box.key, "file": str(file)}
        command = ["node", str(SCRIPT), json.dumps(plan)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)

    def abort(self) -> None:
        self._process.send_signal(signal.SIGUSR2)

    def outcome(self) -> Outcome:
        try:
            printed, complaints = self._process.communicate(timeout=PATIENCE)
        finally:
            self._process.kill()
        assert self._process.returncode == 0, complaints
        outcome: Outcome = json.loads(printed)
        return outcome


def send(api: Api, file: Path, url: str, **plan: Any) -> Outcome:
    return Sending(api, file, url, **plan).outcome()


def send_and_abort_in_a_chunk(api: Api, file: Path, url: str, over: Callable[[], object], **plan: Any) -> Outcome:
    """Send the file as one chunk and abort in the middle of it.

    For the box the old connection stays open, as after a network failure, until ``over`` is true.
    """

    def hang() -> None:
        sending.abort()
        wait_until(over)

    with failing(api.box.port, limit=7 * MB, meanwhile=hang) as proxy:
        sending = Sending(api, file, url.replace(api.box.url, proxy.url), **plan)
        return sending.outcome()


def answered(outcome: Outcome, method: str) -> list[int]:
    """Return the statuses of all requests of one method."""
    return [request["status"] for request in outcome["requests"] if request["method"] == method]


@pytest.mark.parametrize("chunk_size", SIZES)
def test_upload_file_arrives(api: Api, footage: Footage, chunk_size: int | None) -> None:
    asset_id, url = api.asset(footage.size)
    outcome = send(api, footage.path, url, chunkSize=chunk_size)
    assert outcome["ending"] == "finished", outcome["error"]
    chunks = -(-footage.size // (chunk_size or footage.size))
    assert answered(outcome, "PATCH") == [204] * chunks
    check_arrived(api, asset_id, footage)


def test_upload_method_override_arrives(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    outcome = send(api, recording.path, url, chunkSize=5 * MB, overridePatchMethod=True)
    assert outcome["ending"] == "finished", outcome["error"]
    assert {(r["method"], r["override"]) for r in outcome["requests"]} == {("HEAD", None), ("POST", "PATCH")}
    check_arrived(api, asset_id, recording)


def test_upload_aborted_resumes(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    first = send(api, recording.path, url, chunkSize=3 * MB, abortAt=4 * MB)
    assert first["ending"] == "aborted"
    second = send(api, recording.path, url)
    assert second["ending"] == "finished", second["error"]
    (patch,) = [request for request in second["requests"] if request["status"] == 204]
    assert 3 * MB <= patch["offset"] < recording.size
    check_arrived(api, asset_id, recording)


def test_upload_own_dead_connection_is_taken_over(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)

    def is_whole() -> bool:
        return bool(api.get(asset_id)["state"] != "pending_upload")

    delays = [100, 1000, 1000, 1000]
    outcome = send_and_abort_in_a_chunk(api, recording.path, url, is_whole, then="resume", retryDelays=delays)
    assert outcome["ending"] == "finished", outcome["error"]
    *refused, last = answered(outcome, "PATCH")
    # Locked while the old connection is still warm; another offset once more of its bytes have arrived.
    assert set(refused) <= {423, 409}
    assert last == 204
    check_arrived(api, asset_id, recording)


def test_upload_terminated_is_gone(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    outcome = send(api, recording.path, url, chunkSize=700_000, abortAt=4 * MB, then="terminate")
    assert outcome["ending"] == "aborted", outcome["error"]
    assert answered(outcome, "DELETE") == [204]
    check_gone(api, asset_id)


def test_upload_terminated_within_chunk_is_gone(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)

    def is_gone() -> bool:
        return api.http.get(f"/v1/assets/{asset_id}").status_code == 404

    outcome = send_and_abort_in_a_chunk(api, recording.path, url, is_gone, then="terminate")
    assert outcome["ending"] == "aborted", outcome["error"]
    assert answered(outcome, "DELETE") == [204]
    check_gone(api, asset_id)


@pytest.mark.parametrize("chunk_size", SIZES)
def test_upload_not_media_reports_reason(api: Api, text: Path, chunk_size: int | None) -> None:
    asset_id, url = api.asset(text.stat().st_size)
    outcome = send(api, text, url, chunkSize=chunk_size)
    assert outcome["ending"] == "failed"
    assert '"unsupported_media"' in outcome["error"]
    assert answered(outcome, "PATCH") == [409]
    check_rejected(api, asset_id)


def test_upload_server_killed_resumes(fresh_box: Callable[..., LiveBox], recording: Footage) -> None:
    box = fresh_box()
    api = Api(box)

    def restart() -> None:
        box.stop(signal.SIGKILL)
        box.start()

    asset_id, url = api.asset(recording.size)
    with failing(box.port, limit=7 * MB, meanwhile=restart) as proxy:
        url = url.replace(box.url, proxy.url)
        outcome = send(api, recording.path, url, chunkSize=3 * MB, retryDelays=[100, 1000, 3000])
    assert outcome["ending"] == "finished", outcome["error"]
    heads = [r["status"] for r in outcome["requests"] if r["method"] == "HEAD"]
    assert len(heads) >= 2
    check_arrived(Api(box), asset_id, recording)
