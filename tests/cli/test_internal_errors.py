"""Errors of programming: one line and the place of the traceback, which ``--debug`` prints."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from roughy_box.services import accounts, setup
from tests.cli.shell import Shell

CAUSE = "KeyError: 'missing'"


@pytest.fixture
def broken(box_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A terminal where ``balance`` and ``serve --init`` fail with an error of programming."""

    async def fail(*_: object) -> None:
        raise KeyError("missing")

    monkeypatch.setattr(accounts, "find", fail)
    monkeypatch.setattr(setup, "ensure", fail)
    return box_shell


def test_internal_error_names_file_of_traceback(broken: Shell) -> None:
    path = Path(broken.environ["XDG_STATE_HOME"]) / "roughy-box" / "last-error.log"
    for arguments in (["balance"], ["balance", "--json"]):
        line = broken.run(*arguments).refused(CAUSE, str(path), "--debug")
        assert line.startswith("Error: Internal error in Roughy Box (")
        assert "Traceback" not in line
        text = path.read_text()
        assert text.startswith("Traceback")
        assert text.endswith(f"{CAUSE}\n")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.unlink()


@pytest.mark.parametrize(
    "arguments", [["balance", "--debug"], ["--debug", "balance"], ["balance", "--json", "--debug"], ["balance"]]
)
def test_internal_error_debug_prints_traceback(broken: Shell, arguments: list[str]) -> None:
    if "--debug" not in arguments:
        broken.environ["ROUGHY_BOX_DEBUG"] = "1"
    outcome = broken.run(*arguments)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("Traceback")
    *_, cause, line = outcome.err.splitlines()
    assert cause == CAUSE
    assert line == f"Error: Internal error in Roughy Box ({CAUSE}). The traceback is above."
    assert not Path(broken.environ["XDG_STATE_HOME"]).exists()


@pytest.mark.parametrize("value", ["", "0", "false"])
def test_internal_error_debug_off_prints_one_line(broken: Shell, value: str) -> None:
    broken.environ["ROUGHY_BOX_DEBUG"] = value
    broken.run("balance").refused(CAUSE)


def test_internal_error_unwritable_state_advises_debug(broken: Shell) -> None:
    Path(broken.environ["XDG_STATE_HOME"]).write_text("a file in place of the folder")
    broken.run("balance").refused(CAUSE, "Run the command again with --debug")


@pytest.mark.parametrize("how", ["text", "json"])
def test_internal_error_of_server_is_logged(broken: Shell, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    broken.environ |= {"ROUGHY_BOX_LOG_FORMAT": how, "ROUGHY_BOX_LOG_LEVEL": "error"}
    outcome = broken.run("serve", "--init", "--port", "0")
    assert (outcome.status, outcome.out) == (1, "")
    *log, line = outcome.err.splitlines()
    assert "internal error: the server stops" in log[0]
    assert any("Traceback" in each for each in log)
    assert line == f"Error: Internal error in Roughy Box ({CAUSE}). The traceback is in the log."
    assert not Path(broken.environ["XDG_STATE_HOME"]).exists()


class OperationalError(Exception):
    """Stands for that of the database library."""


@pytest.mark.parametrize("arguments", [["balance"], ["serve", "--init", "--port", "0"]])
def test_database_error_is_not_internal(broken: Shell, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    async def fail(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(accounts, "find", fail)
    monkeypatch.setattr(setup, "ensure", fail)
    broken.run(*arguments).refused("Error: The database cannot be used: database is locked")


def test_expected_error_prints_no_traceback(box_shell: Shell) -> None:
    box_shell.environ["ROUGHY_BOX_DEBUG"] = "1"
    box_shell.run("topup", "1", "--account", "unknown").refused("unknown")


def test_no_arguments_print_the_help(box_shell: Shell) -> None:
    outcome = box_shell.run()
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: roughy-box [OPTIONS] COMMAND")
    assert len(outcome.err.splitlines()) > 20
