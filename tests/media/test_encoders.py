"""Encoders: one of a device is used only where it works, and x264 does as it is set."""

from __future__ import annotations

from pathlib import Path

import pytest

from roughy_box.media import encoders
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.render_output import Encoder
from tests.api.films import film
from tests.media.numbered import rendered


@pytest.mark.parametrize(
    ("devices", "wanted", "selected"),
    [
        ({}, "x264", "x264"),
        ({"nvenc": False, "vaapi": False}, "auto", "x264"),
        ({"nvenc": True, "vaapi": True}, "auto", "x264"),  # devices are there, and their encoders fail
        ({"nvenc": True}, "nvenc", "x264"),
        ({"vaapi": False, "x264": True, "nvenc": True}, "auto", "x264"),
    ],
)
async def test_device_absent_or_broken_x264(
    server: ForkServer,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    devices: dict[str, bool],
    wanted: str,
    selected: str,
) -> None:
    tried = {name: (lambda is_there=is_there: is_there) for name, is_there in devices.items()}
    monkeypatch.setattr(encoders, "DEVICES", tried)
    assert await encoders.select(server, wanted) == selected
    assert ("rendering.encoder is nvenc" in caplog.text) == (wanted == "nvenc")


async def test_working_encoders_in_order(server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The encoder of the processor stands in for that of a device, which is not to be had here."""
    monkeypatch.setattr(encoders, "DEVICES", {"nvenc": lambda: True, "x264": lambda: True})
    assert await encoders.working(server, ("nvenc", "x264")) == ["x264"]


def test_preset_and_crf_used(tmp_path: Path) -> None:
    source = tmp_path / "film.mkv"
    source.write_bytes(film(size=(320, 240)))
    sizes = [
        rendered(source, tmp_path / f"{number}.mp4", encoder=encoder).path.stat().st_size
        for number, encoder in enumerate([Encoder(), Encoder(crf=45), Encoder(preset="ultrafast")])
    ]
    assert sizes[1] < sizes[0] < sizes[2]
