"""Client input never becomes a log line, a header or a command; secrets are written nowhere.

A box lives through everything once at the most talkative level, in both formats of the log.
"""

from __future__ import annotations

import json
import re
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.api.answers import refused
from tests.cli.shell import Shell
from tests.harness import Api, LiveBox, serving, wait_until
from tests.media_bytes import wav
from tests.security.life import Life, live

TEXT_LINE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) +(\[[A-Za-z0-9._:-]+\] )?[ -~]+"
)
OPERATORS = {
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-operator",
    "DATABASE_URL": "postgres://user:password-of-the-operator@db",
}
CLIENT_KEY = "sk_of_the_operator"


@pytest.fixture(scope="module", params=["text", "json"])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Life:
    settings = {"LOG_LEVEL": "debug", "LOG_FORMAT": request.param, "CLIENT_KEY": CLIENT_KEY}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in OPERATORS.items():
            environment.setenv(name, value)
        with serving(tmp_path_factory.mktemp("life"), settings) as box:
            return live(box)


def lines(life: Life) -> list[str]:
    """Return the lines of the log, split wherever any reader of logs would."""
    return re.split("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", life.box.log().removesuffix("\n"))


def test_log_each_event_one_line(life: Life) -> None:
    assert len(lines(life)) > 100
    assert any("%0d%0a" in line for line in lines(life)), "what was sent is seen here, and harmless"
    for line in lines(life):
        if life.is_json():
            told = json.loads(line)
            assert list(told)[:5] == ["time", "level", "logger", "message", "request_id"], line
            assert all(str(value).isprintable() for value in told.values()), line
        else:
            assert TEXT_LINE.fullmatch(line), line
            assert "forged" not in line.replace("%", " ").split(), line


def test_log_no_secrets(life: Life) -> None:
    log = life.box.log()
    for what, secret in life.secrets.items():
        assert secret not in log, what
    assert not re.search(r"signature=|expires=|Bearer|Authorization|api_key|access_token|sk_", log, re.IGNORECASE)


def test_commands_print_no_secrets(life: Life) -> None:
    assert len(life.said) >= 12
    for said in life.said:
        for what, secret in life.secrets.items():
            assert secret not in said, what
        assert "Traceback" not in said


def test_request_bytes_never_in_headers(life: Life) -> None:
    assert len(life.answers) > 90
    for answer in life.answers:
        assert answer.count(b"HTTP/1.1 ") <= 1, answer
        head = answer.partition(b"\r\n\r\n")[0]
        assert all(re.fullmatch(rb"[ -~]+", line) for line in head.split(b"\r\n")), head
        assert not re.search(rb"(?im)^x-evil|^set-cookie|\[31m|forged", head), head
        assert b'"status"' not in answer
        assert answer.partition(b"\r\n\r\n")[2].isascii(), "JSON that no reader can misread"


def test_hostile_requests_no_internal_error(life: Life) -> None:
    statuses = {answer.split()[1] for answer in life.answers if answer}
    assert statuses <= {b"200", b"400", b"401", b"403", b"404", b"405", b"412", b"422"}, statuses
    assert "Traceback" not in life.box.log()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_children_get_no_secrets(life: Life) -> None:
    assert len(life.children) >= 2
    for command, environment in life.children.values():
        assert "media-" in command
        assert "ROUGHY_BOX_" not in environment
        for secret in (*life.secrets.values(), *OPERATORS.values(), CLIENT_KEY):
            assert secret not in command
            assert secret not in environment


def test_unexpected_error_one_json_line_without_secrets(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"LOG_LEVEL": "debug", "LOG_FORMAT": "json"})
    api = Api(box)
    with api.http:
        asset_id = api.upload(wav(1))["id"]
        address = wait_until(lambda: api.get(asset_id)["waveform_url"])
        assert api.http.get(address).status_code == 200
        # A row that no code expects.
        with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database, database:
            database.execute("UPDATE project SET updated_at = 6249188640000000000")
        refused(api.http.get(f"/v1/projects/{api.get(asset_id)['project_id']}"), "internal_error")
    told = [json.loads(line) for line in box.log().splitlines()]
    assert any("Traceback" in line["message"] for line in told)
    assert address.rpartition("=")[2] not in box.log()
    assert box.key not in box.log()


@pytest.mark.parametrize("char", ["\x1b", "\r", "\n", "\x7f", "\x9b", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b"])
def test_account_name_with_controls_printable(box_shell: Shell, char: str) -> None:
    box_shell.run("account", "add", f"a{char}b").refused("printable")


@pytest.mark.parametrize("char", ["\x1b]0;x\a", "\n", "\r", "\x9b31m", "\u2028", "\u202e"])
def test_table_note_with_controls_printable(box_shell: Shell, char: str) -> None:
    box_shell.run("topup", "5", "--reference", f"r{char}").refused("printable")
    box_shell.run("topup", "5", "--note", f"a{char}b")
    shown = box_shell.run("ledger").out
    assert len(shown.splitlines()) == 3, "a heading and two rows"
    assert all(line.isprintable() for line in shown.split("\n"))


def test_file_name_with_controls_printable(api: Api, shell: Shell, tmp_path: Path) -> None:
    shell.environ |= {"ROUGHY_BOX_CLIENT_KEY": api.box.key, "ROUGHY_BOX_CLIENT_URL": api.box.url}
    path = tmp_path / "take\x1b]0;x\a\u202e\n2.wav"
    path.write_bytes(wav(1))
    shown = shell.run("upload", str(path))
    assert shown.status == 0
    assert all(line.isprintable() for line in shown.out.split("\n"))
    assert "take?]0;x???2.wav" in shown.out
    (row,) = json.loads(shell.run("upload", str(path), "--json").out)["items"]
    assert (row["file"], row["name"]) == (str(path), "take_]0;x___2.wav")
