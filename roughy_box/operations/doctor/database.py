"""The database: whole, of the right schema, and true to its own rules."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from roughy_box.base import clock
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import RESTORE, Case, Finding, Mend, shell
from roughy_box.storage import invariants
from roughy_box.storage.inspection import LATEST_SCHEMA, Difference, Inspection

GRACE = 3600 * clock.SECOND  # what the server should have done by then
AHEAD = 300 * clock.SECOND

_BY_OTHERS = f"The database was changed by other means than this program. {RESTORE}"


def check_schema(case: Case, database: Inspection) -> Iterator[Finding]:
    """The tables, and the triggers that guard them."""
    case.facts["schema"] = database.schema
    if database.schema > LATEST_SCHEMA:
        problem = f"box.db has schema {database.schema} of a newer Roughy Box; this program knows {LATEST_SCHEMA}"
        yield Finding("database", problem, f"Install that version again, or: {RESTORE}")
        return
    if database.schema == 0:
        yield Finding("database", f"{database.path} is empty or of another program", RESTORE)
    elif database.schema < LATEST_SCHEMA:
        case.notes.append(
            f"The schema {database.schema} is brought to {LATEST_SCHEMA} when the box is opened next, after a snapshot."
        )
    for difference in database.differences():
        yield _about(database, difference)


def check_integrity(case: Case, database: Inspection) -> Iterator[Finding]:
    """SQLite's own check of every page and row."""
    faults = [fault for (fault,) in database.rows("PRAGMA integrity_check") if fault != "ok"]
    case.is_sound = not faults
    for fault in faults:
        yield Finding("database", f"the database is damaged: {fault}", RESTORE)


def check_identity(case: Case, database: Inspection) -> Iterator[Finding]:
    """Whether the marker and the database are of the same box."""
    (box_id,) = next(database.rows("SELECT id FROM box"), ("nothing",))
    if case.facts["box"] not in (None, box_id):
        problem = f"box.json says {case.facts['box']}, the database beside it {box_id}: they are of different boxes"
        yield Finding("folder", problem, f"Put together what belongs together, or: {RESTORE}")


def check_ledger(case: Case, database: Inspection) -> Iterator[Finding]:
    """Every balance is the sum of its entries, every ready asset is paid for once."""
    is_sound = case.is_sound
    for finding in _faults(database, invariants.LEDGER):
        is_sound = False
        yield finding
    # Read to the end first: a query that is under way would stand in the way of the repair.
    for asset_id, account_id in list(database.rows(invariants.UNSETTLED)):
        problem = f"asset {asset_id} waits for payment although the balance covers it"
        remedy = "Run 'roughy-box doctor --repair', which charges for it; so does the next 'roughy-box topup'."
        settle = Mend(partial(repairs.settle, case.config, account_id), beside_server=True)
        yield Finding("database", problem, remedy if is_sound else _BY_OTHERS, settle if is_sound else None)


def check_rows(case: Case, database: Inspection) -> Iterator[Finding]:
    """What must be true of each asset."""
    yield from _faults(database, invariants.ROWS)


def check_overdue(case: Case, database: Inspection) -> Iterator[Finding]:
    """What the server should have deleted long since."""
    now = clock.now()
    remedy = (
        "The server should have deleted it: see its log, then restart it."
        if case.is_served
        else "Start the server ('roughy-box serve'); it deletes it."
    )
    for (asset_id,) in database.rows(invariants.OVERDUE, [now - GRACE]):
        yield Finding("uploads", f"upload {asset_id} is overdue", remedy)
    retention = int(case.config.billing.pending_payment_retention * clock.SECOND)
    for (asset_id,) in database.rows(invariants.LAPSED, [now - retention - GRACE]):
        yield Finding("payments", f"asset {asset_id} was not paid for within the retention", remedy)


def check_newest(case: Case, database: Inspection) -> Iterator[Finding]:
    """No row can be of the future."""
    now = clock.now()
    for (newest,) in database.rows(invariants.NEWEST):
        if newest is not None and newest > now + AHEAD:
            problem = f"the clock shows {clock.iso(now)}, but the box was last written at {clock.iso(newest)}"
            yield Finding("clock", problem, "Set the clock: timedatectl set-ntp true. If it is right now, wait.")


def count(case: Case, database: Inspection) -> Iterator[Finding]:
    """How much there is; finds nothing."""
    assets = {state: {"count": many, "bytes": size} for state, many, size in database.rows(invariants.COUNTS)}
    ((entries,),) = database.rows("SELECT count(*) FROM ledger")
    case.facts |= {"assets": assets, "entries": entries}
    yield from ()


def _faults(database: Inspection, queries: tuple[tuple[str, str], ...]) -> Iterator[Finding]:
    for sentence, query in queries:
        for row in database.rows(query):
            yield Finding("database", sentence.format(row[0]), _BY_OTHERS)


def _about(database: Inspection, difference: Difference) -> Finding:
    name = f"the {difference.kind} {difference.name}"
    if difference.what == "foreign":
        drop = shell("sqlite3", database.path, f'DROP TRIGGER "{difference.name}"')
        return Finding("database", f"{name} is none of this program's and may change its rows", drop)
    problem = f"{name} is missing" if difference.what == "missing" else f"{name} was changed"
    if difference.kind not in ("index", "trigger", "view"):
        return Finding("database", problem, _BY_OTHERS)
    put_back = Mend(partial(repairs.put_back, database.path, difference), beside_server=True)
    return Finding("database", problem, "Run 'roughy-box doctor --repair', which puts it back.", put_back)
