"""The file system a folder is on: its kind, its space, and a check that SQLite works there.

The write-ahead log needs memory shared by all its users, which no network file system provides
(sqlite.org/wal.html): used from two machines, the database would be damaged silently.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from roughy_box.domain.errors import SetupError

# Names of file systems; those in user space (fuse.NAME) without their prefix.
_NETWORK = {
    *("nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "smbnetfs", "ncpfs", "afs", "afpfs", "coda"),
    *("davfs", "davfs2", "webdav", "sshfs", "curlftpfs", "rclone"),
    *("ceph", "ceph-fuse", "lustre", "beegfs", "gpfs", "glusterfs", "orangefs", "mfs", "moosefs", "lizardfs"),
    *("juicefs", "s3fs", "goofys", "mount-s3", "gcsfuse", "blobfuse", "blobfuse2"),
}
_TABLE = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")
_MAC_LINE = re.compile(r"(?P<source>.*?) on (?P<point>/.*) \((?P<kind>[^,)]+)(?:, (?P<options>.*))?\)")


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system; ``kind`` as the system calls it, ``device`` as ``major:minor`` if known."""

    point: str
    kind: str
    options: str = ""
    device: str = ""

    @property
    def is_network(self) -> bool:
        """Return whether other machines may use it at the same time."""
        if self.point == "/":
            return False  # the root of a machine is its own, whatever provides it
        if self.kind == "9p":
            # A sandbox gets the folders of its own machine through an inherited descriptor;
            # the drives of Windows under WSL come the same way and do not lock.
            return "trans=fd" not in self.options or "aname=drvfs" in self.options
        return self.kind.removeprefix("fuse.") in _NETWORK

    @property
    def is_memory(self) -> bool:
        """Return whether its content is lost when the machine restarts."""
        return self.kind in ("tmpfs", "ramfs")


@dataclass(frozen=True, slots=True)
class Space:
    """The space of a volume: bytes an ordinary process may still write, bytes in all, files it may still create."""

    free: int
    size: int
    free_files: int | None  # None where the file system has no limit


def space_of(place: Path | int) -> Space:
    """Return the space of the volume that a path or an open file is on. Errors: ``OSError``."""
    volume = os.statvfs(place)
    return Space(
        free=volume.f_bavail * volume.f_frsize,
        size=volume.f_blocks * volume.f_frsize,
        free_files=volume.f_favail if volume.f_files else None,
    )


def mount_of(path: Path) -> Mount | None:
    """Return the file system of ``path``, or of its nearest existing parent; ``None`` if unknown."""
    found = Path(os.path.realpath(path))
    while not os.path.exists(found) and found != found.parent:
        found = found.parent
    above = [mount for mount in mounts() if _is_below(str(found), mount.point)]
    number = os.stat(found).st_dev
    device = f"{os.major(number)}:{os.minor(number)}"
    # Of several mounts on one point only the last is visible; Btrfs reports another device than its mount.
    same = [mount for mount in above if mount.device == device] or above
    return max(reversed(same), key=lambda mount: len(mount.point), default=None)


def check_local(root: Path) -> None:
    """Refuse a data folder on a network file system. Errors: :class:`SetupError`."""
    mount = mount_of(root)
    if mount and mount.is_network:
        raise SetupError(refusal(root, mount) + " Set storage.data_dir to a folder on a disk of this machine.")


def refusal(root: Path, mount: Mount) -> str:
    """Return a sentence that says why the box does not work on ``mount``."""
    return f"{root} is on a network file system ({mount.kind}), where SQLite cannot keep a database safe."


def mounts() -> list[Mount]:
    """Return all mounts in the order of the system; empty where it does not list them."""
    if _TABLE.exists():
        return parse_mountinfo(_TABLE.read_text(encoding="utf-8", errors="surrogateescape"))
    try:
        listed = subprocess.run(["mount"], capture_output=True, text=True, check=False).stdout
    except OSError:  # a bare root without /proc
        return []
    return parse_mount_command(listed)


def parse_mountinfo(text: str) -> list[Mount]:
    """Return the mounts in Linux's table (proc(5), mountinfo)."""
    found = []
    for line in text.splitlines():
        place, _, what = line.partition(" - ")
        fields, kind = place.split(" "), what.split(" ")
        point = _OCTAL.sub(lambda match: chr(int(match[1], 8)), fields[4])
        found.append(Mount(point, kind[0], kind[-1], fields[2]))
    return found


def parse_mount_command(text: str) -> list[Mount]:
    """Return the mounts in the output of macOS's ``mount``."""
    matches = map(_MAC_LINE.fullmatch, text.splitlines())
    return [Mount(match["point"], match["kind"], match["options"] or "") for match in matches if match]


def _is_below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")
