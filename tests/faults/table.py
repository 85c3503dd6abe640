"""The table at the end of a run: which fault was done how often, and what it lost."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pytest

PROPERTY = "fault"


@dataclass
class Fault:
    """One line of the table; a test counts ``rounds`` and ``lost`` up while it runs."""

    row: str
    what: str
    rounds: int = 0
    lost: int = 0
    note: str = ""


def record(item: pytest.Item, fault: Fault) -> None:
    """Hand a line to the report of ``item``, which also travels from a worker to its controller."""
    item.user_properties.append((PROPERTY, asdict(fault)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines of all tests that ran."""
    faults = _faults(terminalreporter)
    if not faults:
        return
    width = max(len(fault.what) for fault in faults)
    terminalreporter.section("faults")
    terminalreporter.write_line(f"{'row':<4}  {'fault':<{width}}  {'rounds':>6}  {'lost':>4}  note")
    for fault in faults:
        line = f"{fault.row:<4}  {fault.what:<{width}}  {fault.rounds:>6}  {fault.lost:>4}  {fault.note}"
        terminalreporter.write_line(line.rstrip(), red=bool(fault.lost))


def _faults(terminalreporter: pytest.TerminalReporter) -> list[Fault]:
    """In the order of the matrix; a report of the teardown carries what a test recorded last."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    ends = [report for report in reports if getattr(report, "when", None) == "teardown"]
    found = [Fault(**value) for end in ends for name, value in end.user_properties if name == PROPERTY]
    return sorted(found, key=lambda fault: (int(fault.row.lstrip("F")), fault.what))
