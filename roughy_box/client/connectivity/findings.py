"""What the checks give: in the shape of the other findings of ``doctor``, for people and for programs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be, and the setting that mends it."""

    check: str
    problem: str
    remedy: str


class Stop(Exception):
    """A finding after which nothing else can be tried."""

    def __init__(self, check: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.finding = Finding(check, problem, remedy)


@dataclass
class Report:
    """The outcome of a visit."""

    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def as_document(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "ok": not self.findings,
            "findings": [asdict(each) for each in self.findings],
            "repaired": [],
            "facts": self.facts | {"notes": self.notes},
        }
