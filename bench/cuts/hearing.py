"""A recording heard as a child of the server hears it, and kept, as hearing takes most of the time."""

from __future__ import annotations

import hashlib
import json
import time
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, cast

from bench.cuts.recording import Recording
from roughy_box import cutting, media, speech
from roughy_box.cutting.listening import Listening
from roughy_box.media.worker.line import Line
from roughy_box.media.worker.listen.listen import listen
from roughy_box.media.worker.reporting import Reporter
from roughy_box.speech.payload import unpack
from roughy_box.speech.selection import Choice

_HEARD_BY = ("speech", "media/worker/listen", "cutting/sound", "cutting/text")
_PLANNED_BY = "warping.py"


class _NoLine:
    """A line to no server."""

    def progress(self, fraction: float, work: int, stage: str | None = None) -> None:
        """Report nothing."""


def heard(recording: Recording, choice: Choice, script: str | None) -> tuple[Listening, float]:
    """Return what was heard, and the CPU seconds that it took when it was heard."""
    wish = json.dumps(
        [choice.offer.identity, choice.language, script if choice.offer.needs_script else None, program()]
    )
    digest = hashlib.sha256(wish.encode()).hexdigest()[:16]
    kept = recording.path.with_suffix(f".{digest}.heard")
    cost = kept.with_suffix(".cpu")
    if not cost.is_file():
        began = time.process_time()
        payload = _payload(recording, choice, script)
        spent = time.process_time() - began
        kept.write_bytes(payload)
        cost.write_text(str(spent))
    return unpack(kept.read_bytes())[0], float(cost.read_text())


def fresh(recording: Recording, choice: Choice, script: str | None) -> Listening:
    """Return what is heard now."""
    return unpack(_payload(recording, choice, script))[0]


def _payload(recording: Recording, choice: Choice, script: str | None) -> bytes:
    offer = choice.offer
    arguments: dict[str, Any] = {
        "engine": offer.engine,
        "identity": offer.identity,
        "model": str(offer.model) if offer.model else None,
        "language": choice.language,
        "script": script if offer.needs_script else None,
        "threads": 1,
        "duration_ms": round(recording.duration * 1000),
    }
    with recording.path.open("rb") as source, TemporaryFile() as output:
        listen(Reporter(cast(Line, _NoLine())), arguments, source.fileno(), output.fileno())
        output.seek(0)
        return output.read()


@cache
def program() -> str:
    """Return a digest of the program's files that hear."""
    root = Path(cutting.__file__).parents[1]
    assert root == Path(speech.__file__).parents[1] == Path(media.__file__).parents[1]
    paths = sorted(path for folder in _HEARD_BY for path in (root / folder).rglob("*.py") if path.name != _PLANNED_BY)
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]
