"""``init`` and ``serve``."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roughy_box import __version__
from roughy_box.base import frozen
from roughy_box.cli import group, output
from roughy_box.cli.frame import Session, command
from roughy_box.config import loading
from roughy_box.config.options import FILE_NAME, FILE_VARIABLE, Config
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError

if TYPE_CHECKING:
    from roughy_box.services.box import Box
    from roughy_box.services.setup import InitResult


@command(group, "init")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder that will hold everything.")
@click.option("--account", "account_name", help="The name of the first account, instead of init.account.")
@click.option("--credits", "starter", type=click.IntRange(0, 10**9), help="Credits, instead of init.credits.")
@click.option("--if-needed", is_flag=True, help="Do nothing if the box is there already.")
async def init(
    session: Session, data_dir: Path | None, account_name: str | None, starter: int | None, if_needed: bool
) -> None:
    """Make a new box: configuration, data folder, first account and its API key.

    The key is shown once and kept only as a hash.
    """
    from roughy_box.services import setup

    settings, path = _settings(session, data_dir)
    root = settings.storage.data_dir
    made = await setup.ensure(settings, account_name, starter)
    if not (made.is_new or if_needed):
        raise SetupError(f"{root} is a box already. 'roughy-box serve' serves it.")
    if not path.exists():
        _write_config(path, data_dir)
    facts = {
        "config": str(path.absolute()),
        "data_dir": str(root),
        "account": made.account.name,
        "api_key": made.key,
        "balance": made.account.balance,
    }
    if session.as_json:
        output.document(facts)
    elif made.is_new:
        _welcome(settings, made, {"configuration": facts["config"]})
        click.echo("Next: roughy-box serve")
    else:
        click.echo(f"{root} is a box already; nothing to do.")


@command(group, "serve")
@click.option("--host", help="The address to listen on, instead of server.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, instead of server.port; 0 picks a free one.")
@click.option("--init", "init_first", is_flag=True, help="Make the box first if there is none, as [init] says.")
def serve(session: Session, host: str | None, port: int | None, init_first: bool) -> None:
    """Serve the box until Ctrl-C or SIGTERM, then let running requests end.

    A second signal ends it at once. 'roughy-box systemd' prints a unit that runs it in the background.
    """
    import uvloop

    from roughy_box.base import logs
    from roughy_box.http import serve
    from roughy_box.storage import folder

    settings = session.load()
    if not init_first:
        # Before the port is tried: that there is no box is the more useful complaint.
        folder.open_folder(settings.storage.data_dir)
    logs.configure(settings.log)
    listener = serve.listen(host or settings.server.host, settings.server.port if port is None else port)
    address = settings.url_at(*listener.getsockname()[:2])
    key = _first_start(session, settings) if init_first else {}

    def announce(box: Box) -> None:
        facts = {"address": address, "data_dir": str(settings.storage.data_dir), "version": __version__}
        free = box.blobs.free()
        # Nobody has to listen: a reader that has gone or a terminal that was closed does not stop the server.
        with output.to_whoever_listens():
            if session.as_json:
                output.document(facts | {"pid": frozen.pid(), "free_bytes": free} | key)
            else:
                _say_where(settings, address, free)

    # Where a supervisor ends a server that hangs (SIGABRT), its log tells in what.
    if sys.__stderr__:
        faulthandler.enable(sys.__stderr__)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve.serve(settings, listener, announce))


def _say_where(settings: Config, address: str, free: int) -> None:
    lines = {"Roughy Box": __version__, "address": address}
    if settings.server.public_url:
        lines["public address"] = settings.server.public_url
    lines |= {"data folder": str(settings.storage.data_dir), "free space": format_size(free)}
    output.pairs(lines)
    click.echo("The console is at the address, in a browser. Stop with Ctrl-C.")


def _first_start(session: Session, settings: Config) -> dict[str, str]:
    """Make the box if there is none; what there is to tell of that in the JSON document."""
    from roughy_box.services import setup

    made = asyncio.run(setup.ensure(settings))
    if made.is_new and not session.as_json:
        _welcome(settings, made)
    return {"api_key": made.key} if made.key else {}


def _settings(session: Session, data_dir: Path | None) -> tuple[Config, Path]:
    """The settings a new box will have, and where its configuration file is or will be."""
    path = loading.find(session.config_path) or Path(FILE_NAME)
    settings = session.load() if path.exists() else loading.load(None, _without_file(path))
    if data_dir is None:
        return settings, path
    wanted = Path(os.path.abspath(data_dir.expanduser()))
    if path.exists() and settings.storage.data_dir != wanted:
        raise SetupError(
            f"{path} exists and means {settings.storage.data_dir}, not {wanted}. "
            "Set storage.data_dir there, or give another file with --config."
        )
    environ = {**_without_file(path), "ROUGHY_BOX_STORAGE_DATA_DIR": str(wanted)}
    return loading.load(path if path.exists() else None, environ), path


def _without_file(path: Path) -> dict[str, str]:
    """The environment as it would be read beside a configuration file at ``path`` that is yet to be written."""
    environ = {name: value for name, value in os.environ.items() if name != FILE_VARIABLE}
    environ.setdefault("ROUGHY_BOX_STORAGE_DATA_DIR", str(path.absolute().parent / "roughy-box-data"))
    return environ


def _write_config(path: Path, data_dir: Path | None) -> None:
    from roughy_box.base.files import write_private

    wanted = os.path.abspath(data_dir.expanduser()) if data_dir else "roughy-box-data"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, loading.render({"storage.data_dir": wanted}).encode())
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from None


def _welcome(settings: Config, made: InitResult, beside: Mapping[str, object] | None = None) -> None:
    output.done("The box is ready.")
    output.pairs(
        {
            **(beside or {}),
            "data folder": settings.storage.data_dir,
            "account": made.account.name,
            "balance": f"{made.account.balance} credits",
            "API key": click.style(made.key or "the given one", bold=True),
        }
    )
    if made.key:
        click.echo("Keep the key: it is not shown again.")
