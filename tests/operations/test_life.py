"""The life of a server: start, printed addresses, signals, closed terminals, unusable ports and folders."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import uvloop

from roughy_box.domain.errors import SetupError
from roughy_box.http import listeners, serve
from tests.api.wire import incoming
from tests.cli.conftest import box_shell, shell
from tests.cli.shell import Shell
from tests.faults.outcomes import is_sound
from tests.faults.volume import MIB, mounted
from tests.harness import PATIENCE, PROGRAM, Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs

__all__ = ["box_shell", "shell"]

LARGE = 10_000_000  # bytes; more than the buffers of a connection hold


def children(pid: int) -> list[int]:
    """Return the media children of a server."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def are_gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_ends_children_and_keeps_bytes(fresh_box: Callable[..., LiveBox], how: signal.Signals) -> None:
    box = fresh_box()
    api = Api(box)
    asset_id, url = api.asset(10_000)
    content = wav(10)[:10_000]
    assert api.patch(url, 0, content[:4000]).status_code == 204
    assert box.process
    own = children(box.process.pid)
    assert own
    assert box.stop(how) == 0
    assert are_gone(own)
    assert incoming(box, asset_id).read_bytes() == content[:4000]


def test_children_of_killed_server_end(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    assert box.process
    own = children(box.process.pid)
    assert own
    box.stop(signal.SIGKILL)
    wait_until(lambda: are_gone(own))
    assert box.start().stop() == 0


@pytest.mark.parametrize(("first", "second"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGINT)])
def test_second_signal_ends_server_at_once(
    fresh_box: Callable[..., LiveBox], first: signal.Signals, second: signal.Signals
) -> None:
    box = fresh_box({"DOWNLOADS_URL_TTL": "1h"})
    api = Api(box)
    asset = api.upload(wav(LARGE / 16_000))
    address = urlsplit(api.get(asset["id"])["download_url"])
    with box.connect() as deaf:
        # The drain waits for a response that its client does not read.
        deaf.sendall(f"GET {address.path}?{address.query} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        deaf.recv(1000)
        assert box.process
        own_pid = box.process.pid
        own = children(own_pid)
        box.process.send_signal(first)
        wait_until(lambda: "stopping" in box.log())
        if first == signal.SIGHUP:
            box.process.send_signal(first)  # twice is usual for a terminal that is closed
        # Signals that come close together are one; after that the next one is left to the system.
        wait_until(lambda: not catches(own_pid, second))
        assert box.process.poll() is None
        started = time.monotonic()
        assert box.stop(second) == -second
        assert time.monotonic() - started < serve.DRAIN / 2
    wait_until(lambda: are_gone(own))
    box.start()
    assert api.get(asset["id"])["state"] == "ready"
    is_sound(api)


def catches(pid: int, number: signal.Signals) -> bool:
    """Return whether the process has a handler for a signal (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = int(next(line for line in status.splitlines() if line.startswith("SigCgt")).split()[1], 16)
    return bool(caught >> (number - 1) & 1)


def test_restart_at_other_address_keeps_urls_working(fresh_box: Callable[..., LiveBox]) -> None:
    """On another port and address, URLs issued before still work with the new address."""
    box = fresh_box()
    content = wav(3)
    api = Api(box)
    ready = api.get(api.upload(content)["id"])["download_url"]
    asset_id, location = api.asset(len(content))
    assert api.patch(location, 0, content[:20_000]).status_code == 204
    assert box.stop() == 0
    before, box.port = box.url, 0
    box.environ["ROUGHY_BOX_SERVER_HOST"] = "127.0.0.2"
    box.start()
    assert box.url != before
    api = Api(box)

    def moved(address: str) -> str:
        return urlunsplit(urlsplit(address)._replace(netloc=urlsplit(box.url).netloc))

    assert api.http.get(moved(ready)).content == content
    assert api.offset(moved(location)) == 20_000
    assert api.get(asset_id)["upload_url"] == moved(location)
    assert api.patch(moved(location), 20_000, content[20_000:]).status_code == 204
    assert api.settled(asset_id)["state"] == "ready"
    assert api.get(asset_id)["download_url"].startswith(box.url)
    _, new = api.asset(1000)
    assert new.startswith(box.url)


def test_nohup_server_survives_hangup(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    assert box.stop() == 0
    box.program = ["nohup", *PROGRAM]
    box.start()
    assert box.process
    box.process.send_signal(signal.SIGHUP)
    with box.client() as client:
        assert client.get("/healthz").status_code == 200
    assert box.stop() == 0


@pytest.fixture
def spoken(box_shell: Shell) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts ``serve`` on a free port, given in the environment, and stops it."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        box_shell.environ["ROUGHY_BOX_SERVER_PORT"] = str(found.getsockname()[1])
    started: list[subprocess.Popen[str]] = []

    def start(*command: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[str]:
        log = (box_shell.folder / "log").open("w")
        started.append(
            subprocess.Popen(command, env=box_shell.environ, cwd=box_shell.folder, stdout=stdout, stderr=log, text=True)
        )
        log.close()
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def answers(port: str) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", int(port))) == 0


def test_serve_with_closed_reader_keeps_running(box_shell: Shell, spoken: Callable[..., subprocess.Popen[str]]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = spoken(*PROGRAM, "serve", stdout=writing)
    os.close(writing)
    wait_until(lambda: answers(box_shell.environ["ROUGHY_BOX_SERVER_PORT"]))
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert "Traceback" not in (box_shell.folder / "log").read_text()


def test_closed_output_is_not_reused_for_a_file(box_shell: Shell, spoken: Callable[..., subprocess.Popen[str]]) -> None:
    """The number of a descriptor closed at the start goes to the next opened file: the database, for example."""
    process = spoken("sh", "-c", 'exec "$@" <&- >&-', "sh", *PROGRAM, "serve")
    wait_until(lambda: answers(box_shell.environ["ROUGHY_BOX_SERVER_PORT"]))
    held = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (0, 1)]
    assert held == [os.devnull] * 2
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0


def test_serve_prints_its_addresses(box_shell: Shell, spoken: Callable[..., subprocess.Popen[str]]) -> None:
    box_shell.environ["ROUGHY_BOX_SERVER_PUBLIC_URL"] = "https://box.example.com"
    process = spoken(*PROGRAM, "serve")
    assert process.stdout
    lines = [process.stdout.readline().rstrip() for _ in range(6)]
    address = f"http://127.0.0.1:{box_shell.environ['ROUGHY_BOX_SERVER_PORT']}"
    names = ["Roughy Box", "address", "public address", "data folder", "free space"]
    assert [line[:16].rstrip() for line in lines[:5]] == names
    assert [line[16:] for line in lines[1:4]] == [
        address,
        "https://box.example.com",
        str(box_shell.folder / "roughy-box-data"),
    ]
    assert lines[4].endswith("iB")
    assert lines[5].endswith("Stop with Ctrl-C.")


def test_serve_as_json_prints_its_address(box_shell: Shell, spoken: Callable[..., subprocess.Popen[str]]) -> None:
    process = spoken(*PROGRAM, "serve", "--json")
    assert process.stdout
    facts = json.loads(process.stdout.readline())
    assert list(facts) == ["address", "data_dir", "version", "pid", "free_bytes"]
    volume = os.statvfs(box_shell.folder)
    assert 0 < facts["free_bytes"] <= volume.f_blocks * volume.f_frsize


@needs("mount")
def test_read_only_folder_is_refused(shell: Shell, tmp_path: Path) -> None:
    with mounted(tmp_path / "volume", 8 * MIB) as volume:
        shell.run("init", "--data-dir", str(volume / "data"))
        subprocess.run(["mount", "-o", "remount,ro", str(volume)], check=True)
        shell.run("serve", "--port", "0").refused(str(volume / "data"), "cannot be written", "owner and permissions")


def test_privileged_port_suggests_systemd(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(
        SetupError, match=r"port 443: Permission denied\. Ports below 1024 .*--port.*roughy-box systemd"
    ):
        listeners.listen("127.0.0.1", 443)


def test_servers_starting_at_once_share_no_port() -> None:
    """Both may bind it before either listens."""

    async def start() -> None:
        (first,) = listeners.listen("127.0.0.1", 0)
        (second,) = listeners.listen("127.0.0.1", first.getsockname()[1])
        with first, second:
            loop = asyncio.get_running_loop()
            starting = await loop.create_server(asyncio.Protocol, sock=second, start_serving=False)
            first.listen()
            await listeners.accept([second], [starting])

    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(SetupError, match=r"Cannot listen on 127\.0\.0\.1 port \d+: Address already in use\. .*--port"),
    ):
        runner.run(start())
