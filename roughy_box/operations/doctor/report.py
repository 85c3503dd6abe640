"""Collects what the checks find, mends on the way what may be mended, and keeps the list readable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tortoise.exceptions import BaseORMException

from roughy_box.base.text import printable
from roughy_box.domain.errors import SetupError
from roughy_box.operations.doctor.findings import RESTORE, Finding
from roughy_box.storage.inspection import Unreadable

MOST = 100  # findings of one check; a disk that was lost would fill many screens

AGAIN = "Mend what else was found, then run 'roughy-box doctor' again."

# SQLite's messages by a word of theirs; all others mean damage.
_BY_WORD = {
    "locked": "Stop the program that holds it: 'fuser' on box.db tells which.",
    "unable to open": "Run this as the user of the server, who may write in the data folder.",
    "readonly": "Run this as the user of the server, who may write in the data folder.",
    "disk I/O": "See 'dmesg' and the health of the disk before anything else.",
}
_TROUBLE = (OSError, Unreadable, SetupError, BaseORMException)


@dataclass
class Report:
    """The outcome of an examination."""

    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    repaired: list[dict[str, str]] = field(default_factory=list)

    def as_document(self) -> dict[str, Any]:
        """The report for programs."""
        return {
            "ok": not self.findings,
            "findings": [
                {"check": each.check, "problem": each.problem, "remedy": each.remedy} for each in self.findings
            ],
            "repaired": self.repaired,
            "facts": self.facts | {"notes": self.notes},
        }


class Collector:
    """Takes findings into a report; with ``repair``, mends those that may be mended."""

    def __init__(self, report: Report, *, repair: bool, is_served: bool) -> None:
        self.has_acted = False
        self._report = report
        self._repair = repair
        self._is_served = is_served

    def take(self, check: str, findings: Iterable[Finding]) -> None:
        """Take what a check finds, all of it or the first of many; a check that breaks off is a finding itself."""
        remaining = filter(None, map(self._mended, findings))
        kept = 0
        try:
            for kept, left in enumerate(remaining, 1):
                if kept <= MOST:
                    self._report.findings.append(
                        replace(left, problem=printable(left.problem), remedy=printable(left.remedy))
                    )
        except Unreadable as error:
            self.once(unreadable(error))
        except OSError as error:
            problem = f"this could not be looked at: {_reason(error)}"
            self._report.findings.append(Finding(check, problem, AGAIN))
        if kept > MOST:
            self._report.findings.append(Finding(check, f"{kept - MOST} more like these", AGAIN))

    def _mended(self, finding: Finding) -> Finding | None:
        """What is left of a finding."""
        mend = finding.mend
        if not mend or not self._repair or (self._is_served and not mend.beside_server):
            return finding
        self.has_acted = True
        try:
            did = mend.act()
        except _TROUBLE as error:
            problem = f"{finding.problem}; the repair failed: {_reason(error)}"
            return Finding(finding.check, problem, finding.remedy)
        if did:
            self._report.repaired.append({"check": finding.check, "did": did})
        return None

    def once(self, finding: Finding) -> None:
        """Take a finding that several checks may come upon."""
        if finding not in self._report.findings:
            self._report.findings.append(finding)


def unreadable(error: Unreadable) -> Finding:
    """A database that SQLite refuses to read."""
    remedy = next((remedy for word, remedy in _BY_WORD.items() if word in str(error)), RESTORE)
    return Finding("database", f"the database cannot be read: {error}", remedy)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
