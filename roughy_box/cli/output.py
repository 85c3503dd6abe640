"""The output of commands: aligned tables and colors for people, one JSON document for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from roughy_box.base import clock
from roughy_box.base.progress import Progress
from roughy_box.base.text import printable
from roughy_box.config.values import format_size


def document(content: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command."""
    click.echo(json.dumps(content, ensure_ascii=False))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], right: Sequence[str] = ()) -> None:
    """Print aligned columns; those named in ``right`` are set flush right."""
    texts = [["" if cell is None else printable(str(cell)) for cell in row] for row in rows]
    widths = [max(len(heading), *(len(row[i]) for row in texts), 0) for i, heading in enumerate(headings)]

    def line(cells: Sequence[str]) -> str:
        aligned = (
            cell.rjust(width) if heading in right else cell.ljust(width)
            for cell, width, heading in zip(cells, widths, headings, strict=True)
        )
        return "  ".join(aligned).rstrip()

    click.secho(line(headings), bold=True)
    for row in texts:
        click.echo(line(row))


def pairs(content: Mapping[str, object]) -> None:
    """Print names and values below each other."""
    width = max(map(len, content))
    for name, value in content.items():
        click.echo(f"{click.style(name.ljust(width), dim=True)}  {value}")


def done(message: str) -> None:
    """Print that something was done."""
    click.secho(message, fg="green")


def utc_time(instant: int | None) -> str:
    """Format an instant for people: to the second, UTC as everywhere in the product; "never" for ``None``."""
    return "never" if instant is None else clock.iso(instant)[:19].replace("T", " ") + " UTC"


def playing_time(seconds: str | None) -> str | None:
    """Format the duration of media as players show it: ``1:02:03``."""
    if seconds is None:
        return None
    minutes, rest = divmod(int(float(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def ignoring_closed_output() -> Iterator[None]:
    """Drop output that cannot be written: a closed pipe or terminal, a full disk."""
    try:
        yield
    except OSError:
        # The rest of the buffer would fail again at exit.
        null = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


class ProgressBar(Progress):
    """A progress bar on the terminal, once the total is known; silent when ``is_shown`` is false."""

    def __init__(self, label: str, is_shown: bool) -> None:
        self._label = label
        self._is_shown = is_shown
        self._bar: Any = None

    def expect(self, total: int) -> None:
        """Show the bar, for ``total`` bytes."""
        if self._is_shown and total:
            label = f"{self._label} {format_size(total)}"
            self._bar = click.progressbar(length=total, label=label, file=sys.stderr, update_min_steps=total // 1000)
            self._bar.render_progress()

    def advance(self, count: int) -> None:
        """Add ``count`` bytes that are done."""
        if self._bar:
            self._bar.update(count)

    def close(self) -> None:
        """Leave the line of the bar."""
        if self._bar:
            self._bar.render_finish()


@contextmanager
def progress_bar(label: str, *, is_quiet: bool = False) -> Iterator[ProgressBar]:
    """Show the progress of the work inside, on stderr if that is a terminal."""
    bar = ProgressBar(label, sys.stderr.isatty() and not is_quiet)
    try:
        yield bar
    finally:
        bar.close()
