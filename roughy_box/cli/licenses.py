"""``licenses``."""

from __future__ import annotations

import click

from roughy_box.cli import group, notices, output
from roughy_box.cli.frame import Session, command


@command(group, "licenses")
def licenses(session: Session) -> None:
    """Print the licences of Roughy Box and of everything it contains."""
    if session.as_json:
        output.document({"notices": notices.text()})
    else:
        click.echo(notices.text())
