"""The sources that a command names: recordings, the recordings in folders, and assets of a box."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from roughy_box.client.errors import ClientError
from roughy_box.domain.ids import is_id
from roughy_box.media.formats import EXTENSIONS

RENDERED = ".cut"  # ends the stem of the name of a render that lies beside its source
_LARGEST_SCRIPT = 4 * 1024**2  # bytes
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Source:
    """A recording on this machine, or an asset; ``given`` is how people know it."""

    given: str
    path: Path | None = None
    asset_id: str | None = None

    @property
    def identity(self) -> str:
        """Return what makes it the same source in another run."""
        return self.asset_id or os.path.abspath(self.given)


def find_sources(given: Iterable[str]) -> list[Source]:
    """Return the sources in order, each once; a folder stands for the media files directly in it."""
    found: dict[str, Source] = {}
    for each in given:
        for source in _expand(each):
            found.setdefault(source.identity, source)
    return list(found.values())


def _expand(given: str) -> Iterator[Source]:
    path = Path(given)
    if path.is_dir():
        yield from (Source(str(each), each) for each in recordings(path))
    elif is_id(given.lower()) and not path.exists():
        yield Source(given, asset_id=given.lower())
    else:
        yield Source(given, path)


def recordings(folder: Path) -> list[Path]:
    """Return the media files of a folder by their names, without hidden ones and renders. Errors: ``OSError``."""
    return sorted(
        each
        for each in folder.iterdir()
        if each.suffix[1:].lower() in EXTENSIONS
        and not each.name.startswith(".")
        and not each.stem.endswith(RENDERED)
        and each.is_file()
    )


def script_beside(recording: Path) -> Path | None:
    """Return the text file that has the name of a recording, if there is one."""
    places = (recording.with_suffix(suffix) for suffix in (".txt", ".TXT"))
    return next((place for place in places if place.is_file()), None)


def read_script(path: Path) -> str:
    """Return the text of a script, in UTF-8 or UTF-16 with its mark. Errors: ClientError ``file``."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_SCRIPT + 1)
        encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), "utf-8")
        text = content.decode(encoding)
    except OSError as error:
        raise ClientError(f"{path}: cannot be read: {error.strerror}.", "file") from None
    except UnicodeDecodeError:
        raise ClientError(f"{path}: is not text in UTF-8. Save it in that encoding.", "file") from None
    if len(content) > _LARGEST_SCRIPT:
        raise ClientError(f"{path}: is too large for a script.", "file")
    return text
