"""``serve``."""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from roughy_box import __version__
from roughy_box.base import frozen
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.cli.failure import LoggedError, is_database_error
from roughy_box.cli.init import show_new_box
from roughy_box.config.options import Config
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError

if TYPE_CHECKING:
    from roughy_box.services.box import Box


@command(group, "serve")
@click.option("--host", help="The address to listen on, instead of server.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, instead of server.port; 0 picks a free one.")
@click.option(
    "--init", "init_first", is_flag=True, help="Create the box first if there is none, with the settings of [init]."
)
def serve(session: Session, host: str | None, port: int | None, init_first: bool) -> None:
    """Serve the box until Ctrl-C or SIGTERM, then let running requests finish.

    A second signal stops it at once. 'roughy-box systemd' prints a unit to run it in the background.
    """
    from roughy_box.base import logs
    from roughy_box.storage import folder

    settings = session.load()
    if not init_first:
        # Before the port is opened: a missing box is the more useful error.
        folder.open_folder(settings.storage.data_dir)
    logs.configure(settings.log)
    with _logging_errors():
        _serve(session, settings, host, port, init_first)


@contextmanager
def _logging_errors() -> Iterator[None]:
    """Log the traceback of an unexpected error. Errors: :class:`LoggedError`."""
    try:
        yield
    except (SetupError, OSError, click.ClickException):
        raise
    except Exception as error:
        if is_database_error(error):
            raise
        logging.getLogger("roughy_box").exception("internal error: the server stops")
        raise LoggedError from error


def _serve(session: Session, settings: Config, host: str | None, port: int | None, init_first: bool) -> None:
    # Next to nothing that is made by imports and the start is ever garbage. Looking through it takes a tenth of the
    # start, and would later hold up the event loop again and again.
    gc.disable()
    import uvloop

    from roughy_box.http import serve
    from roughy_box.http.listeners import listen

    listeners = listen(host or settings.server.host, settings.server.port if port is None else port)
    address = settings.url_at(*listeners[0].getsockname()[:2])
    key = _first_start(session, settings) if init_first else {}

    def announce(box: Box) -> None:
        gc.freeze()
        gc.enable()
        facts = {"address": address, "data_dir": str(settings.storage.data_dir), "version": __version__}
        free = box.blobs.free()
        # A reader that has gone or a terminal that was closed does not stop the server.
        with output.ignoring_closed_output():
            if session.as_json:
                output.document(facts | {"pid": frozen.pid(), "free_bytes": free} | key)
            else:
                _show_address(settings, address, free)

    # When a supervisor ends a server that hangs (SIGABRT), its log shows where.
    if sys.__stderr__:
        faulthandler.enable(sys.__stderr__)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve.serve(settings, listeners, announce))


def _show_address(settings: Config, address: str, free: int) -> None:
    lines = {"Roughy Box": __version__, "address": address}
    if settings.server.public_url:
        lines["public address"] = settings.server.public_url
    lines |= {"data folder": str(settings.storage.data_dir), "free space": format_size(free)}
    output.pairs(lines)
    click.echo("Open the address in a browser for the console. Stop with Ctrl-C.")


def _first_start(session: Session, settings: Config) -> dict[str, str]:
    """Create the box if there is none; return what to add to the JSON document."""
    from roughy_box.services import setup

    made = asyncio.run(setup.ensure(settings))
    if made.is_new and not session.as_json:
        show_new_box(settings, made)
    return {"api_key": made.key} if made.key else {}
