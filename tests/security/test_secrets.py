"""Files on disk: what is secret is the owner's alone, whatever the mask of the user; nothing else is open to change."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, descendants, serving
from tests.media_bytes import wav

# Everything in the data folder but media, uploads and folders; a new file belongs here or says why not.
PRIVATE = {"secret", "box.json", "box.db", "box.db-wal", "box.db-shm", "serve.lock", "ballast", "revocations.seen"}
HARMLESS = {"revocations"}  # a dot for each revoked key


@contextmanager
def mask(value: int) -> Iterator[None]:
    """Have everything that is started meanwhile create files under this mask."""
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A served box with every kind of file in its folder, all made under a mask that forbids nothing."""
    with mask(0), serving(tmp_path_factory.mktemp("masked")) as box:
        shell = Shell(box.folder, {"ROUGHY_BOX_CONFIG": box.environ["ROUGHY_BOX_CONFIG"]})
        shell.json("key", "revoke", shell.json("key", "create")["id"])
        api = Api(box)
        with api.http:
            assert api.upload(wav(1))["state"] == "ready"
            _, url = api.asset(1000)
            api.patch(url, 0, wav(1)[:500])
        yield box


def test_secret_files_readable_by_owner_only(lived_in: LiveBox) -> None:
    assert mode(lived_in.folder / "roughy-box.toml") == 0o600, "it may hold client.key"
    found = {path.name: mode(path) for path in lived_in.data_dir.iterdir() if path.is_file()}
    assert found.keys() >= PRIVATE
    assert {name: bits for name, bits in found.items() if name not in HARMLESS and bits & 0o077} == {}


def test_media_readable_writable_by_owner_only(lived_in: LiveBox) -> None:
    files = [path for name in ("incoming", "media") for path in (lived_in.data_dir / name).rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(mode(path) & 0o133 == 0 for path in files)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_open_one_asset_read_only(lived_in: LiveBox) -> None:
    assert lived_in.process
    children = descendants(lived_in.process.pid)[1:]
    assert len(children) >= 2
    for pid in children:
        with suppress(FileNotFoundError, ProcessLookupError):  # one may end while we look
            check_descriptors(pid, lived_in.folder)


def check_descriptors(pid: int, folder: Path) -> None:
    held = {path.name: os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    connections = {
        f"socket:[{line.split()[9]}]" for name in ("tcp", "tcp6", "udp", "udp6") for line in open_sockets(pid, name)
    }
    assert not connections.intersection(held.values())
    for descriptor, name in held.items():
        if str(folder) in name:
            assert name.startswith((f"{folder}/data/media/", f"{folder}/data/incoming/")), name
            flags = Path(f"/proc/{pid}/fdinfo/{descriptor}").read_text().split("flags:")[1].split()[0]
            assert int(flags, 8) & os.O_ACCMODE == os.O_RDONLY


def open_sockets(pid: int, protocol: str) -> list[str]:
    """The lines of the kernel's table of internet sockets (proc(5)); the tenth column is the inode."""
    return Path(f"/proc/{pid}/net/{protocol}").read_text().splitlines()[1:]


def test_box_writes_only_in_data_folder(lived_in: LiveBox) -> None:
    outside = {path.name for path in lived_in.folder.iterdir()} - {lived_in.data_dir.name}
    assert outside == {"roughy-box.toml", "server.log"}, "the log is the harness's"


def test_data_folder_writable_by_owner_only(lived_in: LiveBox) -> None:
    paths = [lived_in.data_dir, *lived_in.data_dir.rglob("*")]
    assert not [path for path in paths if mode(path) & 0o022]


def test_symlink_in_incoming_not_followed(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    box = fresh_box()
    api = Api(box)
    precious = tmp_path / "precious"
    precious.write_text("not yours " * 10)
    asset_id, url = api.asset(64)
    (box.data_dir / "incoming" / asset_id).symlink_to(precious)
    assert api.offset(url) == 0
    assert api.patch(url, 0, wav(1)[:64]).status_code == 500
    box.stop()
    box.start()
    api = Api(box)
    assert api.offset(url) == 0
    assert precious.read_text() == "not yours " * 10
    assert api.http.delete(url, headers={"Tus-Resumable": "1.0.0"}).status_code == 204
    assert precious.exists()
