"""An iterator that runs ahead of its reader in a thread of its own."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Yields what ``source`` yields, and raises what it raises; at most ``size`` things wait in between.

    The thread runs inside the ``with`` block alone.
    """

    def __init__(self, source: Iterable[T], size: int) -> None:
        self._source = source
        self._size = size
        self._things: deque[T] = deque()
        self._changed = threading.Condition()
        self._is_over = False
        self._is_wanted = True
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Ahead[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._is_wanted = False
            self._changed.notify_all()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._things or self._is_over or not self._is_wanted)
                if not (self._things and self._is_wanted):
                    if self._error:
                        raise self._error
                    return
                thing = self._things.popleft()
                self._changed.notify_all()
            yield thing

    def _run(self) -> None:
        try:
            for thing in self._source:
                if not self._put(thing):
                    return
        except BaseException as error:
            self._error = error
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _put(self, thing: T) -> bool:
        """Hand over ``thing`` as soon as there is room; return False if no more are wanted."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_wanted or len(self._things) < self._size)
            if self._is_wanted:
                self._things.append(thing)
                self._changed.notify_all()
            return self._is_wanted
