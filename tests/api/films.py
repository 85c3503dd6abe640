"""Small films, and what tests of renders ask over and over."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import av

from tests.harness import Api, LiveBox, children, holds, wait_until

_SLOWLY = 120.0  # seconds: an encoder shares the machine with other tests


@cache
def film(
    seconds: float = 2, *, size: tuple[int, int] = (64, 48), rate: int = 25, has_sound: bool = True, longer: float = 0
) -> bytes:
    """Return gray pictures that get lighter, with silence that is so many seconds longer."""
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        width, height = size
        picture = container.add_stream("mpeg4", rate=rate, width=width, height=height, pix_fmt="yuv420p")
        sound = container.add_stream("pcm_s16le", rate=8000, layout="mono") if has_sound else None
        for number in range(round(seconds * rate)):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([(number + 16) % 256]) * plane.buffer_size)
            container.mux(picture.encode(frame))
            if sound:
                container.mux(sound.encode(_silence(1 / rate)))
        container.mux(picture.encode())
        if sound:
            if longer:
                container.mux(sound.encode(_silence(longer)))
            container.mux(sound.encode())
    return out.getvalue()


def _silence(seconds: float) -> av.AudioFrame:
    silence = av.AudioFrame("s16", "mono", round(8000 * seconds))
    for plane in silence.planes:
        plane.update(bytes(plane.buffer_size))
    silence.rate = 8000
    return silence


def post(api: Api, asset_id: str, status: int = 201, cut_id: str | None = None, **output: Any) -> dict[str, Any]:
    """Post a render, an mp4 unless ``output`` says so, and return the answer's body."""
    wish = {"asset_id": asset_id, "cut_id": cut_id, "output": {"format": "mp4"} | output}
    answer = api.http.post("/v1/renders", json=wish)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def read(api: Api, render_id: str) -> dict[str, Any]:
    """Return a render as it is now."""
    answer = api.http.get(f"/v1/renders/{render_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def rendering(box: LiveBox, asset_id: str, after: int = 0) -> int:
    """Return the process that renders an asset, once it has its file; not the one that did ``after`` it."""

    def found() -> int:
        pids = (pid for pid in children(box, "media-render") if pid != after)
        return next((pid for pid in pids if holds(pid, asset_id)), 0)

    return int(wait_until(found, _SLOWLY))


def ended(api: Api, render_id: str) -> dict[str, Any]:
    """Return a render once it is completed or failed."""
    states = ("completed", "failed")
    return dict(wait_until(lambda: (render := read(api, render_id))["state"] in states and render, _SLOWLY))
