"""Damage to a data folder: what causes it, and what ``doctor`` should report and repair."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.cli.box_shell import UNKNOWN_ID, BoxShell

HOUR = 3600
RESTORE = "roughy-box restore"
SERVE = "roughy-box serve"
REPAIR = "roughy-box doctor --repair"


class Damage(NamedTuple):
    """An action on a box, the check that finds it, words of the remedy, and words of the repair if there is one."""

    do: Callable[[BoxShell], str]
    check: str
    remedy: str
    did: str | None = None


def lose_media(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.file(asset_id).unlink()
    return f"asset {asset_id} should have 2044 bytes but has no file"


def lose_media_of_an_unpaid_asset(box: BoxShell) -> str:
    asset_id = box.asset("pending_payment")
    box.file(asset_id).unlink()
    return f"asset {asset_id} should have 140044 bytes but has no file"


def shorten_media(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    os.truncate(box.file(asset_id), 2043)
    return f"asset {asset_id} should have 2044 bytes but has a file of 2043"


def put_media_elsewhere(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    path = box.file(asset_id)
    moved = path.rename(path.with_suffix(".mp3"))
    return f"the file of asset {asset_id} is at {moved} instead of {path}"


def put_media_back_to_incoming(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    path = box.file(asset_id)
    moved = path.rename(box.data / "incoming" / asset_id)
    return f"the file of asset {asset_id} is at {moved} instead of {path}"


def link_media(box: BoxShell) -> str:
    path = box.file(box.asset("ready"))
    path.symlink_to(path.rename(box.folder / "elsewhere"))
    return f"{path} is a link or not a regular file"


def leave_a_second_file(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    second = box.file(asset_id).with_suffix(".mp3")
    second.write_bytes(b"left")
    return f"{second} is a second file of asset {asset_id}"


def leave_a_file(box: BoxShell) -> str:
    (box.data / "incoming" / UNKNOWN_ID).write_bytes(b"left")
    return f"a file is left of asset {UNKNOWN_ID}, which does not exist"


def leave_a_media_file(box: BoxShell) -> str:
    (box.file(box.asset("ready")).parent / f"{UNKNOWN_ID}.wav").write_bytes(b"left")
    return f"a file is left of asset {UNKNOWN_ID}, which does not exist"


def leave_the_file_of_a_rejected_upload(box: BoxShell) -> str:
    asset_id = box.asset("failed")
    (box.data / "incoming" / asset_id).write_bytes(b"just words")
    return f"a file is left of asset {asset_id}, whose upload was rejected"


def bend_an_id(box: BoxShell) -> str:
    box.edit("UPDATE asset SET id = '../box.db', declared_size = 64 WHERE state = 'pending_upload'")
    return f"asset {box.value('SELECT max(seq) FROM asset')} has an id or an extension that no file can have"


def open_the_secret(box: BoxShell) -> str:
    (box.data / "secret").chmod(0o644)
    return f"{box.data / 'secret'} can be read by others (0644)"


def open_the_database(box: BoxShell) -> str:
    (box.data / "box.db").chmod(0o640)
    return f"{box.data / 'box.db'} can be read by others (0640)"


def open_a_snapshot(box: BoxShell) -> str:
    path = box.data / "box.db.before-0002"
    path.write_bytes(b"a whole database")
    path.chmod(0o644)
    return f"{path} can be read by others (0644)"


def let_others_write(box: BoxShell) -> str:
    (box.data / "incoming").chmod(0o777)
    return f"{box.data / 'incoming'} can be changed by others (0777)"


def lose_a_folder(box: BoxShell) -> str:
    incoming = box.data / "incoming"
    for path in incoming.iterdir():
        path.unlink()
    incoming.rmdir()
    return f"{incoming} is missing"


def link_a_folder(box: BoxShell) -> str:
    media = box.data / "media"
    media.symlink_to(media.rename(box.folder / "media"))
    return f"{media} is a symbolic link, which backups do not follow"


def lose_the_secret(box: BoxShell) -> str:
    (box.data / "secret").unlink()
    return f"{box.data / 'secret'} is missing"


def empty_the_secret(box: BoxShell) -> str:
    (box.data / "secret").write_bytes(b"")
    return f"{box.data / 'secret'} is damaged (0 bytes)"


def leave_half_a_secret(box: BoxShell) -> str:
    path = box.data / ".secret.new"
    path.write_bytes(b"half")
    return f"{path} was left by an interrupted write"


def raise_the_balance(box: BoxShell) -> str:
    box.edit("UPDATE account SET balance = balance + 1")
    return "the balance of account studio differs from the sum of its entries"


def miscount_the_entries(box: BoxShell) -> str:
    box.edit("UPDATE account SET entries = entries + 1")
    return "the entry count of account studio is wrong"


def bend_the_chain(box: BoxShell) -> str:
    box.edit("UPDATE ledger SET balance_after = 9 WHERE seq = 1")
    return "the running balance is wrong at entry 1"


def remove_an_entry_and_cover_it_up(box: BoxShell) -> str:
    asset_id = box.value("SELECT asset_id FROM ledger WHERE seq = 2")
    box.edit(
        "UPDATE ledger SET delta = 2 WHERE seq = 1",
        "UPDATE ledger SET balance_after = delta WHERE seq = 1",
        f"DELETE FROM artifact WHERE asset_id = '{asset_id}'",
        f"DELETE FROM asset WHERE id = '{asset_id}'",
        "DELETE FROM ledger WHERE seq = 2",
        "UPDATE account SET entries = 2",
    )
    # With the artifacts that a server may have made.
    for path in list(box.data.rglob(f"{asset_id}.*")):
        path.unlink()
    return "entries are missing from the ledger after number 1"


def remove_the_last_entry(box: BoxShell) -> str:
    box.edit(
        "UPDATE ledger SET delta = 2, balance_after = 2 WHERE seq = 1",
        "UPDATE ledger SET balance_after = 1 WHERE seq = 2",
        "DELETE FROM ledger WHERE seq = 3",
        "UPDATE account SET entries = 2",
    )
    return "entries are missing from the ledger after number 2"


def take_a_charge_back(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.edit(
        f"DELETE FROM ledger WHERE asset_id = '{asset_id}'",
        "UPDATE ledger SET balance_after = balance_after + 1 WHERE seq > 2",
        "UPDATE account SET balance = (SELECT sum(delta) FROM ledger)",
    )
    return f"ready asset {asset_id} has no charge that equals its price"


def charge_twice(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.edit("DROP INDEX ledger_one_charge_per_asset", f"UPDATE ledger SET asset_id = '{asset_id}' WHERE delta < 0")
    return f"asset {asset_id} is charged more than once"


def charge_what_is_not_ready(box: BoxShell) -> str:
    asset_id = box.asset("failed")
    box.edit(f"UPDATE ledger SET asset_id = '{asset_id}' WHERE seq = 2")
    return f"asset {asset_id} is charged but not ready"


def forget_to_pay(box: BoxShell) -> str:
    box.edit(
        "UPDATE ledger SET delta = 4, balance_after = 4 WHERE seq = 1",
        "UPDATE ledger SET balance_after = 4 - (seq - 1) WHERE seq > 1",
        "UPDATE account SET balance = 2",
    )
    return f"asset {box.asset('pending_payment')} waits for payment although the balance covers it"


def bend_a_price(box: BoxShell) -> str:
    asset_id = box.asset("pending_payment")
    box.edit(f"UPDATE asset SET price = 9 WHERE id = '{asset_id}'")
    return f"the price of asset {asset_id} does not follow from its duration"


def bend_a_size(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.edit(f"UPDATE asset SET declared_size = 2045 WHERE id = '{asset_id}'")
    return f"the size of asset {asset_id} differs from its declared size"


def forget_a_duration(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.edit(f"UPDATE asset SET duration_ms = NULL WHERE id = '{asset_id}'")
    return f"prepared asset {asset_id} has no duration or price"


def give_an_asset_away(box: BoxShell) -> str:
    asset_id = box.asset("failed")
    box.edit(
        "INSERT INTO account (id, name, created_at) VALUES ('other', 'other', 1)",
        f"UPDATE asset SET account_id = 'other' WHERE id = '{asset_id}'",
    )
    return f"asset {asset_id} is in a project of another account"


def lose_a_project(box: BoxShell) -> str:
    box.edit("PRAGMA foreign_keys = OFF", "DELETE FROM project WHERE seq = 1")
    return "row 1 of asset refers to a row that is missing"


def lose_a_trigger(box: BoxShell) -> str:
    box.edit("DROP TRIGGER ledger_no_update", keep_triggers=True)
    return "the trigger ledger_no_update is missing"


def weaken_a_trigger(box: BoxShell) -> str:
    box.edit(
        "DROP TRIGGER ledger_no_delete",
        "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger WHEN 0 BEGIN SELECT 1; END",
        keep_triggers=True,
    )
    return "the trigger ledger_no_delete was changed"


def lose_an_index(box: BoxShell) -> str:
    box.edit("DROP INDEX ledger_one_per_reference")
    return "the index ledger_one_per_reference is missing"


def add_a_trigger(box: BoxShell) -> str:
    box.edit("CREATE TRIGGER free BEFORE INSERT ON ledger BEGIN SELECT 1; END")
    return "the trigger free does not belong to this program and may change its rows"


def weaken_a_table(box: BoxShell) -> str:
    change = "UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (delta <> 0)', '') WHERE name = 'ledger'"
    box.edit("PRAGMA writable_schema = ON", change)
    return "the table ledger was changed"


def forget_an_upload(box: BoxShell) -> str:
    box.edit("UPDATE asset SET expires_at = 1 WHERE state = 'pending_upload'")
    return f"upload {box.asset('pending_upload')} is overdue"


def forget_an_unpaid_asset(box: BoxShell) -> str:
    box.edit("UPDATE asset SET prepared_at = 1 WHERE state = 'pending_payment'")
    return f"asset {box.asset('pending_payment')} was not paid for within the retention"


def stop_before_the_completion(box: BoxShell) -> str:
    asset_id = box.asset("pending_upload")
    os.truncate(box.file(asset_id), 5000)
    return f"upload {asset_id} is complete but was not passed on to preparation"


def stop_before_the_preparation(box: BoxShell) -> str:
    asset_id = box.asset("pending_upload")
    path = box.file(asset_id)
    os.truncate(path, 5000)
    os.utime(path, (time.time() - 3 * HOUR - 90,) * 2)
    box.edit(
        "UPDATE asset SET state = 'processing', size_bytes = declared_size, expires_at = NULL, type = 'audio',"
        f" content_type = 'audio/wav', extension = 'wav' WHERE id = '{asset_id}'"
    )
    return f"asset {asset_id} has waited 3h1m for its preparation"


def come_from_the_future(box: BoxShell) -> str:
    box.edit(f"UPDATE account SET created_at = {4_102_444_800 * 10**6}")
    return "but the box was last written at 2100-01-01T00:00:00.000000Z"


def promise_more_than_there_is(box: BoxShell) -> str:
    volume = os.statvfs(box.data)
    count = volume.f_bavail * volume.f_frsize // (50 * 1024**3) + 2
    box.edit(
        f"""WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            INSERT INTO asset (id, account_id, project_id, state, declared_size, expires_at, created_at)
            SELECT printf('01940000-0000-7000-8000-%012x', i), account_id, project_id, state, {50 * 1024**3},
            expires_at, created_at FROM n, asset WHERE state = 'pending_upload'"""
    )
    return "open uploads still need"


def lose_a_waveform(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    path = box.data / "derived" / f"{asset_id}.json"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    box.edit(f"UPDATE artifact SET state = 'ready', size_bytes = 10 WHERE id = '{asset_id}.waveform'")
    return f"the waveform of asset {asset_id} is missing"


def shorten_a_poster(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    path = box.data / "derived" / f"{asset_id}.jpg"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"123456789")
    box.edit(f"UPDATE artifact SET state = 'ready', size_bytes = 10 WHERE id = '{asset_id}.poster'")
    return f"the poster of asset {asset_id} has 9 bytes instead of 10"


def render(box: BoxShell, size: int) -> str:
    """Make a completed render of ten bytes, with a file of ``size`` bytes if that is above zero."""
    asset_id, render_id = box.asset("ready"), UNKNOWN_ID
    columns = "id, account_id, asset_id, state, request, output, format, estimate, created_at"
    done = "started_at, completed_at, size_bytes, duration_ms"
    box.edit(
        f"""INSERT OR REPLACE INTO render ({columns}, {done})
            SELECT '{render_id}', account_id, id, 'completed', '{"0" * 64}', '{{}}', 'mp3', 10, 1, 1, 1, 10, 1
            FROM asset WHERE id = '{asset_id}'""",
        f"INSERT OR REPLACE INTO render_plan VALUES ('{render_id}', '[]', '{{}}')",
    )
    folder = box.data / "renders" / asset_id
    folder.mkdir(parents=True, exist_ok=True)
    if size:
        (folder / f"{render_id}.mp3").write_bytes(bytes(size))
    return render_id


def lose_a_render(box: BoxShell) -> str:
    return f"the file of render {render(box, 0)} is missing"


def shorten_a_render(box: BoxShell) -> str:
    return f"the file of render {render(box, 9)} has 9 bytes instead of 10"


def forget_the_plan_of_a_render(box: BoxShell) -> str:
    render_id = render(box, 10)
    box.edit("DELETE FROM render_plan")
    return f"render {render_id} is completed and has no plan"


def leave_a_render(box: BoxShell) -> str:
    render_id = render(box, 10)
    box.edit("DELETE FROM render", "DELETE FROM render_plan")
    return f"a file is left of render {render_id}, which does not exist"


def leave_half_a_render(box: BoxShell) -> str:
    folder = box.data / "renders" / box.asset("ready")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".{UNKNOWN_ID}.mp4.new"
    path.touch()
    return f"{path} was left by an interrupted write"


def bend_an_event(box: BoxShell) -> str:
    asset_id = box.asset("ready")
    box.edit(f"UPDATE event SET type = 'asset.failed' WHERE entity_id = '{asset_id}'")
    return f"the newest event of asset {asset_id} names another state than it has"


def forget_the_secret_of_a_webhook(box: BoxShell) -> str:
    box.edit(
        f"""INSERT INTO webhook_endpoint (id, account_id, url, event_types, created_at)
            SELECT '{UNKNOWN_ID}', id, 'https://hooks.example.com/', '["asset.ready"]', 1 FROM account"""
    )
    return f"webhook endpoint {UNKNOWN_ID} has no secret to sign with"


def miscount_the_assets(box: BoxShell) -> str:
    box.edit("UPDATE asset_count SET total = total - 1 WHERE state = 'ready' AND project_id = ''")
    return "the numbers of assets that are kept for account studio differ from its assets"


def forget_the_counts(box: BoxShell) -> str:
    box.edit("DELETE FROM asset_count WHERE state = 'pending_payment'")
    return "the numbers of assets that are kept for account studio differ from its assets"


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
    Damage(lose_a_waveform, "artifacts", REPAIR, "has the waveform of asset"),
    Damage(shorten_a_poster, "artifacts", REPAIR, "has the poster of asset"),
    Damage(lose_a_render, "renders", REPAIR, "has render "),
    Damage(shorten_a_render, "renders", REPAIR, "has render "),
    Damage(forget_the_plan_of_a_render, "database", RESTORE),
    Damage(forget_the_secret_of_a_webhook, "database", RESTORE),
    Damage(leave_a_render, "renders", REPAIR, "removed "),
    Damage(leave_half_a_render, "folder", "rm ", "removed "),
    Damage(bend_an_event, "database", RESTORE),
    Damage(miscount_the_assets, "database", REPAIR, "counted the assets of account studio again"),
    Damage(forget_the_counts, "database", REPAIR, "counted the assets of account studio again"),
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
    Damage(stop_before_the_completion, "stuck", SERVE),
    Damage(stop_before_the_preparation, "stuck", SERVE),
    Damage(come_from_the_future, "clock", "timedatectl"),
    Damage(promise_more_than_there_is, "disk", "df -h "),
]
