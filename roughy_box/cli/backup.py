"""``backup`` and ``restore``."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.config.options import Config
from roughy_box.config.values import format_size

if TYPE_CHECKING:
    from roughy_box.operations.backup.manifest import Manifest, Problem
    from roughy_box.operations.backup.verify import Outcome


@command(group, "backup")
@click.argument("destination", metavar="DEST", type=click.Path(path_type=Path))
@click.option("--copy", "copies", is_flag=True, help="Copy media also where it could be hard-linked.")
@click.option("--without-renders", is_flag=True, help="Leave renders out; a restored box makes them again.")
def backup(session: Session, destination: Path, copies: bool, without_renders: bool) -> None:
    """Back up the box to the folder DEST. Works while the server runs.

    Run again with the same DEST, it copies only new files and removes those that the box no longer has.
    An interrupted run leaves the previous backup unchanged; run it again to continue.

    On the same disk, media is hard-linked: that takes no space and protects against deletion, but not
    against a failing disk or a program that changes a file in place. Use a folder on another disk,
    or at least --copy.

    Exits with 1 if files of the box are missing or damaged; the backup then holds all others.
    """
    from roughy_box.operations.backup.create import back_up
    from roughy_box.storage.folder import open_folder

    settings = session.load()
    folder = open_folder(settings.storage.data_dir)
    root = Path(os.path.abspath(destination.expanduser()))
    with output.progress_bar("Copying", is_quiet=session.as_json) as progress:
        report = back_up(
            folder, settings.path, root, copies=copies, progress=progress, with_renders=not without_renders
        )
    if session.as_json:
        output.document({"destination": str(root)} | report.facts())
    else:
        counts = report.counts
        output.done(f"{root} is a complete backup: {_described(report.state)}.")
        click.echo(
            f"Media: {counts.copied} copied, {counts.linked} linked, {counts.kept} unchanged. "
            f"{report.removed} old files removed."
        )
        if counts.linked:
            click.echo("Linked media shares its blocks with the box; a backup on another disk is safer.")
        _show_problems(counts.problems)
    if report.counts.problems:
        sys.exit(1)


@command(group, "restore")
@click.argument("source", metavar="SRC", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--data-dir", type=click.Path(path_type=Path), help="The new data folder, instead of storage.data_dir.")
@click.option("--check", "only_check", is_flag=True, help="Restore nothing; verify the backup.")
@click.option("--keep-going", is_flag=True, help="Restore the rest if some media is damaged.")
def restore(session: Session, source: Path, data_dir: Path | None, only_check: bool, keep_going: bool) -> None:
    """Restore the backup SRC to a data folder, verifying every byte.

    The data folder must be new or empty. After an interruption, run the same command again to continue.
    Everything that happened after the backup is undone, spent credits included. The time limits of
    open uploads start again.
    """
    from roughy_box.operations.backup import restore as service
    from roughy_box.operations.backup.verify import check

    source = Path(os.path.abspath(source.expanduser()))
    if only_check:
        with output.progress_bar("Reading", is_quiet=session.as_json) as progress:
            outcome = check(source, progress)
        facts: dict[str, Any] = {"backup": str(source)}
        done = f"{source} is complete" if not outcome.damaged else f"{source} is damaged"
    else:
        settings = session.load()
        root = Path(os.path.abspath(data_dir.expanduser())) if data_dir else settings.storage.data_dir
        expiry = settings.uploads.idle_expiry
        with output.progress_bar("Restoring", is_quiet=session.as_json) as progress:
            outcome = service.restore(source, root, keep_going=keep_going, idle_expiry=expiry, progress=progress)
        facts = {"data_dir": str(root), "configuration": outcome.configuration and str(outcome.configuration)}
        done = f"Restored to {root}"
    if session.as_json:
        output.document(facts | _facts(outcome))
    else:
        output.done(f"{done}: {_described(outcome.state)}.")
        _show_problems(outcome.damaged)
        if not only_check:
            _show_next_steps(settings, root, outcome.configuration)
        elif outcome.damaged:
            click.echo(
                "If the box still has these files, delete them from the backup and run 'roughy-box backup' again."
            )
    if outcome.damaged:
        sys.exit(1)


def _facts(outcome: Outcome) -> dict[str, Any]:
    state = outcome.state
    return {
        "box": state.box,
        "created_at": state.created_at,
        "files": len(state.files),
        "bytes": state.size,
        "damaged": [asdict(problem) for problem in outcome.damaged],
    }


def _described(state: Manifest) -> str:
    moment = state.created_at[:19].replace("T", " ")
    return f"{len(state.files)} files, {format_size(state.size)}, as of {moment} UTC"


def _show_problems(problems: list[Problem]) -> None:
    if problems:
        output.table(("file", "problem"), [(each.path, each.problem) for each in problems])


def _show_next_steps(settings: Config, root: Path, configuration: Path | None) -> None:
    if configuration:
        click.echo(f"The configuration of the backup is {configuration}.")
    if root != settings.storage.data_dir:
        click.echo(f'Set storage.data_dir = "{root}" in the configuration.')
    click.echo("Next: roughy-box doctor, then roughy-box serve")
