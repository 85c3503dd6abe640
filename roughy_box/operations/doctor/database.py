"""Checks of the database: its integrity, its schema, and its invariants."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from roughy_box.base import clock
from roughy_box.domain.findings import Finding
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import RESTORE, Context, Repairable, shell
from roughy_box.storage import invariants
from roughy_box.storage.inspection import LATEST_SCHEMA, Difference, Inspection

WITH_EVENTS = 4  # the first schema with a table of events
WITH_DELETED_PROJECTS = 5
WITH_CUTS = 7  # the first schema with cuts
WITH_RENDERS = 8
WITH_WEBHOOKS = 9
GRACE = 3600 * clock.SECOND  # within which the server should have done its work
AHEAD = 300 * clock.SECOND

_BY_OTHERS = f"Another program changed the database. {RESTORE}"


def check_schema(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the tables, and the triggers that guard them."""
    context.facts["schema"] = database.schema
    if database.schema > LATEST_SCHEMA:
        problem = f"box.db has schema {database.schema} of a newer Roughy Box; this program supports {LATEST_SCHEMA}"
        yield Finding("database", problem, f"Install that version again, or: {RESTORE}")
        return
    if database.schema == 0:
        yield Finding("database", f"{database.path} is empty or belongs to another program", RESTORE)
    elif database.schema < LATEST_SCHEMA:
        context.notes.append(
            f"Schema {database.schema} will be upgraded to {LATEST_SCHEMA}, after a snapshot, when the box opens next."
        )
    for difference in database.differences():
        yield _about(database, difference)


def check_integrity(context: Context, database: Inspection) -> Iterator[Finding]:
    """Run SQLite's own check of every page and row."""
    faults = [fault for (fault,) in database.rows("PRAGMA integrity_check") if fault != "ok"]
    context.is_sound = not faults
    for fault in faults:
        yield Finding("database", f"the database is damaged: {fault}", RESTORE)


def check_identity(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check that the marker and the database belong to the same box."""
    (box_id,) = next(database.rows("SELECT id FROM box"), ("nothing",))
    if context.facts["box"] not in (None, box_id):
        problem = f"box.json says {context.facts['box']}, the database {box_id}: they belong to different boxes"
        yield Finding("folder", problem, f"Bring matching files together, or: {RESTORE}")


def check_ledger(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check that every balance is the sum of its entries and that every ready asset is paid for once."""
    is_sound = context.is_sound
    for finding in _faults(database, invariants.LEDGER):
        is_sound = False
        yield finding
    assets = "visible_asset" if database.schema >= WITH_DELETED_PROJECTS else "asset"
    # Read to the end first: an open query would block the repair.
    for asset_id, account_id in list(database.rows(invariants.UNSETTLED.format(assets=assets))):
        problem = f"asset {asset_id} waits for payment although the balance covers it"
        if is_sound:
            remedy = "Run 'roughy-box doctor --repair', which charges for it; so does the next 'roughy-box topup'."
            settle = partial(repairs.settle, context.config, account_id)
            yield Repairable("database", problem, remedy, settle, while_served=True)
        else:
            yield Finding("database", problem, _BY_OTHERS)


def check_rows(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the invariants of each asset."""
    yield from _faults(database, invariants.ROWS)


def check_counts(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check that the counters of assets, which lists show, agree with the rows."""
    if database.schema < WITH_DELETED_PROJECTS:
        return
    for account_id, name in list(database.rows(invariants.MISCOUNTED)):
        problem = f"the numbers of assets that are kept for account {name} differ from its assets"
        if context.is_sound:
            remedy = "Run 'roughy-box doctor --repair', which counts them again."
            recount = partial(repairs.recount, context.config, account_id, name)
            yield Repairable("database", problem, remedy, recount, while_served=True)
        else:
            yield Finding("database", problem, _BY_OTHERS)


def check_events(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check that the newest event of each asset names the state that the asset has."""
    if database.schema >= WITH_EVENTS:
        yield from _faults(database, invariants.EVENTS)


def check_cuts(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the invariants of each cut."""
    if database.schema >= WITH_CUTS:
        yield from _faults(database, invariants.CUTS)


def check_renders(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the invariants of each render."""
    if database.schema >= WITH_RENDERS:
        yield from _faults(database, invariants.RENDERS)


def check_webhooks(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check the invariants of each webhook endpoint."""
    if database.schema >= WITH_WEBHOOKS:
        yield from _faults(database, invariants.WEBHOOKS)


def check_overdue(context: Context, database: Inspection) -> Iterator[Finding]:
    """Find assets that the server should have deleted long ago."""
    now = clock.now()
    remedy = (
        "The server should have deleted it: see its log, then restart it."
        if context.is_served
        else "Start the server ('roughy-box serve'); it deletes it."
    )
    for (asset_id,) in database.rows(invariants.OVERDUE, [now - GRACE]):
        yield Finding("uploads", f"upload {asset_id} is overdue", remedy)
    retention = int(context.config.billing.pending_payment_retention * clock.SECOND)
    for (asset_id,) in database.rows(invariants.UNPAID, [now - retention - GRACE]):
        yield Finding("payments", f"asset {asset_id} was not paid for within the retention", remedy)


def check_newest(context: Context, database: Inspection) -> Iterator[Finding]:
    """Check that no row is from the future."""
    now = clock.now()
    for (newest,) in database.rows(invariants.NEWEST):
        if newest is not None and newest > now + AHEAD:
            problem = f"the clock shows {clock.iso(now)}, but the box was last written at {clock.iso(newest)}"
            yield Finding("clock", problem, "Set the clock: timedatectl set-ntp true. If it is right now, wait.")


def count(context: Context, database: Inspection) -> Iterator[Finding]:
    """Count assets and ledger entries for the facts; finds nothing."""
    assets = {state: {"count": many, "bytes": size} for state, many, size in database.rows(invariants.COUNTS)}
    ((entries,),) = database.rows("SELECT count(*) FROM ledger")
    context.facts |= {"assets": assets, "entries": entries}
    yield from ()


def _faults(database: Inspection, queries: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    for sentence, query in queries:
        for row in database.rows(query):
            yield Finding("database", sentence.format(row[0]), _BY_OTHERS)


def _about(database: Inspection, difference: Difference) -> Finding:
    name = f"the {difference.kind} {difference.name}"
    if difference.what == "foreign":
        drop = shell("sqlite3", database.path, f'DROP TRIGGER "{difference.name}"')
        return Finding("database", f"{name} does not belong to this program and may change its rows", drop)
    problem = f"{name} is missing" if difference.what == "missing" else f"{name} was changed"
    if difference.kind not in ("index", "trigger", "view"):
        return Finding("database", problem, _BY_OTHERS)
    put_back = partial(repairs.put_back, database.path, difference)
    remedy = "Run 'roughy-box doctor --repair', which puts it back."
    return Repairable("database", problem, remedy, put_back, while_served=True)
