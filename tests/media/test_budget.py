"""Computing time that follows the playing time."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest

from roughy_box.media.worker.file import Patched

SCRIPT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, resource.RLIM_INFINITY))
from roughy_box.media.worker.probe.budget import allow
for seconds in map(int, sys.argv[1:]):
    allow(seconds)
print(resource.getrlimit(resource.RLIMIT_CPU)[0])
"""


@pytest.mark.parametrize(
    ("playing", "limit"),
    [
        ([0], 60),
        ([5000], 70),
        ([5000, 86_400], 60 + 172),  # eight speakers for three hours
        ([10**9], 240),  # a forged clock
    ],
    ids=["none", "some", "long", "forged"],
)
def test_budget_follows_playing_time(playing: list[int], limit: int) -> None:
    command = [sys.executable, "-c", SCRIPT, *map(str, playing)]
    assert int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout) == limit


def test_patched_file_reads_patch_at_any_offset() -> None:
    whole = b"0123xx6789"
    for start in range(len(whole)):
        for size in range(1, len(whole)):
            file = Patched(io.BytesIO(b"0123456789"), 4, b"xx")
            assert file.seek(start) == start
            assert file.read(size) == whole[start : start + size]
            assert file.tell() == min(start + size, len(whole))
