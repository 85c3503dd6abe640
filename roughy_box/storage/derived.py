"""What is drawn from the media: posters and waveforms. All of it can be drawn again. All calls block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from roughy_box.base.files import write_private

Kind = Literal["poster", "waveform"]

SUFFIXES: dict[Kind, str] = {"poster": "jpg", "waveform": "json"}

_NAME = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:jpg|json)")


class Derived:
    """The drawn files of one data folder."""

    def __init__(self, root: Path) -> None:
        self._folder = root / "derived"

    def is_there(self) -> bool:
        """Whether the folder exists: not in a box that was restored, nor where somebody made room."""
        return self._folder.exists()

    def make_folder(self) -> None:
        """Have the folder."""
        self._folder.mkdir(exist_ok=True)

    def store(self, asset_id: str, kind: Kind, content: bytes) -> None:
        """Keep what was drawn, whole or not at all."""
        self.make_folder()
        write_private(self._path(asset_id, kind), content)

    def read(self, asset_id: str, kind: Kind) -> bytes:
        """What was drawn. Errors: :class:`FileNotFoundError`."""
        return self._path(asset_id, kind).read_bytes()

    def remove(self, asset_id: str) -> None:
        """Delete all that was drawn of an asset. Repeatable."""
        for kind in SUFFIXES:
            self._path(asset_id, kind).unlink(missing_ok=True)

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Every file of ours with the id of the asset it was drawn from."""
        for path in self._folder.iterdir() if self.is_there() else ():
            if match := _NAME.fullmatch(path.name):
                yield match[1], path

    def _path(self, asset_id: str, kind: Kind) -> Path:
        return self._folder / f"{asset_id}.{SUFFIXES[kind]}"
