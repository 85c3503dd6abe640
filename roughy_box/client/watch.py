"""A source on its way through a command, and what shows how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from roughy_box.client.api import Asset
from roughy_box.client.cuts import Cut
from roughy_box.client.renders import Render
from roughy_box.client.sources import Source


@dataclass(slots=True)
class Result:
    """A source and how far it has come; ``errors`` are sentences for people."""

    source: Source
    asset: Asset | None = None
    script: Path | None = None
    cut: Cut | None = None
    renders: list[Render] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_stopped: bool = False
    is_done: bool = False

    @property
    def state(self) -> str:
        """Return ``completed``, ``failed``, or ``not tried`` where the run ended before."""
        return "failed" if self.errors else "completed" if self.is_done else "not tried"


class Watch:
    """Follows a run; this one ignores it, subclasses show it."""

    def sending(self, result: Result) -> AbstractContextManager[Callable[[int], None]]:
        """Return what is called with the bytes that the box has."""
        return nullcontext(lambda position: None)

    def preparing(self, result: Result) -> None:
        """Note that the box has the recording, and takes long to prepare it."""

    def working(self, result: Result, what: str) -> AbstractContextManager[Callable[[float, str], None]]:
        """Return what is called with the progress of work of the box, from 0 to 1, and its stage."""
        return nullcontext(lambda fraction, stage: None)
