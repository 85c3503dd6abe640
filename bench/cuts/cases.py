"""The cases: what is said in each, by which voice, and which lines are wanted. Their form: texts/en.txt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"
_LINE = re.compile(r"(?P<what>[a-z_]+)(?:@(?P<place>\d+))?: (?P<text>.*?)(?: /(?P<pause>[\d.]+))?")


@dataclass(frozen=True)
class Unit:
    """One line: ``what`` is "keep" or why it is unwanted; ``place`` is where the script has it."""

    what: str
    text: str
    place: int | None = None
    pause: float | None = None

    @property
    def is_kept(self) -> bool:
        return self.what == "keep"


@dataclass(frozen=True)
class Case:
    """One recording; those held out take no part in the choice of any number of the program."""

    name: str
    kind: str
    language: str
    voice: str
    is_held_out: bool
    units: tuple[Unit, ...]

    @property
    def script(self) -> str:
        kept = [unit for unit in self.units if unit.is_kept]
        return " ".join(unit.text for unit in sorted(kept, key=lambda unit: unit.place or 0))

    @property
    def is_natural(self) -> bool:
        return self.voice.startswith("kokoro")


def cases() -> list[Case]:
    """Return all cases in order."""
    return [case for path in sorted(TEXTS.glob("*.txt")) for case in _cases(path)]


def _cases(path: Path) -> Iterator[Case]:
    for paragraph in path.read_text().split("\n\n"):
        lines = [line for line in paragraph.strip().splitlines() if not line.startswith("#")]
        if lines:
            name, kind, voice, *rest = (part.strip() for part in lines[0].split("|"))
            yield Case(name, kind, path.stem, voice, rest == ["held out"], tuple(map(_unit, lines[1:])))


def _unit(line: str) -> Unit:
    match = _LINE.fullmatch(line)
    assert match, line
    place, pause = match["place"], match["pause"]
    return Unit(match["what"], match["text"], int(place) if place else None, None if pause is None else float(pause))
