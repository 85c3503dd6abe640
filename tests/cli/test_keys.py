"""``account`` and ``key``: shown once, kept as hashes, revoked at once."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import LiveBox


def test_account_add_then_list(box_shell: Shell) -> None:
    facts = box_shell.json("account", "add", "night shift", "--credits", "3")
    assert list(facts) == ["account", "api_key", "balance"]
    assert (facts["account"], facts["balance"]) == ("night shift", 3)
    assert facts["api_key"].startswith("sk_")

    listed = box_shell.json("account", "list")
    assert [list(each) for each in listed["items"]] == [["id", "name", "balance", "created_at"]] * 2
    assert [(each["name"], each["balance"]) for each in listed["items"]] == [("studio", 10), ("night shift", 3)]


def test_account_commands_print_text(box_shell: Shell) -> None:
    added = box_shell.run("account", "add", "second").out.split()
    assert added[:3] == ["account", "second", "api_key"]
    lines = box_shell.run("account", "list").out.splitlines()
    assert lines[0].split() == ["account", "credits", "since"]
    assert [line.split()[:2] for line in lines[1:]] == [["studio", "10"], ["second", "0"]]


@pytest.mark.parametrize("name", ["studio", " studio ", "", "x" * 101, "a\x07b"])
def test_account_bad_name_refused(box_shell: Shell, name: str) -> None:
    box_shell.run("account", "add", name).refused("account")
    assert len(box_shell.json("account", "list")["items"]) == 1


def test_keys_not_found_on_disk(box_shell: Shell) -> None:
    keys = [
        box_shell.environ["API_KEY"],
        box_shell.json("account", "add", "second")["api_key"],
        box_shell.json("key", "create", "--account", "second")["api_key"],
    ]
    assert len(set(keys)) == 3
    assert all(len(key) >= 35 for key in keys)
    files = [path.read_bytes() for path in box_shell.folder.rglob("*") if path.is_file()]
    assert not any(key.encode() in content for key in keys for content in files)


def test_key_create_list_revoke(box_shell: Shell) -> None:
    made = box_shell.json("key", "create", "--name", "laptop")
    assert list(made) == ["account", "id", "name", "api_key"]
    assert (made["account"], made["name"]) == ("studio", "laptop")

    first, second = box_shell.json("key", "list")["items"]
    assert list(second) == ["id", "name", "hint", "created_at", "last_used_at", "revoked_at"]
    assert (second["id"], second["last_used_at"], second["revoked_at"]) == (made["id"], None, None)
    beginning, end = second["hint"].split("...")
    assert made["api_key"].startswith(beginning)
    assert made["api_key"].endswith(end)
    assert len(second["hint"]) < 16

    revoked = box_shell.json("key", "revoke", made["id"])
    assert list(revoked) == ["id", "revoked_at"]
    assert box_shell.json("key", "revoke", made["id"]) == revoked
    assert box_shell.json("key", "list")["items"] == [first, second | {"revoked_at": revoked["revoked_at"]}]


def test_key_commands_print_text(box_shell: Shell) -> None:
    made = box_shell.json("key", "create", "--name", "laptop")
    assert "(laptop) is revoked." in box_shell.run("key", "revoke", made["id"]).out
    lines = box_shell.run("key", "list").out.splitlines()
    assert lines[0].split() == ["id", "name", "key", "created", "last", "used", "state"]
    assert [line.split()[-1] for line in lines[1:]] == ["active", "revoked"]
    assert all("never" in line for line in lines[1:])
    assert made["api_key"] not in "".join(lines)


@pytest.mark.parametrize("key_id", ["nonsense", "", "00000000-0000-7000-8000-000000000000"])
def test_key_revoke_unknown_refused(box_shell: Shell, key_id: str) -> None:
    box_shell.run("key", "revoke", key_id).refused("roughy-box key list")


def test_key_unknown_account_refused(box_shell: Shell) -> None:
    for command in ("create", "list"):
        box_shell.run("key", command, "--account", "nobody").refused("nobody", "studio")


def test_keys_changed_while_serving_apply_at_once(live_shell: tuple[LiveBox, Shell]) -> None:
    box, shell = live_shell
    made = shell.json("key", "create")
    with box.client(made["api_key"]) as client:
        assert client.get("/v1/credits/balance").json() == {"balance": 10}
        used = {key["id"]: key["last_used_at"] for key in shell.json("key", "list")["items"]}
        assert used[made["id"]] is not None
        shell.json("key", "revoke", made["id"])
        refused = client.get("/v1/credits/balance")
        assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    with box.client() as client:
        assert client.get("/v1/credits/balance").status_code == 200
    new = shell.json("account", "add", "later", "--credits", "2")
    with box.client(new["api_key"]) as client:
        assert client.get("/v1/credits/balance").json() == {"balance": 2}
    assert new["api_key"] not in box.log()


def test_key_table_holds_hashes_only(box_shell: Shell) -> None:
    database = box_shell.folder / "roughy-box-data" / "box.db"
    with sqlite3.connect(database) as connection:
        rows = connection.execute("SELECT * FROM api_key").fetchall()
    connection.close()
    assert box_shell.environ["API_KEY"] not in json.dumps(rows)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes files of others")
def test_key_revoked_by_root_file_of_folder_owner(box_shell: Shell) -> None:
    folder = Path(box_shell.json("init", "--if-needed")["data_dir"])
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 1234, 1235)
    made = box_shell.json("key", "create")
    box_shell.json("key", "revoke", made["id"])
    assert {path.name: path.stat().st_uid for path in folder.rglob("*")} == {
        path.name: 1234 for path in folder.rglob("*")
    }
    assert (folder / "revocations").exists()
