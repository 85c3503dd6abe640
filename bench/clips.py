"""Media of any length, made by ffmpeg by repeating a short clip without encoding it again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-y")
_PICTURE = "testsrc2=size=1920x1080:rate=25,noise=alls=20:allf=t"
_SOUND = "sine=frequency=440:sample_rate=48000"
_X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_RATE = ["-b:v", "20M", "-maxrate", "20M", "-bufsize", "20M"]


def missing() -> str:
    """Return a sentence about what is not installed; empty if nothing."""
    return "" if shutil.which("ffmpeg") and shutil.which("ffprobe") else "ffmpeg and ffprobe are not installed here."


def film(folder: Path) -> Path:
    """Encode six seconds of moving noise and a tone, 20 Mbit/s."""
    path = folder / "clip.mp4"
    sources = ["-f", "lavfi", "-i", _PICTURE, "-f", "lavfi", "-i", _SOUND]
    subprocess.run([*FFMPEG, *sources, "-t", "6", *_X264, *_RATE, "-c:a", "aac", str(path)], check=True, timeout=120)
    return path


def tone(folder: Path) -> Path:
    """Encode a minute of a tone as MP3, 128 kbit/s."""
    path = folder / "clip.mp3"
    subprocess.run(
        [*FFMPEG, "-f", "lavfi", "-i", _SOUND, "-t", "60", "-b:a", "128k", str(path)], check=True, timeout=120
    )
    return path


def repeated(clip: Path, path: Path, size: int) -> Path:
    """Repeat ``clip`` to about ``size`` bytes, in the container given by the suffix of ``path``."""
    looped = [*FFMPEG, "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-fs", str(size), str(path)]
    subprocess.run(looped, check=True, timeout=300)
    return path
