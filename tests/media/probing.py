"""Probing a file in this process, as a child would."""

from __future__ import annotations

import os
from pathlib import Path

from roughy_box.domain.asset import Failure, Preparation
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.probe.measure import probe


def probed(path: Path) -> Preparation | Failure:
    """Return the outcome for a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return probe(Descriptor(descriptor))
    finally:
        os.close(descriptor)


def played(path: Path) -> int:
    """Return the duration of a good file in milliseconds."""
    outcome = probed(path)
    assert isinstance(outcome, Preparation), outcome
    return outcome.duration_ms
