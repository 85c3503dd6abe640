"""The quality of cuts: ``python -m bench.cuts`` measures it alone."""

from __future__ import annotations

from bench.cuts.cases import cases
from bench.cuts.run import Run
from bench.cuts.section import section
from bench.cuts.ways import WAYS
from bench.lab import Lab
from bench.report import Section


def run(lab: Lab) -> Section:
    """Measure every case, or every third one for a first impression."""
    measured = Run(cases()[::3] if lab.quick else cases(), WAYS)
    measured.measure()
    return section(measured.results, measured.missing)
