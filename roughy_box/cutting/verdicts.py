"""The decisions about every word and island, before any time is cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from roughy_box.cutting.listening import Listening
from roughy_box.cutting.options import Options
from roughy_box.domain.cut import CutWarning, DropReason, WordKind


class Verdict(NamedTuple):
    """Why something is dropped, or ``None``; ``instead`` is the text of the take that counts."""

    reason: DropReason | None = None
    instead: str | None = None


KEPT = Verdict()


@dataclass(frozen=True, slots=True)
class Shown:
    """A word as captions show it, and the heard words, first and last, that it was said as."""

    text: str
    first: int
    last: int
    kind: WordKind = "word"


@dataclass(slots=True)
class Judgement:
    """Verdicts for each heard word, and for each island that has none; islands to look at; shown words."""

    words: list[Verdict]
    islands: list[Verdict]
    unsure: dict[int, DropReason] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    warnings: list[CutWarning] = field(default_factory=list)

    @classmethod
    def keeping(cls, listening: Listening) -> Judgement:
        """Return the judgement that keeps everything and shows the words as heard."""
        shown = [Shown(word.text.strip(), number, number, word.kind) for number, word in enumerate(listening.words)]
        return cls([KEPT] * len(listening.words), [KEPT] * len(listening.islands), shown=shown)

    def allow(self, options: Options) -> None:
        """Keep what the options keep, whatever was found."""
        self.words = [_allowed(verdict, options) for verdict in self.words]
        self.islands = [_allowed(verdict, options) for verdict in self.islands]


def _allowed(verdict: Verdict, options: Options) -> Verdict:
    return verdict if verdict.reason is None or options.drops(verdict.reason) else KEPT
