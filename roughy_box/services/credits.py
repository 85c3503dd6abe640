"""The ledger: entries, charges, settling assets that wait, balance and history.

Every entry is written here, inside a transaction that also moves the assets it pays for. The
database refuses an entry that breaks the rules; see the triggers in ``storage/migrations``.
"""

from __future__ import annotations

from dataclasses import dataclass

from roughy_box.base import clock
from roughy_box.domain.asset import Event, State, move
from roughy_box.domain.errors import SetupError
from roughy_box.domain.ledger import EntryType, affordable
from roughy_box.storage.database import transaction
from roughy_box.storage.models import Account, Asset, Entry


@dataclass(frozen=True, slots=True)
class Posting:
    """A new entry, the balance after it, and the ids of the assets it made ready."""

    entry: Entry
    balance: int
    activated: list[str]
    is_repeated: bool = False  # its reference was counted before


@transaction
async def add_entry(
    account_id: str,
    entry_type: EntryType,
    delta: int,
    *,
    asset_id: str | None = None,
    reference: str | None = None,
    note: str | None = None,
) -> Posting:
    """Add an entry and settle the assets that wait for it, oldest first, as one transaction.

    The same ``reference`` twice counts once and returns the first entry.
    Errors: :class:`SetupError` when the reference was used for something else.
    """
    known = await Entry.get_or_none(account_id=account_id, reference=reference) if reference else None
    if known:
        if (known.type, known.delta) != (entry_type, delta):
            raise SetupError(f"Reference {reference!r} was already used for a {known.type} of {known.delta:+}.")
        return Posting(known, await balance(account_id), [], is_repeated=True)
    entry = await _append(account_id, entry_type, delta, asset_id=asset_id, reference=reference, note=note)
    activated = await settle(account_id)
    return Posting(entry, await balance(account_id), activated)


@transaction
async def charge(asset: Asset) -> State:
    """Charge for a prepared asset if the balance covers its price, and move it accordingly.

    The asset's preparation (duration, price, kind) is stored in the same step.
    """
    assert asset.price is not None
    before = State(asset.state)
    if await balance(asset.account_id) >= asset.price:
        await _append(asset.account_id, EntryType.CONSUME_ASSET, -asset.price, asset_id=asset.id)
        event = Event.CHARGED
    else:
        event = Event.UNPAID
    after = move(before, event)
    assert isinstance(after, State)
    asset.state = after
    await asset.save()
    return after


@transaction
async def settle(account_id: str) -> list[str]:
    """Charge for assets that wait for payment, oldest first, while the balance lasts; return their ids."""
    waiting = await Asset.filter(account_id=account_id, state=State.PENDING_PAYMENT).order_by("seq")
    chosen = affordable(await balance(account_id), [(asset.id, asset.price or 0) for asset in waiting])
    for asset in waiting:
        if asset.id in chosen:
            await charge(asset)
    return chosen


async def balance(account_id: str) -> int:
    """Return the sum of all deltas, which triggers of the database keep."""
    account: Account = await Account.get(id=account_id)
    return int(account.balance)


async def history(account_id: str, limit: int, offset: int) -> tuple[list[Entry], int]:
    """Return one page of entries, newest first, and the number of all."""
    entries = await Entry.filter(account_id=account_id).order_by("-seq").offset(offset).limit(limit)
    return entries, (await Account.get(id=account_id)).entries


async def _append(
    account_id: str,
    entry_type: EntryType,
    delta: int,
    *,
    asset_id: str | None = None,
    reference: str | None = None,
    note: str | None = None,
) -> Entry:
    return await Entry.create(
        account_id=account_id,
        type=entry_type,
        delta=delta,
        balance_after=await balance(account_id) + delta,
        asset_id=asset_id,
        reference=reference,
        note=note,
        created_at=clock.now(),
    )
