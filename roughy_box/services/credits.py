"""The ledger: entries, charges, settling assets that wait, balance and history.

Every charge is written here, inside a transaction that also moves the asset it pays for. The
database refuses whatever would break the rules; see the triggers in ``storage/migrations``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from roughy_box.base import clock
from roughy_box.domain.asset import Event, State, move
from roughy_box.domain.errors import SetupError
from roughy_box.domain.ledger import EntryType, affordable
from roughy_box.storage.database import fetch, let_others_write, transaction, write_many
from roughy_box.storage.models import Account, Asset, Entry, new_id

BATCH = 100  # assets a transaction: about 20 ms

_WAITING = """
SELECT id, price FROM visible_asset
WHERE account_id = ? AND state = 'pending_payment' AND price <= ? ORDER BY seq LIMIT ?
"""
_CHARGE = """
INSERT INTO ledger (id, account_id, type, delta, balance_after, asset_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


@dataclass(frozen=True, slots=True)
class Posting:
    """A new entry, the balance after it, and the ids of the assets it made ready."""

    entry: Entry
    balance: int
    activated: list[str]
    is_repeated: bool = False  # its reference was counted before


async def add_entry(
    account_id: str,
    entry_type: EntryType,
    delta: int,
    *,
    asset_id: str | None = None,
    reference: str | None = None,
    note: str | None = None,
) -> Posting:
    """Add an entry and settle the assets that wait for it, oldest first.

    The entry and the first of these assets are one transaction; if there are many, the others follow at once, and
    after a crash the server goes on with them. The same ``reference`` twice counts once and answers with the first
    entry. Errors: :class:`SetupError` when the reference is empty or was used for something else.
    """
    # An empty one is a variable of a script that was not set: it must not count as no reference at all.
    if reference is not None and not (reference.strip() and reference.isprintable()):
        raise SetupError("A reference has at least one printable character, and no others.")
    entry, is_new = await _add_entry(account_id, entry_type, delta, asset_id=asset_id, reference=reference, note=note)
    await settle(account_id)
    activated = await _charged_since(entry) if is_new else []
    return Posting(entry, await balance(account_id), activated, is_repeated=not is_new)


@transaction
async def _add_entry(
    account_id: str,
    entry_type: EntryType,
    delta: int,
    *,
    asset_id: str | None,
    reference: str | None,
    note: str | None,
) -> tuple[Entry, bool]:
    """Return the entry and whether it is new."""
    known = await Entry.get_or_none(account_id=account_id, reference=reference) if reference is not None else None
    if known:
        if (known.type, known.delta) != (entry_type, delta):
            raise SetupError(f"Reference {reference!r} was already used for a {known.type} of {known.delta:+}.")
        return known, False
    entry = await _append(account_id, entry_type, delta, asset_id=asset_id, reference=reference, note=note)
    await _settle_some(account_id)
    return entry, True


@transaction
async def charge(asset: Asset) -> State:
    """Charge for a prepared asset if the balance covers its price, and move it accordingly.

    The asset's preparation (duration, price, kind) is stored in the same step.
    """
    assert asset.price is not None
    before = State(asset.state)
    left = await balance(asset.account_id)
    # While a top-up is settled in batches, an asset that comes now does not overtake those that wait.
    if left >= asset.price and not await _waiting(asset.account_id, left, 1):
        await _append(asset.account_id, EntryType.CONSUME_ASSET, -asset.price, asset_id=asset.id)
        event = Event.CHARGED
    else:
        event = Event.UNPAID
    after = move(before, event)
    assert isinstance(after, State)
    asset.state = after
    await asset.save()
    return after


def _never() -> bool:
    return False


async def settle(account_id: str, is_over: Callable[[], bool] = _never) -> list[str]:
    """Charge for the assets that wait, oldest first, as far as the balance goes; return their ids.

    In batches, each a transaction, with a pause in which other writers get their turn. ``is_over`` ends it between
    two of them.
    """
    activated: list[str] = []
    while not is_over() and (batch := await _settle_some(account_id)):
        activated += batch
        await let_others_write()
    return activated


async def settle_all(is_over: Callable[[], bool]) -> None:
    """Settle every account that has assets waiting although the balance covers them, as after a crash."""
    for row in await fetch("SELECT id FROM account WHERE balance > 0"):
        if await _waiting(row["id"], await balance(row["id"]), 1):
            await settle(row["id"], is_over)


@transaction
async def _settle_some(account_id: str) -> list[str]:
    """Charge for the oldest assets that the balance covers; return their ids.

    An asset left out here for its price is left out by the next batch, too: the balance only falls.
    """
    before = await balance(account_id)
    waiting = await _waiting(account_id, before, BATCH)
    chosen = set(affordable(before, waiting))
    charged = [(asset_id, price) for asset_id, price in waiting if asset_id in chosen]
    if charged:
        await _charge_many(account_id, before, charged)
    return [asset_id for asset_id, _ in charged]


async def _charge_many(account_id: str, before: int, charged: Sequence[tuple[str, int]]) -> None:
    after = move(State.PENDING_PAYMENT, Event.CHARGED)
    balances = accumulate((-price for _, price in charged), initial=before)
    now = clock.now()
    entries = [
        (new_id(), account_id, EntryType.CONSUME_ASSET, -price, left, asset_id, now)
        for (asset_id, price), left in zip(charged, islice(balances, 1, None), strict=True)
    ]
    await write_many(_CHARGE, entries)
    await write_many("UPDATE asset SET state = ? WHERE id = ?", [(after, asset_id) for asset_id, _ in charged])


async def _waiting(account_id: str, most: int, limit: int) -> list[tuple[str, int]]:
    """Return the oldest waiting assets that cost at most ``most``, with their prices."""
    rows = await fetch(_WAITING, account_id, most, limit)
    return [(row["id"], row["price"]) for row in rows]


async def _charged_since(entry: Entry) -> list[str]:
    """Return the assets charged after an entry, by whichever process."""
    query = "SELECT asset_id FROM ledger WHERE account_id = ? AND seq > ? AND type = 'consume_asset' ORDER BY seq"
    return [row["asset_id"] for row in await fetch(query, entry.account_id, entry.seq)]


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
