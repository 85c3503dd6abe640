"""A real box in a folder of its own: the program as users run it, on a free port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

import httpx

from tests.warm import Process, Warm, can_be_warm

PATIENCE = 30.0
PROGRAM = [sys.executable, "-m", "roughy_box"]
COLD_PROGRAM = [sys.executable, "-P", "-m", "roughy_box"]  # never a warm one: as users start it
CHUNK_TYPE = "application/offset+octet-stream"


def wait_until(condition: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Poll until ``condition`` is true and return what it gave."""
    deadline = time.monotonic() + patience
    while True:
        if outcome := condition():
            return outcome
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def run(environ: dict[str, str], folder: Path, *arguments: str, status: int = 0) -> Any:
    """Run a command with --json in ``folder`` and return its document, or its stderr if it is to fail."""
    with TemporaryFile("w+") as stdout, TemporaryFile("w+") as stderr:
        code = start([*PROGRAM, *arguments, "--json"], environ, folder, stdout, stderr).wait()
        stdout.seek(0)
        stderr.seek(0)
        said, complained = stdout.read(), stderr.read()
    assert code == status, f"{arguments}: {code}\n{said}\n{complained}"
    return json.loads(said) if status == 0 else complained


def start(
    command: Sequence[str], environ: dict[str, str], folder: Path, stdout: IO[str] | int, stderr: IO[str]
) -> Process:
    """Start a program in ``folder``; ours as a warm one, where it would not notice. Both outputs are files."""
    own = len(PROGRAM)
    if list(command[:own]) != PROGRAM or not can_be_warm(environ):
        return subprocess.Popen(command, env=environ, cwd=folder, stdout=stdout, stderr=stderr, text=True)
    return Warm(command[own:], environ, folder, stdout, stderr)


def _environment(folder: Path) -> dict[str, str]:
    ours = {"ROUGHY_BOX_CONFIG": str(folder / "roughy-box.toml"), "XDG_STATE_HOME": str(folder / "state")}
    return {name: value for name, value in os.environ.items() if not name.startswith("ROUGHY_BOX_")} | ours


@cache
def _new_box(credits: int) -> tuple[TemporaryDirectory[str], str]:
    """A box as ``init`` makes it, which is deleted at the end of all tests, and its key."""
    home = TemporaryDirectory(prefix="roughy-box-")
    folder = Path(home.name)
    made = run(_environment(folder), folder, "init", "--data-dir", str(folder / "data"), "--credits", str(credits))
    return home, made["api_key"]


def _copy_of_new_box(folder: Path, credits: int) -> str:
    """Put a new box into ``folder`` and return its key; to make each one anew takes longer than most tests."""
    home, key = _new_box(credits)
    shutil.copytree(Path(home.name, "data"), folder / "data")
    config = Path(home.name, "roughy-box.toml").read_text()
    target = folder / "roughy-box.toml"
    target.touch(0o600)
    target.write_text(config.replace(home.name, str(folder)))
    return key


class LiveBox:
    """A data folder and, while it runs, the server on it."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, str] | None = None,
        credits: int = 1000,
        program: Sequence[str] | None = None,
        key: str | None = None,
        *,
        made_by_serve: bool = False,
    ) -> None:
        """``key``: of the box that is in ``folder`` already; without it one is made."""
        self.program = list(program or PROGRAM)
        self.folder = folder
        self.data_dir = folder / "data"
        self.environ = _environment(folder)
        # Options by their environment name without the prefix: {"UPLOADS_IDLE_EXPIRY": "2s"}.
        self.environ |= {f"ROUGHY_BOX_{name}": value for name, value in (settings or {}).items()}
        self.serve = ["serve"]
        self.key = key or ""
        if made_by_serve:
            del self.environ["ROUGHY_BOX_CONFIG"]
            self.environ["ROUGHY_BOX_STORAGE_DATA_DIR"] = str(self.data_dir)
            self.serve.append("--init")
        elif not key:
            self.key = _copy_of_new_box(folder, credits)
        self.process: Process | None = None
        self.url = ""
        self.port = 0

    def cli(self, *arguments: str, status: int = 0) -> Any:
        """Run a command with --json and return its document, or its stderr if it is to fail."""
        return run(self.environ, self.folder, *arguments, status=status)

    def start(self) -> LiveBox:
        """Serve; returns once requests are answered. A restart keeps the port."""
        command = [*self.program, *self.serve, "--port", str(self.port), "--json"]
        with (self.folder / "server.log").open("a") as log:
            self.process = start(command, self.environ, self.folder, subprocess.PIPE, log)
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, self.log()
        announced = json.loads(line)
        self.url = announced["address"]
        self.key = announced.get("api_key", self.key)
        self.port = urlsplit(self.url).port or 0
        return self

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the server and return its exit code."""
        assert self.process
        self.process.send_signal(how)
        status = self.process.wait(PATIENCE)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return status

    def log(self) -> str:
        """What the server wrote."""
        return (self.folder / "server.log").read_text()

    def client(self, key: str | None = None, **options: Any) -> httpx.Client:
        """An HTTP client with a key."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        # Boxes speak plain HTTP here, and reading the machine's certificates takes longer than most tests.
        options.setdefault("verify", False)
        return httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE, **options)

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)


@contextmanager
def serving(
    folder: Path,
    settings: dict[str, str] | None = None,
    credits: int = 1000,
    program: Sequence[str] | None = None,
) -> Iterator[LiveBox]:
    """A running box that is stopped at the end, whatever happened."""
    box = LiveBox(folder, settings, credits, program).start()
    try:
        yield box
    finally:
        if box.process:
            box.process.kill()
            box.process.wait()
            if box.process.stdout:
                box.process.stdout.close()


class Api:
    """The calls tests make over and over, by one account."""

    def __init__(self, box: LiveBox, key: str | None = None) -> None:
        self.box = box
        self.http = box.client(key)

    def project(self, name: str = "Tests") -> str:
        """A new project's id."""
        return str(self.http.post("/v1/projects", json={"name": name}).json()["id"])

    def asset(self, size: int, project_id: str | None = None, name: str | None = None) -> tuple[str, str]:
        """A new asset's id and transfer URL."""
        wish = {"project_id": project_id or self.project(), "size_bytes": size, "name": name}
        answer = self.http.post("/v1/assets", json=wish)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], answer.headers["Location"]

    def patch(self, url: str, offset: int, content: Any, **headers: str) -> httpx.Response:
        """One chunk."""
        tus = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": CHUNK_TYPE}
        return self.http.patch(url, content=content, headers=tus | headers)

    def head(self, url: str) -> httpx.Response:
        """Where an upload stands."""
        return self.http.head(url, headers={"Tus-Resumable": "1.0.0"})

    def offset(self, url: str) -> int:
        """The offset HEAD tells."""
        return int(self.head(url).headers["Upload-Offset"])

    def get(self, asset_id: str) -> dict[str, Any]:
        """The asset as it is now."""
        answer = self.http.get(f"/v1/assets/{asset_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def settled(self, asset_id: str) -> dict[str, Any]:
        """The asset once preparation ended."""
        return dict(wait_until(lambda: (a := self.get(asset_id))["state"] != "processing" and a))

    def upload(self, content: bytes, project_id: str | None = None, name: str | None = None) -> dict[str, Any]:
        """Send a file whole and wait until it is prepared."""
        asset_id, url = self.asset(len(content), project_id, name)
        answer = self.patch(url, 0, content)
        assert answer.status_code == 204, answer.text
        return self.settled(asset_id)

    def balance(self) -> int:
        """The credits left."""
        return int(self.http.get("/v1/credits/balance").json()["balance"])


def children(box: LiveBox, name: str) -> list[int]:
    """The process ids of the box's children of that name, of whichever process they are."""
    assert box.process
    return [pid for pid in descendants(box.process.pid) if title(pid) == name]


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    below: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            below += map(int, task.read_text().split())
    return [pid, *(each for child in below for each in descendants(child))]


def title(pid: int) -> str:
    """What a process calls itself, as in top(1); a child of the box goes by what it does."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def holds(pid: int, asset_id: str) -> bool:
    """Whether a process has the bytes of an asset open."""
    with suppress(OSError):
        return any(asset_id in os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir())
    return False
