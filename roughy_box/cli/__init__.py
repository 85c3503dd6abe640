"""The command line: each command opens the box, calls one service, prints."""

from __future__ import annotations

import click

from roughy_box import __version__
from roughy_box.cli.command import debug_option, run_command_line


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="roughy-box")
@debug_option
def group() -> None:
    """Roughy Box: rough cuts on your own machine.

    Start with 'roughy-box init', then 'roughy-box serve'.
    """


def main() -> None:
    """Run the command that the arguments name."""
    # The modules register their commands when imported.
    from roughy_box.cli import (  # noqa: F401
        account,
        backup,
        completion,
        credits,
        cut,
        doctor,
        example,
        export,
        healthcheck,
        init,
        key,
        licenses,
        render,
        serve,
        speech,
        systemd,
        upload,
        version,
        webhook,
    )

    run_command_line(group)
