"""Progress of long work, in bytes."""

from __future__ import annotations


class Progress:
    """Follows long work; this one ignores it, subclasses show it or end it."""

    def expect(self, total: int) -> None:
        """Note how much there is to do."""

    def advance(self, count: int) -> None:
        """Note that a part is done; an exception ends the work."""
