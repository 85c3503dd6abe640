"""Files that try to reach other files, other hosts, or all memory."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from roughy_box.domain.asset import Failure
from roughy_box.media import formats
from roughy_box.media.worker import open as open_module
from roughy_box.media.worker.detect import detect
from roughy_box.media.worker.file import Descriptor
from roughy_box.media.worker.open import open_untrusted
from roughy_box.media.worker.probe.measure import probe
from tests.media.corpus import ffmpeg, make_wav, needs_ffmpeg

# Includes demuxers that a whitelist must keep out, to show that it is not the only guard.
CARELESS = [*formats.demuxers(), "hls", "concat", "sdp", "dash", "image2", "rtsp"]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a media file of another user in the working directory."""
    monkeypatch.chdir(tmp_path)
    return make_wav(tmp_path / "secret.wav", 1)


def playlists(secret: Path, port: int) -> dict[str, bytes]:
    segment = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
    return {
        "hls to a file": segment.format(secret.as_uri()).encode(),
        "hls to a host": segment.format(f"http://127.0.0.1:{port}/a.ts").encode(),
        "ffconcat": b"ffconcat version 1.0\nfile secret.wav\n",
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        b"m=audio 5004 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n",
    }


def test_playlist_unguarded_reads_secret(secret: Path) -> None:
    """Prove that the attack works without the guards."""
    with av.open(io.BytesIO(b"ffconcat version 1.0\nfile secret.wav\n")) as container:
        assert container.streams.audio


@pytest.mark.parametrize("demuxers", [formats.demuxers(), CARELESS], ids=["whitelist", "careless"])
@pytest.mark.parametrize("name", ["hls to a file", "hls to a host", "ffconcat", "sdp"])
def test_playlist_guarded_opens_nothing(name: str, demuxers: list[str], secret: Path, listener: socket.socket) -> None:
    data = playlists(secret, listener.getsockname()[1])[name]
    with pytest.raises(av.FFmpegError):
        open_untrusted(io.BytesIO(data), demuxers)
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", ["hls to a file", "hls to a host", "ffconcat", "sdp"])
def test_playlist_refused_by_detect_and_probe(name: str, secret: Path, listener: socket.socket) -> None:
    data = playlists(secret, listener.getsockname()[1])[name]
    assert detect(data.ljust(64)).kind is None
    # The extension in a name makes ffmpeg trust a playlist more; ours never sees one.
    renamed = secret.with_name("film.mp4")
    renamed.write_bytes(data)
    with renamed.open("rb") as file:
        outcome = probe(Descriptor(file.fileno()))
    assert isinstance(outcome, Failure)
    assert outcome.code == "unreadable_media"
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_open_other_format_refused(tmp_path: Path) -> None:
    data = make_wav(tmp_path / "a.wav", 1).read_bytes()
    with pytest.raises(av.FFmpegError):
        open_untrusted(io.BytesIO(data), ["mp3", "ogg"])
    open_untrusted(io.BytesIO(data), ["mp3", "wav"]).close()


@needs_ffmpeg
def test_open_too_many_streams_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_module, "MAX_STREAMS", 64)
    sound = make_wav(tmp_path / "a.wav", 0.1)
    ffmpeg("-i", sound, *["-map", "0"] * 70, "-c:a", "pcm_s16le", tmp_path / "many.mka")
    data = io.BytesIO((tmp_path / "many.mka").read_bytes())
    with av.open(data) as container:
        assert len(container.streams) == 70
    data.seek(0)
    with open_untrusted(data, ["matroska"]) as container:
        assert len(container.streams) <= 65


@needs_ffmpeg
def test_probe_metadata_not_utf8_ready(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine", "-t", 1, "-metadata", "title=abcdefgh", path := tmp_path / "a.m4a")
    data = path.read_bytes()
    assert b"abcdefgh" in data
    path.write_bytes(data.replace(b"abcdefgh", b"\xff\xfe\x80\x81gh12"))
    with path.open("rb") as file:
        assert not isinstance(probe(Descriptor(file.fileno())), Failure)


def test_descriptor_reads_and_seeks_like_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(100)))
    with path.open("rb") as file:
        ours = Descriptor(file.fileno())
        assert ours.read(3) == bytes([0, 1, 2])
        assert ours.seek(10, 1) == 13
        assert ours.seek(-2, 2) == 98
        assert ours.read(9) == bytes([98, 99])
        assert ours.read(9) == b""
        assert ours.seek(90) == ours.tell() == 90
        assert ours.read() == bytes(range(90, 100))
        # The position is not shared with the file that the descriptor came from.
        assert file.tell() == 0
        assert not hasattr(ours, "name")
