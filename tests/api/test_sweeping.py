"""What a crash may leave behind is swept at the start; what is not ours is left alone."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.harness import LiveBox, wait_until

LOST = "01940000-0000-7000-8000-00000000aaaa"
PROJECT = "01940000-0000-7000-8000-00000000bbbb"


def test_orphans_go_and_foreign_files_stay(tmp_path: Path) -> None:
    box = LiveBox(tmp_path)
    incoming, media = box.data_dir / "incoming", box.data_dir / "media" / "projects" / PROJECT
    media.mkdir(parents=True)
    orphans = [incoming / LOST, media / f"{LOST}.mp4"]
    foreign = [
        incoming / "notes.txt",
        incoming / f"{LOST}.part",
        media / "notes.txt",
        media / f"copy of {LOST}.mp4",
        media.parent / f"{LOST}.mp4",
        box.data_dir / LOST,
    ]
    for path in orphans + foreign:
        path.write_bytes(b"left behind")
    box.start()
    try:
        wait_until(lambda: not any(path.exists() for path in orphans))
        assert all(path.read_bytes() == b"left behind" for path in foreign)
        assert box.cli("doctor")["ok"]
    finally:
        box.stop(signal.SIGKILL)
