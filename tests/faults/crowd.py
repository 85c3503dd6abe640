"""Hundreds of connections in one thread: what each sent, was given, and when it ended."""

from __future__ import annotations

import itertools
import selectors
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from tests.harness import LiveBox

PERIOD = 1.0  # seconds between two drops of a dripping peer


class Peer:
    """One connection that sends something at first and then, every second, the next of ``drops``."""

    def __init__(self, box: LiveBox, first: bytes, drops: Iterator[bytes]) -> None:
        self._drops = drops
        self._socket = box.connect()
        self._socket.sendall(first)
        self._socket.setblocking(False)
        self.opened = time.monotonic()
        self.lasted: float | None = None  # seconds, once the box has ended it
        self.given = b""

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    def drip(self) -> None:
        """Send the next drop if the connection stands."""
        if self.lasted is None and (drop := next(self._drops, b"")):
            self.say(drop)

    def say(self, data: bytes) -> None:
        """Send without waiting; bytes that do not fit into the buffers are dropped."""
        try:
            self._socket.send(data)
        except BlockingIOError:
            pass
        except OSError:
            self.end()

    def hear(self) -> None:
        """Read what is there."""
        try:
            data = self._socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.given += data
        if not data:
            self.end()

    def end(self) -> None:
        """Note the end, once."""
        if self.lasted is None:
            self.lasted = time.monotonic() - self.opened

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


class Crowd:
    """All peers of a test."""

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for peer in self.peers:
            peer.close()

    def add(self, peer: Peer) -> Peer:
        """Watch one more peer."""
        self.peers.append(peer)
        self._selector.register(peer, selectors.EVENT_READ, peer)
        return peer

    def live(self, is_over: Callable[[], bool], patience: float) -> None:
        """Let everybody drip and listen until ``is_over``, or until ``patience`` seconds have passed."""
        deadline, due = time.monotonic() + patience, time.monotonic() + PERIOD
        while not is_over() and (now := time.monotonic()) < deadline:
            for key, _ in self._selector.select(max(0.0, due - now)):
                key.data.hear()
                if key.data.lasted is not None:
                    self._selector.unregister(key.data)
            if time.monotonic() >= due:
                due += PERIOD
                for peer in self.peers:
                    peer.drip()


@contextmanager
def response_times(requests: Sequence[Callable[[], object]], every: float = 0.02) -> Iterator[list[float]]:
    """Time one of ``requests`` after the other until the block ends; gives the seconds, sorted after the block."""
    over, times = Event(), list[float]()

    def work() -> None:
        for request in itertools.cycle(requests):
            if over.wait(every):
                return
            started = time.monotonic()
            request()
            times.append(time.monotonic() - started)

    thread = Thread(target=work)
    thread.start()
    try:
        yield times
    finally:
        over.set()
        thread.join()
        times.sort()


def percentile(times: list[float], share: float) -> float:
    """The time that ``share`` of the sorted ``times`` stay below, in milliseconds."""
    return times[min(len(times) - 1, int(len(times) * share))] * 1000
