"""``systemd``."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

import click

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.cli.systemd_unit import Installation, render, unit_name

_ROOT = (
    "Note: the box belongs to root, so the unit runs as root, with dropped capabilities. A user of its own is better: "
    "'sudo useradd --system roughy-box', 'sudo chown -R roughy-box: {root}'."
)


@command(group, "systemd")
@click.option("--name", default="roughy-box", show_default=True, help="The name of the unit.")
@click.option("--user", "user_name", help="The user it runs as.  [default: the owner of the data folder]")
@click.option("--user-unit", is_flag=True, help="A unit for your own user manager: needs no root, has less sandboxing.")
def systemd(session: Session, name: str, user_name: str | None, user_unit: bool) -> None:
    """Print a systemd unit that serves this box, with its program, configuration, data folder and user.

    Its first lines explain how to install it.
    """
    settings = session.load()
    unit = unit_name(name)
    template = (resources.files("roughy_box.integrations") / "roughy-box.service").read_text(encoding="utf-8")
    if user_unit and user_name:
        raise click.UsageError("A user unit runs as you: leave out --user or --user-unit.", click.get_current_context())
    here = Installation.of(settings, dict(os.environ), user_name)
    text = render(template, here, unit, for_user=user_unit)
    if here.user == "root" and not user_unit:
        click.echo(_ROOT.format(root=settings.storage.data_dir), err=True)
    folder = Path("~/.config/systemd/user") if user_unit else Path("/etc/systemd/system")
    if session.as_json:
        output.document({"name": unit, "path": str(folder / unit), "unit": text})
    else:
        click.echo(text, nl=False)
