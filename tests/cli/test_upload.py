"""``upload``: a folder of rushes in one command, interruptions included."""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from roughy_box.client import retry
from tests.cli.shell import Shell
from tests.clients.proxy import failing
from tests.harness import PATIENCE, PROGRAM, Api, LiveBox, serving, wait_until
from tests.media_bytes import wav
from tests.unit import client_stand_in as stand_in
from tests.unit.client_stand_in import answering, broken_after

MIB = 1024**2


@pytest.fixture(scope="module")
def upload_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    with serving(tmp_path_factory.mktemp("upload"), credits=1000) as box:
        yield box


@pytest.fixture
def sender(upload_box: LiveBox, shell: Shell) -> Shell:
    """A terminal on a machine that knows only the address of the box and a key."""
    shell.environ |= {"ROUGHY_BOX_CLIENT_URL": upload_box.url, "ROUGHY_BOX_CLIENT_KEY": upload_box.key}
    return shell


@pytest.fixture
def rushes(shell: Shell) -> Path:
    """A folder of two takes and a text that is no recording, and two entries to skip: a hidden file and a folder."""
    folder = shell.folder / "rushes"
    (folder / "proxies").mkdir(parents=True)
    (folder / "proxies" / "small.wav").write_bytes(wav(1))
    (folder / ".hidden").write_bytes(b"hidden " * 20)
    (folder / "take 1.wav").write_bytes(wav(62, rate=1000))
    (folder / "notes.txt").write_text("Take two is better.\n" * 10)
    (folder / "take 2.wav").write_bytes(wav(2.5, rate=1000))
    return folder


def footage(path: Path, size: int = 8 * MIB) -> Path:
    """Write a sound file of about ``size`` bytes of noise."""
    path.write_bytes(wav(size / 96_000, rate=48_000, noise=random.Random(7)))
    return path


def rows(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(Path(row["file"]).name, row["state"]) for row in document["items"]]


def test_upload_files_as_json(sender: Shell, rushes: Path, upload_box: LiveBox) -> None:
    single = sender.folder / "single.wav"
    single.write_bytes(wav(1))
    api = Api(upload_box)
    before = api.balance()
    document = sender.json("upload", str(single), str(rushes / "take 2.wav"), "--project", "Monday", "--language", "DE")

    assert list(document) == ["items", "balance"]
    assert rows(document) == [("single.wav", "ready"), ("take 2.wav", "ready")]
    assert document["balance"] == before - 2
    first = document["items"][0]
    assert (first["error"], first["duration_seconds"], first["language"]) == (None, "1.000", "de")
    assert [row["name"] for row in document["items"]] == ["single.wav", "take 2.wav"]
    assert {name: api.get(first["id"])[name] for name in ("id", "state", "project_id")} == {
        name: first[name] for name in ("id", "state", "project_id")
    }
    assert api.http.get(api.get(first["id"])["download_url"]).content == single.read_bytes()
    api.http.close()


def test_upload_folder_with_text_file(sender: Shell, rushes: Path) -> None:
    shown = sender.run("upload", str(rushes))
    assert (shown.status, shown.err) == (0, "")
    head, first, second, passed_over, balance = shown.out.splitlines()
    assert head.split() == ["file", "state", "type", "duration", "asset"]
    assert first.split()[:6] == ["take", "1.wav", "ready", "audio", "1:02", first.split()[5]]
    assert second.split()[:5] == ["take", "2.wav", "ready", "audio", "0:02"]
    assert balance.startswith("Balance: ")
    assert passed_over == "1 other file passed over: no recording by its name. Name it on the command line to send it."
    assert "\x1b" not in shown.out
    assert rows(sender.json("upload", str(rushes))) == [("take 1.wav", "ready"), ("take 2.wav", "ready")]


def test_upload_folder_without_recordings_refused(sender: Shell, rushes: Path) -> None:
    for take in rushes.glob("*.wav"):
        take.unlink()
    sender.run("upload", str(rushes)).refused("no recordings", "Name a file itself")


def test_upload_named_text_file_tried(sender: Shell, rushes: Path) -> None:
    notes = rushes / "notes.txt"
    shown = sender.run("upload", str(notes), str(rushes))
    assert (shown.status, shown.err) == (1, "")
    _, refused, _, _, _, failed, failure = shown.out.splitlines()
    assert refused.startswith("notes.txt   refused")
    reason = refused.split(maxsplit=2)[2]
    assert len(reason) > 20  # a sentence that says why
    assert failed == "Failed: 1 of 3 files.", "to run it again would not help"
    assert failure == f"  {notes}: {reason}"
    outcome = sender.run("upload", str(notes), "--json")
    (row,) = json.loads(outcome.out)["items"]
    assert (outcome.status, row["state"], row["id"], row["error"]) == (1, "refused", None, reason)


def test_upload_creates_project_once(sender: Shell, rushes: Path, upload_box: LiveBox) -> None:
    ids = {
        sender.json("upload", str(rushes / name), "--project", "One and only")["items"][0]["project_id"]
        for name in ("take 1.wav", "take 2.wav")
    }
    assert len(ids) == 1
    with upload_box.client() as client:
        names = [each["name"] for each in client.get("/v1/projects?limit=100").json()["items"]]
    assert names.count("One and only") == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after two failures, and after one once a call was given up."""
    monkeypatch.setattr(retry, "ATTEMPTS", 2)
    monkeypatch.setattr(retry, "ATTEMPTS_AFTER", 1)


def test_upload_file_failing_for_long_continues(shell: Shell, rushes: Path, impatient: None) -> None:
    busy = answering(503, "unavailable", Retry_After=0)
    for fault in (busy, answering(507, "insufficient_storage", Retry_After=0), broken_after(0)):
        with stand_in.serving() as box:
            shell.environ |= {"ROUGHY_BOX_CLIENT_URL": box.url, "ROUGHY_BOX_CLIENT_KEY": stand_in.KEY}
            box.faults = [fault] * 3
            takes = [str(rushes / name) for name in ("take 1.wav", "take 2.wav", "notes.txt")]
            outcome = shell.run("upload", *takes, "--json")
            assert (outcome.status, outcome.err) == (1, "")
            document = json.loads(outcome.out)
            assert rows(document) == [("take 1.wav", "refused"), ("take 2.wav", "ready"), ("notes.txt", "ready")]
            assert shell.json("upload", takes[0])["items"][0]["id"] == "asset-1"


def test_upload_creation_failing_lists_failures(shell: Shell, rushes: Path, impatient: None) -> None:
    with stand_in.serving() as box:
        shell.environ |= {"ROUGHY_BOX_CLIENT_URL": box.url, "ROUGHY_BOX_CLIENT_KEY": stand_in.KEY}
        refusal = b'{"error": {"code": "unavailable", "message": "Try later."}}'
        box.refusals["POST", "assets"] = (503, {"Retry-After": "0"}, refusal)
        shown = shell.run("upload", *(str(rushes / name) for name in ("notes.txt", "take 1.wav", "take 2.wav")))
    assert (shown.status, shown.err) == (1, "")
    *_, balance, failed, first, second, third = shown.out.splitlines()
    assert balance == "Balance: 41 credits."
    assert failed == "Failed: 3 of 3 files. Run the same command again to continue."
    assert [first, second, third] == [f"  {rushes / name}: Try later." for name in
                                      ("notes.txt", "take 1.wav", "take 2.wav")]  # fmt: skip
    # Three attempts for the first file, two for each of the others.
    assert box.count("POST") - 1 == 3 + 2 + 2


@pytest.mark.parametrize("content", [None, b"", bytes(63)])
def test_upload_bad_file_continues_with_others(sender: Shell, rushes: Path, content: bytes | None) -> None:
    bad = sender.folder / "bad.wav"
    if content is not None:
        bad.write_bytes(content)
    shown = sender.run("upload", str(bad), str(rushes / "take 2.wav"))
    assert shown.status == 1
    assert [line.split()[:2] for line in shown.out.splitlines()[1:2]] == [["bad.wav", "refused"]]
    assert shown.out.count(str(bad)) == 1, "in the list of what failed"
    assert "take 2.wav  ready" in shown.out


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("Übung 😀.wav", "Übung 😀.wav"),
        ("ראיון 3.wav", "ראיון 3.wav"),
        (" a\tb\\c\n.wav ", "a_b_c_.wav"),
        (os.fsdecode(b"caf\xe9.wav"), "caf_.wav"),
        (" ", None),
    ],
)
def test_upload_file_name_sent_as_name(sender: Shell, upload_box: LiveBox, file_name: str, name: str | None) -> None:
    path = sender.folder / file_name
    path.write_bytes(wav(1))
    (row,) = sender.json("upload", str(path))["items"]
    assert (row["state"], row["name"]) == ("ready", name)
    with upload_box.client() as client:
        assert client.get(f"/v1/assets/{row['id']}").json()["name"] == name


def test_upload_link_named_as_given(sender: Shell, rushes: Path) -> None:
    link = sender.folder / "Interview.wav"
    link.symlink_to(rushes / "take 2.wav")
    assert sender.json("upload", str(link))["items"][0]["name"] == "Interview.wav"


def test_upload_bad_language_refused(sender: Shell, rushes: Path) -> None:
    shown = sender.run("upload", str(rushes / "take 2.wav"), "--language", "klingon")
    assert shown.status == 1
    assert "language" in shown.out


def test_upload_of_sent_file_in_other_language_refused(sender: Shell) -> None:
    (sender.folder / "a.wav").write_bytes(wav(1))
    sent = sender.json("upload", "a.wav", "--language", "DE")["items"][0]
    assert sender.json("upload", "a.wav", "--language", "de")["items"][0]["id"] == sent["id"]
    assert sender.json("upload", "a.wav")["items"][0]["id"] == sent["id"]
    shown = sender.run("upload", "a.wav", "--language", "fr")
    assert shown.status == 1
    assert f"The box has this file with the language “de”. Delete {sent['id']} there" in shown.out


def test_upload_unpaid_exits_zero(sender: Shell, rushes: Path, upload_box: LiveBox) -> None:
    owner = Shell(upload_box.folder, {"ROUGHY_BOX_CONFIG": upload_box.environ["ROUGHY_BOX_CONFIG"]})
    poor = owner.json("account", "add", "poor", "--credits", "1")
    shown = sender.run("upload", str(rushes / "take 1.wav"), "--key", poor["api_key"])
    assert (shown.status, shown.err) == (0, "")
    assert "pending_payment" in shown.out
    assert "1 waiting for credits: 'roughy-box topup AMOUNT'" in shown.out
    assert shown.out.endswith("Balance: 1 credits.\n")
    owner.json("topup", "1", "--account", "poor")
    outcome = sender.run("upload", str(rushes / "notes.txt"), str(rushes), "--key", poor["api_key"], "--json")
    assert outcome.status == 1
    broke = json.loads(outcome.out)
    # What was sent before is still shown, and what was not even tried is named.
    assert rows(broke) == [("notes.txt", "refused"), ("take 1.wav", "not sent"), ("take 2.wav", "not sent")]
    assert "Top up" in broke["items"][0]["error"]


def test_upload_repeated_sends_and_charges_nothing(sender: Shell, rushes: Path, upload_box: LiveBox) -> None:
    takes = [str(rushes / "take 1.wav"), str(rushes / "take 2.wav")]
    first = sender.json("upload", *takes)
    again = sender.json("upload", *takes)
    assert [row["id"] for row in again["items"]] == [row["id"] for row in first["items"]]
    assert again["balance"] == first["balance"]


def test_upload_without_key_refused(sender: Shell, rushes: Path) -> None:
    del sender.environ["ROUGHY_BOX_CLIENT_KEY"]
    sender.run("upload", str(rushes)).refused("--key", "ROUGHY_BOX_CLIENT_KEY", "roughy-box key create")


@pytest.mark.parametrize("key", ["sk_wrong", "wrong"])
def test_upload_wrong_key_refused(sender: Shell, rushes: Path, key: str) -> None:
    assert key not in sender.run("upload", str(rushes), "--key", key).refused("API key")


@pytest.mark.parametrize("url", ["ftp://box.example", "box.example:8750", "http://"])
def test_upload_bad_address_refused(sender: Shell, rushes: Path, url: str) -> None:
    sender.run("upload", str(rushes), "--url", url).refused("address")


def test_upload_nothing_listening_refused(sender: Shell, rushes: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        sender.run("upload", str(rushes), "--url", url).refused("No answer", url)


def test_upload_long_preparation_shows_what_waits(shell: Shell, rushes: Path) -> None:
    reading, terminal = pty.openpty()
    with stand_in.serving() as box:
        box.polls = 12
        environ = {"ROUGHY_BOX_CLIENT_URL": box.url, "ROUGHY_BOX_CLIENT_KEY": stand_in.KEY}
        takes = [str(rushes / name) for name in ("take 1.wav", "take 2.wav")]
        done = subprocess.run(
            [*PROGRAM, "upload", *takes],
            env=shell.environ | environ,
            cwd=shell.folder,
            stdout=terminal,
            stderr=terminal,
            timeout=PATIENCE,
        )
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # the end of a terminal
        while data := os.read(reading, 65536):
            shown += data
    os.close(reading)
    assert done.returncode == 0
    assert shown.count(b"All bytes are sent.") == 1
    assert b"after the media that came before it; 1 more file waits for that." in shown


def test_upload_uses_address_and_key_of_config(upload_box: LiveBox, shell: Shell, rushes: Path) -> None:
    (shell.folder / "roughy-box.toml").write_text(
        f'[client]\nurl = "{upload_box.url}"\nkey = "{upload_box.key}"\n', encoding="utf-8"
    )
    assert rows(shell.json("upload", str(rushes / "take 2.wav"))) == [("take 2.wav", "ready")]


def test_upload_server_killed_resumes(fresh_box: Any, shell: Shell) -> None:
    box = fresh_box(credits=10)
    source = footage(shell.folder / "long.wav")

    def crash() -> None:
        box.stop(signal.SIGKILL)
        box.start()

    with failing(box.port, 5 * MIB, crash) as proxy:
        document = shell.json("upload", str(source), "--url", proxy.url, "--key", box.key)
    assert rows(document) == [("long.wav", "ready")]
    only_asset_is(box, source, document["balance"])


def test_upload_client_killed_next_run_resumes(fresh_box: Any, shell: Shell) -> None:
    box = fresh_box(credits=10)
    source = footage(shell.folder / "long.wav")
    clients: list[subprocess.Popen[bytes]] = []
    sent = 0
    with failing(box.port, 5 * MIB, lambda: os.kill(clients[0].pid, signal.SIGKILL)) as proxy:
        arguments = ["upload", str(source), "--url", proxy.url, "--key", box.key]
        clients.append(
            subprocess.Popen([*PROGRAM, *arguments], env=shell.environ, cwd=shell.folder, stdout=subprocess.DEVNULL)
        )
        assert clients[0].wait(PATIENCE) == -signal.SIGKILL
        all_is_stored(box)
        allow = proxy.allow

        def count(size: int) -> int:
            nonlocal sent
            sent += size
            return allow(size)

        proxy.allow = count  # type: ignore[method-assign]
        document = shell.json(*arguments)
    assert rows(document) == [("long.wav", "ready")]
    assert sent < 4 * MIB, "the second run started over"
    only_asset_is(box, source, document["balance"])


def all_is_stored(box: LiveBox) -> None:
    """Wait until the box has stored what the killed client had sent, and has released the upload."""
    api = Api(box)
    with api.http:
        (asset,) = api.http.get("/v1/assets").json()["items"]
        url = api.get(asset["id"])["upload_url"]
        wait_until(lambda: api.offset(url) > 4 * MIB)
        wait_until(lambda: api.patch(url, api.offset(url), b"").status_code == 204)


def only_asset_is(box: LiveBox, source: Path, balance: int) -> None:
    """Check that the box holds one complete asset, charged once."""
    api = Api(box)
    with api.http:
        (asset,) = api.http.get("/v1/assets").json()["items"]
        assert asset["state"] == "ready"
        assert api.http.get(api.get(asset["id"])["download_url"]).content == source.read_bytes()
        assert api.balance() == balance == 10 - 2
