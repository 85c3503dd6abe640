"""The connection of commands that are clients of a box: its address, the key, and what is said of retries."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from roughy_box.base.text import printable
from roughy_box.cli.command import Session
from roughy_box.config.options import Config
from roughy_box.domain.errors import SetupError

if TYPE_CHECKING:
    from roughy_box.client.api import BoxClient


def box_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the box and the account: ``--url`` and ``--key``."""
    function = click.option("--key", help="The API key, instead of client.key or $ROUGHY_BOX_CLIENT_KEY.")(function)
    return click.option("--url", help="The address of the box, instead of client.url.")(function)


@contextmanager
def connected(session: Session, url: str | None, key: str | None) -> Iterator[BoxClient]:
    """Open a client of the given box, or of the configured one; its errors become :class:`SetupError`."""
    # Imported late: the HTTP library costs a tenth of a second that --help does not need.
    from roughy_box.client.api import BoxClient
    from roughy_box.client.errors import ClientError

    settings = session.load()
    try:
        address, api_key = url or settings.box_url(), find_key(key, settings)
        with BoxClient(address, api_key, on_retry=_show_retry, on_warning=show_warning) as client:
            yield client
    except ClientError as error:
        raise SetupError(str(error)) from None


def find_key(key: str | None, settings: Config) -> str:
    """Return the given API key, else the configured one. Errors: :class:`SetupError`."""
    found = key or settings.client.key
    if not found:
        raise SetupError(
            "No API key. Give --key, set ROUGHY_BOX_CLIENT_KEY or client.key in the configuration; "
            "'roughy-box key create' on the box creates one."
        )
    return found


def show_warning(sentence: str) -> None:
    """Print a sentence on stderr, below the progress bar if one is in the line."""
    start = "\n" if sys.stderr.isatty() else ""
    click.echo(start + printable(sentence), err=True)


def show_preparation(rest: str = "") -> None:
    """Print why nothing seems to happen after an upload."""
    show_warning(
        f"All bytes are sent. The box prepares the file after the media that came before it{rest}. "
        "Ctrl-C stops only this command: the preparation continues, and the same command resumes here."
    )


def _show_retry(sentence: str) -> None:
    if sys.stderr.isatty():
        show_warning(sentence)
