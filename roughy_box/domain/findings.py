"""Findings of a check-up: what is wrong and what helps, in one shape for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem, found by ``check``, and the command or the setting that solves it."""

    check: str
    problem: str
    remedy: str


@dataclass
class Report:
    """The outcome of a check-up; ``repaired`` lists what was repaired on the way."""

    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    repaired: list[dict[str, str]] = field(default_factory=list)

    def as_document(self) -> dict[str, Any]:
        """Return the report for programs."""
        return {
            "ok": not self.findings,
            "findings": [
                {"check": each.check, "problem": each.problem, "remedy": each.remedy} for each in self.findings
            ],
            "repaired": self.repaired,
            "facts": self.facts | {"notes": self.notes},
        }
