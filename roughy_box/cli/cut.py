"""``cut``: recordings in, timelines for the editor out, in one command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from roughy_box.cli import group
from roughy_box.cli.command import Session, command
from roughy_box.cli.connection import box_options, connected
from roughy_box.domain.errors import SetupError
from roughy_box.domain.export_formats import CAPTIONS, TIMELINES
from roughy_box.domain.render import Format

if TYPE_CHECKING:
    from roughy_box.client.sources import Source

# The JSON of captions would have the name of that of the plan.
_FORMATS = (*TIMELINES, *(name for name in CAPTIONS if name not in TIMELINES))


@command(group, "cut")
@click.argument("sources", nargs=-1, required=True, type=click.Path())
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    help="The text that was read aloud.  [default: FILE.txt next to FILE.mp4, if there is one]",
)
@click.option("--no-script", is_flag=True, help="Cut without a script, also where there is one.")
@click.option(
    "--export",
    "exports",
    multiple=True,
    type=click.Choice(_FORMATS),
    default=("fcpxml",),
    show_default=True,
    help="A format to write; can be given several times. txt is the transcript.",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="The folder to write to.  [default: that of each source]"
)
@click.option("--media", help="The folder where the editor finds the sources.  [default: that of each source]")
@click.option(
    "--render",
    "renders",
    multiple=True,
    type=click.Choice(get_args(Format)),
    help="Also save the cut as a finished file, FILE.cut.mp4; can be given several times.",
)
@click.option("--max-pause", type=float, help="Seconds that longer pauses are shortened to.  [default: 0.6]")
@click.option("--pad-before", type=float, help="Seconds kept before speech after a dropped span.  [default: 0.08]")
@click.option("--pad-after", type=float, help="Seconds kept after speech before a dropped span.  [default: 0.12]")
@click.option("--keep-retakes", is_flag=True, help="Keep repeated takes and false starts.")
@click.option("--keep-fillers", is_flag=True, help="Keep hesitations.")
@click.option("--keep-off-script", is_flag=True, help="Keep what is not in the script.")
@click.option("--project", default="Uploads", show_default=True, help="The project to upload to; created if missing.")
@click.option("--language", help="The spoken language of what is sent, as two letters: en, de, ...")
@click.option("--force", is_flag=True, help="Replace files that this command has not written.")
@box_options
def cut(
    session: Session,
    sources: tuple[str, ...],
    script: Path | None,
    no_script: bool,
    exports: tuple[str, ...],
    output: Path | None,
    media: str | None,
    renders: tuple[str, ...],
    project: str,
    language: str | None,
    force: bool,
    url: str | None,
    key: str | None,
    **choices: Any,
) -> None:
    """Cut recordings and write the cuts as timelines next to them, or as finished files.

    SOURCES are files, folders (the recordings directly in them) and ids of assets. What the box does not have is
    uploaded. Run the same command again after an interruption: nothing is sent, cut or written twice. If a source
    fails, the others are still cut; the failures are listed at the end, and the exit code is 1.

    \b
    Examples:
      roughy-box cut rushes/
      roughy-box cut interview.mp4 --script interview.md --export fcpxml --export srt
      roughy-box cut interview.mp4 --no-script --render mp3
      roughy-box cut rushes/ --output cuts --media "D:\\Footage" --max-pause 0.4
    """
    from roughy_box.cli.cut_report import ShownWatch, report
    from roughy_box.client.cut_files import CutFiles
    from roughy_box.client.files import UploadState
    from roughy_box.client.outputs import Outputs
    from roughy_box.client.roughcut import RoughCuts, Wish
    from roughy_box.client.watch import Watch

    wish = Wish(project, language, _options(**choices), script, no_script, renders)
    found = _find(sources, script, no_script)
    _check_media(media)
    if output == Path("-"):
        raise SetupError("--output names a folder here. 'roughy-box export CUT --output -' writes to stdout.")
    if output:
        output.mkdir(parents=True, exist_ok=True)
    with connected(session, url, key) as client:
        files = CutFiles(client, Outputs(force=force), exports, folder=output, media=media)
        watch = ShownWatch(len(found)) if sys.stderr.isatty() and not session.as_json else Watch()
        results = RoughCuts(client, wish, files, UploadState(), watch).run(found)
    report(results, as_json=session.as_json)
    if any(result.state != "completed" for result in results):
        sys.exit(1)


def _find(given: tuple[str, ...], script: Path | None, no_script: bool) -> list[Source]:
    """Return the sources. Errors: :class:`SetupError` where there are none, or several for one script."""
    from roughy_box.client.sources import find_sources

    if script and no_script:
        raise SetupError("Give either --script or --no-script.")
    found = find_sources(given)
    if not found:
        folders = ", ".join(f"'{folder}'" for folder in given)
        raise SetupError(f"There are no recordings in {folders}.")
    if script and len(found) > 1:
        raise SetupError(
            f"--script is for one recording, and these are {len(found)}. "
            "Name each script like its recording instead: take.txt next to take.mp4."
        )
    return found


def _options(
    keep_retakes: bool, keep_fillers: bool, keep_off_script: bool, **seconds: float | None
) -> dict[str, str | float]:
    """Return the options of cuts in the API. Errors: :class:`SetupError` for a number that is out of range."""
    from roughy_box.cutting.options import Options

    kept = {"retakes": keep_retakes, "fillers": keep_fillers, "off_script": keep_off_script}
    options: dict[str, Any] = {name: "keep" for name, is_kept in kept.items() if is_kept}
    options |= {name: value for name, value in seconds.items() if value is not None}
    try:
        Options(**options)
    except ValueError as error:
        raise SetupError(f"--{str(error).replace('_', '-')}.") from None
    return options


def _check_media(media: str | None) -> None:
    """Refuse a place that the box would refuse, before anything is sent. Errors: :class:`SetupError`."""
    from roughy_box.domain.errors import BoxError
    from roughy_box.exports.media import refer

    try:
        refer(media, "", None, "id", "mp4")
    except BoxError as error:
        raise SetupError(f"--media: {error.fields[0].message}") from None
