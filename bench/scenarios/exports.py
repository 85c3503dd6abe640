"""Exports of a long cut: the time of every format, without the server around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import accumulate, pairwise

from bench.lab import MIB, Figures, Lab
from bench.report import Section, Table, Target
from roughy_box.domain.cut import Dropped, Plan, Segment, Word
from roughy_box.exports import formats, subtitles
from roughy_box.exports.media import Reference
from roughy_box.exports.source import AudioTrack, Picture, Source
from roughy_box.exports.timeline import Export

SEGMENTS = 5000
NTSC = Fraction(30000, 1001)
MOST = {"fcp7xml": 1.5}  # CPU seconds; any other format 0.5


def run(lab: Lab) -> Section:
    """Measure every format of a cut of 5,000 segments and 20,000 words."""
    plan = _plan()
    writers: dict[str, Callable[[], bytes]] = {
        **{name: partial(formats.write, name, _export(plan)) for name in formats.FORMATS},
        **{f"captions: {name}": partial(subtitles.write, name, plan) for name in subtitles.CAPTIONS},
    }
    results = lab.play({(name, ""): partial(_write, write) for name, write in writers.items()})
    rows = [[name, *results.cells((name, ""), cpu=2, size=1)] for name in writers]
    targets = [
        Target(f"export of {SEGMENTS} segments, {name}", MOST.get(name, 0.5), measured, at_most=True, unit="CPU-s")
        for name in writers
        if (measured := results.median((name, ""), "cpu")) is not None
    ]
    text = f"{SEGMENTS} kept segments of a stereo video at 29.97 frames a second, four words in each."
    return Section("Exports", text, [Table(("", "CPU-s", "MiB"), rows)], targets)


def _write(write: Callable[[], bytes]) -> Figures:
    began = time.process_time()
    content = write()
    return {"cpu": time.process_time() - began, "size": len(content) / MIB}


def _plan() -> Plan:
    spans = list(pairwise(accumulate((30 + n * 7919 % 83 for n in range(2 * SEGMENTS)), initial=0)))
    words = [
        Word(f"word{number}", float((start + 7 * number) / NTSC), float((start + 7 * number + 5) / NTSC), 0.9)
        for start, _ in spans[::2]
        for number in range(4)
    ]
    return Plan(
        NTSC,
        spans[-1][1],
        tuple(Segment(*span, "word0 word1 word2 word3") for span in spans[::2]),
        tuple(Dropped(*span, "pause") for span in spans[1::2]),
        words=tuple(words),
    )


def _export(plan: Plan) -> Export:
    source = Source(
        asset_id="0193e9a4-0000-7000-8000-000000000001",
        extension="mov",
        media=Reference("/Volumes/Footage/A001_C003.mov"),
        rate=plan.rate,
        length=plan.length,
        duration=plan.length / plan.rate,
        picture=Picture(1920, 1080),
        tracks=(AudioTrack(2, 48000),),
    )
    return Export(plan, source, "Rough cut")
