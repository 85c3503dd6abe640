"""What was heard in an asset, kept as an artifact: another cut with other options need not hear again."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

from roughy_box.domain.cut import CutWarning
from roughy_box.jobs.kind import JobProgress
from roughy_box.services import recognition
from roughy_box.services.box import Box
from roughy_box.speech.recognizers import NONE
from roughy_box.speech.selection import Choice, Selection
from roughy_box.storage import artifacts
from roughy_box.storage.artifacts import LISTENINGS, OTHER_ENGINE, ArtifactKind
from roughy_box.storage.models import Asset
from roughy_box.storage.volume import space_of

_LEAST_SPACE = 16 * 1024**2  # bytes
_EACH_SECOND = 4096

# One cut of an asset listens at a time; the next one finds what it heard.
_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


@dataclass(frozen=True, slots=True)
class Heard:
    """A listening: its file, the facts that are in it, the recognizer, and what went wrong before."""

    path: Path
    facts: Mapping[str, object]
    engine: str
    warnings: tuple[CutWarning, ...] = ()


def lock_of(asset_id: str) -> asyncio.Lock:
    """Return the lock under which an asset is listened to and its listening is read."""
    lock = _locks.get(asset_id)
    if lock is None:
        lock = _locks[asset_id] = asyncio.Lock()
    return lock


async def find(box: Box, asset: Asset, script: str | None, selection: Selection) -> Heard | None:
    """Return the listening that the first choice would make, if it is there already."""
    choice = selection.choices[0]
    kind, made_with = _kind(choice), _made_with(choice, script)
    path = box.artifacts.path(asset.id, kind)
    if await artifacts.is_made_with(asset.id, kind, made_with) and await asyncio.to_thread(path.exists):
        return Heard(path, _facts(choice, script), choice.offer.identity, _notes(selection, ()))
    return None


async def hear(box: Box, asset: Asset, script: str | None, selection: Selection, progress: JobProgress) -> Heard:
    """Listen to an asset, and keep what was heard. Errors: those of :func:`roughy_box.services.recognition.hear`."""
    target = box.artifacts.path(asset.id, _kind(selection.choices[0]))
    await asyncio.to_thread(box.artifacts.make_folder)
    await asyncio.to_thread(_check_space, box, asset)
    options = box.config.cutting
    heard = await recognition.hear(
        box, asset, script, selection, target, progress, timeout=options.timeout, memory_limit=options.memory_limit
    )
    choice = heard.choice
    path = box.artifacts.path(asset.id, _kind(choice))
    if path != target:  # another recognizer took over
        await artifacts.set_pending(asset.id, _kind(selection.choices[0]))
        await asyncio.to_thread(target.replace, path)
    await artifacts.set_made(asset.account_id, asset.id, _kind(choice), heard.size, _made_with(choice, script))
    return Heard(path, _facts(choice, script), choice.offer.identity, _notes(selection, heard.warnings))


def _check_space(box: Box, asset: Asset) -> None:
    """Raise the error of a full disk before a child meets it, whose failure would be taken for that of the media."""
    wanted = _LEAST_SPACE + _EACH_SECOND * (asset.duration_ms or 0) // 1000
    if space_of(box.folder.root).free < wanted:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(box.artifacts.path(asset.id, LISTENINGS[NONE])))


def _kind(choice: Choice) -> ArtifactKind:
    return LISTENINGS.get(choice.offer.engine, LISTENINGS[OTHER_ENGINE])


def _facts(choice: Choice, script: str | None) -> dict[str, object]:
    needed = script if choice.offer.needs_script else None
    digest = None if needed is None else hashlib.sha256(needed.encode()).hexdigest()
    return {"identity": choice.offer.identity, "script_sha256": digest}


def _made_with(choice: Choice, script: str | None) -> str:
    return json.dumps({**_facts(choice, script), "language": choice.language}, sort_keys=True)


def _notes(selection: Selection, warnings: tuple[str, ...]) -> tuple[CutWarning, ...]:
    sentences = " ".join(sentence for sentence in (selection.note, *warnings) if sentence)
    return (CutWarning("recognizer_failed", sentences),) if sentences else ()
