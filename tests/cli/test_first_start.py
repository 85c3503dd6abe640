"""The first start by settings alone, as in containers: ``[init]`` and ``serve --init``."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import LiveBox

KEY = "sk_" + "0123456789abcdef" * 4
OTHER = "sk_" + "fedcba9876543210" * 4


@pytest.fixture
def first_start(tmp_path: Path) -> Iterator[Callable[..., LiveBox]]:
    """Serve a data folder that may not exist yet; settings by name without the prefix."""
    with ExitStack() as stack:

        def start(**settings: str) -> LiveBox:
            box = LiveBox(tmp_path, settings, made_by_serve=True)
            stack.callback(lambda: box.process and box.stop(signal.SIGKILL))
            return box.start()

        yield start


def balance(box: LiveBox, key: str | None = None) -> int:
    """Return the balance of the key's account, or the status of the refusal as a negative number."""
    with box.client(key) as client:
        answer = client.get("/v1/credits/balance")
        return int(answer.json()["balance"]) if answer.status_code == 200 else -answer.status_code


def test_serve_init_twice_shows_key_once(first_start: Callable[..., LiveBox]) -> None:
    box = first_start(INIT_CREDITS="7", INIT_ACCOUNT="nightly")
    key = box.key
    assert balance(box) == 7
    assert box.cli("account", "list")["items"][0]["name"] == "nightly"
    assert box.stop() == 0

    again = first_start(INIT_CREDITS="7", INIT_ACCOUNT="another")
    assert again.key == ""
    assert balance(again, key) == 7
    assert [each["name"] for each in again.cli("account", "list")["items"]] == ["nightly"]
    # Settings alone: a file would be wrong in a read-only container.
    assert sorted(path.name for path in again.folder.iterdir() if path.suffix == ".toml") == []


def test_init_given_key_hashed_and_stays_revoked(first_start: Callable[..., LiveBox], tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text(f"{KEY}\n")
    box = first_start(INIT_KEY_FILE=str(secret))
    assert box.key == ""
    assert balance(box, KEY) == 0
    new = box.cli("key", "create")["api_key"]
    (first, _) = box.cli("key", "list")["items"]
    box.cli("key", "revoke", first["id"])
    assert box.stop() == 0
    assert KEY not in box.log()
    assert not any(KEY.encode() in path.read_bytes() for path in box.data_dir.rglob("*") if path.is_file())

    again = first_start(INIT_KEY_FILE=str(secret))
    assert (balance(again, KEY), balance(again, new)) == (-401, 0)
    assert again.stop() == 0
    secret.unlink()  # what the first start alone needs may be gone
    assert balance(first_start(INIT_KEY_FILE=str(secret)), new) == 0


def test_init_uses_settings_options_override(shell: Shell) -> None:
    shell.environ |= {"ROUGHY_BOX_INIT_CREDITS": "5", "ROUGHY_BOX_INIT_ACCOUNT": "x", "ROUGHY_BOX_INIT_KEY": KEY}
    made = shell.json("init", "--account", "y")
    assert (made["account"], made["balance"], made["api_key"]) == ("y", 5, None)


def test_init_shows_key_unless_given(shell: Shell) -> None:
    shell.environ["ROUGHY_BOX_INIT_KEY"] = KEY
    shown = shell.run("init").out
    assert KEY not in shown
    assert "the one given" in shown


def test_init_key_file_with_bom_accepted(shell: Shell) -> None:
    (shell.folder / "key").write_bytes(b"\xef\xbb\xbf" + KEY.encode() + b"\r\n")
    shell.environ["ROUGHY_BOX_INIT_KEY_FILE"] = "key"
    assert shell.json("init")["api_key"] is None


@pytest.mark.parametrize("command", [["init"], ["serve", "--init", "--port", "0"]], ids=" ".join)
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"KEY": "sk_short"}, ["ROUGHY_BOX_INIT_KEY", "init.key", "openssl rand"]),
        ({"KEY": KEY.removeprefix("sk_")}, ["init.key", '"sk_"']),
        ({"KEY": KEY, "KEY_FILE": "good"}, ["init.key", "init.key_file"]),
        ({"KEY_FILE": "bad"}, ["init.key_file", "bad", "openssl rand"]),
        ({"KEY_FILE": "binary"}, ["init.key_file", "binary", "UTF-8"]),
        ({"KEY_FILE": "/dev/zero"}, ["init.key_file", "/dev/zero", "not a regular file"]),
        ({"KEY_FILE": "missing"}, ["init.key_file", "missing", "No such file"]),
        ({"CREDITS": "-1"}, ["init.credits", "between 0"]),
        ({"ACCOUNT": "x" * 101}, ["1 to 100"]),
        ({"ACCONT": "x"}, ["ROUGHY_BOX_INIT_ACCOUNT"]),
    ],
)
def test_serve_init_bad_settings_create_nothing(
    shell: Shell, command: list[str], settings: dict[str, str], words: list[str]
) -> None:
    (shell.folder / "good").write_text(OTHER)
    (shell.folder / "bad").write_text(OTHER[:20])
    (shell.folder / "binary").write_bytes(b"\xff\xfe\x00")
    shell.environ |= {f"ROUGHY_BOX_INIT_{name}": value for name, value in settings.items()}
    line = shell.run(*command).refused(*words)
    assert not any(secret in line for secret in (KEY, OTHER, "sk_short", OTHER[:20]))
    assert not (shell.folder / "roughy-box-data").exists()
