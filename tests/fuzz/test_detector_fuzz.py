"""Mutated media in front of the detector and the prober: always a verdict, from a child, in time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from roughy_box.domain.asset import Failure, MediaKind, Preparation
from roughy_box.media.detector import Detector
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.formats import FAMILIES, OGG_EXTENSIONS
from roughy_box.media.prober import probe_file
from roughy_box.media.verdict import Verdict
from tests.fuzz.effort import effort
from tests.fuzz.mutants import RECIPES, Recipe, make_corpus
from tests.tools import needs

IN_TIME = 30.0  # seconds: a look takes milliseconds, one that hangs is ended after twice five
SENTENCE = re.compile(r"This [ -~]{5,150}\.")
KINDS = {
    *(family.kind(type_) for family in FAMILIES for type_ in ("audio", "video")),
    *(MediaKind("audio", "audio/ogg", extension) for extension in OGG_EXTENSIONS.values()),
}
HEADS = st.sampled_from([64, 65, 500, 4095, 4096, 65_536, 2**20, 2**20 + 1])

Look = Callable[[bytes], Verdict]
Probe = Callable[[bytes], Preparation | Failure]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return make_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    """The detector as the server runs it."""
    with asyncio.Runner() as loop:
        detector = Detector()
        yield lambda head: loop.run(detector.detect(head))
        loop.run(detector.close())


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probe]:
    """The prober as the server runs it."""
    path, server = tmp_path_factory.mktemp("mutants") / "mutant", ForkServer()
    with asyncio.Runner() as loop:

        def probe_bytes(data: bytes) -> Preparation | Failure:
            path.write_bytes(data)
            return loop.run(probe_file(server, path, timeout=IN_TIME, memory_limit=2**30))

        yield probe_bytes
        loop.run(server.close())


def check(verdict: Verdict) -> None:
    if verdict.kind:
        assert verdict.kind in KINDS
    else:
        assert SENTENCE.fullmatch(verdict.reason), verdict.reason


@needs("ffmpeg")
@given(recipe=RECIPES, size=HEADS)
@effort(300, share=10)
def test_mutated_head_verdict_in_time(look: Look, corpus: dict[str, bytes], recipe: Recipe, size: int) -> None:
    begun = time.monotonic()
    check(look(recipe.make(corpus)[:size]))
    assert time.monotonic() - begun < IN_TIME


@given(head=st.one_of(st.binary(max_size=200), st.binary(min_size=64, max_size=100).map(lambda data: data * 50)))
@effort(100, share=10)
def test_random_bytes_verdict(look: Look, head: bytes) -> None:
    check(look(head))


PLAYLISTS = st.sampled_from(
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>\n',
        "[playlist]\nFile1=http://127.0.0.1/a.ts\nNumberOfEntries=1\nVersion=2\n",
        '{"segments": ["file:///etc/passwd"]}\n',
    ]
)
# What real media begins with, as far as it can be typed.
DRESSES = st.lists(
    st.sampled_from(
        [
            *("RIFF    WAVEfmt ", "OggS", "fLaC", "FORM    AIFF", "caff", "MAC ", "TTA1", "wvpk", "DTSHDHDR"),
            *("#!AMR\n", ".snd", "FLV", "    ftypisom", "    ftypM4A ", "    moov", "webm", "GG" * 94, "G" + "x" * 187),
            *("\ufeff", "\x1b", "\r\n\r\n", " " * 70),
        ]
    ),
    max_size=4,
).map("".join)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])


@given(dress=DRESSES, playlist=PLAYLISTS, encoding=ENCODINGS, repeated=st.integers(1, 60))
@example(dress="G" * 600, playlist="#EXTM3U\n", encoding="utf-8", repeated=60)
@effort(150, share=5)
def test_playlist_disguised_not_media(look: Look, dress: str, playlist: str, encoding: str, repeated: int) -> None:
    verdict = look((dress + playlist * repeated).ljust(64).encode(encoding))
    assert verdict.kind is None
    assert verdict.settled
    check(verdict)


@needs("ffmpeg")
@given(recipe=RECIPES)
@effort(20)
def test_mutated_file_prepared_or_failed(probe: Probe, corpus: dict[str, bytes], recipe: Recipe) -> None:
    data = recipe.make(corpus)
    outcome = probe(data)
    if isinstance(outcome, Failure):
        assert outcome.code in ("unreadable_media", "corrupt_media")
        assert outcome.message.isprintable()
    else:
        assert outcome.kind in KINDS
        # No codec here stretches a byte further, even where the sample rate says 1 Hz.
        assert 0 < outcome.duration_ms <= 10_000 * len(data)
