"""Model folders of Whisper as CTranslate2 reads them: which there are, whether they are whole, what they hear."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from roughy_box.speech.whisper.languages import LANGUAGES

WEIGHTS = "model.bin"
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_NEEDED = (WEIGHTS, "config.json", "tokenizer.json")
FILES = (*_NEEDED, *_VOCABULARIES, "preprocessor_config.json")
# CTranslate2 begins a file with the version of its format and the name of the model's class (src/models/model.cc).
_FORMATS = range(4, 7)
_CLASS = b"WhisperSpec"
_MULTILINGUAL = 51_865  # words of the vocabulary from which on a model knows other languages


class ModelError(Exception):
    """A folder is not a complete model, in a sentence fit to show."""


@dataclass(frozen=True, slots=True)
class Model:
    """A complete model folder; ``size`` is that of its weights in bytes."""

    path: Path
    size: int
    languages: frozenset[str]
    digest: str

    @property
    def name(self) -> str:
        """Return what the model is called: the name of its folder."""
        return self.path.name

    @property
    def is_multilingual(self) -> bool:
        """Return whether it hears other languages than English."""
        return len(self.languages) > 1


def check(path: Path) -> Model:
    """Return the model in a folder. Reads little of it. Errors: :class:`ModelError`."""
    try:
        if not path.is_dir():
            raise ModelError(f"There is no folder {path}.")
        lacking = [name for name in _NEEDED if not (path / name).is_file()]
        vocabulary = next((path / name for name in _VOCABULARIES if (path / name).is_file()), None)
        if vocabulary is None:
            lacking.append(" or ".join(_VOCABULARIES))
        if lacking or vocabulary is None:
            raise ModelError(f"{path} is not a complete model: {', '.join(lacking)} is missing.")
        _check_weights(path / WEIGHTS)
        _json(path / "tokenizer.json")
        words = _words(vocabulary)
        config = _json(path / "config.json")
        size = (path / WEIGHTS).stat().st_size
    except OSError as error:
        raise ModelError(f"{error.filename or path} cannot be read: {error.strerror}.") from None
    languages = LANGUAGES if words >= _MULTILINGUAL else frozenset({"en"})
    facts = json.dumps([config, words, size], sort_keys=True).encode()
    return Model(path, size, languages, hashlib.sha256(facts).hexdigest()[:8])


def installed(folder: Path) -> Iterator[Path]:
    """Yield the folders of models in ``folder``, by name; those that are being made are passed over."""
    if folder.is_dir():
        yield from sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def _check_weights(path: Path) -> None:
    """Walk through the tables of the weights, which say how long each is; their content is not read."""
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            (version,) = _read(file, "<I")
            if version not in _FORMATS or _text(file) != _CLASS:
                raise ModelError(f"{path} is not a Whisper model in the form that CTranslate2 reads.")
            _, tables = _read(file, "<II")
            for _ in range(tables):
                _text(file)
                (rank,) = _read(file, "<B")
                *_, length = _read(file, f"<{rank}IBI")
                file.seek(length, os.SEEK_CUR)
                if file.tell() > size:
                    raise EOFError
            (aliases,) = _read(file, "<I")
            for _ in range(2 * aliases):
                _text(file)
    except (EOFError, struct.error):
        raise ModelError(f"{path} is incomplete: it ends after {size} bytes.") from None


def _read(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _text(file: BinaryIO) -> bytes:
    (length,) = _read(file, "<H")
    text = file.read(length)
    if len(text) < length:
        raise EOFError
    return text.rstrip(b"\0")


def _words(path: Path) -> int:
    if path.suffix == ".json":
        words = _json(path)
        return len(words) if isinstance(words, list | dict) else 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ModelError(f"{path} is damaged: it is not JSON.") from None
