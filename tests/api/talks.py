"""Spoken recordings, and what tests of cuts ask over and over."""

from __future__ import annotations

import io
import subprocess
import wave
from functools import cache
from typing import Any

from tests.harness import Api, wait_until

RATE = 22_050
SCRIPT = "Welcome back to the workshop. Today we are going to build a wooden shelf for the kitchen."
# The second sentence is broken off and begun again.
LINES = (
    "Welcome back to the workshop.",
    "Today we are going to build a",
    "Today we are going to build a wooden shelf for the kitchen.",
)
_SLOWLY = 120.0  # seconds: recognizers share the machine with other tests


@cache
def talk(*lines: str, pause: float = 1.5) -> bytes:
    """Return a WAV file of lines with pauses between them, spoken by espeak-ng."""
    silence = bytes(2 * round(pause * RATE))
    spoken = [_samples(line) for line in lines]
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(silence + silence.join(spoken) + silence)
    return out.getvalue()


def _samples(line: str) -> bytes:
    command = ["espeak-ng", "-v", "en-us", "-s", "140", "--stdout", line]
    sound = subprocess.run(command, capture_output=True, check=True).stdout
    return sound[44:]  # its header gives no length


def post(api: Api, asset_id: str, status: int = 201, **wish: Any) -> dict[str, Any]:
    """Post a cut and return the answer's body."""
    answer = api.http.post("/v1/cuts", json={"asset_id": asset_id, **wish})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def read(api: Api, cut_id: str) -> dict[str, Any]:
    """Return a cut as it is now."""
    answer = api.http.get(f"/v1/cuts/{cut_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ended(api: Api, cut_id: str) -> dict[str, Any]:
    """Return a cut once it is completed or failed."""
    states = ("completed", "failed")
    return dict(wait_until(lambda: (cut := read(api, cut_id))["state"] in states and cut, _SLOWLY))


def plan(api: Api, cut_id: str) -> dict[str, Any]:
    """Return the export of a cut for programs."""
    answer = api.http.get(f"/v1/cuts/{cut_id}/export")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def fields(answer: Any) -> list[str]:
    """Return the names of the fields that a 422 complains about."""
    assert answer.status_code == 422, answer.text
    return [each["field"] for each in answer.json()["error"]["fields"]]
