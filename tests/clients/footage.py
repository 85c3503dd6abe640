"""The files that clients send, and the checks of their arrival."""

from __future__ import annotations

import hashlib
import random
import wave
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.harness import Api
from tests.media.corpus import ffmpeg, picture, tone


@dataclass(frozen=True)
class Footage:
    """A media file with its duration and cost; encoders add up to a frame."""

    path: Path
    seconds: float
    credits: int
    tolerance: float = 0.0

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def make_recording(path: Path) -> Footage:
    """Write a minute and a half second of stereo noise: 12 MB without two equal blocks."""
    rate, seconds = 48_000, 61.5
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(random.Random(7).randbytes(4 * round(rate * seconds)))
    return Footage(path, seconds, credits=2)


def make_film(path: Path) -> Footage:
    """Encode some megabytes of H.264 and AAC with the index at the end, as cameras write it."""
    seconds = 4
    grain = ["-vf", "noise=alls=60:allf=t"]
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]
    ffmpeg(*picture(seconds, "320x240", 25), *tone(seconds, 48_000), *grain, *codecs, path)
    return Footage(path, seconds, credits=1, tolerance=0.1)


def check_arrived(api: Api, asset_id: str, footage: Footage) -> None:
    """Check that the asset is ready, equals its source in duration and bytes, and was charged once."""
    asset = api.settled(asset_id)
    assert asset["state"] == "ready", asset
    assert float(asset["duration_seconds"]) == pytest.approx(footage.seconds, abs=footage.tolerance)
    assert asset["size_bytes"] == footage.size
    assert _sha256(httpx.get(asset["download_url"]).content) == _sha256(footage.path.read_bytes())
    assert _charges(api, asset_id) == [-footage.credits]


def check_rejected(api: Api, asset_id: str) -> None:
    """Check that the asset has the reason of its failure, and cost nothing."""
    asset = api.get(asset_id)
    assert (asset["state"], asset["error_code"]) == ("failed", "unsupported_media")
    assert asset["error_message"]
    assert _charges(api, asset_id) == []


def check_gone(api: Api, asset_id: str) -> None:
    """Check that nothing of the asset is left."""
    assert api.http.get(f"/v1/assets/{asset_id}").status_code == 404
    assert not [*api.box.data_dir.rglob(f"*{asset_id}*")]


def _charges(api: Api, asset_id: str) -> list[int]:
    entries = api.http.get("/v1/credits/history", params={"limit": 100}).json()["items"]
    return [entry["delta"] for entry in entries if entry["asset_id"] == asset_id]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
