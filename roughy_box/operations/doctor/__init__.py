"""Is the box well? Every check says what is wrong and which command mends it.

The box is looked at from outside: nothing is opened, created or migrated, so that a box that
does not open can be examined as far as it goes. What ``--repair`` mends, it mends while checking;
then everything is looked at once more.

    surroundings  configuration, libraries, recognizers, clock
    folder        the data folder and its disk      permissions  who may read and write in it
    database      schema, integrity, and what must be true of the rows (invariants)
    files         rows against files                strays       files against rows
    contents      bytes against checksums
"""

from __future__ import annotations

import os
from contextlib import ExitStack, nullcontext
from pathlib import Path

from roughy_box import __version__
from roughy_box.base.progress import Progress
from roughy_box.config.options import Config
from roughy_box.operations.doctor import contents, database, files, folder, permissions, strays, surroundings
from roughy_box.operations.doctor.findings import RESTORE, Case, Finding
from roughy_box.operations.doctor.report import Collector, Report, unreadable
from roughy_box.storage.folder import is_served, read_marker, try_serving_lock
from roughy_box.storage.inspection import Inspection, Unreadable, inspected
from roughy_box.storage.volume import mount_of

__all__ = ["Finding", "Report", "examine", "without_configuration"]


def examine(config: Config, *, repair: bool = False, deep: Progress | None = None) -> Report:
    """Run every check that can be run; with ``deep``, which is told how far that is, all bytes are read as well.

    A folder that is not certainly the one that is meant is never repaired.
    """
    root = config.storage.data_dir
    with ExitStack() as stack:
        may_repair = repair and _is_certainly_ours(config)
        served = not stack.enter_context(try_serving_lock(root)) if may_repair else is_served(root)
        examination = _Examination(config, served, may_repair)
        report = examination.run(deep)
        if repair and not may_repair:
            report.notes.append("Nothing was repaired: it is not certain that this is the folder that is meant.")
        if not examination.collector.has_acted:
            return report
        # Nothing counts as mended before it was looked at again; reading all bytes again would tell nothing new.
        again = _Examination(config, served, repair=False).run(None)
        again.repaired = report.repaired
        again.findings += [finding for finding in report.findings if finding.check == "contents"]
        return again


def without_configuration(reason: str) -> Report:
    """What can be said when the settings cannot be read."""
    finding = Finding("configuration", reason, "Correct that setting; config.example.toml explains each.")
    return Report(facts={"version": __version__}, findings=[finding])


class _Examination:
    """One look at everything."""

    def __init__(self, config: Config, served: bool, repair: bool) -> None:
        self._repair = repair
        self._case = Case(config, served)
        self._report = Report(self._case.facts, self._case.notes)
        self.collector = Collector(self._report, repair=repair, is_served=served)

    def run(self, deep: Progress | None) -> Report:
        """Every check, from the ground up, as far as there is something to check."""
        case, take = self._case, self.collector.take
        take("configuration", surroundings.check_configuration(case))
        take("media", surroundings.check_libraries(case))
        take("speech", surroundings.check_speech(case))
        take("clock", surroundings.check_clock(case))
        take("disk", folder.check_volume(case))
        take("folder", folder.check_marker(case))
        path = case.root / "box.db"
        if case.facts["box"] or os.path.isfile(path):
            take("folder", folder.check_contents(case))
            take("permissions", permissions.check_permissions(case))
            if _is_remote(case.config):
                case.notes.append("The database was not opened: another machine may be using it.")
            elif os.path.isfile(path):
                self._look_into(path, deep)
            else:
                take("database", [Finding("database", f"{path} is missing", RESTORE)])
        return self._report

    def _look_into(self, path: Path, deep: Progress | None) -> None:
        try:
            with inspected(path) as opened:
                # A repair by another connection could not get past a snapshot of ours everywhere.
                with nullcontext() if self._repair else opened.snapshot():
                    self._check_database(opened)
                if opened.is_ours():
                    self._check_files(opened, deep)
        except Unreadable as error:
            self.collector.once(unreadable(error))

    def _check_database(self, opened: Inspection) -> None:
        checks = [database.check_schema, database.check_integrity]
        if opened.is_ours():
            checks += [
                database.check_identity,
                database.check_ledger,
                database.check_rows,
                database.check_overdue,
                database.check_newest,
                database.count,
            ]
        for check in checks:
            self.collector.take("database", check(self._case, opened))

    def _check_files(self, opened: Inspection, deep: Progress | None) -> None:
        case, take = self._case, self.collector.take
        take("files", files.check_files(case, opened))
        if case.is_sound:
            take("files", strays.check_strays(case, opened))
        take("contents", contents.count_unsealed(case, opened))
        if deep:
            take("contents", contents.check_contents(case, opened, deep))


def _is_remote(config: Config) -> bool:
    mount = mount_of(config.storage.data_dir)
    return mount is not None and mount.is_network


def _is_certainly_ours(config: Config) -> bool:
    """Whether marker and database are there and of the same box."""
    root = config.storage.data_dir
    if _is_remote(config):
        return False
    try:
        box_id = read_marker(root)
        with inspected(root / "box.db") as opened:
            return list(opened.rows("SELECT id FROM box")) == [(box_id,)]
    except (OSError, ValueError, Unreadable):
        return False
