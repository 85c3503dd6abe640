"""Whole pictures in place of interlaced ones, one for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from av import VideoFrame
from av.filter import Graph

from roughy_box.media.worker.render.painting import TICK, Colors, graph_of

_STEPS = [("bwdif", "mode=send_frame:deint=interlaced")]

Numbered: TypeAlias = tuple[int, VideoFrame]


def deinterlaced(pictures: Iterable[Numbered], threads: int) -> Iterator[Numbered]:
    """Yield the pictures with their numbers; those marked as interlaced show the moment of their first field alone.

    From the first of these on, each picture waits for the next one, which tells what moves.
    """
    form: tuple[object, ...] = ()
    fields: _Fields | None = None
    for number, picture in pictures:
        colors = Colors.of(picture)
        if form != (form := (picture.width, picture.height, picture.format.name, colors)):
            yield from fields.rest() if fields else ()
            fields = None
        if fields is None and picture.interlaced_frame and (graph := graph_of(picture, colors, _STEPS, threads)):
            fields = _Fields(graph)
        yield from fields.pushed(number, picture) if fields else ((number, picture),)
    yield from fields.rest() if fields else ()


class _Fields:
    """A filter for pictures of one form; it returns as many as it gets, in order."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._numbers: deque[int] = deque()  # of the pictures in the filter
        self._time = 0

    def pushed(self, number: int, picture: VideoFrame) -> Iterator[Numbered]:
        """Add a picture; yield those that are complete with it."""
        picture.pts, picture.time_base = self._time, TICK
        self._time += 1
        self._numbers.append(number)
        self._graph.push(picture)
        yield from self._pulled()

    def rest(self) -> Iterator[Numbered]:
        """Yield what still waits, after the last picture."""
        self._graph.push(None)
        yield from self._pulled()

    def _pulled(self) -> Iterator[Numbered]:
        while self._numbers:
            try:
                picture = self._graph.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(picture, VideoFrame)
            yield self._numbers.popleft(), picture
