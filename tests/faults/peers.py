"""Clients that end badly, and many at a time."""

from __future__ import annotations

import fcntl
import resource
import socket
import struct
import termios
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from tests.api.wire import Wire

_TCP_REPAIR = 19  # Linux, tcp.h

Work = TypeVar("Work")
Outcome = TypeVar("Outcome")


def leave(wire: Wire) -> None:
    """Close with FIN: all that was sent still arrives."""
    wire.close()


def reset(wire: Wire) -> None:
    """Close with RST, which may take what the kernels have not handed over."""
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def in_transit(wire: Wire) -> int:
    """Bytes that were sent but that the other side's kernel has not taken yet; a reset takes them back."""
    return int(struct.unpack("i", fcntl.ioctl(wire.socket, termios.TIOCOUTQ, bytes(4)))[0])


def stall(_wire: Wire) -> None:
    """Send nothing more and keep the connection."""


def vanish(wire: Wire) -> None:
    """Close without a word to the other side, as when a machine loses its power. Errors: OSError without the right."""
    wire.socket.setsockopt(socket.IPPROTO_TCP, _TCP_REPAIR, 1)
    wire.close()


def at_once(act: Callable[[Work], Outcome], works: Iterable[Work]) -> list[Outcome]:
    """Return the outcomes of ``act`` on each of ``works``, run concurrently. Errors: the first one of any."""
    waiting = list(works)
    with ThreadPoolExecutor(len(waiting)) as threads:
        return list(threads.map(act, waiting))


@contextmanager
def open_files(wanted: int) -> Iterator[int]:
    """Let this process, and those it starts, open ``wanted`` files, or as many as the system allows; gives how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    try:
        yield allowed
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
