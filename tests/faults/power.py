"""A power cut: the data folder as only its syncs left it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.faults.shims import preload
from tests.harness import LiveBox

BLOCK = 4096


@dataclass(frozen=True)
class Name:
    """One entry of a folder."""

    name: str
    mode: int
    inode: int


class Power:
    """Records what a box syncs and cuts its power.

    With ``dice``, some of what was not synced reaches the disk too, as a disk may write whenever it likes: blocks
    of a file in any order, its end as far as it got, and with them all names or none. A file's length grows only
    with its data, as it does where data is written before the size (ext4 with data=ordered, XFS, Btrfs, ZFS).
    """

    def __init__(self, box: LiveBox, library: Path) -> None:
        self._box = box
        self._noted = box.folder / "synced"
        preload(box, library)
        box.environ |= {"POWER_CUT": str(self._noted), "POWER_CUT_ROOT": str(box.data_dir)}
        self.begin()

    def begin(self) -> None:
        """Take everything that is in the data folder now for durable."""
        shutil.rmtree(self._noted, ignore_errors=True)
        self._noted.mkdir()
        for folder, _, files in os.walk(self._box.data_dir):
            listing = "".join(f"{name.mode:o} {name.inode} {name.name}\n" for name in _present(Path(folder)))
            (self._noted / f"d{os.stat(folder).st_ino}").write_text(listing)
            for file in files:
                path = Path(folder, file)
                shutil.copyfile(path, self._noted / str(path.stat().st_ino))

    def cut(self, dice: random.Random | None = None) -> None:
        """Kill the server and put the image of what survived in the place of the data folder."""
        if self._box.process:
            self._box.stop(signal.SIGKILL)
        root, image = self._box.data_dir, self._box.folder / "image"
        inodes = {path.stat().st_ino: path for path in (*root.rglob("*"), root, *self._noted.glob("held*"))}
        self._build(image, root.stat().st_ino, inodes, dice, bool(dice and dice.random() < 0.5))
        shutil.rmtree(root)
        image.rename(root)
        self.begin()

    def _build(
        self, target: Path, inode: int, inodes: dict[int, Path], dice: random.Random | None, early_names: bool
    ) -> None:
        target.mkdir()
        present = inodes.get(inode)
        for name in _present(present) if early_names and present else self._listed(inode):
            path = target / name.name
            if stat.S_ISDIR(name.mode):
                self._build(path, name.inode, inodes, dice, early_names)
            elif not name.name.endswith("-shm"):  # shared memory; SQLite creates it again
                path.write_bytes(self._content(name.inode, inodes, dice))
                path.chmod(stat.S_IMODE(name.mode))

    def _listed(self, inode: int) -> Iterator[Name]:
        noted = self._noted / f"d{inode}"
        for line in noted.read_text().splitlines() if noted.exists() else ():
            mode, own, name = line.split(" ", 2)
            yield Name(name, int(mode, 8), int(own))

    def _content(self, inode: int, inodes: dict[int, Path], dice: random.Random | None) -> bytes:
        noted = self._noted / str(inode)
        synced = noted.read_bytes() if noted.exists() else b""
        if dice is None or inode not in inodes:
            return synced
        return _mixed(synced, inodes[inode].read_bytes(), dice)


def _present(folder: Path) -> Iterator[Name]:
    for entry in os.scandir(folder):
        status = entry.stat(follow_symlinks=False)
        yield Name(entry.name, status.st_mode, status.st_ino)


def _mixed(synced: bytes, present: bytes, dice: random.Random) -> bytes:
    """Each block of one or the other, and the new end as far as it got."""
    if synced == present:
        return synced
    share, length = dice.random(), min(len(synced), len(present))
    kept = bytearray(synced[:length])
    for start in range(0, length, BLOCK):
        if dice.random() < share:
            kept[start : start + BLOCK] = present[start : min(start + BLOCK, length)]
    if len(present) < len(synced):
        return bytes(kept) + (synced[length:] if dice.random() < 0.5 else b"")
    return bytes(kept) + present[length : dice.randint(length, len(present))]
