"""Children from a fork server, which has loaded everything already.

Its side is :mod:`roughy_box.media.worker.forkserver`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TypeVar

from roughy_box.media import children
from roughy_box.media.channel import Channel, pair
from roughy_box.media.children import Child, ChildError
from roughy_box.media.protocol import JOB, NUMBER, RESULT, Frame, ProtocolError
from roughy_box.media.timeouts import fair_timeout

# Elsewhere a process that has loaded the system's frameworks may not be forked.
CAN_FORK = sys.platform == "linux"
_ATTEMPTS = 3
_FORK_SECONDS = 10.0

T = TypeVar("T")


class ForkServer:
    """Children that do one job each; the fork server is started again when it dies."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._origin: Child | None = None

    async def __aenter__(self) -> ForkServer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Have the fork server ready before the first child is wanted.

        Errors: :class:`~roughy_box.media.children.ChildError` when it does not start.
        """
        if CAN_FORK:
            await self._living_origin()

    async def run(self, name: str, work: Callable[[Child], Awaitable[T]]) -> T:
        """Return the result of ``work`` on a new child, which is ended then; repeat it where the fork server died.

        Errors: those of ``work``, :class:`~roughy_box.media.children.ChildError` when there is no child to be had.
        """
        for _ in range(_ATTEMPTS):
            child = await self.child(name)
            try:
                return await work(child)
            except Exception as error:
                failure = error
            finally:
                await child.end()
            if not child.is_lost:
                raise failure
        raise ChildError(f"{name} was lost {_ATTEMPTS} times: media-fork ended")

    async def child(self, name: str) -> Child:
        """A child that waits for its job; the caller ends it.

        Errors: :class:`~roughy_box.media.children.ChildError` when there is none to be had.
        """
        if not CAN_FORK:
            return await children.start(name)
        failure = ChildError(f"{name} could not be started: media-fork does not answer")
        for _ in range(_ATTEMPTS):
            try:
                origin = await self._living_origin()
            except ChildError as error:
                failure = error
                continue
            try:
                return await _fork(origin, name)
            except (ConnectionError, TimeoutError):
                await origin.end()
        raise failure

    async def close(self) -> None:
        """End the fork server, and with it every child."""
        async with self._turn:
            await self._end_origin()

    async def _living_origin(self) -> Child:
        async with self._turn:
            if not self._origin or not self._origin.is_alive():
                await self._end_origin()
                self._origin = await children.start("media-fork")
            return self._origin

    async def _end_origin(self) -> None:
        origin, self._origin = self._origin, None
        if origin:
            await origin.end()


class _Forked:
    """A child of the fork server, known by its life line."""

    def __init__(self, line: socket.socket, channel: Channel, pid: int) -> None:
        self.pid = pid
        self.is_lost = False
        self._line = line
        self._channel = channel
        self._end = asyncio.create_task(self._wait())

    def is_alive(self) -> bool:
        return not self._end.done()

    def kill(self) -> None:
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)

    async def status(self) -> int:
        return await asyncio.shield(self._end)

    async def _wait(self) -> int:
        try:
            return await _number(self._channel)
        except ConnectionError:
            self.is_lost = True
            return -signal.SIGKILL  # which the kernel sends it when the fork server has ended
        finally:
            self._line.close()


async def _fork(origin: Child, name: str) -> Child:
    """Return a child of ``origin``; ``ConnectionError`` or ``TimeoutError`` when that cannot fork any more."""
    with ExitStack() as in_vain:
        try:
            (life_line, its_life), (line, its_line) = (pair(in_vain) for _ in range(2))
            await origin.channel.send(Frame(JOB, 0, name.encode()), [its_life.fileno(), its_line.fileno()])
        except ConnectionError:
            raise
        except OSError as error:
            raise ChildError(f"{name} could not be started: {error}") from error
        its_life.close()
        its_line.close()
        channel = Channel(life_line)
        async with fair_timeout(origin.pid, _FORK_SECONDS):
            pid = await _number(channel)
        if pid < 0:
            raise ChildError(f"{name} could not be started: {os.strerror(-pid)}")
        in_vain.pop_all()
    life = _Forked(life_line, channel, pid)
    try:
        return await Child.ready(name, life, line)
    except ChildError:
        if life.is_lost:
            raise ConnectionResetError from None
        raise


async def _number(channel: Channel) -> int:
    """Return the next number that the fork server sends; ``ConnectionError`` when it has ended."""
    try:
        frame = await channel.receive(NUMBER.size)
    except ProtocolError:
        frame = None
    if frame is None or frame.type != RESULT or len(frame.payload) != NUMBER.size:
        raise ConnectionResetError
    number: int = NUMBER.unpack(frame.payload)[0]
    return number
