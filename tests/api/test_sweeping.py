"""Leftovers of a crash are removed at the start; foreign files are kept."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

LOST = "01940000-0000-7000-8000-00000000aaaa"
PROJECT = "01940000-0000-7000-8000-00000000bbbb"


def test_orphans_are_removed_and_foreign_files_kept(tmp_path: Path) -> None:
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


def test_rejected_bytes_are_removed_and_open_ones_kept(fresh_box: Callable[[], LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    rejected, url = api.asset(1000)
    assert api.patch(url, 0, b"no media at all " * 62 + b"........").status_code == 409
    opened, url = api.asset(len(content := wav(5)))
    assert api.patch(url, 0, content[:5000]).status_code == 204
    box.stop(signal.SIGKILL)
    # As if the kill had come between the row and the bytes.
    left_behind = box.data_dir / "incoming" / rejected
    left_behind.write_bytes(b"no media at all")
    box.start()
    api = Api(box)
    wait_until(lambda: not left_behind.exists())
    assert api.offset(url) == 5000
    assert api.patch(url, 5000, content[5000:]).status_code == 204
    assert api.settled(opened)["state"] == "ready"
