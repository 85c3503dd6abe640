"""Computing and memory of a long recording, and of a long script against as long a reading."""

from __future__ import annotations

import random
import resource
import time
import wave
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from bench.cuts.cases import Case
from bench.cuts.hearing import fresh
from bench.cuts.recording import Recording
from bench.cuts.ways import Way
from bench.report import Table, number
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.options import Options
from roughy_box.cutting.plan import make_plan
from roughy_box.cutting.reading.alignment import Said, align
from roughy_box.cutting.sound.levels import RATE

_WORDS = 15_000
_ISLAND = 8  # words


class Cost(NamedTuple):
    """CPU seconds, and the most MiB of the process."""

    hearing: float
    planning: float
    peak: float


def table(recordings: dict[Case, Recording], ways: list[Way], seconds: float, folder: Path) -> Table:
    """Return the cost of each way for English recordings one after the other, and of matching."""
    chosen, joined = _joined(recordings, seconds, folder)
    script = "\n".join(case.script for case in chosen)
    rows = []
    for way in ways:
        cost = _apart(_of_way, way, chosen[0], joined, script)
        shares = (number(each / joined.duration, 3) for each in (cost.hearing, cost.planning))
        rows.append((f"{way.name}, {joined.duration / 60:.0f} minutes", *shares, number(cost.peak)))
    matching = _apart(_of_matching)
    rows.append(
        (f"matching {_WORDS:,} words with {_WORDS:,}: CPU-s", "-", number(matching.planning), number(matching.peak))
    )
    return Table(("cost", "hearing, CPU-s/s", "planning, CPU-s/s", "peak MiB"), rows)


def _joined(recordings: dict[Case, Recording], seconds: float, folder: Path) -> tuple[list[Case], Recording]:
    chosen: list[Case] = []
    duration = 0.0
    path = folder / "joined.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        for case, recording in recordings.items():
            if case.language == "en" and duration < seconds:
                chosen.append(case)
                duration += recording.duration
                with wave.open(str(recording.path)) as part:
                    out.writeframes(part.readframes(-1))
    return chosen, Recording(path, duration, ())


def _apart(work, *arguments) -> Cost:  # type: ignore[no-untyped-def]
    """Return what ``work`` costs in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        cost: Cost = pool.submit(work, *arguments).result()
        return cost


def _of_way(way: Way, case: Case, recording: Recording, script: str) -> Cost:
    began = time.process_time()
    listening = fresh(recording, way.choice(case), script if way.with_script else None)
    heard = time.process_time()
    make_plan(listening, script if way.with_script else None, Options(), Grid.of_sound(recording.duration))
    return Cost(heard - began, time.process_time() - heard, _peak())


def _of_matching() -> Cost:
    rng = random.Random(1)
    script = ["".join(rng.choice("abcdefghijklmnop") for _ in range(rng.randint(2, 9))) for _ in range(_WORDS)]
    before, began = _peak(), time.process_time()
    align(
        [Said(word, place % _ISLAND == 0) for place, word in enumerate(script)],
        script,
        [False] * _WORDS,
        lambda _: None,
    )
    return Cost(0.0, time.process_time() - began, _peak() - before)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
