"""A slow sync delays only the requests that wait for it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import tests.slow_disk
from tests.api.wire import MIB, wav
from tests.harness import Api, LiveBox, wait_until

CONTENT = wav(2 * MIB)


def test_bytes_are_received_during_other_syncs(fresh_box: Callable[..., LiveBox]) -> None:
    """More syncs than there are workers for direct transfers."""
    box = fresh_box(program=(sys.executable, tests.slow_disk.__file__))
    api = Api(box)
    with api.http, ThreadPoolExecutor() as clients:
        closed = box.folder / tests.slow_disk.CLOSED
        closed.touch()
        sent = []
        for _ in range(3):
            _, url = api.asset(len(CONTENT))
            sent.append(clients.submit(api.patch, url, 0, CONTENT[:MIB]))
            wait_until(lambda url=url: api.offset(url) == MIB)
        assert not any(one.done() for one in sent)
        closed.unlink()
        assert [one.result().status_code for one in sent] == [204, 204, 204]
