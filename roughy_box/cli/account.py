"""``account``: add and list accounts."""

from __future__ import annotations

import click

from roughy_box.base import clock
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command


@group.group("account")
def account_group() -> None:
    """Add and list accounts. Each has its own projects, assets, credits and keys."""


@command(account_group, "add")
@click.argument("name")
@click.option("--credits", "starter", type=click.IntRange(0, 10**9), default=0, help="Credits to start with.")
async def account_add(session: Session, name: str, starter: int) -> None:
    """Add the account NAME and show its API key, once."""
    from roughy_box.services import accounts

    async with session.box():
        new = await accounts.add(name, starter)
    facts = {"account": new.account.name, "api_key": new.secret, "balance": new.account.balance}
    if session.as_json:
        output.document(facts)
    else:
        output.pairs(facts)


@command(account_group, "list")
async def account_list(session: Session) -> None:
    """List the accounts and their balances."""
    from roughy_box.services import accounts

    async with session.box():
        found = await accounts.list_all()
    if session.as_json:
        items = [
            {"id": each.id, "name": each.name, "balance": each.balance, "created_at": clock.iso(each.created_at)}
            for each in found
        ]
        output.document({"items": items})
    else:
        rows = [(each.name, each.balance, output.utc_time(each.created_at)) for each in found]
        output.table(("account", "credits", "since"), rows, right=("credits",))
