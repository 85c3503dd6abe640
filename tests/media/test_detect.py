"""Detection at every size of head that the server tries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from roughy_box.domain.asset import MediaKind
from roughy_box.media import formats, signature
from roughy_box.media.verdict import HEAD_MAX, STAGES, Verdict
from roughy_box.media.worker.detect import detect
from tests.media.corpus import SAMPLES, Sample, cover, ffmpeg, id3, needs_ffmpeg, noise, tone

MP3 = MediaKind("audio", "audio/mpeg", "mp3")


def judged(data: bytes) -> Verdict:
    """Return the verdict of the server: stage by stage, until one is settled or the bytes end."""
    for size in STAGES:
        verdict = detect(data[:size])
        if verdict.settled or size >= len(data):
            return verdict
    return verdict


@needs_ffmpeg
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
class TestSamples:
    def test_kind_all_stages_correct(self, sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
        assert judged(sample_path(sample).read_bytes()).kind == sample.kind

    @pytest.mark.parametrize("size", [64, 256, 4096, 65536, HEAD_MAX])
    def test_head_any_size_accepted(self, sample: Sample, size: int, sample_path: Callable[[Sample], Path]) -> None:
        verdict = detect(sample_path(sample).read_bytes()[:size])
        assert verdict.kind
        assert verdict.kind == sample.kind or not verdict.settled

    def test_family_64_bytes_correct(self, sample: Sample, sample_path: Callable[[Sample], Path]) -> None:
        kind = detect(sample_path(sample).read_bytes()[:64]).kind
        assert kind
        assert any({kind, sample.kind} <= kinds for kinds in family_kinds())


def family_kinds() -> list[set[MediaKind]]:
    """Return the kinds that detection may still exchange once it sees the streams."""
    by_demuxer: dict[str, set[MediaKind]] = {}
    for family in formats.FAMILIES:
        kinds = {family.kind("video"), *(family.kind("audio", codec) for codec in ("", *formats.OGG_EXTENSIONS))}
        # AC-3 and E-AC-3 share a signature.
        by_demuxer.setdefault(family.demuxers[0].removeprefix("e"), set()).update(kinds)
    return list(by_demuxer.values())


@needs_ffmpeg
class TestTags:
    def test_kind_with_cover_is_audio(self, tmp_path: Path) -> None:
        picture = cover(tmp_path / "cover.png")
        for name, codec in (("a.mp3", "libmp3lame"), ("a.m4a", "aac"), ("a.flac", "flac"), ("a.mka", "flac")):
            attach = ["-attach", picture, "-metadata:s:t", "mimetype=image/png", "-metadata:s:t", "filename=cover.png"]
            as_stream = ["-i", picture, "-map", 0, "-map", 1, "-c:v", "copy", "-disposition:v", "attached_pic"]
            how = attach if name.endswith("mka") else as_stream
            ffmpeg(*tone(1), *how, "-c:a", codec, tmp_path / name)
            kind = judged((tmp_path / name).read_bytes()).kind
            assert kind
            assert (kind.type, kind.extension) == ("audio", name[2:])

    @pytest.mark.parametrize("name", ["sound.mp3", "sound.aac", "sound.flac", "sound.tta"])
    @pytest.mark.parametrize("size", [100, 3000, 70_000])
    def test_kind_behind_tag_correct(self, name: str, size: int, sample_path: Callable[[Sample], Path]) -> None:
        sample = next(sample for sample in SAMPLES if sample.name == name)
        verdict = judged(id3(size) + id3(50) + sample_path(sample).read_bytes())
        assert verdict.kind == sample.kind

    def test_text_behind_tag_refused(self) -> None:
        assert judged(id3(5000) + b"<html>not a sound</html>\n" * 20).kind is None


def test_tag_longer_than_head_provisional_mp3() -> None:
    assert detect(id3(2 * HEAD_MAX)[:HEAD_MAX]) == Verdict(MP3, settled=False)


def test_head_below_64_bytes_refused_unsettled() -> None:
    verdict = detect(b"RIFF" + bytes(40))
    assert verdict.kind is None
    assert not verdict.settled


TEXTS = {
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "m3u": "#EXTM3U\n#EXTINF:123,Artist - Title\nhttp://127.0.0.1:9/a.mp3\n/etc/passwd\n" * 2,
    "ffconcat": "ffconcat version 1.0\nfile 'secret.mp4'\nfile '/etc/passwd'\nduration 10\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    "mpd": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"></MPD>\n',
    "ass": "[Script Info]\nScriptType: v4.00+\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Hi\n",
    "srt": "1\n00:00:01,000 --> 00:00:02,000\nZażółć gęślą jaźń\n\n2\n00:00:03,000 --> 00:00:04,000\nHi\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nNever drink liquid nitrogen.\n\n00:03.000 --> 00:04.000\nHi\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>\n',
    "html": "<!DOCTYPE html>\n<html><head><title>No film</title></head><body>here</body></html>\n",
    "xml": '<?xml version="1.0" encoding="UTF-8"?>\n<playlist><track>a.mp3</track></playlist>\n',
    "json": '{"message": "this is what a broken client sends", "status": 500, "ok": false}\n',
    "plain": "Dear box,\nplease find no film attached, only this letter of some length.\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("lead", ["", "\n\n \r\n\t"], ids=["", "blank"])
def test_text_64_bytes_refused(text: str, encoding: str, lead: str) -> None:
    data = (lead + text).encode(encoding)
    verdict = detect(data[:64])
    assert verdict.kind is None
    assert verdict.settled
    assert verdict.reason.startswith("This looks like a")
    assert verdict.reason.isprintable()
    assert detect(data * 100).kind is None


def test_reason_text_names_mime_type() -> None:
    assert detect(TEXTS["html"].encode()).reason == "This looks like a text file (text/html), not audio or video."


NO_MEDIA = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes([0, 0, 0, 13]) + b"IHDR" + bytes([0, 0, 0, 9, 0, 0, 0, 9, 8, 6, 0, 0, 0]),
    "gif": b"GIF89a" + bytes([9, 0, 9, 0]),
    "webp": b"RIFF\x40\x00\x00\x00WEBPVP8 ",
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01",
    "avif": b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf",
    "heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
    "cr3": b"\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "zip": b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + bytes(20) + b"film.mp4",
    "gzip": b"\x1f\x8b\x08\x00" + bytes(6),
    "elf": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00",
    "midi": b"MThd\x00\x00\x00\x06\x00\x01\x00\x02\x01\xe0MTrk",
    "sqlite": b"SQLite format 3\x00\x10\x00",
    "zeros": b"",
}


@pytest.mark.parametrize("head", NO_MEDIA.values(), ids=NO_MEDIA)
def test_other_files_refused(head: bytes) -> None:
    for size in (64, 4096, 65536):
        assert detect(head.ljust(size, b"\x00")).kind is None
        assert detect((head + noise(size))[:size]).kind is None


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_refused(seed: int) -> None:
    assert judged(noise(65536, seed)).kind is None
    # Two bytes are enough for libmagic to say MP3.
    assert judged(b"\xff\xfb" + noise(65536, seed)).kind is None


@needs_ffmpeg
def test_raw_video_without_timestamps_refused(tmp_path: Path) -> None:
    for codec, form in (("libx264", "h264"), ("mpeg2video", "mpeg2video"), ("mjpeg", "mjpeg")):
        path = tmp_path / form
        ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:r=25", "-frames:v", 50, "-c:v", codec, "-f", form, path)
        assert judged(path.read_bytes()).kind is None


@needs_ffmpeg
def test_kind_behind_junk_correct(
    sample_path: Callable[[Sample], Path],
) -> None:
    samples = {sample.name: sample for sample in SAMPLES}
    film, sound = samples["front.mp4"], samples["sound.mp3"]
    assert judged(b"\x00\x00\x00\x10free" + bytes(8) + sample_path(film).read_bytes()).kind == film.kind
    assert judged(bytes(300) + sample_path(sound).read_bytes()[200:]).kind == sound.kind


@pytest.mark.parametrize(
    ("brand", "extension"),
    [
        ("isom", "mp4"),
        ("mp42", "mp4"),
        ("ZZZZ", "mp4"),
        ("M4V ", "m4v"),
        ("qt  ", "mov"),
        ("3gp5", "3gp"),
        ("3g2a", "3g2"),
    ],
)
def test_brand_index_last_names_family(brand: str, extension: str) -> None:
    head = b"\x00\x00\x00\x14ftyp" + brand.encode() + bytes(8) + b"\x40\x00\x00\x00mdat" + noise(HEAD_MAX)
    verdict = detect(head[:HEAD_MAX])
    assert verdict.kind
    assert (verdict.kind.type, verdict.kind.extension, verdict.settled) == ("video", extension, False)


@pytest.mark.parametrize("brand", ["M4A ", "M4B "])
def test_audio_brand_index_last_is_audio(brand: str) -> None:
    head = b"\x00\x00\x00\x14ftyp" + brand.encode() + bytes(8) + b"\x40\x00\x00\x00mdat" + noise(4096)
    assert detect(head).kind == MediaKind("audio", "audio/mp4", "m4a")


def test_head_over_one_mebibyte_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(signature, "claimed_family", lambda head: seen.append(len(head)))
    detect(noise(HEAD_MAX + 5000))
    assert set(seen) == {HEAD_MAX}


def test_verdict_json_round_trip() -> None:
    for verdict in (Verdict(MP3, settled=False), Verdict(None, settled=True, reason="This is “no” film.")):
        line = verdict.to_json()
        assert "\n" not in line
        assert Verdict.from_json(line) == verdict


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", '{"kind": {"type": "image"}, "settled": true}', '{"kind": null}', "x"]
)
def test_verdict_invalid_json_raises(line: str) -> None:
    with pytest.raises(ValueError, match=r"not a|Expecting"):
        Verdict.from_json(line)


def test_libmagic_loaded_from_wheel() -> None:
    import magic

    assert "pylibmagic" in magic.libmagic._name
