"""The command line: each command opens the box, calls one service, prints."""

from __future__ import annotations

import click

from roughy_box import __version__
from roughy_box.cli.frame import run_command_line


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="roughy-box")
def group() -> None:
    """Roughy Box: media intake on your own machine.

    Start with 'roughy-box init', then 'roughy-box serve'.
    """


def main() -> None:
    """Run the command the arguments name."""
    # The modules register their commands when imported.
    from roughy_box.cli import (  # noqa: F401
        access,
        backups,
        doctor,
        examples,
        health,
        licenses,
        lifecycle,
        money,
        speech,
        system,
        upload,
        versions,
    )

    run_command_line(group)
