"""Errors of commands as people see them: one line, and the traceback of unexpected ones where it does not disturb."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from roughy_box.base.text import printable

DEBUG_VARIABLE = "ROUGHY_BOX_DEBUG"


class LoggedError(Exception):
    """An unexpected error, the cause, whose traceback is in the log of the server."""


def is_debug(environ: Mapping[str, str] = os.environ) -> bool:
    """Return whether the environment asks for tracebacks."""
    return environ.get(DEBUG_VARIABLE, "").lower() not in ("", "0", "false", "no", "off")


def is_database_error(error: Exception) -> bool:
    """Return whether the database cannot be used, which is not an error of programming."""
    # Not imported for a name: --help would have to wait for the database library.
    return "OperationalError" in type(error).__name__


def fail(message: str, status: int) -> NoReturn:
    """Print ``message`` as one line and exit."""
    line = printable(" ".join(message.split()))
    click.echo(f"{click.style('Error:', fg='red')} {line}", err=True)
    sys.exit(status)


def fail_unexpectedly(error: Exception, *, debug: bool) -> NoReturn:
    """Print an error of programming as one line that names the place of its traceback, and exit with 1."""
    cause = error.__cause__ if isinstance(error, LoggedError) and error.__cause__ else error
    text = "".join(traceback.format_exception(cause))
    if debug:
        click.echo("".join(char if char == "\n" else printable(char) for char in text), err=True, nl=False)
        place = "The traceback is above."
    elif isinstance(error, LoggedError):
        place = "The traceback is in the log."
    elif path := _write(text):
        place = f"The traceback is in {path}; --debug prints it."
    else:
        place = "Run the command again with --debug for the traceback."
    name = type(cause).__name__
    fail(f"Internal error in Roughy Box ({f'{name}: {cause}' if str(cause) else name}). {place}", 1)


def _write(text: str) -> Path | None:
    """Write a traceback to a file of the user's state folder, replacing the one before."""
    from roughy_box.base.files import write_private
    from roughy_box.client.state import state_path

    try:
        path = state_path("last-error.log")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text.encode(errors="replace"))
    except (OSError, RuntimeError):  # RuntimeError: the user has no home
        return None
    return path
