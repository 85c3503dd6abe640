"""``init``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.config import loading
from roughy_box.config.options import FILE_NAME, FILE_VARIABLE, Config
from roughy_box.domain.errors import SetupError

if TYPE_CHECKING:
    from roughy_box.services.setup import InitResult


@command(group, "init")
@click.option("--data-dir", type=click.Path(path_type=Path), help="The folder for all data.")
@click.option("--account", "account_name", help="The name of the first account, instead of init.account.")
@click.option("--credits", "starter", type=click.IntRange(0, 10**9), help="Credits, instead of init.credits.")
@click.option("--if-needed", is_flag=True, help="Do nothing if the box already exists.")
async def init(
    session: Session, data_dir: Path | None, account_name: str | None, starter: int | None, if_needed: bool
) -> None:
    """Create a new box: configuration, data folder, first account and its API key.

    The key is shown once and kept only as a hash.
    """
    from roughy_box.services import setup

    settings, path = _settings(session, data_dir)
    root = settings.storage.data_dir
    made = await setup.ensure(settings, account_name, starter)
    if not (made.is_new or if_needed):
        raise SetupError(f"{root} is already a box. Start it with 'roughy-box serve'.")
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
        show_new_box(settings, made, {"configuration": facts["config"]})
        click.echo("Next: roughy-box serve")
    else:
        click.echo(f"{root} is already a box; nothing to do.")


def _settings(session: Session, data_dir: Path | None) -> tuple[Config, Path]:
    """Return the settings of the new box and the path of its configuration file."""
    path = loading.find(session.config_path) or Path(FILE_NAME)
    settings = session.load() if path.exists() else loading.load(None, _without_file(path))
    if data_dir is None:
        return settings, path
    wanted = Path(os.path.abspath(data_dir.expanduser()))
    if path.exists() and settings.storage.data_dir != wanted:
        raise SetupError(
            f"{path} exists and names {settings.storage.data_dir}, not {wanted}. "
            "Change storage.data_dir there, or give another file with --config."
        )
    environ = {**_without_file(path), "ROUGHY_BOX_STORAGE_DATA_DIR": str(wanted)}
    return loading.load(path if path.exists() else None, environ), path


def _without_file(path: Path) -> dict[str, str]:
    """Return the environment that goes with a configuration file at ``path`` that is not written yet."""
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


def show_new_box(settings: Config, made: InitResult, more: Mapping[str, object] | None = None) -> None:
    """Show a new box and its API key; ``more`` comes first."""
    output.done("The box is ready.")
    output.pairs(
        {
            **(more or {}),
            "data folder": settings.storage.data_dir,
            "account": made.account.name,
            "balance": f"{made.account.balance} credits",
            "API key": click.style(made.key or "the one given", bold=True),
        }
    )
    if made.key:
        click.echo("Keep the key: it is not shown again.")
