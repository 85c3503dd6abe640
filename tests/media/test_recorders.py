"""Media as cameras, phones and recorders write it: detected and measured right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from roughy_box.domain.asset import Failure, MediaKind, Preparation
from roughy_box.media.verdict import HEAD_MAX, STAGES
from roughy_box.media.worker.detect import detect
from roughy_box.media.worker.open import Descriptor
from roughy_box.media.worker.probe.measure import probe
from tests.media import recorders
from tests.media.corpus import needs_ffmpeg

pytestmark = needs_ffmpeg

QUICKTIME = MediaKind("video", "video/quicktime", "mov")


def probed(path: Path) -> Preparation | Failure:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return probe(Descriptor(descriptor))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("long_size", [False, True], ids=["32 bits", "64 bits"])
@pytest.mark.parametrize("first", recorders.FIRST_ATOMS)
def test_quicktime_without_ftyp_stays_mov(first: str, long_size: bool, tmp_path: Path) -> None:
    before = recorders.FIRST_ATOMS[first]
    path = recorders.quicktime_without_ftyp(tmp_path / "a.mov", before, long_size=long_size)
    data = path.read_bytes()
    assert len(data) > HEAD_MAX, "the index lies beyond the head"
    assert [detect(data[:size]).kind for size in STAGES] == [QUICKTIME] * len(STAGES)
    assert probed(path) == Preparation(QUICKTIME, 4000)
