"""From the last byte to ``ready``, compared with ffprobe counting the packets of the same file."""

from __future__ import annotations

import subprocess
import time
from functools import partial
from pathlib import Path

from bench import clips, wire
from bench.lab import MIB, Figures, Lab
from bench.ours import Ours
from bench.report import Section, Table, Target
from bench.servers import OURS, running

FFPROBE = ["ffprobe", "-v", "error", "-count_packets", "-show_entries", "stream=nb_read_packets"]
SMALL, LARGE = 200 * 10**6, 2 * 10**9


def run(lab: Lab) -> Section:
    """Measure MP4, MKV and MP3 made by ffmpeg, and the noise that the uploads use."""
    if reason := clips.missing():
        return Section("Preparation", f"Left out: {reason}", [])
    media = _media(lab)
    files = {f"WAV, {lab.size / MIB:.0f} MiB": lab.source, **media}
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        assert isinstance(server, Ours)
        results = lab.play(
            {(label, ""): partial(_prepare, lab, server, path) for label, path in files.items()},
            heat=LARGE,
            at_most=3,
        )
    for path in media.values():
        path.unlink()
    rows = [[label, *results.cells((label, ""), ours=2, ffprobe=2, ratio=2)] for label in files]
    targets = [
        Target(f"preparation of {label} against ffprobe", 1.0, results.median((label, ""), "ratio"))
        for label in files
        if label.endswith("2000 MB")
    ]
    text = "Seconds from the last response to `ready`: measured, stored under its name, charged. The file is cached."
    return Section("Preparation", text, [Table(("", "ours", "ffprobe", "x"), rows)], targets)


def _media(lab: Lab) -> dict[str, Path]:
    video, audio = clips.film(lab.folder), clips.tone(lab.folder)
    wanted = [(video, extension, size) for extension in ("mp4", "mkv") for size in (SMALL, LARGE)]
    return {
        f"{extension.upper()}, {size // 10**6} MB": clips.repeated(clip, lab.folder / f"{size}.{extension}", size)
        for clip, extension, size in [*wanted, (audio, "mp3", SMALL)]
        if not (lab.quick and size == LARGE)
    }


def _prepare(lab: Lab, server: Ours, path: Path) -> Figures:
    size = path.stat().st_size
    target = server.open(size)
    lab.apart(wire.upload, server.port, path, [server.chunks(target, size, size)]).result()
    began = time.perf_counter()
    while (asset := server.api.get(target.rpartition("/")[2]))["state"] == "processing":
        time.sleep(0.003)
    ours = time.perf_counter() - began
    assert asset["state"] == "ready", asset
    server.clear([target])
    began = time.perf_counter()
    subprocess.run([*FFPROBE, str(path)], check=True, timeout=300, stdout=subprocess.DEVNULL)
    theirs = time.perf_counter() - began
    return {"ours": ours, "ffprobe": theirs, "ratio": theirs / ours}
