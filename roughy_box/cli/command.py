"""Common parts of all commands: ``--config``, ``--json``, ``--debug``, an event loop, and errors as one line."""

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

from roughy_box.base.text import is_text
from roughy_box.cli.failure import fail, fail_unexpectedly, is_database_error, is_debug
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
        """Return the settings in force. Errors: :class:`SetupError`."""
        return loading.load(self.config_path)

    @asynccontextmanager
    async def box(self) -> AsyncIterator[Config]:
        """Open the database; a server may be running at the same time. Errors: :class:`SetupError`."""
        # Imported late: Tortoise costs a tenth of a second that --help does not need.
        from roughy_box.services.box import open_for_command

        config = self.load()
        async with open_for_command(config):
            yield config


@dataclass(slots=True)
class Tracebacks:
    """Return whether this run prints the tracebacks of unexpected errors."""

    are_shown: bool


def _show_tracebacks(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and (tracebacks := context.find_object(Tracebacks)):
        tracebacks.are_shown = True


debug_option = click.option(
    "--debug",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_tracebacks,
    help="Print the traceback of internal errors; so does ROUGHY_BOX_DEBUG=1.",
)


def command(
    group: click.Group, name: str, *, has_commands: bool = False, **context_settings: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a function, whose first parameter is a :class:`Session`, as a command of ``group``.

    One that ``has_commands`` is a group itself, and runs also when none of its commands is given.
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
        @debug_option
        @wraps(function)
        def run(config_path: Path | None, as_json: bool, **arguments: Any) -> None:
            _refuse_bytes(click.get_current_context())
            outcome = function(Session(config_path, as_json), **arguments)
            if asyncio.iscoroutine(outcome):
                asyncio.run(outcome)

        return group.command(name, context_settings=context_settings, **kind)(run)

    return register


def _refuse_bytes(context: click.Context) -> None:
    """Refuse text that is not UTF-8, which only the paths of files may be. Errors: :class:`click.BadParameter`."""
    for parameter in context.command.params:
        text = context.params.get(parameter.name or "")
        if parameter.type is click.STRING and isinstance(text, str) and not is_text(text):
            raise click.BadParameter("This is not text in UTF-8.", context, parameter)


def run_command_line(group: click.Group) -> None:
    """Run ``group`` with the arguments of the process; every error is one line and a non-zero exit code."""
    _fill_standard_streams()
    # Files may be read by others unless created with another mode, and are never writable for them.
    os.umask(os.umask(0o077) | 0o022)
    tracebacks = Tracebacks(is_debug())
    try:
        group.main(prog_name="roughy-box", standalone_mode=False, obj=tracebacks)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.Abort:
        fail("interrupted", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)  # the whole help
        sys.exit(2)
    except click.UsageError as error:
        fail(f"{error.format_message()} See '{error.ctx.command_path if error.ctx else 'roughy-box'} --help'.", 2)
    except (SetupError, click.ClickException) as error:
        fail(str(error), 1)
    except KeyboardInterrupt:
        fail("interrupted", 130)
    except BrokenPipeError:
        # The reader of our output has closed the pipe.
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        fail(": ".join(filter(None, (error.filename and str(error.filename), error.strerror or str(error)))), 1)
    except Exception as error:
        if is_database_error(error) and not tracebacks.are_shown:
            fail(f"The database cannot be used: {error}", 1)
        fail_unexpectedly(error, debug=tracebacks.are_shown)


def _fill_standard_streams() -> None:
    """Open closed standard streams (``serve >&-``): the next file would get their numbers, and output of libraries."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
