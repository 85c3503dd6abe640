"""Every case in every way that is for its language."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.cuts.cases import Case
from bench.cuts.hearing import heard
from bench.cuts.measures import Figures, covered_seconds, measure
from bench.cuts.packages import Unavailable
from bench.cuts.recording import Recording, Span, record
from bench.cuts.ways import Way
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.listening import Listening
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import NothingToKeep, make_plan

FOLDER = Path(tempfile.gettempdir()) / "roughy-box-bench-cuts"
_SOME = 0.5  # of a line


class Run:
    """Measures; ``results`` are by way and case, ``missing`` are sentences about what could not be measured."""

    def __init__(self, cases: Sequence[Case], ways: Sequence[Way], *, shows_lost: bool = False) -> None:
        self._cases = cases
        self._ways = ways
        self._shows_lost = shows_lost
        self._missing: dict[str, None] = {}
        self.results: dict[tuple[Way, Case], Figures] = {}
        self.recordings: dict[Case, Recording] = {}

    @property
    def missing(self) -> list[str]:
        """Return each sentence once."""
        return list(self._missing)

    def measure(self) -> None:
        """Measure what can be had here."""
        FOLDER.mkdir(exist_ok=True)
        for case in self._cases:
            try:
                recording = self.recordings[case] = record(case, FOLDER)
            except Unavailable as reason:
                self._missing[f"Without natural voices: {reason}"] = None
                continue
            for way in self._ways:
                if case.language in way.languages:
                    self._measure(way, case, recording)

    def _measure(self, way: Way, case: Case, recording: Recording) -> None:
        script = case.script if way.with_script else None
        try:
            listening, cost = heard(recording, way.choice(case), script)
        except Unavailable as reason:
            self._missing[f"Without {way.name}: {reason}"] = None
            return
        began = time.process_time()
        kept = _kept(listening, script, recording)
        figures = measure(case, recording.spans, kept)
        figures.seconds, figures.heard_cpu, figures.plan_cpu = recording.duration, cost, time.process_time() - began
        self.results[way, case] = figures
        if self._shows_lost:
            _show(way, case, recording, kept)


def _kept(listening: Listening, script: str | None, recording: Recording) -> list[Span]:
    """Return the segments of the plan in seconds."""
    try:
        plan = make_plan(listening, script, Options(), Grid.of_sound(recording.duration))
    except NothingToKeep:
        return []
    return [(float(each.start / plan.rate), float(each.end / plan.rate)) for each in plan.segments]


def _show(way: Way, case: Case, recording: Recording, kept: Sequence[Span]) -> None:
    """Print the lines that are kept or dropped against the truth."""
    for unit, span in zip(case.units, recording.spans, strict=True):
        share = covered_seconds(span, kept) / (span[1] - span[0])
        if (unit.is_kept and share < 0.97) or (not unit.is_kept and share > _SOME):
            out = " [held out]" if case.is_held_out else ""
            print(f"{way.name} | {case.name}{out} | {unit.what}: {unit.text} | {span[0]:.2f} kept {share:.0%}")
