"""The options of a cut, with the defaults of the contract (section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from roughy_box.domain.cut import DropReason

Choice = Literal["remove", "keep"]


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of what to drop and how much quiet to leave; seconds."""

    retakes: Choice = "remove"
    fillers: Choice = "remove"
    off_script: Choice = "remove"
    max_pause: float = 0.6
    pad_before: float = 0.08
    pad_after: float = 0.12

    def __post_init__(self) -> None:
        """Refuse values outside of the contract. Errors: ``ValueError``."""
        if not 0.1 <= self.max_pause <= 10:
            raise ValueError(f"max_pause is {self.max_pause}; it is from 0.1 to 10 seconds")
        if not (0 <= self.pad_before <= 1 and 0 <= self.pad_after <= 1):
            raise ValueError("pad_before and pad_after are from 0 to 1 second")

    def drops(self, reason: DropReason) -> bool:
        """Return if speech that was judged so is left out."""
        choice: dict[DropReason, Choice] = {
            "retake": self.retakes,
            "false_start": self.retakes,
            "filler": self.fillers,
            "off_script": self.off_script,
            "noise": self.off_script,
        }
        return choice.get(reason, "remove") == "remove"
