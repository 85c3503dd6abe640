"""Bait: a file that notes when it is opened, a host that notes when it is called."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_IN_OPEN = 0x20  # inotify(7)


class FileWatch:
    """Notes every opening of one file by any process (Linux)."""

    def __init__(self, path: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert libc.inotify_add_watch(self._descriptor, os.fsencode(path), _IN_OPEN) > 0

    def was_opened(self) -> bool:
        """Return whether the file was opened since the last call."""
        try:
            return bool(os.read(self._descriptor, 4096))
        except BlockingIOError:
            return False

    def close(self) -> None:
        """End the watch."""
        os.close(self._descriptor)


class Host:
    """A host on this machine that takes calls, over TCP and UDP, and answers none."""

    def __init__(self) -> None:
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.port = int(self._tcp.getsockname()[1])
        self._udp.bind(("127.0.0.1", self.port))
        for each in (self._tcp, self._udp):
            each.setblocking(False)

    def was_called(self) -> bool:
        """Return whether the host was called since the last call; the callers' connections are closed."""
        called = False
        for take in (lambda: self._tcp.accept()[0].close(), lambda: self._udp.recv(1)):
            try:
                take()
                called = True
            except BlockingIOError:
                continue
        return called

    def close(self) -> None:
        """Take no more calls."""
        self._tcp.close()
        self._udp.close()


@contextmanager
def watched(path: Path) -> Iterator[FileWatch]:
    """A watch on ``path``."""
    watch = FileWatch(path)
    try:
        yield watch
    finally:
        watch.close()


@contextmanager
def host() -> Iterator[Host]:
    """A host to be called."""
    answering = Host()
    try:
        yield answering
    finally:
        answering.close()
