"""Renders next to ffmpeg's trim and concat, with the same settings of x264; sound alone; a little of a long film."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from bench import clips, renderers
from bench.lab import Figures, Lab, Results
from bench.report import Section, Table, Target

_CUT, _PIECES, _FILM = "12 pieces of 60 s, 1080p", 12, 60
_LARGE, _LARGE_SECONDS = "10 s, 4K", 10
_LONG, _SHORT, _KEPT = "30 s of 1 h", "60 s, all of it", 30
_SOUND, _SOUND_SECONDS = ("m4a", "mp3"), 600


def run(lab: Lab) -> Section:
    """Measure the cut of a film, one in 4K, sound alone, and what the length of a source costs."""
    if reason := clips.missing():
        return Section("Renders", f"Left out: {reason}", [])
    results = lab.play(_cases(lab), at_most=1 if lab.quick else 3)
    cases = sorted({case for one in results.rounds for case in one})
    rows = [[", ".join(case), *results.cells(case, cpu=1, wall=1, memory=0)] for case in cases]
    table = Table(("", "CPU s", "s", "MiB"), rows)
    text = (
        "A process like a child of the box, against `ffmpeg` with `trim`, `concat` and the same x264 preset, quality, "
        "largest rate and key frames; ours starts Python, too."
    )
    return Section("Renders", text, [table], _targets(results))


def _cases(lab: Lab) -> dict[tuple[str, str], partial[Figures]]:
    film, long = _film(lab, "1920x1080", _FILM), _still_film(lab, 3600)
    short, large = _still_film(lab, _FILM), _film(lab, "3840x2160", _LARGE_SECONDS)
    spread = [(start * 3600, start * 3600 + _KEPT * 25 // 10) for start in range(0, 25, 3)]
    pieces = [(start * 125, start * 125 + 61) for start in range(_PIECES)]
    everything = [(0, 25 * _LARGE_SECONDS)]
    cases: dict[tuple[str, str], partial[Figures]] = {}
    for what, source, seconds, segments, rate in (
        (_CUT, film, _FILM, pieces, 10_000_000),
        (_LARGE, large, _LARGE_SECONDS, everything, 20_000_000),
        (_LONG, long, 3600, spread, 0),
        (_SHORT, short, _FILM, [(0, 25 * _FILM)], 0),
    ):
        description = renderers.described(source, seconds)
        target = lab.folder / f"{len(cases)}.mp4"
        cases[what, "ours"] = partial(renderers.ours, source, description, segments, target)
        if rate:
            cases[what, "ffmpeg"] = partial(renderers.ffmpeg, source, description, segments, target, rate)
    sound = clips.murmur(lab.folder, _SOUND_SECONDS)
    description = renderers.described(sound, _SOUND_SECONDS)
    for extension in _SOUND:
        target = lab.folder / f"sound.{extension}"
        segments = [(0, round(description.rate * _SOUND_SECONDS))]
        cases["10 min of sound", extension] = partial(renderers.ours, sound, description, segments, target)
    return cases


def _targets(results: Results) -> list[Target]:
    found = []
    for what, most in (_CUT, 350), (_LARGE, 1024):
        mine, theirs = (what, "ours"), (what, "ffmpeg")
        found += [
            Target(f"CPU of {what}, against ffmpeg", 1.05, results.ratio(mine, theirs, "cpu"), at_most=True),
            Target(f"time of {what}, against ffmpeg", 1.2, results.ratio(mine, theirs, "wall"), at_most=True),
            Target(f"memory of {what}", most, results.median(mine, "memory"), at_most=True, unit="MiB"),
        ]
    little = results.ratio((_LONG, "ours"), (_SHORT, "ours"), "cpu")
    found.append(Target(f"CPU of {_LONG}, against {_SHORT}", 1.5, little, at_most=True))
    for extension in _SOUND:
        cpu = results.median(("10 min of sound", extension), "cpu")
        found.append(Target(f"{extension} a core, against real time", 100, cpu and _SOUND_SECONDS / cpu))
    return found


def _film(lab: Lab, size: str, seconds: int) -> Path:
    """Make moving noise and a tone, 20 Mbit/s."""
    return _repeated(lab, clips.film(lab.folder, size), f"{size}.mp4", seconds)


def _still_film(lab: Lab, seconds: int) -> Path:
    """Make a film in 1080p of little motion, 2 Mbit/s."""
    return _repeated(lab, clips.film(lab.folder, still=True), f"still-{seconds}.mp4", seconds)


def _repeated(lab: Lab, clip: Path, name: str, seconds: int) -> Path:
    path = lab.folder / name
    looped = [*clips.FFMPEG, "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-t", str(seconds), str(path)]
    subprocess.run(looped, check=True, timeout=300)
    return path
