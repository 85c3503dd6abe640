"""Collects findings into a report, repairs those that may be repaired, and keeps the list readable."""

from __future__ import annotations

from collections.abc import Iterable

from tortoise.exceptions import BaseORMException

from roughy_box.base.text import printable
from roughy_box.domain.errors import SetupError
from roughy_box.domain.findings import Finding, Report
from roughy_box.operations.doctor.findings import RESTORE, Repairable
from roughy_box.storage.inspection import Unreadable

MOST = 100  # findings of one check; a disk that was lost would fill many screens

AGAIN = "Fix the other findings, then run 'roughy-box doctor' again."

# By a word in the message of SQLite; all other messages mean damage.
_BY_WORD = {
    "locked": "Stop the program that holds it; 'fuser' on box.db shows which one.",
    "unable to open": "Run this as the user of the server, who may write in the data folder.",
    "readonly": "Run this as the user of the server, who may write in the data folder.",
    "disk I/O": "Check 'dmesg' and the health of the disk before anything else.",
}
_REPAIR_ERRORS = (OSError, Unreadable, SetupError, BaseORMException)


class Collector:
    """Adds findings to a report; with ``repair``, repairs them first where possible."""

    def __init__(self, report: Report, *, repair: bool, is_served: bool) -> None:
        self.has_acted = False
        self._report = report
        self._repair = repair
        self._is_served = is_served

    def collect(self, check: str, findings: Iterable[Finding]) -> None:
        """Add what a check finds, all of it or the first of many; a check that breaks off is a finding itself."""
        remaining = filter(None, map(self._repaired, findings))
        kept = 0
        try:
            for kept, left in enumerate(remaining, 1):
                if kept <= MOST:
                    self._report.findings.append(_shown(left))
        except Unreadable as error:
            self.add_once(unreadable(error))
        except OSError as error:
            problem = f"this could not be checked: {_reason(error)}"
            self._report.findings.append(Finding(check, problem, AGAIN))
        if kept > MOST:
            self._report.findings.append(Finding(check, f"{kept - MOST} more like these", AGAIN))

    def add_once(self, finding: Finding) -> None:
        """Add a finding that several checks may make."""
        if finding not in self._report.findings:
            self._report.findings.append(finding)

    def _repaired(self, finding: Finding) -> Finding | None:
        """Repair a finding if that may be done now, and return what is left of it."""
        if not isinstance(finding, Repairable) or not self._repair or (self._is_served and not finding.while_served):
            return finding
        self.has_acted = True
        try:
            did = finding.repair()
        except _REPAIR_ERRORS as error:
            problem = f"{finding.problem}; the repair failed: {_reason(error)}"
            return Finding(finding.check, problem, finding.remedy)
        if did:
            self._report.repaired.append({"check": finding.check, "did": did})
        return None


def _shown(finding: Finding) -> Finding:
    return Finding(finding.check, printable(finding.problem), printable(finding.remedy))


def unreadable(error: Unreadable) -> Finding:
    """Return the finding about a database that SQLite refuses to read."""
    remedy = next((remedy for word, remedy in _BY_WORD.items() if word in str(error)), RESTORE)
    return Finding("database", f"the database cannot be read: {error}", remedy)


def _reason(error: BaseException) -> str:
    return str(getattr(error, "strerror", None) or error)
