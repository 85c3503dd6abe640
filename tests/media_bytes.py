"""Media made without any tool, for tests whose subject is not media."""

from __future__ import annotations

import io
import random
import wave


def wav(seconds: float, *, rate: int = 8000, channels: int = 1, noise: random.Random | None = None) -> bytes:
    """A WAV file that plays for ``seconds``: silence, or noise so that every byte differs from its neighbours."""
    size = int(seconds * rate) * channels * 2
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(noise.randbytes(size) if noise else bytes(size))
    return buffer.getvalue()
