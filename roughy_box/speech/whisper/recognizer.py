"""faster-whisper as a recognizer: whatever languages the model folders on this machine are for."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from roughy_box.speech.recognizers import Heard, Hints, Offer, RecognizerError, Report, Setup, Sound, Status
from roughy_box.speech.whisper.model_folder import Model, ModelError, check, installed

INSTALL = "pip install 'roughy-box[whisper]'"
_NO_MODEL = (
    "It has no model: 'roughy-box speech install base' downloads one, 'roughy-box speech add FOLDER' copies one."
)
_FORBIDDEN = (
    "The unit of systemd forbids what it needs (MemoryDenyWriteExecute): print it again with 'roughy-box systemd'."
)


class Whisper:
    """Hears many languages; its words do not depend on the script."""

    name = "faster-whisper"

    @staticmethod
    def is_installed() -> bool:
        """Return whether the package is there; loads nothing."""
        return find_spec("faster_whisper") is not None

    def ready(self, setup: Setup) -> Status:
        """Return an offer for each complete model, the largest first; a model that was chosen is the only one."""
        if not self.is_installed():
            return Status(f"It is not installed: {INSTALL}")
        models, faults = _models(setup)
        if not models:
            return Status(faults[0] if faults else _NO_MODEL, is_broken=bool(faults))
        if not _may_compile():
            return Status(_FORBIDDEN, is_broken=True)
        offers = tuple(map(self._offer, models))
        return Status(" ".join([_good_for(models), *faults]), offers, is_broken=bool(faults))

    def words(self, sound: Sound, offer: Offer, hints: Hints, report: Report) -> Heard:
        """Return the words of all islands. Errors: :class:`RecognizerError` when the model does not load."""
        from roughy_box.speech.whisper.hearing import hear

        if offer.model is None:
            raise RecognizerError(_NO_MODEL)
        try:
            model = check(offer.model)  # it may have gone since it was offered
        except ModelError as error:
            raise RecognizerError(str(error)) from None
        return hear(sound, model, hints, report)

    def _offer(self, model: Model) -> Offer:
        identity = f"faster-whisper {_version()} {model.name} {model.digest}"
        languages = model.languages
        return Offer(self.name, identity, languages, model.path, detects=model.is_multilingual, guesses=True)


def _models(setup: Setup) -> tuple[list[Model], list[str]]:
    """Return the complete models, the largest first, and what is wrong with the others."""
    models, faults = [], []
    for path in [setup.model] if setup.model else _installed(setup):
        try:
            models.append(check(path))
        except ModelError as error:
            faults.append(str(error))
    return sorted(models, key=lambda model: (-model.size, model.name)), faults


def _installed(setup: Setup) -> Iterator[Path]:
    return installed(setup.models) if setup.models else iter(())


def _good_for(models: list[Model]) -> str:
    names = ", ".join(model.name for model in models)
    count = len(models[0].languages | {language for model in models for language in model.languages})
    return f"It hears {'English' if count == 1 else f'{count} languages'} with {names}."


def _version() -> str:
    try:
        return version("faster-whisper")
    except PackageNotFoundError:
        return "unknown"


def _may_compile() -> bool:
    """Return whether memory may be written and then executed, as CTranslate2 does with what it compiles."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
    except (OSError, PermissionError):
        return False
    return True
