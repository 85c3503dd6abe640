"""A full disk under the log: the box continues to serve, and logs again when there is space."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tests.faults.outcomes import altered
from tests.faults.volume import MIB, full, mounted
from tests.harness import Api, LiveBox
from tests.media_bytes import wav


def serves(box: LiveBox) -> bool:
    """Exercise everything that logs: requests, refusals, errors, preparation, deletion."""
    api, content = Api(box), wav(2)
    ready, other = api.upload(content), api.upload(content)
    _, url = api.asset(1000)
    assert api.patch(url, 0, b"plain text " * 50).status_code == 409
    assert api.http.get("/v1/nothing").status_code == 404
    assert api.http.delete(f"/v1/assets/{other['id']}").status_code == 204
    return not altered(api, {ready["id"]: content})


def test_log_full_box_serves(prepared_box, report_fault):
    fault = report_fault("F25", "log to a full device")
    box = prepared_box({"LOG_LEVEL": "debug", "LOG_FORMAT": "json"})
    (box.folder / "server.log").symlink_to("/dev/full")
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        Path("/dev/full").write_text("x")
    box.start()
    fault.rounds = 1
    assert serves(box)
    assert box.stop() == 0


def test_log_volume_full_box_serves_and_logs_again(prepared_box, tmp_path, rounds, report_fault):
    fault = report_fault("F25", "log volume full for a while")
    box = prepared_box(credits=100_000)
    with mounted(tmp_path / "logs", MIB) as volume:
        (box.folder / "server.log").symlink_to(volume / "server.log")
        box.start()
        for _ in range(rounds(1, share=0.02)):
            with full(volume):
                length = len(box.log())
                assert serves(box)
                # The rest of a started page may still be free.
                assert len(box.log()) < length + 8192
            fault.rounds += 1
            Api(box).project("after")
            assert "/v1/projects" in box.log()[length:]
        assert box.stop() == 0
    assert box.cli("doctor")["ok"]
