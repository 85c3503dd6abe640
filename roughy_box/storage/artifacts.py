"""Derived files: the table of their kinds, their rows, and the files in ``derived/``. File calls block.

A file is written under a temporary name, synced and renamed before its row says ``ready``; rows go before files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from roughy_box.base.files import (
    NEW,
    entries,
    make_folder,
    publish,
    size_of_regular,
    sync_folder,
    unfinished,
    write_private,
    written,
)
from roughy_box.storage.database import execute, fetch, let_others_write, statement

FOLDER = "derived"
# What the readers of a backup or a restored box must make again: all that can be made from the media.
RESET_REGENERABLE = "UPDATE artifact SET state = 'pending', size_bytes = NULL WHERE regenerable = 1"
_BATCH = 1000  # rows a statement, so that no other program waits for long


@dataclass(frozen=True, slots=True)
class ArtifactKind:
    """A kind of derived file: the end of its name, and the content type it is served with."""

    name: str
    suffix: str
    content_type: str


POSTER = ArtifactKind("poster", "jpg", "image/jpeg")
WAVEFORM = ArtifactKind("waveform", "json", "application/json")
PREVIEWS = (POSTER, WAVEFORM)
# Made when they are first read, as most assets are never edited in the console.
PEAKS = ArtifactKind("peaks", "peaks", "application/octet-stream")
PROXY = ArtifactKind("proxy", "proxy.mp4", "video/mp4")
ON_REQUEST = (PEAKS, PROXY)
SERVED = (*PREVIEWS, *ON_REQUEST)
# A listening of each recognizer, so that setting another one and back does not mean to hear again.
OTHER_ENGINE = "other"
LISTENINGS = {
    engine: ArtifactKind(f"listening-{engine}", f"{engine}.heard", "application/octet-stream")
    for engine in ("faster-whisper", "pocketsphinx", "none", OTHER_ENGINE)
}
KINDS = {kind.name: kind for kind in (*SERVED, *LISTENINGS.values())}

_BY_SUFFIX = {kind.suffix: kind for kind in KINDS.values()}
_SUFFIXES = "|".join(map(re.escape, _BY_SUFFIX))
_NAME = re.compile(rf"([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\.({_SUFFIXES})")


class ArtifactFiles:
    """The derived files of one data folder, named by their asset and kind."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def path(self, asset_id: str, kind: ArtifactKind) -> Path:
        """Return where the file is or will be."""
        return self._folder / f"{asset_id}.{kind.suffix}"

    def store(self, asset_id: str, kind: ArtifactKind, content: bytes) -> None:
        """Write a file whole or not at all, and durably."""
        make_folder(self._folder)
        write_private(self.path(asset_id, kind), content)

    @contextmanager
    def written(self, asset_id: str, kind: ArtifactKind) -> Iterator[IO[bytes]]:
        """Open a new file to write and read; it is deleted at the end unless :meth:`publish` gave it its name."""
        make_folder(self._folder)
        with written(self.path(asset_id, kind), 0o600) as file:
            yield file

    def publish(self, file: IO[bytes], asset_id: str, kind: ArtifactKind) -> None:
        """Give a file that was written its name, durably."""
        publish(file, self.path(asset_id, kind))
        sync_folder(self._folder)

    def size(self, asset_id: str, kind: ArtifactKind) -> int | None:
        """Return the size of a file in bytes, None where there is none, but a link or a folder, say."""
        return size_of_regular(self.path(asset_id, kind))

    def exists(self) -> bool:
        """Return whether the folder is there: a restored box has none, nor one where it was deleted to make room."""
        return self._folder.exists()

    def make_folder(self) -> None:
        """Make the folder if it is missing."""
        make_folder(self._folder)

    def remove(self, asset_id: str) -> None:
        """Delete all derived files of an asset. Repeatable. Errors: ``OSError``, once each was tried."""
        failure: OSError | None = None
        for kind in KINDS.values():
            try:
                path = self.path(asset_id, kind)
                path.unlink(missing_ok=True)
                unfinished(path).unlink(missing_ok=True)
            except OSError as error:
                failure = error
        if failure:
            raise failure

    def remove_interrupted(self) -> None:
        """Delete what a process that was killed was writing."""
        for path in self._folder.glob(f".*{NEW}"):
            path.unlink(missing_ok=True)

    def stored(self) -> Iterator[tuple[str, Path]]:
        """Yield every file of a known kind with the id of its asset; other files are passed over."""
        for entry in entries(self._folder) if self.exists() else ():
            if match := _NAME.fullmatch(entry.name):
                yield match[1], Path(entry.path)


def id_of(asset_id: str, kind: ArtifactKind) -> str:
    """Return the id of the row of an artifact."""
    return f"{asset_id}.{kind.name}"


def kind_of(name: str) -> ArtifactKind | None:
    """Return the kind of a file by its name, None for a name of another form."""
    match = _NAME.fullmatch(name)
    return _BY_SUFFIX[match[2]] if match else None


@statement
async def set_ready(artifact_id: str, size: int) -> None:
    """Note that the file is in its place. Without effect when the asset was deleted meanwhile."""
    await execute("UPDATE artifact SET state = 'ready', size_bytes = ? WHERE id = ?", size, artifact_id)


@statement
async def set_none(artifact_id: str) -> None:
    """Note that the media has nothing of this kind to show."""
    await execute("UPDATE artifact SET state = 'none', size_bytes = NULL WHERE id = ?", artifact_id)


@statement
async def set_pending(asset_id: str, kind: ArtifactKind) -> None:
    """Have an artifact made again, as its file is gone."""
    await execute(
        "UPDATE artifact SET state = 'pending', size_bytes = NULL WHERE asset_id = ? AND kind = ?", asset_id, kind.name
    )


@statement
async def want(asset_id: str, kind: ArtifactKind) -> None:
    """Have an artifact made that nothing waited for. Without effect where the asset is not ready, or it has a row."""
    await execute(
        """INSERT INTO artifact (id, account_id, asset_id, kind)
           SELECT ?, account_id, id, ? FROM asset WHERE id = ? AND state = 'ready'
           ON CONFLICT (asset_id, kind) DO NOTHING""",
        id_of(asset_id, kind),
        kind.name,
        asset_id,
    )


@statement
async def set_made(account_id: str, asset_id: str, kind: ArtifactKind, size: int, made_with: str) -> None:
    """Note that a file is in its place that nothing waited for, and what it was made with.

    Without effect when the asset was deleted meanwhile.
    """
    await execute(
        """INSERT INTO artifact (id, account_id, asset_id, kind, state, size_bytes, made_with)
           SELECT ?, ?, id, ?, 'ready', ?, ? FROM asset WHERE id = ?
           ON CONFLICT (asset_id, kind)
           DO UPDATE SET state = 'ready', size_bytes = excluded.size_bytes, made_with = excluded.made_with""",
        id_of(asset_id, kind),
        account_id,
        kind.name,
        size,
        made_with,
        asset_id,
    )


async def is_made_with(asset_id: str, kind: ArtifactKind, made_with: str) -> bool:
    """Return whether the file was made with the same."""
    return bool(
        await fetch(
            "SELECT 1 FROM artifact WHERE asset_id = ? AND kind = ? AND state = 'ready' AND made_with = ?",
            asset_id,
            kind.name,
            made_with,
        )
    )


async def reset_regenerable() -> None:
    """Have every artifact that can be made from the media made again."""
    last = (await fetch("SELECT coalesce(max(seq), 0) AS last FROM artifact"))[0]["last"]
    for first in range(1, last + 1, _BATCH):
        await _reset(first, first + _BATCH - 1)
        await let_others_write()


@statement
async def _reset(first: int, last: int) -> None:
    await execute(f"{RESET_REGENERABLE} AND seq BETWEEN ? AND ?", first, last)


@statement
async def forget_requests() -> None:
    """Forget artifacts made on request only that are not there: they are made when they are asked for again."""
    names = ", ".join(f"'{kind.name}'" for kind in ON_REQUEST)
    await execute(f"DELETE FROM artifact WHERE state = 'pending' AND kind IN ({names})")


async def ready_kinds(asset_ids: Collection[str]) -> dict[str, set[str]]:
    """Return the kinds of the ready artifacts of each of the assets that has any."""
    marks = ", ".join("?" * len(asset_ids))
    rows = await fetch(
        f"SELECT asset_id, kind FROM artifact WHERE state = 'ready' AND asset_id IN ({marks})", *asset_ids
    )
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["asset_id"], set()).add(row["kind"])
    return found


@dataclass(frozen=True, slots=True)
class ArtifactRow:
    """An artifact as its row has it: ``pending``, ``ready`` or ``none``; bytes of a ready one."""

    state: str
    size: int | None


async def of_ready_asset(asset_id: str, kind: ArtifactKind) -> ArtifactRow | None:
    """Return an artifact of an asset that exists and is ready."""
    rows = await fetch(
        """SELECT artifact.state, artifact.size_bytes FROM artifact JOIN visible_asset ON visible_asset.id = asset_id
           WHERE asset_id = ? AND artifact.kind = ? AND visible_asset.state = 'ready'""",
        asset_id,
        kind.name,
    )
    return ArtifactRow(rows[0]["state"], rows[0]["size_bytes"]) if rows else None


async def unmeasured(limit: int) -> list[tuple[str, str, str]]:
    """Return id, asset and kind of ready artifacts whose size an older schema did not keep."""
    rows = await fetch(
        "SELECT id, asset_id, kind FROM artifact WHERE state = 'ready' AND size_bytes IS NULL LIMIT ?", limit
    )
    return [(row["id"], row["asset_id"], row["kind"]) for row in rows]
