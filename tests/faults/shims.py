"""Small C libraries put before the system's own by LD_PRELOAD: a failing disk, a jumping clock, a sudden death."""

from __future__ import annotations

import errno
import mmap
import signal
import struct
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.harness import LiveBox

SOURCES = Path(__file__).parent
PAGE = mmap.PAGESIZE
_MANY = 2**30


def compiled(name: str, folder: Path) -> Path:
    """The library built from ``name``.c."""
    library = folder / f"{name}.so"
    if not library.exists():
        flags = ("-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror")
        subprocess.run(["gcc", *flags, "-o", library, SOURCES / f"{name}.c", "-ldl"], check=True)
    return library


class Shim:
    """A library preloaded into every process of a box started later, and the commands it gets while it runs."""

    def __init__(self, box: LiveBox, library: Path, variable: str) -> None:
        self._words = box.folder / variable.lower()
        self._words.write_bytes(bytes(PAGE))
        preload(box, library)
        box.environ[variable] = str(self._words)

    def tell(self, layout: str, *values: object) -> None:
        """Write ``values`` where the library reads them at each call."""
        with self._words.open("r+b") as file:
            file.write(struct.pack(layout, *values))

    def ask(self, layout: str) -> tuple[int, ...]:
        """Read them back, with what the library counted."""
        return struct.unpack_from(layout, self._words.read_bytes())


def preload(box: LiveBox, library: Path) -> None:
    """Put ``library`` before those that are there already."""
    box.environ["LD_PRELOAD"] = f"{library} {box.environ.get('LD_PRELOAD', '')}".strip()


class DieAt(Shim):
    """Kills whatever process of the box is about to make the n-th change of the disk."""

    def __init__(self, box: LiveBox, library: Path) -> None:
        super().__init__(box, library, "DIE_AT")
        self._box = box

    def arm(self, changes: int) -> None:
        """Count from now."""
        self.tell("i", changes)

    def wait(self) -> None:
        """Wait for the end of the server, but not for ever: not every time are there as many changes."""
        assert self._box.process
        with suppress(subprocess.TimeoutExpired):
            self._box.process.wait(2)
        self.arm(0)
        self._box.stop(signal.SIGKILL)

    @contextmanager
    def counting(self) -> Iterator[Callable[[], int]]:
        """Let live, and tell how many changes there were since the block began."""
        self.arm(_MANY)
        yield lambda: _MANY - self.ask("i")[0]
        self.arm(0)


class DiskError(Shim):
    """Fails writes or syncs of some files."""

    _LAYOUT = "6i104s"

    def __init__(self, box: LiveBox, library: Path) -> None:
        super().__init__(box, library, "DISK_ERROR")

    def arm(self, pattern: str, *, write: bool = False, sync: bool = False, spared: int = 0) -> None:
        """Let ``spared`` calls on files whose whole path matches succeed, and every one after them fail with EIO."""
        calls = (1 if write else 0) | (2 if sync else 0)
        self.tell(self._LAYOUT, calls, spared, _MANY, errno.EIO, 0, 0, pattern.encode())

    def rest(self) -> None:
        """Fail nothing any more."""
        self.tell("i", 0)

    def seen(self) -> tuple[int, int]:
        """Return the number of writes and syncs since the last :meth:`arm`, failed ones included."""
        return self.ask(self._LAYOUT)[4:6]  # type: ignore[return-value]


class Clock(Shim):
    """Shifts the wall clock of the box."""

    def __init__(self, box: LiveBox, library: Path) -> None:
        super().__init__(box, library, "CLOCK_SHIFT")
        self.seconds = 0

    def shift(self, seconds: int) -> None:
        """Jump to that far from the true time."""
        self.seconds = seconds
        self.tell("q", seconds * 10**9)
