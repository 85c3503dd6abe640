"""A parser of the Containerfile: its stages and their instructions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Stage:
    """One ``FROM`` and what follows it."""

    base: str
    name: str
    lines: list[tuple[str, str]] = field(default_factory=list)

    def said(self, instruction: str) -> list[str]:
        """Return the arguments of each instruction of that name."""
        return [text for word, text in self.lines if word == instruction]

    def words(self, instruction: str) -> list[str]:
        """Return the words of the only instruction of that name, which is in JSON form, without a shell."""
        (text,) = self.said(instruction)
        return [str(word) for word in json.loads(text)]

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that ``ENV`` sets."""
        return dict(pair.split("=", 1) for text in self.said("ENV") for pair in text.split())


def read() -> list[Stage]:
    """Return the stages in order; the last one is the image."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Containerfile").read_text(), flags=re.MULTILINE)
    stages: list[Stage] = []
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base, name))
        elif word:
            stages[-1].lines.append((word, rest))
    return stages
