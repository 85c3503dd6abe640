"""The doctor: finds problems of a box, each with the command that solves it.

It looks from outside: nothing is opened for work, created or migrated, so that a box that does not open
can be examined as far as possible. ``--repair`` repairs during the checks; then all of them run once more.

    surroundings  configuration, libraries, recognizers, encoders, clock
    folder        the data folder and its disk      permissions  access rights in it
    database      schema, integrity, and the invariants of the rows
    files         rows against files, bytes against checksums
    strays        files against rows
    artifacts, renders    the same of what is made of assets
"""

from __future__ import annotations

import os
from contextlib import ExitStack, nullcontext
from pathlib import Path

from roughy_box import __version__
from roughy_box.base.progress import Progress
from roughy_box.config.options import Config
from roughy_box.domain.findings import Finding, Report
from roughy_box.operations.doctor import artifacts, database, files, folder, permissions, renders, strays, surroundings
from roughy_box.operations.doctor.collector import Collector, unreadable
from roughy_box.operations.doctor.findings import RESTORE, Context
from roughy_box.storage.folder import is_served, read_marker, try_serving_lock
from roughy_box.storage.inspection import Inspection, Unreadable, inspected
from roughy_box.storage.volume import mount_of

__all__ = ["examine", "without_configuration"]


def examine(config: Config, *, repair: bool = False, deep: Progress | None = None) -> Report:
    """Run every check that can be run; with ``deep``, read all bytes as well and report the progress there.

    Repairs nothing unless the marker and the database of the folder belong to the same box.
    """
    root = config.storage.data_dir
    with ExitStack() as stack:
        may_repair = repair and _is_certainly_ours(config)
        served = not stack.enter_context(try_serving_lock(root)) if may_repair else is_served(root)
        examination = _Examination(config, served, may_repair)
        report = examination.run(deep)
        if repair and not may_repair:
            report.notes.append("Nothing was repaired: the folder could not be confirmed as the right one.")
        if not examination.collector.has_acted:
            return report
        # A repair counts once a second run no longer finds the problem; to read all bytes again would add nothing.
        again = _Examination(config, served, repair=False).run(None)
        again.repaired = report.repaired
        again.findings += [finding for finding in report.findings if finding.check == "contents"]
        return again


def without_configuration(reason: str) -> Report:
    """Return the report for settings that cannot be read."""
    finding = Finding("configuration", reason, "Correct that setting; config.example.toml explains each.")
    return Report(facts={"version": __version__}, findings=[finding])


class _Examination:
    """One run of all checks."""

    def __init__(self, config: Config, served: bool, repair: bool) -> None:
        self._repair = repair
        self._context = Context(config, served)
        self._report = Report(self._context.facts, self._context.notes)
        self.collector = Collector(self._report, repair=repair, is_served=served)

    def run(self, deep: Progress | None) -> Report:
        """Run every check, from the ground up, as far as there is something to check."""
        context, collect = self._context, self.collector.collect
        collect("configuration", surroundings.check_configuration(context))
        collect("media", surroundings.check_libraries(context))
        collect("speech", surroundings.check_speech(context))
        collect("rendering", surroundings.check_rendering(context))
        collect("clock", surroundings.check_clock(context))
        collect("disk", folder.check_volume(context))
        collect("folder", folder.check_marker(context))
        path = context.root / "box.db"
        if context.facts["box"] or os.path.isfile(path):
            collect("folder", folder.check_parts(context))
            collect("permissions", permissions.check_permissions(context))
            if _is_remote(context.config):
                context.notes.append("The database was not opened: another machine may be using it.")
            elif os.path.isfile(path):
                self._check_rows(path, deep)
            else:
                collect("database", [Finding("database", f"{path} is missing", RESTORE)])
        return self._report

    def _check_rows(self, path: Path, deep: Progress | None) -> None:
        try:
            with inspected(path) as opened:
                # A repair by another connection could not get past a snapshot of ours everywhere.
                with nullcontext() if self._repair else opened.snapshot():
                    self._check_database(opened)
                if opened.is_ours():
                    self._check_files(opened, deep)
        except Unreadable as error:
            self.collector.add_once(unreadable(error))

    def _check_database(self, opened: Inspection) -> None:
        checks = [database.check_schema, database.check_integrity]
        if opened.is_ours():
            checks += [
                database.check_identity,
                database.check_ledger,
                database.check_rows,
                database.check_counts,
                database.check_events,
                database.check_cuts,
                database.check_renders,
                database.check_webhooks,
                database.check_overdue,
                database.check_newest,
                database.count,
            ]
        for check in checks:
            self.collector.collect("database", check(self._context, opened))

    def _check_files(self, opened: Inspection, deep: Progress | None) -> None:
        context, collect = self._context, self.collector.collect
        collect("files", files.check_files(context, opened))
        if context.is_sound:
            collect("files", strays.check_strays(context, opened))
            collect("artifacts", artifacts.check_artifacts(context, opened))
            collect("renders", renders.check_renders(context, opened))
        collect("contents", files.count_without_checksum(context, opened))
        if deep:
            collect("contents", files.check_contents(context, opened, deep))


def _is_remote(config: Config) -> bool:
    mount = mount_of(config.storage.data_dir)
    return mount is not None and mount.is_network


def _is_certainly_ours(config: Config) -> bool:
    """Return whether marker and database exist and belong to the same box."""
    root = config.storage.data_dir
    if _is_remote(config):
        return False
    try:
        box_id = read_marker(root)
        with inspected(root / "box.db") as opened:
            return list(opened.rows("SELECT id FROM box")) == [(box_id,)]
    except (OSError, ValueError, Unreadable):
        return False
