"""``serve``, and the common parts of all commands: configuration, errors, help."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest

from roughy_box import __version__
from tests.cli.shell import Outcome, Shell
from tests.harness import PATIENCE, PROGRAM, LiveBox

COMMANDS = [
    ["serve"],
    ["topup", "1"],
    ["refund", "1"],
    ["adjust", "1"],
    ["balance"],
    ["ledger"],
    ["account", "add", "x"],
    ["account", "list"],
    ["key", "create"],
    ["key", "list"],
    ["key", "revoke", "x"],
]
EVERY_COMMAND = [["init"], *COMMANDS, ["systemd"], ["doctor"], ["upload", "x.mp4"]]


def spawn(shell: Shell, *arguments: str) -> Outcome:
    """Run a command as its own process, for what must not happen in this one."""
    done = subprocess.run(
        [*PROGRAM, *arguments], env=shell.environ, cwd=shell.folder, capture_output=True, text=True, timeout=PATIENCE
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("how", ["text", "json"])
def test_commands_without_box_refused(shell: Shell, command: list[str], how: str) -> None:
    # The default port may be in use by another box on this machine.
    shell.environ["ROUGHY_BOX_SERVER_PORT"] = str(free_port())
    shell.run(*command, *(["--json"] if how == "json" else [])).refused("roughy-box init")
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
@pytest.mark.parametrize(
    ("config", "word"),
    [
        ("[server]\nprot = 1\n", "server.prot"),
        ("[server]\nport = 99999\n", "server.port"),
        ('[uploads]\nmax_size = "much"\n', "uploads.max_size"),
        ("[server\n", "line 1"),
    ],
)
def test_commands_bad_config_refused(shell: Shell, command: list[str], config: str, word: str) -> None:
    (shell.folder / "roughy-box.toml").write_text(config)
    shell.run(*command).refused("roughy-box.toml", word)
    assert [path.name for path in shell.folder.iterdir()] == ["roughy-box.toml"]


def test_commands_bad_environment_refused(box_shell: Shell) -> None:
    box_shell.environ["ROUGHY_BOX_SERVER_PROT"] = "1"
    box_shell.run("balance").refused("ROUGHY_BOX_SERVER_PROT", "ROUGHY_BOX_SERVER_PORT")


def test_commands_missing_config_refused(box_shell: Shell) -> None:
    box_shell.run("balance", "--config", "other.toml").refused("other.toml", "roughy-box init")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["topup", "--nonsense"], ["serve", "--port", "70000"]])
def test_usage_errors(box_shell: Shell, arguments: list[str]) -> None:
    outcome = box_shell.run(*arguments)
    assert outcome.status == 2
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("command", [[], *EVERY_COMMAND], ids=" ".join)
def test_help(shell: Shell, command: list[str]) -> None:
    words = [word for word in command if word not in ("1", "x", "x.mp4")]
    shown = shell.run(*words, "--help")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.startswith(f"Usage: roughy-box{''.join(f' {word}' for word in words)}")
    if words:
        assert "--config" in shown.out
        assert "--json" in shown.out
    assert "--debug" in shown.out


def test_version(shell: Shell) -> None:
    assert shell.run("--version").out == f"roughy-box, version {__version__}\n"


def test_damaged_database_prints_one_line(box_shell: Shell) -> None:
    (box_shell.folder / "roughy-box-data" / "box.db").write_bytes(b"no database" * 1000)
    box_shell.run("balance").refused("box.db", "backup")


@pytest.mark.parametrize("name", ["box.db", "secret"])
def test_lost_file_prints_one_line(box_shell: Shell, name: str) -> None:
    (box_shell.folder / "roughy-box-data" / name).unlink()
    box_shell.run("balance").refused("lost", "backup")


def test_damaged_marker_prints_one_line(box_shell: Shell) -> None:
    for content in ("", "{}", "[1]", "\x00"):
        (box_shell.folder / "roughy-box-data" / "box.json").write_text(content)
        box_shell.run("balance").refused("box.json")


def test_mixed_up_folder_refused(box_shell: Shell) -> None:
    data = box_shell.folder / "roughy-box-data"
    with sqlite3.connect(data / "box.db") as connection:
        connection.execute("UPDATE box SET id = 'another'")
    connection.close()
    box_shell.run("balance").refused("different boxes")


def test_serve_port_in_use_refused(box_shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        spawn(box_shell, "serve", "--port", str(port)).refused(str(port), "--port")


def test_serve_foreign_address_refused(box_shell: Shell) -> None:
    box_shell.run("serve", "--host", "192.0.2.1").refused("192.0.2.1", "--host")
    box_shell.run("serve", "--host", "bad..host").refused("Cannot listen on bad..host", "--host")
    box_shell.run("serve", "--host", "[2001:db8::1]").refused("[2001:db8::1]", "--host", "assign")


def test_serve_second_server_refused_first_continues(live_shell: tuple[LiveBox, Shell]) -> None:
    box, shell = live_shell
    spawn(shell, "serve", "--port", "0").refused("Another server", str(box.data_dir))
    with box.client() as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/v1/credits/balance").status_code == 200


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_serve_as_json_until_a_signal(box_shell: Shell, how: signal.Signals) -> None:
    server = subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--json"],
        env=box_shell.environ,
        cwd=box_shell.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout
        facts = json.loads(server.stdout.readline())
        assert list(facts) == ["address", "data_dir", "version", "pid", "free_bytes"]
        assert facts["pid"] == server.pid
        assert facts["version"] == __version__
        assert facts["data_dir"] == str(box_shell.folder / "roughy-box-data")
        server.send_signal(how)
        out, err = server.communicate(timeout=PATIENCE)
    finally:
        server.kill()
        server.wait()
    assert (server.returncode, out) == (0, "")
    assert "Traceback" not in err
    # Nothing holds the folder, and nothing needs repair.
    assert box_shell.json("doctor")["ok"]
    assert not Path(f"/proc/{server.pid}").exists()


def test_closed_pipe_prints_no_traceback(box_shell: Shell) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*PROGRAM, "ledger"],
        env=box_shell.environ,
        cwd=box_shell.folder,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
    )
    os.close(writing)
    assert "Traceback" not in done.stderr
