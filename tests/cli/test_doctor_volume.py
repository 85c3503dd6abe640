"""Which file systems the box works on: read off the tables that Linux and macOS give."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roughy_box.storage import volume
from roughy_box.storage.volume import Mount, mount_of, parse_mount_command, parse_mountinfo

LINUX = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
30 27 0:26 / /srv rw,relatime shared:5 master:1 - xfs /dev/vdb rw
31 30 0:27 / /srv/my\\040box rw - nfs4 nas:/box rw,vers=4.2
32 27 0:28 / /mnt/old rw - ext4 /dev/vdc rw
33 27 0:29 / /mnt/old rw - fuse.sshfs me@host:/ rw,user_id=0
34 27 0:30 / /sandbox rw - 9p none rw,trans=fd,rfdno=4,wfdno=4
35 27 0:31 / /mnt/c rw - 9p C:\\134 rw,aname=drvfs;path=C:\\,trans=fd
36 27 0:32 / /vm rw - 9p share rw,trans=virtio
"""
MACOS = """\
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
//anna@nas._smb._tcp.local/media on /Volumes/my media (smbfs, nodev, nosuid, mounted by anna)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
"""


@pytest.fixture
def linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volume, "mounts", lambda: parse_mountinfo(LINUX))


@pytest.mark.usefixtures("linux")
@pytest.mark.parametrize(
    ("path", "kind", "is_network"),
    [
        ("/", "ext4", False),
        ("/home/studio/box", "ext4", False),
        ("/srv/box", "xfs", False),
        ("/srvx", "ext4", False),
        ("/srv/my box/data", "nfs4", True),
        ("/mnt/old/box", "fuse.sshfs", True),
        ("/sandbox/box", "9p", False),
        ("/mnt/c/box", "9p", True),
        ("/vm/box", "9p", True),
    ],
)
def test_mount_of_path_is_found(path: str, kind: str, is_network: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    # Paths of another machine: none of them is to be looked up on this one.
    monkeypatch.setattr(os.path, "exists", lambda path: True)
    monkeypatch.setattr(os, "stat", lambda path: os.stat_result((0, 0, 0, *[0] * 7)))
    found = mount_of(Path(path))
    assert found
    assert (found.kind, found.is_network) == (kind, is_network)


def test_mounts_of_macos_are_parsed() -> None:
    found = {mount.point: mount for mount in parse_mount_command(MACOS)}
    assert found["/"].kind == "apfs"
    assert found["/Volumes/my media"].kind == "smbfs"
    assert {point for point, mount in found.items() if mount.is_network} == {"/Volumes/my media"}


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.rclone", "ceph", "9p", "davfs"])
def test_network_kind_is_network(kind: str) -> None:
    assert Mount("/srv", kind).is_network
    assert not Mount("/", kind).is_network, "what a machine runs from is its own"


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "zfs", "apfs", "overlay", "tmpfs", "fuseblk", "fuse.mergerfs"]
)
def test_local_kind_is_not_network(kind: str) -> None:
    assert not Mount("/srv", kind).is_network


@pytest.mark.skipif(not Path("/proc/self/mountinfo").exists(), reason="reads Linux's own table")
def test_mount_table_of_this_machine_is_read(tmp_path: Path) -> None:
    found = mount_of(tmp_path / "not" / "there")
    assert found
    assert not found.is_network
    assert mount_of(Path("/proc/self")) == next(mount for mount in volume.mounts() if mount.kind == "proc")
