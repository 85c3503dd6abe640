"""Preparation on a workstation that is busy with other programs, by the user that runs the box."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import clips, wire
from bench.lab import Figures, Lab
from bench.ours import Ours
from bench.report import Section, Table, Target, number

LOOPS = 4
HOUR = 57_600_000  # bytes at 128 kbit/s
SPIN = "while True: pass"
AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")
NOBODY = 65534
# Each program in a session of its own, as a desktop or systemd starts them.
SESSION = ("setsid",)


def run(lab: Lab) -> Section:
    """Measure an hour of MP3 on a quiet machine and next to four programs that compute without end."""
    if reason := clips.missing():
        return Section("A busy machine", f"Left out: {reason}", [])
    sound = clips.repeated(clips.tone(lab.folder), lab.folder / "hour.mp3", HOUR)
    rows, targets = [], []
    for groups, most in ((True, 3.0), (False, 8.0)):
        if groups != _are_grouped() and not _may_switch():
            continue
        with _grouped(groups):
            for user, prefix in _users().items():
                slower, quiet = _measure(lab, sound, user, prefix)
                label = f"{user}, autogroup {'on' if groups else 'off'}"
                rows.append([label, number(quiet, 1), number(slower, 2)])
                targets.append(
                    Target(f"one hour of MP3 with {LOOPS} busy programs, {label}", most, slower, at_most=True)
                )
    sound.unlink()
    text = f"Seconds from the last byte to `ready` on a quiet machine, and the factor next to {LOOPS} busy programs."
    return Section("A busy machine", text, [Table(("", "quiet, s", "factor"), rows)], targets)


def _measure(lab: Lab, sound: Path, user: str, prefix: Sequence[str]) -> tuple[float | None, float | None]:
    server = Ours(user, program=(*SESSION, *prefix, sys.executable, "-m", "roughy_box"))
    home = lab.folder / "busy"
    home.mkdir()
    for folder in (lab.folder, home):
        folder.chmod(0o755)  # another user must get there
    try:
        server.start(home, owner=NOBODY if prefix else None)
        results = lab.play(
            {
                ("mp3", "quiet"): partial(_prepare, server, sound, 0),
                ("mp3", "busy"): partial(_prepare, server, sound, LOOPS),
            },
            at_most=5,
        )
        server.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return results.ratio(("mp3", "busy"), ("mp3", "quiet"), "took"), results.median(("mp3", "quiet"), "took")


def _prepare(server: Ours, sound: Path, loops: int) -> Figures:
    size = sound.stat().st_size
    path = server.open(size)
    wire.upload(server.port, sound, [[server.chunk(path, 0, size - 1)]])
    with _busy(loops):
        began = time.perf_counter()
        with sound.open("rb") as file:
            file.seek(size - 1)
            server.api.patch(path, size - 1, file.read())
        while (asset := server.api.get(path.rpartition("/")[2]))["state"] == "processing":
            time.sleep(0.02)
        took = time.perf_counter() - began
    assert asset["state"] == "ready", asset
    server.clear([path])
    return {"took": took}


@contextmanager
def _busy(loops: int) -> Iterator[None]:
    started = [subprocess.Popen([*SESSION, sys.executable, "-c", SPIN]) for _ in range(loops)]
    try:
        yield
    finally:
        for each in started:
            each.kill()
            each.wait()


def _users() -> dict[str, tuple[str, ...]]:
    """Return the prefixes of a command that runs as each user: root can be an ordinary user, too."""
    if os.geteuid():
        return {"an ordinary user": ()}
    ordinary = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return {"root": ()} | ({"an ordinary user": ordinary} if _reaches_python(ordinary) else {})


def _reaches_python(prefix: Sequence[str]) -> bool:
    """Return whether that user may start Python from Python: one below the home of root is out of reach."""
    starts = f"import subprocess; subprocess.run([{sys.executable!r}, '-c', ''], check=True)"
    return not subprocess.run([*prefix, sys.executable, "-c", starts], stderr=subprocess.DEVNULL).returncode


def _are_grouped() -> bool:
    return AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1"


def _may_switch() -> bool:
    return os.access(AUTOGROUP, os.W_OK)


@contextmanager
def _grouped(wanted: bool) -> Iterator[None]:
    """Have the system divide the processor by sessions, or not; restore the setting at the end."""
    before = _are_grouped()
    if wanted != before:
        AUTOGROUP.write_text("1" if wanted else "0")
    try:
        yield
    finally:
        if wanted != before:
            AUTOGROUP.write_text("1" if before else "0")
