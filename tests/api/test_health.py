"""``/healthz`` and ``/readyz``: each check fails with a reason when its subject breaks, and passes again."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from roughy_box.operations.readiness import CHECKS
from tests.api.answers import UUID7
from tests.faults.volume import MIB, full, mounted
from tests.harness import LiveBox, children, serving, wait_until

WITHOUT_TICKS = (sys.executable, str(Path(__file__).parent / "without_ticks.py"))


def ask(box: LiveBox, method: str = "GET") -> httpx.Response:
    return httpx.request(method, f"{box.url}/readyz", verify=False, timeout=30)


def failing(box: LiveBox) -> dict[str, str]:
    """Return the failing checks with their messages, and check the whole answer."""
    answer = ask(box)
    body = answer.json()
    checks = {check["name"]: check["message"] for check in body["checks"]}
    assert list(checks) == list(CHECKS)
    assert all(check["ok"] is (check["message"] is None) for check in body["checks"])
    failed = {name: message for name, message in checks.items() if message}
    assert answer.status_code == (503 if failed else 200)
    assert body["status"] == ("not ready" if failed else "ready")
    assert answer.headers["Cache-Control"] == "no-store"
    if failed:
        told = " ".join(f"{name}: {message}" for name, message in failed.items())
        assert body["error"] == {"code": "unavailable", "message": told}
        assert answer.headers["Retry-After"] == "5"
        assert str(box.data_dir) not in answer.text, "a path must not be public"
    return failed


def becomes(box: LiveBox, check: str, *words: str) -> None:
    """Wait until only this check fails, with these words."""
    found = wait_until(lambda: (now := failing(box)).keys() == {check} and now)
    assert all(word in found[check] for word in words), found


def becomes_ready(box: LiveBox) -> None:
    wait_until(lambda: not failing(box))


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box that every test leaves intact."""
    with serving(tmp_path_factory.mktemp("health")) as box:
        yield box


def test_healthy_box_is_ready(box: LiveBox) -> None:
    becomes_ready(box)
    assert httpx.get(f"{box.url}/healthz").json() == {"status": "ok"}
    head = ask(box, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert UUID7.fullmatch(head.headers["X-Request-ID"])


def test_locked_database_is_not_ready(box: LiveBox) -> None:
    with closing(sqlite3.connect(box.data_dir / "box.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        becomes(box, "database", "another program that holds box.db")
        assert httpx.get(f"{box.url}/healthz").status_code == 200
    becomes_ready(box)
    assert "not ready: database: " in box.log()
    assert "ready again: database" in box.log()


def test_database_locked_past_the_timeout_recovers(box: LiveBox) -> None:
    with box.client() as client:
        known = client.post("/v1/projects", json={"name": "known"}).json()["id"]
        with closing(sqlite3.connect(box.data_dir / "box.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert client.post("/v1/projects", json={"name": "later"}).status_code == 503
            # A transaction of several statements waits, fails and releases its lock, too.
            assert client.patch(f"/v1/projects/{known}", json={"name": "later"}).status_code == 503
            becomes(box, "database", "another program that holds box.db")
        becomes_ready(box)
        assert client.patch(f"/v1/projects/{known}", json={"name": "at last"}).status_code == 200
        assert client.delete(f"/v1/projects/{known}").status_code == 204


@contextmanager
def aside(path: Path) -> Iterator[None]:
    """Move a file away while the block runs."""
    path.rename(path.with_name("aside"))
    try:
        yield
    finally:
        path.with_name("aside").rename(path)


def test_missing_marker_is_not_ready(box: LiveBox) -> None:
    with aside(box.data_dir / "box.json"):
        becomes(box, "folder", "cannot be read", "Check that its disk is mounted")
    becomes_ready(box)


@pytest.mark.parametrize(
    ("content", "word"), [(b"{}", "damaged"), (b"\xff", "damaged"), (b'{"box": "another", "format": 1}', "another box")]
)
def test_foreign_marker_is_not_ready(box: LiveBox, content: bytes, word: str) -> None:
    with aside(box.data_dir / "box.json"):
        (box.data_dir / "box.json").write_bytes(content)
        becomes(box, "folder", word)
    becomes_ready(box)


@pytest.mark.parametrize("name", ["incoming", "media", "derived"])
def test_unusable_folder_is_not_ready(box: LiveBox, name: str) -> None:
    (box.data_dir / "derived").mkdir(exist_ok=True)
    with aside(box.data_dir / name):
        (box.data_dir / name).touch()
        becomes(box, "folder", f"The folder {name} of the data folder is missing or not writable")
        (box.data_dir / name).unlink()
    becomes_ready(box)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the children in /proc")
def test_killed_detector_is_restarted(box: LiveBox) -> None:
    (pid,) = children(box, "media-detect")
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not failing(box) and {*children(box, "media-detect")} - {pid})


def test_stopped_scheduler_is_not_ready(tmp_path: Path) -> None:
    with serving(tmp_path, program=WITHOUT_TICKS) as box:
        assert "not started" in failing(box)["scheduler"]


def test_full_or_read_only_disk_is_not_ready(tmp_path: Path) -> None:
    with mounted(tmp_path / "volume", 64 * MIB) as volume, serving(volume, {"STORAGE_RESERVE": "8MiB"}) as box:
        becomes_ready(box)
        with full(volume, leaving=4 * MIB):
            becomes(box, "disk", "4 MiB are free, less than storage.reserve (8 MiB)", "Delete assets")
        becomes_ready(box)
        with read_only(volume):
            becomes(box, "folder", "is no longer writable")
        becomes_ready(box)


@contextmanager
def read_only(volume: Path) -> Iterator[None]:
    """Make the volume read-only, as after an I/O error; open files stay open."""
    subprocess.run(["mount", "--bind", volume, volume], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", volume], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", volume], check=True)


def test_health_needs_no_key_and_is_not_logged(box: LiveBox) -> None:
    before = len(box.log())
    for path in ("healthz", "readyz", "metrics"):
        assert httpx.get(f"{box.url}/{path}").status_code == 200
    assert httpx.get(f"{box.url}/v1/openapi.json").status_code == 200
    told = wait_until(lambda: "openapi.json 200" in box.log()[before:] and box.log()[before:])
    assert not any(path in told for path in ("healthz", "readyz", "metrics"))


def test_health_is_logged_at_debug(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"LOG_LEVEL": "debug", "LOG_FORMAT": "json"})
    becomes_ready(box)
    line = wait_until(lambda: next((line for line in box.log().splitlines() if "/readyz" in line), None))
    assert json.loads(line)["level"] == "debug"
