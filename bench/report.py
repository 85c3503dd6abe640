"""Format the results of the scenarios as Markdown."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import install


@dataclass
class Table:
    """Rows of cells, with numbers already formatted."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass
class Target:
    """A figure to reach: at least, or at most, so much."""

    what: str
    wanted: float
    measured: float | None
    at_most: bool = False
    unit: str = "x"

    def is_reached(self) -> bool:
        """Return whether the measured figure reaches the target."""
        assert self.measured is not None
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted


@dataclass
class Bars:
    """One group of the picture."""

    title: str
    values: Mapping[str, float]


@dataclass
class Section:
    """The results of one scenario."""

    heading: str
    text: str
    tables: list[Table]
    targets: list[Target] = field(default_factory=list)
    bars: list[Bars] = field(default_factory=list)


def number(value: float | None, digits: int = 0) -> str:
    """Format a figure for a table; a dash if there is none."""
    return "-" if value is None else f"{value:.{digits}f}"


def markdown(sections: Sequence[Section], how: Iterable[str], picture: str) -> str:
    """Return the whole page."""
    targets = [target for section in sections for target in section.targets if target.measured is not None]
    parts = ["# Measured", _machine(), *how]
    if picture:
        parts.append(f"![MiB/s of each server as bars]({picture})")
    if targets:
        parts += ["## Targets", _markdown(target_table(targets))]
    parts += map(section_markdown, sections)
    return "\n\n".join(parts) + "\n"


def section_markdown(section: Section) -> str:
    """Return a section of the page."""
    return "\n\n".join([f"## {section.heading}", section.text, *map(_markdown, section.tables)])


def revision() -> str:
    """Return the measured revision, with "dirty" for uncommitted changes."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, cwd=install.HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def target_table(targets: Iterable[Target]) -> Table:
    """Return what was wanted and what was measured."""
    rows = [
        (
            one.what,
            f"{'at most' if one.at_most else 'at least'} {one.wanted:g} {one.unit}",
            f"{one.measured:.2f} {one.unit}",
            "yes" if one.is_reached() else "**no**",
        )
        for one in targets
    ]
    return Table(("Target", "Wanted", "Measured", "Reached"), rows)


def _markdown(table: Table) -> str:
    rule = ["---"] + ["---:"] * (len(table.columns) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in [table.columns, rule, *table.rows])


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    facts = [
        f"{datetime.now(UTC):%Y-%m-%d}",
        f"{os.cpu_count()} cores ({_cpu()})",
        f"{memory:.0f} GiB of memory",
        f"Linux {platform.release()}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        *(f"{name} {version(name)}" for name in ("sanic", "uvloop", "tortoise-orm", "av")),
        f"@tus/server {_node_version('@tus/server')} and @tus/file-store {_node_version('@tus/file-store')}",
        f"on Node {_said('node', '--version')}",
        f"tuspyserver {install.TUSPYSERVER_VERSION}",
        _said(install.nginx() or "nginx", "-v").replace("nginx version: ", ""),
        " ".join(_said("ffprobe", "-version").split()[:3]),
    ]
    return f"{', '.join(facts)}."


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _node_version(package: str) -> str:
    path = install.HERE / "node_modules" / package / "package.json"
    return path.read_text().partition('"version": "')[2].partition('"')[0] if path.exists() else "(absent)"


def _said(program: str, option: str) -> str:
    if not shutil.which(program):
        return f"{program} (absent)"
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0]
