"""Thousands of connections that do nothing: what they cost, and whether anybody else notices."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.api.wire import wav
from tests.faults.crowd import percentile
from tests.faults.outcomes import is_sound
from tests.faults.peers import open_files
from tests.faults.table import Fault
from tests.harness import Api, LiveBox

WANTED = 10_000
FEW = 4000  # where only a short round is asked for
SPARE = 200  # files of the box and of this process besides the connections
GROWTH = 100 * 1024**2 / WANTED  # bytes a connection, the goal
SPREAD = 10 * 1024**2  # bytes by which the memory of a process varies anyway
LATE = 5.0  # seconds; the goal is 0.25, the machine may be busy
ASKED = 40  # requests on connections of their own
GREETING = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def room(rounds: Callable[..., int]) -> Iterator[int]:
    """Return the number of connections to hold: as many as wanted, if the system allows them."""
    # The box takes half of its files for connections.
    with open_files(2 * (WANTED + SPARE)) as files:
        yield min(WANTED, rounds(FEW, share=WANTED / 1000), files // 2 - SPARE)


def memory(box: LiveBox) -> int:
    """Resident bytes of the server."""
    assert box.process
    pages = Path(f"/proc/{box.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def hold(box: LiveBox, count: int, stack: ExitStack) -> list[socket.socket]:
    """Open connections; every tenth has had a request served, the others never said a word."""
    held = [stack.enter_context(box.connect()) for _ in range(count)]
    for connection in held[::10]:
        connection.sendall(GREETING)
    for connection in held[::10]:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    return held


def is_cut(connection: socket.socket) -> bool:
    """Return whether the box has closed it."""
    connection.setblocking(False)
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True


def answer_times(box: LiveBox, asset_id: str) -> list[float]:
    """Seconds of requests that each come on a new connection, sorted."""
    times = []
    for _ in range(ASKED):
        api = Api(box)
        with api.http:
            started = time.monotonic()
            assert api.get(asset_id)["state"] == "ready"
            times.append(time.monotonic() - started)
    return sorted(times)


def test_connections_thousands_idle_kept(
    fresh_box: Callable[..., LiveBox], report_fault: Callable[[str, str], Fault], room: int, rounds: Callable[..., int]
) -> None:
    fault = report_fault("F19", f"{room} idle connections")
    box = fresh_box({"SERVER_MAX_CONNECTIONS": str(WANTED + SPARE)})
    api = Api(box)
    asset = api.upload(wav(100_000))
    answer_times(box, asset["id"])
    before = memory(box)
    for _ in range(rounds(1, share=0.005)):
        with ExitStack() as stack:
            held = hold(box, room, stack)
            times = answer_times(box, asset["id"])
            growth = memory(box) - before
            fault.lost += sum(map(is_cut, held))
        fault.rounds += 1
        fault.note = (
            f"memory +{growth / 1024**2:.0f} MiB (goal {GROWTH * room / 1024**2:.0f} MiB), "
            f"an answer within {times[-1] * 1000:.0f} ms (goal 250 ms), median {percentile(times, 0.5):.0f} ms"
        )
        assert fault.lost == 0
        assert growth <= GROWTH * room + SPREAD
        assert times[-1] <= LATE
    is_sound(api)
