"""Space is preallocated ahead of the bytes of a chunk, and returned where they do not come."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from roughy_box.storage.blobs import PREALLOCATED, WRITE_BACK
from tests.api.wire import MIB, Wire, arrived, chunk_head, incoming, wav
from tests.harness import Api, LiveBox, wait_until

LENGTH = 3 * PREALLOCATED
SENT = 300_000


def held(path: Path) -> int:
    """Return the bytes on disk beyond the size of the file."""
    status = path.stat()
    return status.st_blocks * 512 - status.st_size


@pytest.fixture
def begun(fresh_box: Callable[..., LiveBox]) -> tuple[LiveBox, Api, str, str, Wire]:
    """Send a little of a chunk, after a first one that was accepted as media."""
    box = fresh_box()
    api = Api(box)
    asset_id, url = api.asset(LENGTH)
    content = wav(MIB)
    assert api.patch(url, 0, content).status_code == 204
    wire = Wire(box)
    wire.send(chunk_head(box, url, MIB, LENGTH - MIB) + bytes(SENT))
    arrived(api, url, MIB + SENT)
    if held(incoming(box, asset_id)) < PREALLOCATED // 2:
        pytest.skip("this file system sets no space aside")
    return box, api, asset_id, url, wire


def test_interrupted_chunk_returns_preallocated_space(begun: tuple[LiveBox, Api, str, str, Wire]) -> None:
    box, api, asset_id, url, wire = begun
    wire.close()
    wait_until(lambda: held(incoming(box, asset_id)) < WRITE_BACK)
    assert api.offset(url) == MIB + SENT


def test_killed_server_returns_space_at_restart(begun: tuple[LiveBox, Api, str, str, Wire]) -> None:
    box, _, asset_id, url, wire = begun
    box.stop(signal.SIGKILL)
    wire.close()
    assert held(incoming(box, asset_id)) > WRITE_BACK
    box.start()
    assert held(incoming(box, asset_id)) < WRITE_BACK
    assert Api(box).offset(url) == MIB + SENT
