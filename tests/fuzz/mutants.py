"""Media with a few bytes wrong: cut, flipped, spliced, given wrong lengths, disguised as another kind."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hypothesis import strategies as st

from tests.fuzz.effort import SOAK
from tests.media.corpus import SAMPLES

# One of each way to lay out a container; in a soak all of them.
FEW = (
    *("front.mp4", "video.mkv", "video.ts", "video.flv", "sound.m4a"),
    *("sound.mp3", "sound.flac", "sound.opus", "sound.wav", "sound.amr"),
)
CHOSEN = [sample for sample in SAMPLES if SOAK or sample.name in FEW]
SECONDS = 0.5
# What lengths, counts and times are overwritten with.
NUMBERS = st.sampled_from(
    [0, 1, 2, 7, 8, 127, 128, 255, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1]
)
# Where: most of what is decided is decided in the first bytes.
PLACES = st.one_of(st.integers(0, 64), st.integers(0, 600), st.integers(0, 2**20))
TOKENS = st.sampled_from(
    [
        *(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile a.wav\n", b"<svg xmlns='x'>"),
        *(
            b"ID3\x04\x00\x00\x00\x00\x00\x10",
            b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
            b"RIFF\xff\xff\xff\xffWAVE",
            b"\x00\x00\x00\x01ftyp",
        ),
        *(
            b"OggS\x00\x02",
            b"\x1aE\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff",
            b"fLaC\x00\x00\x00\x22",
            b"\x47\x40\x00\x10",
            b"PK\x03\x04",
        ),
        *(
            b"%PDF-1.7\n",
            b"\x89PNG\r\n\x1a\n",
            b"GIF89a",
            b"\xff\xfb\x90\x00",
            b"\x00\x00\x01\xba",
            b"moov",
            b"mdat",
            b"\xef\xbb\xbf",
            bytes(64),
        ),
    ]
)


class How(StrEnum):
    """A way to change bytes; ``number`` is a length or a value, ``token`` what is put in."""

    FLIP = "flip"
    CUT = "cut"
    DROP = "drop"
    DOUBLE = "double"
    BLANK = "blank"
    LITTLE = "little"
    BIG = "big"
    INSERT = "insert"
    PREFIX = "prefix"
    SPLICE = "splice"


@dataclass(frozen=True)
class Change:
    """One change at a place; places beyond the end go round."""

    how: How
    place: int
    number: int
    token: bytes

    def apply(self, data: bytes, other: bytes) -> bytes:
        """``data`` changed; ``other`` is what a splice goes on with."""
        at = self.place % (len(data) + 1)
        end = at + 1 + self.number % 4096
        width = 8 if self.number >= 2**32 else 4 if self.number >= 2**16 else 2
        match self.how:
            case How.FLIP:
                return data[:at] + bytes(byte ^ (1 << self.number % 8) for byte in data[at : at + 1]) + data[at + 1 :]
            case How.CUT:
                return data[:at]
            case How.DROP:
                return data[:at] + data[end:]
            case How.DOUBLE:
                return data[:end] + data[at:]
            case How.BLANK:
                return data[:at] + bytes(len(data[at:end])) + data[end:]
            case How.LITTLE | How.BIG:
                return (
                    data[:at]
                    + self.number.to_bytes(width, "big" if self.how is How.BIG else "little")
                    + data[at + width :]
                )
            case How.INSERT:
                return data[:at] + self.token + data[at:]
            case How.PREFIX:
                return self.token + data
            case How.SPLICE:
                return data[:at] + other[self.number % (len(other) + 1) :]


CHANGES = st.lists(st.builds(Change, st.sampled_from(How), PLACES, NUMBERS, TOKENS), min_size=1, max_size=4)


@dataclass(frozen=True)
class Recipe:
    """Draw a file, a mutation, and the file to splice it with."""

    base: str
    other: str
    changes: list[Change]

    def make(self, corpus: dict[str, bytes]) -> bytes:
        """The mutant."""
        data = corpus[self.base]
        for change in self.changes:
            data = change.apply(data, corpus[self.other])
        return data


NAMES = st.sampled_from([sample.name for sample in CHOSEN])
RECIPES = st.builds(Recipe, NAMES, NAMES, CHANGES)


def make_corpus(folder: Path) -> dict[str, bytes]:
    """Small sound media by their names, made on the spot."""
    return {sample.name: sample.create(folder, SECONDS).read_bytes() for sample in CHOSEN}
