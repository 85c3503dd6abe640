"""``init`` and ``serve``."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roughy_box import __version__, config
from roughy_box.cli import group, output
from roughy_box.cli.frame import Session, command
from roughy_box.config import Config
from roughy_box.config_values import format_size
from roughy_box.domain.errors import SetupError

if TYPE_CHECKING:
    from roughy_box.services.box import Box


@command(group, "init")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder that will hold everything.")
@click.option("--account", "account_name", default="studio", show_default=True, help="The name of the first account.")
@click.option("--credits", "starter", type=click.IntRange(0, 10**9), default=0, help="Credits to start with.")
@click.option("--if-needed", is_flag=True, help="Do nothing if the box is there already.")
async def init(session: Session, data_dir: Path | None, account_name: str, starter: int, if_needed: bool) -> None:
    """Make a new box: configuration, data folder, first account and its API key.

    The key is shown once and kept only as a hash.
    """
    from roughy_box.services import accounts
    from roughy_box.services.box import open_for_command
    from roughy_box.storage import folder

    accounts.checked_name(account_name)
    settings, path = _settings(session, data_dir)
    root = settings.storage.data_dir
    if not folder.is_box(root):
        folder.create(root)
    async with open_for_command(settings):
        present = await accounts.everyone()
        if present and not if_needed:
            raise SetupError(f"{root} is a box already. 'roughy-box serve' serves it.")
        new = None if present else await accounts.add(account_name, starter)
    if not path.exists():
        _write_config(path, data_dir)
    account = new.account if new else present[0]
    facts = {
        "config": str(path.absolute()),
        "data_dir": str(root),
        "account": account.name,
        "api_key": new.secret if new else None,
        "balance": account.balance,
    }
    if session.as_json:
        output.document(facts)
    elif new:
        _welcome(facts)
    else:
        click.echo(f"{root} is a box already; nothing to do.")


@command(group, "serve")
@click.option("--host", help="The address to listen on, instead of server.host.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port, instead of server.port; 0 picks a free one.")
def serve(session: Session, host: str | None, port: int | None) -> None:
    """Serve the box until Ctrl-C or SIGTERM, then let running requests end.

    A second signal ends it at once. 'roughy-box systemd' prints a unit that runs it in the background.
    """
    import uvloop

    from roughy_box import logs
    from roughy_box.http import server
    from roughy_box.storage import folder

    settings = session.load()
    # Before the port is tried: that there is no box is the more useful complaint.
    folder.open_folder(settings.storage.data_dir)
    logs.configure(settings.log)
    listener = server.listen(host or settings.server.host, settings.server.port if port is None else port)
    address = _address(settings, listener.getsockname())

    def announce(box: Box) -> None:
        facts = {"address": address, "data_dir": str(settings.storage.data_dir), "version": __version__}
        free = box.blobs.free()
        # Nobody has to listen: a reader that has gone or a terminal that was closed does not stop the server.
        with output.to_whoever_listens():
            if session.as_json:
                output.document(facts | {"pid": os.getpid(), "free_bytes": free})
            else:
                _say_where(settings, address, free)

    # Where a supervisor ends a server that hangs (SIGABRT), its log tells in what.
    if sys.__stderr__:
        faulthandler.enable(sys.__stderr__)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(settings, listener, announce))


def _say_where(settings: Config, address: str, free: int) -> None:
    lines = {"Roughy Box": __version__, "address": address}
    if settings.server.public_url:
        lines["public address"] = settings.server.public_url
    lines |= {"data folder": str(settings.storage.data_dir), "free space": format_size(free)}
    output.pairs(lines)
    click.echo("The console is at the address, in a browser. Stop with Ctrl-C.")


def _settings(session: Session, data_dir: Path | None) -> tuple[Config, Path]:
    """The settings a new box will have, and where its configuration file is or will be."""
    path = config.find(session.config_path) or Path(config.FILE_NAME)
    settings = session.load() if path.exists() else config.load(None, _without_file(path))
    if data_dir is None:
        return settings, path
    wanted = Path(os.path.abspath(data_dir.expanduser()))
    if path.exists() and settings.storage.data_dir != wanted:
        raise SetupError(
            f"{path} exists and means {settings.storage.data_dir}, not {wanted}. "
            "Set storage.data_dir there, or give another file with --config."
        )
    environ = {**_without_file(path), "ROUGHY_BOX_STORAGE_DATA_DIR": str(wanted)}
    return config.load(path if path.exists() else None, environ), path


def _without_file(path: Path) -> dict[str, str]:
    """The environment as it would be read beside a configuration file at ``path`` that is yet to be written."""
    environ = {name: value for name, value in os.environ.items() if name != config.FILE_VARIABLE}
    environ.setdefault("ROUGHY_BOX_STORAGE_DATA_DIR", str(path.absolute().parent / "roughy-box-data"))
    return environ


def _write_config(path: Path, data_dir: Path | None) -> None:
    from roughy_box.storage.durable import write_private

    wanted = os.path.abspath(data_dir.expanduser()) if data_dir else "roughy-box-data"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, config.render({"storage.data_dir": wanted}).encode())
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from None


def _welcome(facts: dict[str, object]) -> None:
    output.done("The box is ready.")
    output.pairs(
        {
            "configuration": facts["config"],
            "data folder": facts["data_dir"],
            "account": facts["account"],
            "balance": f"{facts['balance']} credits",
            "API key": click.style(str(facts["api_key"]), bold=True),
        }
    )
    click.echo("Keep the key: it is not shown again. Next: roughy-box serve")


def _address(settings: Config, name: tuple[str, int]) -> str:
    host, port = name[:2]
    scheme = "https" if settings.server.tls_cert else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
