"""Findings about the way to a box, in the shape of all findings of ``doctor``."""

from __future__ import annotations

from roughy_box.domain.findings import Finding, Report

__all__ = ["Finding", "Report", "Stop"]


class Stop(Exception):
    """A finding after which nothing else can be tried."""

    def __init__(self, check: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.finding = Finding(check, problem, remedy)
