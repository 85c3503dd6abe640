"""``key``: API keys."""

from __future__ import annotations

import click

from roughy_box.base import clock
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command


@group.group("key")
def key_group() -> None:
    """Create, list and revoke API keys."""


@command(key_group, "create")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
@click.option("--name", default="key", show_default=True, help="A name for the key.")
async def key_create(session: Session, account_name: str | None, name: str) -> None:
    """Create an API key and show it, once."""
    from roughy_box.services import accounts

    async with session.box():
        new = await accounts.create_key(await accounts.find(account_name), name)
    facts = {"account": new.account.name, "id": new.key.id, "name": new.key.name, "api_key": new.secret}
    if session.as_json:
        output.document(facts)
    else:
        output.pairs(facts)


@command(key_group, "list")
@click.option("--account", "account_name", help="The account; not needed while there is only one.")
async def key_list(session: Session, account_name: str | None) -> None:
    """List the keys of an account, by their first and last characters."""
    from roughy_box.services import accounts

    async with session.box():
        keys = await accounts.keys(await accounts.find(account_name))
    if session.as_json:
        items = [
            {
                "id": key.id,
                "name": key.name,
                "hint": key.hint,
                "created_at": clock.iso(key.created_at),
                "last_used_at": clock.iso_or_none(key.last_used_at),
                "revoked_at": clock.iso_or_none(key.revoked_at),
            }
            for key in keys
        ]
        output.document({"items": items})
        return
    rows = [
        (
            key.id,
            key.name,
            key.hint,
            output.utc_time(key.created_at),
            output.utc_time(key.last_used_at),
            "active" if key.revoked_at is None else "revoked",
        )
        for key in keys
    ]
    output.table(("id", "name", "key", "created", "last used", "state"), rows)


@command(key_group, "revoke")
@click.argument("key_id")
async def key_revoke(session: Session, key_id: str) -> None:
    """Revoke the key KEY_ID. It stops working at once."""
    from roughy_box.services import accounts

    async with session.box() as config:
        key = await accounts.revoke_key(config.storage.data_dir, key_id)
    if session.as_json:
        output.document({"id": key.id, "revoked_at": clock.iso(key.revoked_at or 0)})
    else:
        output.done(f"{key.hint} ({key.name}) is revoked.")
