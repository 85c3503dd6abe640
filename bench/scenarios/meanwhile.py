"""Preparation during uploads: when it begins, what it costs clients, and how it uses the cores."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from statistics import quantiles

from bench import clips, wire
from bench.lab import KIB, MIB, Figures, Lab, make_source
from bench.ours import Ours
from bench.report import Section, Table, Target, number
from bench.servers import ONE_WORKER, OURS, running

CROWD = 8
SOUNDS = 4
CLIPS = 100
_LONGEST_LAG = re.compile(r"^roughy_box_event_loop_lag_max_seconds (\S+)$", re.MULTILINE)


def run(lab: Lab) -> Section:
    """Measure small files one by one, a large one alone and during preparations, sounds with one and all workers."""
    if reason := clips.missing():
        return Section("Preparation during uploads", f"Left out: {reason}", [])
    sound = clips.repeated(clips.tone(lab.folder), lab.folder / "long.mp3", (10 if lab.quick else 40) * 10**6)
    small = lab.folder / "small.wav"
    make_source(small, 64 * KIB)
    with running(lab.folder, [OURS, ONE_WORKER]) as servers:
        ours, alone = servers[OURS], servers[ONE_WORKER]
        assert isinstance(ours, Ours)
        assert isinstance(alone, Ours)
        results = lab.play(
            {
                ("upload", "alone"): partial(_upload, lab, ours),
                ("upload", "during"): partial(_upload_during, lab, ours, sound),
                ("sounds", "one worker"): partial(_prepare_all, lab, alone, sound),
                ("sounds", "all cores"): partial(_prepare_all, lab, ours, sound),
                ("crowd", ""): partial(_crowd, lab, ours),
                ("clips", ""): partial(_clips, lab, ours, small),
            },
            heat=lab.size,
        )
        begun = sorted(_time_to_ready(lab, ours, small) for _ in range(lab.rounds * 10))
    sound.unlink()
    cuts = quantiles(begun, n=100)
    slowed = results.ratio(("upload", "during"), ("upload", "alone"), "speed")
    spread = results.ratio(("sounds", "all cores"), ("sounds", "one worker"), "rate")
    lag = results.median(("crowd", ""), "lag")
    rows = [
        ("64 KiB WAV, from the last response to ready: p50, ms", number(cuts[49], 1)),
        ("the same, p90, ms", number(cuts[89], 1)),
        (
            f"{CLIPS} of them at once, from the first byte to all ready, s",
            number(results.median(("clips", ""), "took"), 2),
        ),
        (f"upload of {lab.size // MIB} MiB alone, MiB/s", number(results.median(("upload", "alone"), "speed"))),
        ("during preparations on every core, MiB/s", number(results.median(("upload", "during"), "speed"))),
        (f"{SOUNDS} long MP3s prepared, one worker, s", number(results.median(("sounds", "one worker"), "took"), 2)),
        (f"the same, {os.cpu_count()} workers, s", number(results.median(("sounds", "all cores"), "took"), 2)),
        (f"longest lag of the event loop, {CROWD} uploads that end and are prepared, ms", number(lag, 1)),
    ]
    targets = [
        Target("small file from the last response to ready, p50", 100, cuts[49], at_most=True, unit="ms"),
        Target("upload during preparations against alone", 0.9, slowed),
        Target("preparation with all cores against one worker", 1.5, spread),
        Target(f"longest lag of the event loop, {CROWD} uploads", 50, lag, at_most=True, unit="ms"),
    ]
    text = "Preparation runs at low priority. The lag is the server's own metric, over a whole round."
    return Section("Preparation during uploads", text, [Table(("", "measured"), rows)], targets)


def _upload(lab: Lab, server: Ours) -> Figures:
    path = server.open(lab.size)
    seconds = lab.apart(wire.upload, server.port, lab.source, [[server.chunk(path, 0, lab.size)]]).result()
    server.clear([path])
    return {"speed": lab.size / seconds / MIB}


def _upload_during(lab: Lab, server: Ours, sound: Path) -> Figures:
    busy = _sent(lab, server, sound, os.cpu_count() or 1)
    path = server.open(lab.size)
    seconds = lab.apart(wire.upload, server.port, lab.source, [[server.chunk(path, 0, lab.size)]]).result()
    still = [server.api.get(_id(each))["state"] for each in busy]
    server.clear([path, *busy])
    assert "processing" in still, "the preparations were over before the upload was"
    return {"speed": lab.size / seconds / MIB}


def _prepare_all(lab: Lab, server: Ours, sound: Path) -> Figures:
    paths = _sent(lab, server, sound, SOUNDS)
    began = time.perf_counter()
    _wait(server, paths)
    took = time.perf_counter() - began
    server.clear(paths)
    return {"took": took, "rate": 1 / took}


def _clips(lab: Lab, server: Ours, small: Path) -> Figures:
    began = time.perf_counter()
    paths = _sent(lab, server, small, CLIPS)
    _wait(server, paths)
    took = time.perf_counter() - began
    server.clear(paths)
    return {"took": took}


def _crowd(lab: Lab, server: Ours) -> Figures:
    size = lab.size // CROWD
    _take_longest_lag(server)
    paths = [server.open(size) for _ in range(CROWD)]
    shots = [[server.chunk(path, 0, size)] for path in paths]
    lab.apart(wire.upload, server.port, lab.source, shots).result()
    _wait(server, paths)
    lag = _take_longest_lag(server)
    server.clear(paths)
    return {"lag": lag * 1000}


def _time_to_ready(lab: Lab, server: Ours, small: Path) -> float:
    size = small.stat().st_size
    path = server.open(size)
    wire.upload(server.port, small, [[server.chunk(path, 0, size)]])
    began = time.perf_counter()
    _wait(server, [path], every=0.002)
    took = time.perf_counter() - began
    server.clear([path])
    return took * 1000


def _sent(lab: Lab, server: Ours, file: Path, count: int) -> list[str]:
    size = file.stat().st_size
    paths = [server.open(size) for _ in range(count)]
    lab.apart(wire.upload, server.port, file, [[server.chunk(path, 0, size)] for path in paths]).result()
    return paths


def _wait(server: Ours, paths: Iterable[str], every: float = 0.05) -> None:
    """Wait until all are ready; polling more often would take CPU time from preparation."""
    for path in paths:
        while (asset := server.api.get(_id(path)))["state"] == "processing":
            time.sleep(every)
        assert asset["state"] == "ready", asset


def _take_longest_lag(server: Ours) -> float:
    """Return seconds; reading it resets it."""
    found = _LONGEST_LAG.search(server.api.http.get("/metrics").text)
    assert found, "the server reports no lag"
    return float(found[1])


def _id(path: str) -> str:
    return path.rpartition("/")[2]
