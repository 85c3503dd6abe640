"""Accounts and their API keys.

A key is 256 random bits behind the prefix ``sk_``. Only its SHA-256 is stored (random keys need
no slow hash), found by equality on the digest, which reveals nothing about the key.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from roughy_box.base import clock
from roughy_box.domain.errors import SetupError
from roughy_box.domain.ids import is_id
from roughy_box.domain.ledger import EntryType
from roughy_box.services import credits, revocations
from roughy_box.storage.database import statement, transaction
from roughy_box.storage.models import Account, ApiKey

PREFIX = "sk_"
DEFAULT_ACCOUNT = "studio"
USED_AT_PRECISION = 3600 * clock.SECOND


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key, with the secret that is not stored."""

    account: Account
    key: ApiKey
    secret: str


@transaction
async def add(name: str, starter_credits: int = 0, secret: str | None = None) -> NewKey:
    """Create an account with a first key, the given or a new one, and optional starter credits.

    Errors: :class:`SetupError` for a name that is taken or empty, or negative credits.
    """
    name = checked_name(name)
    if starter_credits < 0:
        raise SetupError("Starter credits cannot be negative.")
    if await Account.exists(name=name):
        raise SetupError(f"There is already an account named {name!r}.")
    account = await Account.create(name=name, created_at=clock.now())
    if starter_credits:
        await credits.add_entry(account.id, EntryType.TOPUP, starter_credits, note="starter credits")
    await account.refresh_from_db()
    return await create_key(account, "first key", secret)


def checked_name(name: str) -> str:
    """Return the name stripped. Errors: :class:`SetupError` for one that an account cannot have."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise SetupError("An account name has 1 to 100 printable characters.")
    return name


@transaction
async def create_key(account: Account, name: str, secret: str | None = None) -> NewKey:
    """Add a key to an account, a new one if none is given.

    Errors: :class:`SetupError` for a name that cannot be shown.
    """
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise SetupError("The name of a key has 1 to 100 printable characters.")
    secret = secret or PREFIX + secrets.token_urlsafe(32)
    key = await ApiKey.create(
        account_id=account.id,
        name=name,
        hint=f"{secret[:7]}...{secret[-4:]}",
        digest=digest(secret),
        created_at=clock.now(),
    )
    return NewKey(account, key, secret)


async def revoke_key(root: Path, key_id: str) -> ApiKey:
    """Revoke a key from the next request on, also for a server on the data folder ``root``. Repeatable.

    Errors: :class:`SetupError` for an unknown id, and where the server does not confirm it.
    """
    key = await _revoke(key_id)
    await asyncio.to_thread(revocations.announce, root)
    await revocations.wait_until_confirmed(root)
    return key


@transaction
async def _revoke(key_id: str) -> ApiKey:
    key = await ApiKey.get_or_none(id=key_id) if is_id(key_id) else None
    if key is None:
        # Without the value: it may be the key itself.
        raise SetupError("There is no key with that id. 'roughy-box key list' shows their ids.")
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        await key.save()
    return key


async def keys(account: Account) -> list[ApiKey]:
    """Return the keys of an account, revoked ones included, oldest first."""
    return await ApiKey.filter(account_id=account.id).order_by("seq")


async def list_all() -> list[Account]:
    """Return all accounts, oldest first."""
    return await Account.all().order_by("seq")


async def find(name: str | None) -> Account:
    """Return the account with that name; without a name, the only one.

    Errors: :class:`SetupError` naming the accounts to choose from.
    """
    found = await (Account.filter(name=name) if name else Account.all()).limit(2)
    if len(found) == 1:
        return found[0]
    names = ", ".join(account.name for account in await list_all())
    if name:
        raise SetupError(f"There is no account named {name!r}. There are: {names}.")
    raise SetupError(f"Choose an account with --account. There are: {names}.")


async def authenticate(key_digest: str) -> str | None:
    """Return the id of the account a key belongs to; ``None`` for unknown and revoked keys."""
    key = await ApiKey.get_or_none(digest=key_digest, revoked_at=None)
    if key is None:
        return None
    now = clock.now()
    if key.last_used_at is None or now - key.last_used_at > USED_AT_PRECISION:
        await _record_use(key.id, now)
    return key.account_id


@statement
async def _record_use(key_id: str, instant: int) -> None:
    await ApiKey.filter(id=key_id).update(last_used_at=instant)


def digest(secret: str) -> str:
    """Return what is stored of a key: its SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()
