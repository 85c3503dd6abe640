"""What every command shares: ``--config``, ``--json``, an event loop, and errors as one line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from roughy_box.base.text import printable
from roughy_box.config import loading
from roughy_box.config.options import Config
from roughy_box.domain.errors import SetupError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Session:
    """One run of a command."""

    config_path: Path | None
    as_json: bool

    def load(self) -> Config:
        """The settings in force. Errors: :class:`SetupError`."""
        return loading.load(self.config_path)

    @asynccontextmanager
    async def box(self) -> AsyncIterator[Config]:
        """The opened database, beside a server that may be running."""
        # Imported late: Tortoise costs a tenth of a second that --help does not need.
        from roughy_box.services.box import open_for_command

        config = self.load()
        async with open_for_command(config):
            yield config


def command(
    group: click.Group, name: str, *, has_commands: bool = False, **context_settings: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a function that takes a :class:`Session` first as a command of ``group``.

    One that ``has_commands`` of its own is a group itself, and runs also when none of them is given.
    """
    kind = {"cls": click.Group, "invoke_without_command": True} if has_commands else {}

    def register(function: Callable[..., Any]) -> click.Command:
        @click.option(
            "--config",
            "config_path",
            type=click.Path(path_type=Path, dir_okay=False),
            help="The configuration file.  [default: $ROUGHY_BOX_CONFIG or ./roughy-box.toml]",
        )
        @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
        @wraps(function)
        def run(config_path: Path | None, as_json: bool, **arguments: Any) -> None:
            outcome = function(Session(config_path, as_json), **arguments)
            if asyncio.iscoroutine(outcome):
                asyncio.run(outcome)

        return group.command(name, context_settings=context_settings, **kind)(run)

    return register


def run_command_line(group: click.Group) -> None:
    """Run ``group`` with the process's arguments; every error is one line and a non-zero exit."""
    _fill_standard_streams()
    # What we write may be read by others where a file does not say otherwise, and changed by nobody.
    os.umask(os.umask(0o077) | 0o022)
    try:
        group.main(prog_name="roughy-box", standalone_mode=False)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        _fail("interrupted", 130)
    except click.UsageError as error:
        _fail(f"{error.format_message()} See '{error.ctx.command_path if error.ctx else 'roughy-box'} --help'.", 2)
    except (SetupError, click.ClickException) as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _fail(": ".join(filter(None, (error.filename and str(error.filename), error.strerror or str(error)))), 1)
    except Exception as error:
        # Not imported for a name: --help would have to wait for the database library.
        what = "The database cannot be used" if "OperationalError" in type(error).__name__ else type(error).__name__
        _fail(f"{what}: {error}", 1)


def _fill_standard_streams() -> None:
    """Open what was closed (``serve >&-``): the next file would get its number, and what libraries print."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _fail(message: str, status: int) -> None:
    line = printable(" ".join(message.split()))
    click.echo(f"{click.style('Error:', fg='red')} {line}", err=True)
    sys.exit(status)
