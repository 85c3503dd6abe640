"""The output of ``cut``: bars while it works, and a table with the result of each source."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from roughy_box.base.text import printable
from roughy_box.cli import output
from roughy_box.cli.connection import show_preparation
from roughy_box.client.watch import Result, Watch
from roughy_box.config.values import format_size

_STEPS = 1000  # of a bar of work


class ShownWatch(Watch):
    """Shows the progress of a run over so many sources, on stderr."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._numbers: dict[str, int] = {}

    @contextmanager
    def sending(self, result: Result) -> Iterator[Callable[[int], None]]:
        """Show a bar once there is something to send."""
        assert result.source.path
        size = result.source.path.stat().st_size
        with _bar(self._label(result, format_size(size)), size) as move:
            yield lambda position: move(position, None)

    def preparing(self, result: Result) -> None:
        """Print why nothing seems to happen."""
        show_preparation()

    @contextmanager
    def working(self, result: Result, what: str) -> Iterator[Callable[[float, str], None]]:
        """Show a bar once there is something to wait for."""
        with _bar(self._label(result, what), _STEPS) as move:
            yield lambda fraction, stage: move(round(fraction * _STEPS), stage)

    def _label(self, result: Result, what: str) -> str:
        number = self._numbers.setdefault(result.source.identity, len(self._numbers) + 1)
        return f"{number}/{self._count} {printable(Path(result.source.given).name[:40]):40} {what:>10}"


@contextmanager
def _bar(label: str, length: int) -> Iterator[Callable[[int, str | None], None]]:
    shown: list[Any] = []

    def move(position: int, note: str | None) -> None:
        if not shown:
            shown.append(click.progressbar(length=length, label=label, file=sys.stderr, item_show_func=_note))
        shown[0].update(max(0, position - shown[0].pos), note)
        shown[0].render_progress()

    try:
        yield move
        if shown:
            move(length, None)
    finally:
        if shown:
            shown[0].render_finish()


def _note(item: Any) -> str | None:
    return item if isinstance(item, str) else None


def report(results: list[Result], *, as_json: bool) -> None:
    """Print what became of each source: one document, or a table with what to look at."""
    if as_json:
        output.document({"items": [_row(result) for result in results]})
        return
    headings = ("source", "state", "was", "is", "dropped", "files")
    output.table(headings, [_cells(result) for result in results], right=("was", "is"))
    _list("Look at:", [(result, each["message"]) for result in results for each in _warnings(result)])
    failed = [result for result in results if result.state != "completed"]
    if failed:
        sentences = [(result, " ".join(result.errors) or result.state) for result in failed]
        _list(f"Failed: {len(failed)} of {len(results)}. Run the same command again to continue.", sentences)


def _row(result: Result) -> dict[str, Any]:
    summary = _summary(result)
    return {
        "source": result.source.given,
        "state": result.state,
        "errors": result.errors,
        "asset_id": result.asset["id"] if result.asset else None,
        "cut_id": result.cut["id"] if result.cut else None,
        "script": str(result.script) if result.script else None,
        "render_ids": [render["id"] for render in result.renders],
        **{name: summary[name] for name in ("duration_seconds", "kept_seconds", "segments", "dropped")},
        "warnings": _warnings(result),
        "files": [str(path.absolute()) for path in result.files],
    }


def _cells(result: Result) -> tuple[object, ...]:
    summary = _summary(result)
    return (
        Path(result.source.given).name,
        result.state,
        output.playing_time(summary["duration_seconds"]),
        output.playing_time(summary["kept_seconds"]),
        ", ".join(f"{reason.replace('_', ' ')} {count}" for reason, count in _by_count(summary["dropped"])),
        ", ".join(path.name for path in result.files),
    )


def _by_count(dropped: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(((reason, count) for reason, count in dropped.items() if count), key=lambda each: -each[1])


def _summary(result: Result) -> dict[str, Any]:
    nothing: dict[str, Any] = {
        "duration_seconds": None,
        "kept_seconds": None,
        "segments": None,
        "dropped": {},
        "warnings": [],
    }
    return nothing | ((result.cut or {}).get("summary") or {})


def _warnings(result: Result) -> list[dict[str, str]]:
    """Return what to look at in the cut, and in the renders what is not in the cut."""
    found = [*_summary(result)["warnings"], *(each for render in result.renders for each in render["warnings"])]
    return [each for index, each in enumerate(found) if each not in found[:index]]


def _list(heading: str, sentences: list[tuple[Result, str]]) -> None:
    if sentences:
        click.echo(heading)
    for result, sentence in sentences:
        place = f"{result.source.given}: "
        click.echo(f"  {printable(place + sentence.removeprefix(place))}")
