"""Adds a model folder to the box: checked, tried, copied whole or not at all."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from roughy_box.base.files import make_folder, sync_folder, unfinished
from roughy_box.base.progress import Progress
from roughy_box.config.options import Config
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError
from roughy_box.operations.speech.trial import try_offer
from roughy_box.speech.recognizers import Setup
from roughy_box.speech.whisper.model_folder import FILES, Model, ModelError, check
from roughy_box.speech.whisper.recognizer import Whisper
from roughy_box.storage.copies import copy_file
from roughy_box.storage.folder import MODELS, is_box
from roughy_box.storage.volume import space_of

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Added:
    """A model of the box, and what it heard when it was tried."""

    name: str
    path: Path
    size: int
    heard: str


def models_folder(config: Config) -> Path:
    """Return the folder of models, of an existing box. Errors: :class:`SetupError`."""
    root = config.storage.data_dir
    if not is_box(root):
        raise SetupError(f"There is no box in {root}. Run 'roughy-box init' first.")
    return root / MODELS


def check_name(name: str, folder: Path) -> None:
    """Refuse a name that no model can have, or that one has already. Errors: :class:`SetupError`."""
    if not _NAME.fullmatch(name):
        raise SetupError(f"{name!r} cannot be the name of a model: use letters, digits, dots, '-' and '_'.")
    if (folder / name).exists():
        raise SetupError(f"There is a model {name} already. Remove {folder / name} to replace it.")


def add(config: Config, source: Path, name: str, progress: Progress) -> Added:
    """Check a model folder, try it, and copy it to the models of the box. Errors: :class:`SetupError`."""
    folder = models_folder(config)
    check_name(name, folder)
    model = checked(source)
    space = space_of(config.storage.data_dir)
    if space.free - model.size < config.storage.reserve:
        raise SetupError(f"There is no room for a model of {format_size(model.size)} beside storage.reserve.")
    heard = tried(config, model)
    _copy(model, folder / name, progress)
    return Added(name, folder / name, model.size, heard)


def checked(source: Path) -> Model:
    """Return the complete model in a folder. Errors: :class:`SetupError`."""
    try:
        return check(source.absolute())
    except ModelError as error:
        raise SetupError(str(error)) from None


def tried(config: Config, model: Model) -> str:
    """Return what the model hears of a second of speech. Errors: :class:`SetupError`."""
    status = Whisper().ready(Setup(model=model.path))
    if not status.offers:
        raise SetupError(f"faster-whisper cannot be used. {status.sentence}")
    threads = config.speech.threads or min(config.processing.workers, os.cpu_count() or 1)
    return try_offer(status.offers[0], threads=threads, memory_limit=memory_for(model))


def memory_for(model: Model) -> int:
    """Return a memory limit, in bytes of addresses, with which a model certainly loads."""
    return 4 * 1024**3 + 3 * model.size


def _copy(model: Model, target: Path, progress: Progress) -> None:
    making = unfinished(target)
    shutil.rmtree(making, ignore_errors=True)
    make_folder(making)
    files = [model.path / name for name in FILES if (model.path / name).is_file()]
    progress.expect(sum(file.stat().st_size for file in files))
    try:
        for file in files:
            facts = file.stat()
            copy_file(file, making / file.name, mode=0o644, mtime_ns=facts.st_mtime_ns, progress=progress)
        publish(making, target)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def publish(making: Path, target: Path) -> None:
    """Give a folder with a model its name, durably."""
    sync_folder(making)
    making.rename(target)
    sync_folder(target.parent)
