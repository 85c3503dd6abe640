"""The task ``plan``: a listening and a script to a plan. Runs in the child, as it computes for long."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from roughy_box.cutting.grid import Grid
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import NothingToKeep, make_plan
from roughy_box.cutting.plan_document import pack
from roughy_box.media.worker.line import Line
from roughy_box.speech.payload import unpack

_BLOCK = 1024**2
_SHARES = {"matching": (0.0, 0.6), "planning": (0.6, 1.0)}


def plan(line: Line, arguments: Mapping[str, Any], source: int) -> bytes:
    """Return a line of JSON that says the outcome, and the packed plan if there is one.

    The outcome is "plan", "no_speech", or "stale" where the listening is not the expected one.
    """
    try:
        listening, facts = unpack(_read(source))
    except ValueError:
        return _result("stale")
    if any(facts.get(name) != value for name, value in arguments["expected"].items()):
        return _result("stale")
    grid = Grid(Fraction(arguments["rate"]), arguments["length"])

    def report(stage: str, share: float) -> None:
        begin, end = _SHARES[stage]
        line.progress(begin + (end - begin) * min(1.0, max(0.0, share)), time.process_time_ns() // 1_000_000, stage)

    try:
        made = make_plan(listening, arguments["script"], Options(**arguments["options"]), grid, report)
    except NothingToKeep:
        return _result("no_speech")
    return _result("plan") + pack(made)


def _result(outcome: str) -> bytes:
    return json.dumps({"outcome": outcome}).encode() + b"\n"


def _read(descriptor: int) -> bytes:
    parts, place = [], 0
    while part := os.pread(descriptor, _BLOCK, place):
        parts.append(part)
        place += len(part)
    return b"".join(parts)
