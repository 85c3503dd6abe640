"""Media of any length, made by ffmpeg by repeating a short clip without encoding it again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-y")
_PICTURE, _NOISE = "testsrc2=size={size}:rate=25", ",noise=alls=20:allf=t"
_SOUND = "sine=frequency=440:sample_rate=48000"
_X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_RATE, _STILL_RATE = (["-b:v", rate, "-maxrate", rate, "-bufsize", rate] for rate in ("20M", "2M"))


def missing() -> str:
    """Return a sentence about what is not installed; empty if nothing."""
    return "" if shutil.which("ffmpeg") and shutil.which("ffprobe") else "ffmpeg and ffprobe are not installed here."


def film(folder: Path, size: str = "1920x1080", *, still: bool = False) -> Path:
    """Encode six seconds of moving noise and a tone, 20 Mbit/s; without noise 2 Mbit/s."""
    path = folder / f"clip-{size}-{still}.mp4"
    picture = _PICTURE.format(size=size) + ("" if still else _NOISE)
    sources = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", _SOUND]
    encoded = [*_X264, *(_STILL_RATE if still else _RATE), "-c:a", "aac"]
    subprocess.run([*FFMPEG, *sources, "-t", "6", *encoded, str(path)], check=True, timeout=120)
    return path


def tone(folder: Path) -> Path:
    """Encode a minute of a tone as MP3, 128 kbit/s."""
    path = folder / "clip.mp3"
    subprocess.run(
        [*FFMPEG, "-f", "lavfi", "-i", _SOUND, "-t", "60", "-b:a", "128k", str(path)], check=True, timeout=120
    )
    return path


def murmur(folder: Path, seconds: int) -> Path:
    """Write noise that swells three times a second, as loud and as varied as a voice, in mono."""
    path = folder / "murmur.wav"
    source = "anoisesrc=color=pink:amplitude=0.3:sample_rate=48000:seed=1,tremolo=f=3:d=0.8"
    command = [*FFMPEG, "-f", "lavfi", "-i", source, "-t", str(seconds), "-ac", "1", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


def repeated(clip: Path, path: Path, size: int) -> Path:
    """Repeat ``clip`` to about ``size`` bytes, in the container given by the suffix of ``path``."""
    looped = [*FFMPEG, "-stream_loop", "-1", "-i", str(clip), "-c", "copy", "-fs", str(size), str(path)]
    subprocess.run(looped, check=True, timeout=300)
    return path
