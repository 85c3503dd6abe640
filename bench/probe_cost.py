"""Measures what probing long sound costs: CPU per packet, beside a bare demux loop and an older checkout.

    python -m bench.probe_cost [--hours N] [--rounds N] [--before CHECKOUT]

The files are minutes of noise, repeated. Pairs are interleaved; the best of the rounds counts, because other work on
the machine only ever adds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.clips import FFMPEG

_SOURCE = "anoisesrc=r=48000:a=0.02:c=pink,volume='0.5+0.5*sin(t)':eval=frame"
_FILES = {
    "opus": ["-c:a", "libopus", "-b:a", "24k"],
    "webm": ["-c:a", "libopus", "-b:a", "24k"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "64k"],
    "m4a": ["-c:a", "aac", "-b:a", "48k"],
    "aac": ["-c:a", "aac", "-b:a", "48k"],
}
_TRACKS, _TRACKS_NAME = 8, "8 tracks.webm"
_PROBE = """
import json, os, sys, time
try:
    from roughy_box.media.worker.file import Descriptor
except ImportError:
    from roughy_box.media.worker.open import Descriptor
from roughy_box.media.worker.probe.measure import probe
began = time.process_time()
outcome = probe(Descriptor(os.open(sys.argv[1], os.O_RDONLY)))
print(json.dumps([time.process_time() - began, getattr(outcome, "duration_ms", 0)]))
"""
_DEMUX = """
import av, json, sys, time
began, packets = time.process_time(), 0
with av.open(sys.argv[1]) as container:
    for packet in container.demux(container.streams.audio):
        packets += 1
print(json.dumps([time.process_time() - began, packets]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--before", type=Path, help="an older checkout to compare with")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("| file | packets | seconds | bare demux | probe | us a packet | before |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for path in _make(Path(folder), arguments.hours):
            print(_row(path, arguments.rounds, arguments.before), flush=True)


def _make(folder: Path, hours: int) -> list[Path]:
    paths = []
    for extension, codec in _FILES.items():
        clip, path = folder / f"clip.{extension}", folder / f"{hours} h.{extension}"
        subprocess.run([*FFMPEG, "-f", "lavfi", "-t", "60", "-i", _SOURCE, *codec, clip], check=True)
        repeat = ["-stream_loop", str(hours * 60 - 1), "-i", clip, "-c", "copy", path]
        subprocess.run([*FFMPEG, *map(str, repeat)], check=True)
        paths.append(path)
    many = folder / _TRACKS_NAME
    seconds = str(hours * 3600 * 3 // 10)
    copies = ["-i", paths[1], *["-map", "0"] * _TRACKS, "-t", seconds, "-c", "copy", many]
    subprocess.run([*FFMPEG, *map(str, copies)], check=True)
    return [*paths, many]


def _row(path: Path, rounds: int, before: Path | None) -> str:
    ours = Path(__file__).parents[1]
    results: dict[str, list[tuple[float, int]]] = {}
    for _ in range(rounds):
        results.setdefault("demux", []).append(_run(_DEMUX, path, ours))
        results.setdefault("ours", []).append(_run(_PROBE, path, ours))
        if before:
            results.setdefault("before", []).append(_run(_PROBE, path, before))
    (bare, packets), (probe, milliseconds) = min(results["demux"]), min(results["ours"])
    old = f"{min(results['before'])[0]:.1f} s" if before else "-"
    each = probe / packets * 1e6
    cells = [
        path.name,
        f"{packets}",
        f"{milliseconds / 1000:.2f}",
        f"{bare:.1f} s",
        f"{probe:.1f} s",
        f"{each:.2f}",
        old,
    ]
    return f"| {' | '.join(cells)} |"


def _run(script: str, path: Path, checkout: Path) -> tuple[float, int]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}  # and the folder, which Python searches first
    command = [sys.executable, "-c", script, str(path)]
    seconds, number = json.loads(
        subprocess.run(command, env=environment, cwd=checkout, check=True, stdout=subprocess.PIPE).stdout
    )
    return seconds, number


if __name__ == "__main__":
    main()
