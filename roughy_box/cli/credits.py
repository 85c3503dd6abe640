"""``topup``, ``adjust``, ``refund``, ``balance``, ``ledger``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from roughy_box.base import clock
from roughy_box.base.text import printable
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.domain.ledger import EntryType

LARGEST = 10**9


def _entry_options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--account", "account_name", help="The account; not needed while there is only one."),
        click.option("--note", help="A note kept with the entry."),
        click.option("--reference", help="Your own unique reference; a repeated one counts once."),
    ):
        function = option(function)
    return function


@command(group, "topup")
@click.argument("amount", type=click.IntRange(1, LARGEST))
@_entry_options
async def topup(
    session: Session, amount: int, account_name: str | None, note: str | None, reference: str | None
) -> None:
    """Add AMOUNT credits and activate the assets waiting for them, oldest first.

    Works while the server runs.
    """
    await _add_entry(session, EntryType.TOPUP, amount, account_name, note, reference)


@command(group, "refund")
@click.argument("amount", type=click.IntRange(1, LARGEST))
@_entry_options
async def refund(
    session: Session, amount: int, account_name: str | None, note: str | None, reference: str | None
) -> None:
    """Refund AMOUNT credits."""
    await _add_entry(session, EntryType.REFUND, amount, account_name, note, reference)


@command(group, "adjust", ignore_unknown_options=True)
@click.argument("amount", type=click.IntRange(-LARGEST, LARGEST))
@_entry_options
async def adjust(
    session: Session, amount: int, account_name: str | None, note: str | None, reference: str | None
) -> None:
    """Correct the balance by AMOUNT credits, which may be negative."""
    if amount == 0:
        raise click.UsageError("AMOUNT cannot be 0.")
    await _add_entry(session, EntryType.ADJUSTMENT, amount, account_name, note, reference)


@command(group, "balance")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
async def balance(session: Session, account_name: str | None) -> None:
    """Show the credits left."""
    from roughy_box.services import accounts

    async with session.box():
        account = await accounts.find(account_name)
    if session.as_json:
        output.document({"account": account.name, "balance": account.balance})
    else:
        click.echo(f"{account.name}: {account.balance} credits")


@command(group, "ledger")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="The number of entries.")
async def ledger(session: Session, account_name: str | None, limit: int) -> None:
    """Show the newest entries of the ledger with the running balance."""
    from roughy_box.services import accounts, credits

    async with session.box():
        account = await accounts.find(account_name)
        entries, total = await credits.history(account.id, limit, 0)
    if session.as_json:
        output.document({"account": account.name, "total": total, "items": [_entry(entry) for entry in entries]})
        return
    output.table(
        ("when", "type", "credits", "balance", "asset", "reference", "note"),
        [
            (
                output.utc_time(entry.created_at),
                entry.type,
                f"{entry.delta:+}",
                entry.balance_after,
                entry.asset_id,
                entry.reference,
                entry.note,
            )
            for entry in entries
        ],
        right=("credits", "balance"),
    )
    if total > len(entries):
        click.echo(f"{total - len(entries)} older entries; use --limit to show them.")


async def _add_entry(
    session: Session,
    entry_type: EntryType,
    amount: int,
    account_name: str | None,
    note: str | None,
    reference: str | None,
) -> None:
    from roughy_box.services import accounts, credits

    async with session.box():
        account = await accounts.find(account_name)
        posting = await credits.add_entry(account.id, entry_type, amount, reference=reference, note=note)
    if session.as_json:
        output.document({"entry": _entry(posting.entry), "balance": posting.balance, "activated": posting.activated})
        return
    entry = posting.entry
    if posting.is_repeated:
        when = output.utc_time(entry.created_at)
        click.echo(
            f"{account.name}: reference {printable(entry.reference)!r} was already counted on {when} "
            f"({entry.delta:+} credits); nothing was added, balance {posting.balance}."
        )
        return
    output.done(f"{account.name}: {entry.delta:+} credits, balance {posting.balance}.")
    for asset_id in posting.activated:
        click.echo(f"activated: {asset_id}")


def _entry(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "type": entry.type,
        "delta": entry.delta,
        "balance_after": entry.balance_after,
        "asset_id": entry.asset_id,
        "reference": entry.reference,
        "note": entry.note,
        "created_at": clock.iso(entry.created_at),
    }
