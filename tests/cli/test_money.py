"""``topup``, ``adjust``, ``refund``, ``balance``, ``ledger``: for people and as JSON."""

from __future__ import annotations

import re

import pytest

from tests.cli.shell import Shell

ENTRY = ["id", "type", "delta", "balance_after", "asset_id", "reference", "note", "created_at"]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.mark.parametrize(
    ("arguments", "entry_type", "delta", "balance"),
    [
        (["topup", "5"], "topup", 5, 15),
        (["refund", "2"], "refund", 2, 12),
        (["adjust", "3"], "adjustment", 3, 13),
        (["adjust", "-4"], "adjustment", -4, 6),
        # A correction may say what is: also that more was used than there was.
        (["adjust", "-11"], "adjustment", -11, -1),
    ],
)
def test_entries_as_json(box_shell: Shell, arguments: list[str], entry_type: str, delta: int, balance: int) -> None:
    facts = box_shell.json(*arguments, "--note", "why")

    assert list(facts) == ["entry", "balance", "activated"]
    entry = facts["entry"]
    assert list(entry) == ENTRY
    assert (entry["type"], entry["delta"], entry["balance_after"]) == (entry_type, delta, balance)
    assert (entry["note"], entry["reference"], entry["asset_id"]) == ("why", None, None)
    assert INSTANT.fullmatch(entry["created_at"])
    assert (facts["balance"], facts["activated"]) == (balance, [])
    assert box_shell.json("balance") == {"account": "studio", "balance": balance}


def test_bad_amounts_add_no_entry(box_shell: Shell) -> None:
    rows = [
        *[(command, amount) for command in ("topup", "refund") for amount in ("0", "-5", "1000000001")],
        *[(command, amount) for command in ("topup", "refund", "adjust") for amount in ("1.5", "five", "", "1e3")],
        ("adjust", "0"),
        ("adjust", "-1000000001"),
    ]
    for command, amount in rows:
        outcome = box_shell.run(command, "--", amount)
        outcome.refused()
        assert outcome.status == 2
    assert box_shell.json("ledger")["total"] == 1


def test_topup_without_amount_refused(box_shell: Shell) -> None:
    box_shell.run("topup").refused("AMOUNT", "roughy-box topup --help")


def test_repeated_reference_counts_once(box_shell: Shell) -> None:
    first = box_shell.json("topup", "5", "--reference", "invoice 7")
    second = box_shell.json("topup", "5", "--reference", "invoice 7")
    assert first["entry"]["reference"] == "invoice 7"
    assert second["entry"] == first["entry"]
    assert (first["balance"], second["balance"]) == (15, 15)
    assert box_shell.json("ledger")["total"] == 2


@pytest.mark.parametrize("command", [["topup", "5"], ["refund", "5"], ["adjust", "-5"]])
def test_repeated_reference_says_when_it_counted(box_shell: Shell, command: list[str]) -> None:
    first = box_shell.json(*command, "--reference", "invoice 7")
    again = box_shell.run(*command, "--reference", "invoice 7")
    day = first["entry"]["created_at"][:19].replace("T", " ")
    assert (again.status, again.err) == (0, "")
    assert again.out == (
        f"studio: reference 'invoice 7' was already counted on {day} UTC ({first['entry']['delta']:+} credits); "
        f"nothing was added, balance {first['balance']}.\n"
    )
    assert box_shell.json("ledger")["total"] == 2


@pytest.mark.parametrize("arguments", [["topup", "6"], ["refund", "5"]])
def test_reference_of_other_entry_refused(box_shell: Shell, arguments: list[str]) -> None:
    box_shell.json("topup", "5", "--reference", "invoice 7")
    box_shell.run(*arguments, "--reference", "invoice 7").refused("invoice 7", "topup", "+5")
    assert box_shell.json("balance")["balance"] == 15


@pytest.mark.parametrize("reference", ["", " ", "a\nb"])
def test_reference_empty_or_unprintable_refused(reference: str, box_shell: Shell) -> None:
    box_shell.run("topup", "5", "--reference", reference).refused("A reference has at least one printable character")


def test_reference_per_account(box_shell: Shell) -> None:
    box_shell.json("account", "add", "second")
    for account in ("studio", "second"):
        box_shell.json("topup", "5", "--reference", "r", "--account", account)
    assert [each["balance"] for each in box_shell.json("account", "list")["items"]] == [15, 5]


@pytest.mark.parametrize("command", [["topup", "1"], ["refund", "1"], ["adjust", "1"], ["balance"], ["ledger"]])
def test_several_accounts_need_account_option(box_shell: Shell, command: list[str]) -> None:
    box_shell.json("account", "add", "second", "--credits", "1")
    box_shell.run(*command).refused("--account", "studio", "second")
    box_shell.run(*command, "--account", "third").refused("third", "studio", "second")
    assert box_shell.run(*command, "--account", "second").status == 0
    assert box_shell.json("balance", "--account", "studio")["balance"] == 10


def test_ledger_as_json(box_shell: Shell) -> None:
    for amount in ("1", "2", "3"):
        box_shell.json("topup", amount)
    facts = box_shell.json("ledger", "--limit", "2")
    assert list(facts) == ["account", "total", "items"]
    assert (facts["account"], facts["total"]) == ("studio", 4)
    assert all(list(entry) == ENTRY for entry in facts["items"])
    assert [(entry["delta"], entry["balance_after"]) for entry in facts["items"]] == [(3, 16), (2, 13)]


@pytest.mark.parametrize("limit", ["0", "-1", "x"])
def test_ledger_bad_limit_refused(box_shell: Shell, limit: str) -> None:
    box_shell.run("ledger", "--limit", limit).refused("--limit")


def test_credit_commands_print_text(box_shell: Shell) -> None:
    assert box_shell.run("balance").out == "studio: 10 credits\n"
    assert box_shell.run("topup", "5", "--note", "May", "--reference", "r1").out == "studio: +5 credits, balance 15.\n"
    assert box_shell.run("adjust", "-3").out == "studio: -3 credits, balance 12.\n"
    assert box_shell.run("refund", "1").out == "studio: +1 credits, balance 13.\n"

    shown = box_shell.run("ledger", "--limit", "3").out.splitlines()
    assert shown[0].split() == ["when", "type", "credits", "balance", "asset", "reference", "note"]
    assert [line.split()[3:6] for line in shown[1:4]] == [
        ["refund", "+1", "13"],
        ["adjustment", "-3", "12"],
        ["topup", "+5", "15"],
    ]
    assert shown[3].endswith("r1         May")
    assert shown[4] == "1 older entries; use --limit to show them."
    # Numbers are flush right; looked for behind the time, whose digits may be the same.
    assert len({re.search(r" [+-][0-9]+ +[0-9]+", line).end() for line in shown[1:4]}) == 1  # type: ignore[union-attr]
    assert "\x1b" not in "".join(shown)
