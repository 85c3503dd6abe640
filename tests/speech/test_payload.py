"""A listening as bytes: what went in comes out, and nothing else is taken."""

from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roughy_box.cutting.listening import Engine, HeardWord, Island, Listening, Sound
from roughy_box.speech.payload import _MAGIC, pack, unpack

FACTS = {"identity": "x 1", "script_sha256": None}


def a_listening() -> Listening:
    random = np.random.default_rng(3)
    sound = Sound(random.uniform(0, 96, 2000).astype(np.float32), random.normal(0, 20, (500, 12)).astype(np.float32))
    islands = (Island(1.0, 2.5), Island(3.125, 4.0))
    words = (
        HeardWord("don't", 1.0, 1.4, 0, 0.75),
        HeardWord("uh", 1.5, 1.9, 0, None, "filler"),
        HeardWord("", 3.2, 3.9, 1, None, "noise"),
    )
    return Listening(10.0, islands, words, sound, Engine("x 1", guesses=True), "en", -0.25)


def test_payload_comes_back():
    before = a_listening()
    after, facts = unpack(pack(before, FACTS))
    assert facts == FACTS
    for name in ("duration", "islands", "words", "engine", "language", "offset"):
        assert getattr(after, name) == getattr(before, name)
    assert np.abs(after.sound.levels - before.sound.levels).max() <= 0.0051
    inside = slice(50, 125)
    assert np.allclose(after.sound.cepstra[inside], before.sound.cepstra[inside], rtol=1e-3, atol=1e-2)
    assert not after.sound.cepstra[:40].any()


def test_payload_packed_again_same():
    payload = pack(a_listening(), FACTS)
    assert pack(unpack(payload)[0], FACTS) == payload


@given(st.binary(max_size=300))
def test_payload_noise_refused(noise):
    for payload in (noise, _MAGIC + noise, _MAGIC + zlib.compress(noise)):
        with pytest.raises(ValueError, match=r"."):
            unpack(payload)


@pytest.mark.parametrize(
    "change",
    [
        {"islands": [[2, 1]]},
        {"islands": [[1, 2], [1.5, 3]]},
        {"duration": "x"},
        {"duration": -1},
        {"duration": 1e300},
        {"levels": 10**12},
        {"levels": -1},
        {"cepstra": [1]},
        {"cepstra": [500, 13]},
        {"words": {}},
        {"words": None},
        {"engine": None},
        {"language": 3},
        {"facts": 3},
    ],
    ids=str,
)
def test_payload_bad_document_refused(change):
    content = zlib.decompress(pack(a_listening(), FACTS)[len(_MAGIC) :])
    (length,) = struct.unpack_from("<I", content)
    document = json.dumps(json.loads(content[4 : 4 + length]) | change).encode()
    payload = _MAGIC + zlib.compress(struct.pack("<I", len(document)) + document + content[4 + length :])
    with pytest.raises(ValueError, match=r"."):
        unpack(payload)


def test_payload_cut_off_refused():
    payload = pack(a_listening(), FACTS)
    for size in (0, 10, len(_MAGIC), len(payload) // 2, len(payload) - 1):
        with pytest.raises(ValueError, match=r"."):
            unpack(payload[:size])
