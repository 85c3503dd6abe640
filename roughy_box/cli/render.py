"""``render``: a recording, an asset or a cut in, a finished file out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, get_args

import click

from roughy_box.base.text import printable
from roughy_box.cli import group
from roughy_box.cli import output as printed
from roughy_box.cli.command import Session, command
from roughy_box.cli.connection import box_options, connected
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError
from roughy_box.domain.render import Format, Resolution

_STDOUT = Path("-")


@command(group, "render")
@click.argument("source", type=click.Path())
@click.option("--cut", "cut_id", help="The id of a completed cut of it.  [default: all of it]")
@click.option(
    "--format",
    type=click.Choice(get_args(Format)),
    help="The format of the file.  [default: that of --output, else mp4]",
)
@click.option(
    "--resolution", type=click.Choice(get_args(Resolution)), help="The shorter edge.  [default: the source's]"
)
@click.option("--video-bitrate", type=int, help="Mbit/s: 5, 10, 20 or 50.  [default: by quality]")
@click.option("--audio-bitrate", type=int, help="kbit/s: 128, 192, 256 or 320.  [default: 192, of m4a 160]")
@click.option("--frame-rate", help="Frames a second: 1 to 120, or 30000/1001 and its kin.  [default: the source's]")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write.  [default: next to SOURCE]"
)
@click.option("--project", default="Uploads", show_default=True, help="The project to upload to; created if missing.")
@click.option("--language", help="The spoken language of what is sent, as two letters: en, de, ...")
@click.option("--force", is_flag=True, help="Replace a file that this command has not written.")
@box_options
def render(
    session: Session,
    source: str,
    cut_id: str | None,
    format: str | None,
    frame_rate: str | None,
    output: Path | None,
    project: str,
    language: str | None,
    force: bool,
    url: str | None,
    key: str | None,
    **choices: Any,
) -> None:
    """Render SOURCE, a recording or the id of an asset, to a finished file.

    What the box does not have is uploaded. Run the same command again after an interruption: nothing is sent, rendered
    or saved twice. Without --output the file is saved next to SOURCE, with .cut in its name.

    \b
    Examples:
      roughy-box render interview.mp4 --format mp3
      roughy-box render ASSET --cut CUT --resolution 1080p --output episode.mp4
    """
    from roughy_box.cli.cut_report import ShownWatch
    from roughy_box.client.files import UploadState
    from roughy_box.client.outputs import Outputs
    from roughy_box.client.rendering import RenderWish, render_source
    from roughy_box.client.sources import find_sources
    from roughy_box.client.watch import Watch

    if Path(source).is_dir():
        raise SetupError(f"{source} is a folder. Name one recording in it, or the id of an asset.")
    if output == _STDOUT:
        raise SetupError("--output - is for exports: a render is saved to a file. Name one.")
    (found,) = find_sources([source])
    rate = int(frame_rate) if frame_rate and frame_rate.isascii() and frame_rate.isdigit() else frame_rate
    choices |= {"format": format or _format_of(output)}
    wanted = {name: value for name, value in choices.items() if value is not None}
    wish = RenderWish(project, language, cut_id, wanted | ({"frame_rate": rate} if rate else {}), output)
    watch = ShownWatch(1) if sys.stderr.isatty() and not session.as_json else Watch()
    with connected(session, url, key) as client:
        made, path = render_source(client, found, wish, Outputs(force=force), UploadState(), watch)
    if session.as_json:
        names = ("id", "asset_id", "cut_id", "duration_seconds", "size_bytes", "warnings")
        printed.document({"file": str(path.absolute())} | {name: made[name] for name in names})
        return
    size, time = format_size(made["size_bytes"]), printed.playing_time(made["duration_seconds"])
    printed.done(f"Saved {printable(str(path))}: {time}, {size}.")
    for warning in made["warnings"]:
        click.echo(f"Look at: {warning['message']}")


def _format_of(output: Path | None) -> str:
    """Return the format that a file is named after, else mp4."""
    ending = output.suffix[1:].lower() if output else ""
    return ending if ending in get_args(Format) else "mp4"
