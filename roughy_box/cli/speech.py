"""``speech``: the recognizers of cuts and their models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.config.values import format_size

if TYPE_CHECKING:
    from roughy_box.operations.speech.add import Added

_SIZES = ("tiny", "base", "small", "medium", "large-v3")


@command(group, "speech", has_commands=True)
def speech(session: Session) -> None:
    """Show the recognizers of cuts: which are ready, for which languages, and what the others lack.

    Without a recognizer for its language, a recording is cut by its pauses and repeated sound.
    """
    if click.get_current_context().invoked_subcommand:
        return
    from roughy_box.operations.speech.listing import listing

    found = listing(session.load())
    if session.as_json:
        output.document(found.as_document())
        return
    output.table(("recognizer", "ready", "languages", ""), [row.cells() for row in found.rows])
    click.echo()
    for sentence in found.sentences:
        click.echo(sentence)


@command(speech, "add")  # type: ignore[arg-type]  # a group, as it has commands
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="What the model is called.  [default: the name of the folder]")
def add(session: Session, folder: Path, name: str | None) -> None:
    """Copy a model FOLDER of faster-whisper into the box, once it has heard a second of speech.

    The folder holds model.bin, config.json, tokenizer.json and vocabulary.json or vocabulary.txt.
    """
    from roughy_box.operations.speech.add import add as add_model

    settings = session.load()
    source = folder.expanduser().absolute()
    with output.progress_bar("Copying", is_quiet=session.as_json) as progress:
        added = add_model(settings, source, name or source.name, progress)
    _show(session, added)


@command(speech, "install")  # type: ignore[arg-type]
@click.argument("name", type=click.Choice(_SIZES))
@click.option("--yes", is_flag=True, help="Do not ask.")
def install(session: Session, name: str, yes: bool) -> None:
    """Download a model of faster-whisper from Hugging Face into the box, and try it.

    This is the only command that downloads anything. Interrupted, run it again: it goes on where it was. HF_ENDPOINT
    names another hub, HTTPS_PROXY a proxy. "base" is good on two cores; larger models need more memory and time.
    """
    from roughy_box.operations.speech.install import SIZES, check_install
    from roughy_box.operations.speech.install import install as install_model

    settings = session.load()
    check_install(settings, name)
    if not yes:
        click.confirm(f"Download about {format_size(SIZES[name])}?", abort=True, err=True)
    with output.progress_bar("Downloading", is_quiet=session.as_json) as progress:
        added = install_model(settings, name, progress)
    _show(session, added)


def _show(session: Session, added: Added) -> None:
    if session.as_json:
        output.document({"name": added.name, "path": str(added.path), "size_bytes": added.size, "heard": added.heard})
    else:
        output.done(f"{added.name} is ready ({format_size(added.size)}). Cuts that start from now on use it.")
