"""One long-lived child looks at the heads of all uploads, about a millisecond each."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from types import TracebackType

from roughy_box.base.tasks import retrieve_exception
from roughy_box.media import children
from roughy_box.media.children import Child
from roughy_box.media.protocol import JOB, RESULT, Frame, ProtocolError
from roughy_box.media.timeouts import fair_timeout
from roughy_box.media.verdict import HEAD_MAX, Verdict

_LOOK_SECONDS = 5.0
_ATTEMPTS = 2
_LONGEST_VERDICT = 4096  # bytes
_DEADLY = Verdict(None, True, "This file cannot be read safely.")


class Detector:
    """Asks the child; starts it again when it dies; callers take turns."""

    def __init__(self, look_seconds: float = _LOOK_SECONDS) -> None:
        self._look_seconds = look_seconds
        self._turn = asyncio.Lock()
        self._child: Child | None = None
        self._numbers = itertools.count(1)
        self._looks: set[asyncio.Task[Verdict]] = set()

    async def __aenter__(self) -> Detector:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def pid(self) -> int | None:
        """The process id of the child, if one runs."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Have the child ready before the next upload asks; one that died is started again.

        Errors: :class:`~roughy_box.media.children.ChildError` when it does not start.
        """
        if not self._is_alive():
            async with self._turn:
                await self._living_child()

    async def detect(self, head: bytes) -> Verdict:
        """The verdict on the first bytes of a file.

        A head on which the child died or hung twice is refused.
        Errors: :class:`~roughy_box.media.children.ChildError` when no child can be started.
        """
        # The exchange runs in a task of its own: a caller that is cancelled between question
        # and answer would leave the answer to the next one.
        look = asyncio.create_task(self._look(head[:HEAD_MAX]))
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)
        look.add_done_callback(retrieve_exception)
        return await asyncio.shield(look)

    async def close(self) -> None:
        """End the child and whatever still asks it."""
        for look in self._looks:
            look.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)
        await self._end_child()

    async def _look(self, head: bytes) -> Verdict:
        async with self._turn:
            for _ in range(_ATTEMPTS):
                child = await self._living_child()
                with contextlib.suppress(TimeoutError, OSError, ValueError):
                    async with fair_timeout(child.pid, self._look_seconds):
                        return await _ask(child, next(self._numbers), head)
                await self._end_child()
            return _DEADLY

    def _is_alive(self) -> bool:
        return self._child is not None and self._child.is_alive()

    async def _living_child(self) -> Child:
        if not self._child or not self._is_alive():
            await self._end_child()
            self._child = await children.start("media-detect")
        return self._child

    async def _end_child(self) -> None:
        child, self._child = self._child, None
        if child:
            await child.end()


async def _ask(child: Child, number: int, head: bytes) -> Verdict:
    await child.channel.send(Frame(JOB, number, head))
    frame = await child.channel.receive(_LONGEST_VERDICT)
    if frame is None or frame.type != RESULT or frame.job != number:
        raise ProtocolError("not the verdict that was asked for")
    return Verdict.from_json(frame.payload)
