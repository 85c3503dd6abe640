"""All that can be wrong with a data folder: how it comes about, and what ``doctor`` is to make of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.cli.patient import UNKNOWN_ID, Patient

HOUR = 3600
RESTORE = "roughy-box restore"
SERVE = "roughy-box serve"
REPAIR = "roughy-box doctor --repair"


class Damage(NamedTuple):
    """What is done to a box, the check that tells it, words of the remedy, and words of the repair if there is one."""

    do: Callable[[Patient], str]
    check: str
    remedy: str
    did: str | None = None


def lose_media(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    sick.file(asset_id).unlink()
    return f"asset {asset_id} should have 2044 bytes but has no file"


def lose_media_of_an_unpaid_asset(sick: Patient) -> str:
    asset_id = sick.asset("pending_payment")
    sick.file(asset_id).unlink()
    return f"asset {asset_id} should have 140044 bytes but has no file"


def shorten_media(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    os.truncate(sick.file(asset_id), 2043)
    return f"asset {asset_id} should have 2044 bytes but has a file of 2043"


def put_media_elsewhere(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    path = sick.file(asset_id)
    moved = path.rename(path.with_suffix(".mp3"))
    return f"the file of asset {asset_id} is at {moved} instead of {path}"


def put_media_back_to_incoming(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    path = sick.file(asset_id)
    moved = path.rename(sick.data / "incoming" / asset_id)
    return f"the file of asset {asset_id} is at {moved} instead of {path}"


def link_media(sick: Patient) -> str:
    path = sick.file(sick.asset("ready"))
    path.symlink_to(path.rename(sick.folder / "elsewhere"))
    return f"{path} is a link or otherwise no plain file"


def leave_a_second_file(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    second = sick.file(asset_id).with_suffix(".mp3")
    second.write_bytes(b"left")
    return f"{second} is not the file of asset {asset_id}, which has another one"


def leave_a_file(sick: Patient) -> str:
    (sick.data / "incoming" / UNKNOWN_ID).write_bytes(b"left")
    return f"a file of {UNKNOWN_ID} has no asset"


def leave_a_media_file(sick: Patient) -> str:
    (sick.file(sick.asset("ready")).parent / f"{UNKNOWN_ID}.wav").write_bytes(b"left")
    return f"a file of {UNKNOWN_ID} has no asset"


def leave_the_file_of_a_rejected_upload(sick: Patient) -> str:
    asset_id = sick.asset("failed")
    (sick.data / "incoming" / asset_id).write_bytes(b"just words")
    return f"a file of {asset_id} is left although its upload was rejected"


def bend_an_id(sick: Patient) -> str:
    sick.edit("UPDATE asset SET id = '../box.db', declared_size = 64 WHERE state = 'pending_upload'")
    return f"asset {sick.value('SELECT max(seq) FROM asset')} has an id or an extension that no file can have"


def open_the_secret(sick: Patient) -> str:
    (sick.data / "secret").chmod(0o644)
    return f"{sick.data / 'secret'} can be read by others (0644)"


def open_the_database(sick: Patient) -> str:
    (sick.data / "box.db").chmod(0o640)
    return f"{sick.data / 'box.db'} can be read by others (0640)"


def open_a_snapshot(sick: Patient) -> str:
    path = sick.data / "box.db.before-0002"
    path.write_bytes(b"a whole database")
    path.chmod(0o644)
    return f"{path} can be read by others (0644)"


def let_others_write(sick: Patient) -> str:
    (sick.data / "incoming").chmod(0o777)
    return f"{sick.data / 'incoming'} can be changed by others (0777)"


def lose_a_folder(sick: Patient) -> str:
    incoming = sick.data / "incoming"
    for path in incoming.iterdir():
        path.unlink()
    incoming.rmdir()
    return f"{incoming} is missing"


def link_a_folder(sick: Patient) -> str:
    media = sick.data / "media"
    media.symlink_to(media.rename(sick.folder / "media"))
    return f"{media} is a symbolic link, which backups do not follow"


def lose_the_secret(sick: Patient) -> str:
    (sick.data / "secret").unlink()
    return f"{sick.data / 'secret'} is missing"


def empty_the_secret(sick: Patient) -> str:
    (sick.data / "secret").write_bytes(b"")
    return f"{sick.data / 'secret'} is damaged (0 bytes)"


def leave_half_a_secret(sick: Patient) -> str:
    path = sick.data / ".secret.new"
    path.write_bytes(b"half")
    return f"{path} was left by an interrupted write"


def raise_the_balance(sick: Patient) -> str:
    sick.edit("UPDATE account SET balance = balance + 1")
    return "balance studio differs from the sum of its entries"


def miscount_the_entries(sick: Patient) -> str:
    sick.edit("UPDATE account SET entries = entries + 1")
    return "the entry count of account studio is wrong"


def bend_the_chain(sick: Patient) -> str:
    sick.edit("UPDATE ledger SET balance_after = 9 WHERE seq = 1")
    return "the running balance is broken at entry 1"


def remove_an_entry_and_cover_it_up(sick: Patient) -> str:
    asset_id = sick.value("SELECT asset_id FROM ledger WHERE seq = 2")
    sick.edit(
        "UPDATE ledger SET delta = 2 WHERE seq = 1",
        "UPDATE ledger SET balance_after = delta WHERE seq = 1",
        f"DELETE FROM asset WHERE id = '{asset_id}'",
        "DELETE FROM ledger WHERE seq = 2",
        "UPDATE account SET entries = 2",
    )
    # With what a server may have drawn of it.
    for path in list(sick.data.rglob(f"{asset_id}.*")):
        path.unlink()
    return "the ledger lost entries after number 1"


def remove_the_last_entry(sick: Patient) -> str:
    sick.edit(
        "UPDATE ledger SET delta = 2, balance_after = 2 WHERE seq = 1",
        "UPDATE ledger SET balance_after = 1 WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 3",
        "UPDATE account SET entries = 2",
    )
    return "the ledger lost entries after number 2"


def take_a_charge_back(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    sick.edit(
        f"DELETE FROM ledger WHERE asset_id = '{asset_id}'",
        "UPDATE ledger SET balance_after = balance_after + 1 WHERE seq > 2",
        "UPDATE account SET balance = (SELECT sum(delta) FROM ledger)",
    )
    return f"ready asset {asset_id} has no charge of its price"


def charge_twice(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    sick.edit("DROP INDEX ledger_one_charge_per_asset", f"UPDATE ledger SET asset_id = '{asset_id}' WHERE delta < 0")
    return f"asset {asset_id} is charged more than once"


def charge_what_is_not_ready(sick: Patient) -> str:
    asset_id = sick.asset("failed")
    sick.edit(f"UPDATE ledger SET asset_id = '{asset_id}' WHERE seq = 2")
    return f"asset {asset_id} is charged but not ready"


def forget_to_pay(sick: Patient) -> str:
    sick.edit(
        "UPDATE ledger SET delta = 4, balance_after = 4 WHERE seq = 1",
        "UPDATE ledger SET balance_after = 4 - (seq - 1) WHERE seq > 1",
        "UPDATE account SET balance = 2",
    )
    return f"asset {sick.asset('pending_payment')} waits for payment although the balance covers it"


def bend_a_price(sick: Patient) -> str:
    asset_id = sick.asset("pending_payment")
    sick.edit(f"UPDATE asset SET price = 9 WHERE id = '{asset_id}'")
    return f"the price of asset {asset_id} does not follow from its duration"


def bend_a_size(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    sick.edit(f"UPDATE asset SET declared_size = 2045 WHERE id = '{asset_id}'")
    return f"the size of asset {asset_id} differs from its declared size"


def forget_a_duration(sick: Patient) -> str:
    asset_id = sick.asset("ready")
    sick.edit(f"UPDATE asset SET duration_ms = NULL WHERE id = '{asset_id}'")
    return f"prepared asset {asset_id} has no duration or price"


def give_an_asset_away(sick: Patient) -> str:
    asset_id = sick.asset("failed")
    sick.edit(
        "INSERT INTO account (id, name, created_at) VALUES ('other', 'other', 1)",
        f"UPDATE asset SET account_id = 'other' WHERE id = '{asset_id}'",
    )
    return f"asset {asset_id} is in a project of another account"


def lose_a_project(sick: Patient) -> str:
    sick.edit("PRAGMA foreign_keys = OFF", "DELETE FROM project WHERE seq = 1")
    return "row 1 of asset refers to a row that is missing"


def lose_a_trigger(sick: Patient) -> str:
    sick.edit("DROP TRIGGER ledger_no_update", keep_triggers=True)
    return "the trigger ledger_no_update is missing"


def weaken_a_trigger(sick: Patient) -> str:
    sick.edit(
        "DROP TRIGGER ledger_no_delete",
        "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger WHEN 0 BEGIN SELECT 1; END",
        keep_triggers=True,
    )
    return "the trigger ledger_no_delete was changed"


def lose_an_index(sick: Patient) -> str:
    sick.edit("DROP INDEX ledger_one_per_reference")
    return "the index ledger_one_per_reference is missing"


def add_a_trigger(sick: Patient) -> str:
    sick.edit("CREATE TRIGGER free BEFORE INSERT ON ledger BEGIN SELECT 1; END")
    return "the trigger free is none of this program's and may change its rows"


def weaken_a_table(sick: Patient) -> str:
    change = "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (delta <> 0)', '') WHERE name = 'ledger'"
    sick.edit("PRAGMA writable_schema = ON", change)
    return "the table ledger was changed"


def forget_an_upload(sick: Patient) -> str:
    sick.edit("UPDATE asset SET expires_at = 1 WHERE state = 'pending_upload'")
    return f"upload {sick.asset('pending_upload')} is overdue"


def forget_an_unpaid_asset(sick: Patient) -> str:
    sick.edit("UPDATE asset SET prepared_at = 1 WHERE state = 'pending_payment'")
    return f"asset {sick.asset('pending_payment')} was not paid for within the retention"


def stop_before_the_hand_over(sick: Patient) -> str:
    asset_id = sick.asset("pending_upload")
    os.truncate(sick.file(asset_id), 5000)
    return f"upload {asset_id} is whole but was not handed over to preparation"


def stop_before_the_preparation(sick: Patient) -> str:
    asset_id = sick.asset("pending_upload")
    path = sick.file(asset_id)
    os.truncate(path, 5000)
    os.utime(path, (time.time() - 3 * HOUR - 90,) * 2)
    sick.edit(
        "UPDATE asset SET state = 'processing', size_bytes = declared_size, expires_at = NULL, type = 'audio',"
        f" content_type = 'audio/wav', extension = 'wav' WHERE id = '{asset_id}'"
    )
    return f"asset {asset_id} has waited 3h1m for its preparation"


def come_from_the_future(sick: Patient) -> str:
    sick.edit(f"UPDATE account SET created_at = {4_102_444_800 * 10**6}")
    return "but the box was last written at 2100-01-01T00:00:00.000000Z"


def promise_more_than_there_is(sick: Patient) -> str:
    volume = os.statvfs(sick.data)
    count = volume.f_bavail * volume.f_frsize // (50 * 1024**3) + 2
    sick.edit(
        f"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at)
            SELECT printf('01940000-0000-7000-8000-%012x', i), account_id, project_id, state, {50 * 1024**3},
            expires_at, created_at FROM n, asset WHERE state = 'pending_upload'"""
    )
    return "open uploads still bring"


DAMAGES = [
    Damage(lose_media, "files", "back from a backup, or delete the asset: DELETE /v1/assets/"),
    Damage(lose_media_of_an_unpaid_asset, "files", "back from a backup"),
    Damage(shorten_media, "files", "back from a backup"),
    Damage(put_media_elsewhere, "files", REPAIR, "moved the file of asset"),
    Damage(put_media_back_to_incoming, "files", REPAIR, "moved the file of asset"),
    Damage(link_media, "files", "cp --remove-destination"),
    Damage(leave_a_second_file, "files", "rm "),
    Damage(leave_a_file, "files", REPAIR, "removed "),
    Damage(leave_a_media_file, "files", REPAIR, "removed "),
    Damage(leave_the_file_of_a_rejected_upload, "files", REPAIR, "removed "),
    Damage(bend_an_id, "files", RESTORE),
    Damage(open_the_secret, "permissions", "chmod 600 ", "set the permissions of"),
    Damage(open_the_database, "permissions", "chmod 600 ", "set the permissions of"),
    Damage(open_a_snapshot, "permissions", "chmod 600 ", "set the permissions of"),
    Damage(let_others_write, "permissions", "chmod o-w ", "set the permissions of"),
    Damage(lose_a_folder, "folder", "mkdir ", "made "),
    Damage(link_a_folder, "folder", "storage.data_dir"),
    Damage(lose_the_secret, "folder", REPAIR, "wrote a new "),
    Damage(empty_the_secret, "folder", REPAIR, "wrote a new "),
    Damage(leave_half_a_secret, "folder", "rm ", "removed "),
    Damage(raise_the_balance, "database", RESTORE),
    Damage(miscount_the_entries, "database", RESTORE),
    Damage(bend_the_chain, "database", RESTORE),
    Damage(remove_an_entry_and_cover_it_up, "database", RESTORE),
    Damage(remove_the_last_entry, "database", RESTORE),
    Damage(take_a_charge_back, "database", RESTORE),
    Damage(charge_twice, "database", RESTORE),
    Damage(charge_what_is_not_ready, "database", RESTORE),
    Damage(forget_to_pay, "database", REPAIR, "charged for "),
    Damage(bend_a_price, "database", RESTORE),
    Damage(bend_a_size, "database", RESTORE),
    Damage(forget_a_duration, "database", RESTORE),
    Damage(give_an_asset_away, "database", RESTORE),
    Damage(lose_a_project, "database", RESTORE),
    Damage(lose_a_trigger, "database", REPAIR, "put the trigger ledger_no_update back"),
    Damage(weaken_a_trigger, "database", REPAIR, "put the trigger ledger_no_delete back"),
    Damage(lose_an_index, "database", REPAIR, "put the index ledger_one_per_reference back"),
    Damage(add_a_trigger, "database", "DROP TRIGGER"),
    Damage(weaken_a_table, "database", RESTORE),
    Damage(forget_an_upload, "uploads", SERVE),
    Damage(forget_an_unpaid_asset, "payments", SERVE),
    Damage(stop_before_the_hand_over, "stuck", SERVE),
    Damage(stop_before_the_preparation, "stuck", SERVE),
    Damage(come_from_the_future, "clock", "timedatectl"),
    Damage(promise_more_than_there_is, "disk", "df -h "),
]
