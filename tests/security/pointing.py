"""Files that point elsewhere: each form of media that names other files or hosts, made by hand."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import av

from tests.media.corpus import id3
from tests.media_bytes import wav

MEGABYTE = 1024**2


def hls(target: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n".encode()


def concat(target: str) -> bytes:
    return f"ffconcat version 1.0\nfile '{target}'\n".encode()


def dash(target: str) -> bytes:
    return (
        '<?xml version="1.0"?>'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S">'
        f'<Period><AdaptationSet mimeType="audio/mp4"><Representation id="1"><BaseURL>{target}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>"
    ).encode()


def sdp(target: str) -> bytes:
    return (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"a=control:{target}\nm=audio 5004 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
    ).encode()


def subtitles(target: str) -> bytes:
    return f"1\n00:00:00,000 --> 00:00:09,000\n<img src='{target}'>{{\\1img({target})}}\n".encode()


def ass(target: str) -> bytes:
    script = f"[Script Info]\nVideo File: {target}\n[Aegisub Project Garbage]\nAudio File: {target}\n"
    return f"{script}[Events]\nDialogue: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,{{\\1img({target})}}\n".encode()


def quicktime(target: str) -> bytes:
    """Sound whose data is said to lie in another file: a data reference with a Macintosh alias."""
    out = io.BytesIO()
    with av.open(out, "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        stream.layout = "mono"
        frame = av.AudioFrame(format="s16", layout="mono", samples=8000)
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    path = target.encode() + b"\0" * (len(target) % 2)
    alias = bytes(10) + bytes([0]) + bytes(27) + bytes(12) + bytes([0]) + bytes(63) + bytes(16)
    alias += (
        struct.pack(">hh", -1, -1) + bytes(16) + struct.pack(">HH", 2, len(path)) + path + struct.pack(">hH", -1, 0)
    )
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + alias
    dref = struct.pack(">I4sII", 16 + len(entry), b"dref", 0, 1) + entry
    return _with_box(out.getvalue(), [b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"], dref)


def _with_box(data: bytes, path: list[bytes], new: bytes) -> bytes:
    """``data`` with the box at ``path`` replaced; the sizes around it follow. The index is the last box."""
    at, result = 0, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        box = data[at : at + size]
        if kind == path[0]:
            inner = new if len(path) == 1 else box[:8] + _with_box(box[8:], path[1:], new)
            box = inner if len(path) == 1 else struct.pack(">I", len(inner)) + inner[4:]
        result, at = result + box, at + size
    return result


def avi(target: str) -> bytes:
    """A film whose subtitle track holds a playlist (GAB2): how playlists came past the gates of 2017."""
    playlist = hls(target)
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"\0\0" + struct.pack("<HI", 4, len(playlist)) + playlist
    sound = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    avih = struct.pack("<14I", 40000, 0, 0, 0x10, 25, 0, 2, 0, 64, 48, 0, 0, 0, 0)
    head = _chunk(b"avih", avih) + _stream(b"auds", sound) + _stream(b"txts", b"")
    frames = _chunk(b"00wb", bytes(16000)) + _chunk(b"01tx", gab2)
    return b"RIFF" + struct.pack("<I", 0) + b"AVI " + _list(b"hdrl", head) + _list(b"movi", frames)


def _stream(kind: bytes, format_: bytes) -> bytes:
    header = struct.pack("<4s4sIHHIIIIIIII8s", kind, bytes(4), 0, 0, 0, 0, 1, 8000, 0, 8000, 0, 0, 2, bytes(8))
    return _list(b"strl", _chunk(b"strh", header) + _chunk(b"strf", format_))


def _list(kind: bytes, content: bytes) -> bytes:
    return _chunk(b"LIST", kind + content)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def everything(target: str) -> dict[str, bytes]:
    """Every file that points to ``target``, by how it does."""
    makers: tuple[Callable[[str], bytes], ...] = (hls, concat, dash, sdp, subtitles, ass, quicktime, avi)
    files = {maker.__name__: maker(target) for maker in makers}
    files |= {
        # No text any more, so that the gate leaves the word to ffmpeg.
        "concat with a control sign": concat(target) + b"#\x01\n",
        "hls with a control sign": hls(target) + b"#\x01\n",
        "hls after a byte order mark": b"\xef\xbb\xbf" + hls(target),
        "hls in UTF-16": hls(target).decode().encode("utf-16"),
        "hls after a tag": id3(2000) + hls(target),
        # The first chunk is all tag: the gate must believe it, so what follows meets the prober.
        "hls after a tag longer than the first look": id3(MEGABYTE + 5000) + hls(target),
        "concat after a tag longer than the first look": id3(MEGABYTE + 5000) + concat(target),
        "hls after a box": struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom") + hls(target),
        "hls in a box": struct.pack(">I4s4sI4s", 20, b"ftyp", b"isom", 0, b"isom")
        + struct.pack(">I4s", 4000, b"mdat")
        + hls(target),
        "sound and a playlist": wav(1) + hls(target),
        "reference list": f"[InternetShortcut]\nURL={target}\n[Reference]\nRef1={target}\nFile1={target}\n".encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>'.encode(),
        "rtsp": f"RTSPtext\nrtsptext {target}\n".encode(),
    }
    return {name: content.ljust(200, b"\n") for name, content in files.items()}


def bait(folder: Path) -> Path:
    """Return a foreign sound, of a duration that no file above has."""
    path = folder / "somebody-elses.wav"
    path.write_bytes(wav(7))
    return path
