"""``upload``: send files to a box, here or elsewhere, through its public API."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

from roughy_box.base.text import printable
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.cli.connection import box_options, connected, show_preparation
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError

Row = dict[str, Any]

# After one of these, all other files would fail as well.
_FATAL = ("unauthenticated", "insufficient_credits", "url")
# After one of these, the same file would fail again.
_FINAL = ("file", "validation_error", "conflict", "unsupported_media", "unreadable_media", "corrupt_media")


@command(group, "upload")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--project", default="Uploads", show_default=True, help="The project to upload to; created if missing.")
@click.option("--language", help="The spoken language, as two letters: en, de, ...")
@box_options
def upload(
    session: Session, files: tuple[Path, ...], project: str, language: str | None, url: str | None, key: str | None
) -> None:
    """Send FILES to a box and wait until they are prepared.

    Run the same command again after an interruption: every file continues where it stopped, and
    files that were sent before are not sent again. A folder stands for the recordings directly in it,
    as far as their names tell.

    Temporary failures are retried. If a file fails, the others are still sent; the failures are listed
    at the end, and the exit code is 1.
    """
    from roughy_box.client.files import UploadState

    paths, passed_over = _expand(files)
    if not paths:
        raise SetupError("There are no recordings in that folder, by their names. Name a file itself to send it.")
    with connected(session, url, key) as client:
        project_id = client.find_or_create_project(project)
        rows = list(_send_all(client, UploadState(), paths, project_id, language, not session.as_json))
        balance = _balance(client)
    _report(session, rows, passed_over, balance)
    if _failed(rows):
        sys.exit(1)


def _show_wait(show: bool, left: int) -> None:
    if show and sys.stderr.isatty():
        show_preparation(f"; {left} more {'file waits' if left == 1 else 'files wait'} for that" if left else "")


def _balance(client: Any) -> int | None:
    """Return the credits left; ``None`` if the box no longer answers."""
    from roughy_box.client.errors import ClientError

    try:
        return int(client.balance())
    except ClientError:
        return None


def _expand(files: tuple[Path, ...]) -> tuple[list[Path], int]:
    """Return the files to send, and how many others the folders have."""
    from roughy_box.client.sources import recordings

    paths: list[Path] = []
    others: set[Path] = set()
    for path in files:
        if path.is_dir():
            paths += recordings(path)
            others.update(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        else:
            paths.append(path)
    return paths, len(others.difference(paths))


def _send_all(
    client: Any, state: Any, paths: list[Path], project_id: str, language: str | None, show: bool
) -> Iterator[Row]:
    from roughy_box.client.errors import ClientError
    from roughy_box.client.upload import upload_file

    for number, path in enumerate(paths, 1):
        try:
            with _progress(path, f"{number}/{len(paths)}", show) as on_progress:
                asset = upload_file(
                    client,
                    path,
                    project_id,
                    language=language,
                    on_progress=on_progress,
                    on_wait=partial(_show_wait, show, len(paths) - number),
                    state=state,
                )
            yield {"file": str(path), "error": asset["error_message"], **asset}
        except ClientError as error:
            # The row has the name of the file; the sentence need not begin with it.
            reason = error.message.removeprefix(f"{path}: ").removeprefix(f"{path.absolute()}: ")
            yield {"file": str(path), "id": None, "state": "refused", "error": reason, "error_code": error.code}
            if error.code in _FATAL:
                yield from (
                    {"file": str(rest), "id": None, "state": "not sent", "error": None, "error_code": None}
                    for rest in paths[number:]
                )
                return


@contextmanager
def _progress(path: Path, place: str, show: bool) -> Iterator[Callable[[int], None]]:
    size = path.stat().st_size if path.is_file() else 0
    if not (show and sys.stdout.isatty() and size):
        yield lambda position: None
        return
    label = f"{place} {printable(path.name[:40]):40} {format_size(size):>10}"
    with click.progressbar(length=size, label=label) as bar:
        yield lambda position: bar.update(position - bar.pos)


def _report(session: Session, rows: list[Row], passed_over: int, balance: int | None) -> None:
    if session.as_json:
        output.document({"items": rows, "balance": balance})
        return
    output.table(
        ("file", "state", "type", "duration", "asset", ""),
        [
            (
                Path(row["file"]).name,
                row["state"],
                row.get("type"),
                output.playing_time(row.get("duration_seconds")),
                row["id"],
                row["error"],
            )
            for row in rows
        ],
        right=("duration",),
    )
    if passed_over:
        click.echo(_passed_over(passed_over))
    waiting = sum(row["state"] == "pending_payment" for row in rows)
    if waiting:
        click.echo(f"{waiting} waiting for credits: 'roughy-box topup AMOUNT' on the box activates them.")
    if balance is not None:
        click.echo(f"Balance: {balance} credits.")
    if failed := _failed(rows):
        advice = " Run the same command again to continue." if any(map(_may_succeed, failed)) else ""
        click.echo(f"Failed: {len(failed)} of {len(rows)} files.{advice}")
        for row in failed:
            click.echo(f"  {printable(row['file'])}: {printable(row['error'] or row['state'])}")


def _passed_over(count: int) -> str:
    if count == 1:
        return "1 other file passed over: no recording by its name. Name it on the command line to send it."
    return f"{count} other files passed over: no recordings by their names. Name them on the command line to send them."


def _may_succeed(row: Row) -> bool:
    return row["error_code"] not in _FINAL


def _failed(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["state"] not in ("ready", "pending_payment")]
