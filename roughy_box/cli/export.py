"""``export``: save a cut as a timeline for an editor, or as captions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from roughy_box.base.text import printable
from roughy_box.cli import group
from roughy_box.cli import output as printed
from roughy_box.cli.command import Session, command
from roughy_box.cli.connection import box_options, connected
from roughy_box.domain.errors import SetupError
from roughy_box.domain.export_formats import CAPTIONS, TIMELINES

if TYPE_CHECKING:
    from roughy_box.client.api import BoxClient
    from roughy_box.client.cuts import Exported

_STDOUT = "-"
# The fields that the box may refuse, in the words of this command.
_FIELDS = {
    "query.format": "--format",
    "query.media": "--media",
    "query.name": "--name",
    "query.dropped": "--dropped",
    "query.timeline": "--timeline",
}


@command(group, "export")
@click.argument("cut")
@click.option(
    "--format",
    type=click.Choice(tuple(dict.fromkeys((*TIMELINES, *CAPTIONS)))),
    default="fcpxml",
    show_default=True,
    help="The format of the file.",
)
@click.option(
    "--media", help="Where the editor finds the source: a folder, or the whole path.  [default: its path on the box]"
)
@click.option("--name", help="The name of the sequence.  [default: project and asset]")
@click.option(
    "--dropped", type=click.Choice(("disabled", "only")), help="Keep dropped spans, switched off, or show them alone."
)
@click.option(
    "--timeline",
    type=click.Choice(("cut", "source")),
    help="Of captions: times in the cut or in the source. With it, json is captions.  [default: cut]",
)
@click.option("--output", type=click.Path(), help="The file or folder to write; - is stdout.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@box_options
def export(
    session: Session,
    cut: str,
    format: str,
    timeline: str | None,
    output: str | None,
    force: bool,
    url: str | None,
    key: str | None,
    **query: str | None,
) -> None:
    """Save the completed CUT, an id, as a file: a timeline for an editor, or captions.

    The file is named after project and asset, unless --output names it. Editors and their formats are listed in
    docs/editors.md.

    \b
    Examples:
      roughy-box export CUT --media /Volumes/Footage
      roughy-box export CUT --format srt --output captions.srt
      roughy-box export CUT --format json --output - | jq .segments
    """
    from roughy_box.client.errors import ClientError

    if session.as_json and output == _STDOUT:
        raise SetupError("--json prints a document, --output - the file: leave one of them out.")
    is_captions = _are_captions(format, timeline, query)
    with connected(session, url, key) as client:
        try:
            exported = _export(client, cut, format, timeline, query, is_captions)
        except ClientError as error:
            raise error.naming(_FIELDS) from None
    if output == _STDOUT:
        click.echo(exported.content, nl=False)
    else:
        _save(session, exported, output or "", force)


def _are_captions(format: str, timeline: str | None, query: dict[str, str | None]) -> bool:
    """Return whether captions are asked for. Errors: :class:`SetupError` for options of the other kind."""
    is_captions = format not in TIMELINES or (format in CAPTIONS and timeline is not None)
    if timeline and not is_captions:
        raise SetupError(f"--timeline is for captions ({', '.join(CAPTIONS)}); {format} is the timeline itself.")
    if is_captions and (given := [name for name, value in query.items() if value is not None]):
        raise SetupError(f"--{given[0]} is for timelines; {format} has captions.")
    return is_captions


def _export(
    client: BoxClient, cut: str, format: str, timeline: str | None, query: dict[str, str | None], is_captions: bool
) -> Exported:
    from roughy_box.client.cuts import export_captions, export_timeline

    if is_captions:
        return export_captions(client, cut, format, timeline)
    return export_timeline(client, cut, format, query)


def _save(session: Session, exported: Exported, output: str, force: bool) -> None:
    from roughy_box.client.errors import ClientError
    from roughy_box.client.outputs import refuse_special, whole_file

    # A path that ends in a slash is a folder, also where there is none.
    path = Path(output, exported.name if os.path.isdir(output or ".") or output.endswith(os.sep) else "")
    try:
        refuse_special(path)
        if os.path.lexists(path) and not force:
            raise SetupError(f"{path} exists. --force replaces it, --output writes to another place.")
        with whole_file(path) as file:
            file.write(exported.content)
    except ClientError as error:
        raise SetupError(error.message) from None
    if session.as_json:
        printed.document({"file": str(path.absolute()), "size_bytes": len(exported.content)})
    else:
        printed.done(f"Saved {printable(str(path))}.")
