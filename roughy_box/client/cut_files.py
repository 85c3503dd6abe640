"""The files that a cut becomes: their places next to the source, and their content."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from roughy_box.client import cuts
from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.errors import ClientError
from roughy_box.client.outputs import Outputs
from roughy_box.client.sources import RENDERED, Source, recordings
from roughy_box.domain.export_formats import TIMELINES
from roughy_box.exports import formats, subtitles
from roughy_box.exports.names import file_name
from roughy_box.exports.text import has_control
from roughy_box.media.formats import EXTENSIONS

# Text files that must not be taken for the script.
_ENDINGS = {"audacity": "labels.txt", "txt": "transcript.txt"}


class CutFiles:
    """Writes the files of cuts into ``folder``, or next to their sources.

    ``media`` is what timelines refer to the source as; without it, its absolute path.
    """

    def __init__(
        self,
        client: BoxClient,
        outputs: Outputs,
        formats: tuple[str, ...],
        *,
        folder: Path | None = None,
        media: str | None = None,
    ) -> None:
        self.outputs = outputs
        self._client, self._formats = client, formats
        self._into, self._media = folder, media
        self._names: dict[Path, Counter[str]] = {}  # of recordings: how many have each stem, by folder

    def check(self, source: Source) -> None:
        """Refuse a source whose path no timeline can hold, before it is sent. Errors: ClientError ``file``."""
        if source.path and not self._media and has_control(os.path.abspath(source.path)):
            raise ClientError(f"{source.given}: no timeline can hold this path. Rename it, or give --media.", "file")

    def export(self, source: Source, asset: Asset, cut_id: str) -> tuple[list[Path], list[str]]:
        """Write the exports; return those that are there now, and a sentence for each that failed."""
        written, errors = [], []
        for name in self._formats:
            try:
                path = self._path(source, asset, _ENDINGS.get(name) or _extension(name))
                self.outputs.write(path, source.identity, self._content(source, cut_id, name))
                written.append(path)
            except ClientError as error:
                errors.append(error.naming({"query.media": "--media"}).message)
        return written, errors

    def render_path(self, source: Source, asset: Asset, format: str) -> Path:
        """Return the place of a render."""
        return self._path(source, asset, f"{RENDERED[1:]}.{format}")

    def _content(self, source: Source, cut_id: str, format: str) -> bytes:
        if format not in TIMELINES:
            return cuts.export_captions(self._client, cut_id, format).content
        media = self._media or (os.path.abspath(source.path) if source.path else None)
        return cuts.export_timeline(self._client, cut_id, format, {"media": media}).content

    def _path(self, source: Source, asset: Asset, ending: str) -> Path:
        if source.path is None:
            name = str(asset.get("name") or asset["id"])
            return (self._into or Path()) / file_name(stem_of(name), ending)
        folder = source.path.parent
        # Two recordings that differ in their extensions alone keep those.
        if folder not in self._names:
            self._names[folder] = Counter(each.stem for each in recordings(folder))
        stem = source.path.name if self._names[folder][source.path.stem] > 1 else source.path.stem
        return (self._into or folder) / f"{stem}.{ending}"


def _extension(format: str) -> str:
    return (formats.FORMATS if format in TIMELINES else subtitles.CAPTIONS)[format].extension


def stem_of(name: str) -> str:
    """Return the name of an asset without the extension of its file."""
    stem, _, extension = name.rpartition(".")
    return stem if stem and extension.lower() in EXTENSIONS else name
