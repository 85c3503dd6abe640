"""The cut page in Chromium: gaps at the joints of a cut that is played, scrolling and editing two hours of words."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from bench.lab import Lab
from bench.ours import Ours
from bench.report import Section, Table, Target, number
from bench.servers import OURS, running
from tests.api.talks import post
from tests.console import page as console
from tests.harness import Api
from tests.media.corpus import ffmpeg, picture, tone

JOINTS = 20
SECONDS = 2 * JOINTS + 2
SEGMENTS = [(2 * number + 0.2, 2 * number + 1.0) for number in range(JOINTS + 1)]
SCRIPTS = Path(console.__file__).parent


def run(lab: Lab) -> Section:
    """Play a cut with joints, then scroll and edit a long one."""
    with running(lab.folder, [OURS]) as servers:
        server = servers[OURS]
        assert isinstance(server, Ours)
        values = _cut(server, lab.folder)
        browser = console.Browser()
        try:
            gaps = [abs(gap) for gap in _play(browser, server, "joints.mjs", segments=SEGMENTS, **values)]
            long = _play(browser, server, "long_cut.mjs", **values)
        finally:
            browser.close()
    columns = ("", "ms at a joint", "the worst", "ms a frame, text", "waveform", "ms an edit")
    figures = (median(gaps), max(gaps), long["scrolledText"], long["scrolledWave"], long["edit"])
    row = ["Roughy Box", *(number(figure, 1) for figure in figures)]
    targets = [
        Target(f"the gap at {JOINTS} joints", 30, median(gaps), at_most=True, unit="ms"),
        Target("a frame while the transcript scrolls", 8, long["scrolledText"], at_most=True, unit="ms"),
        Target("a frame while the waveform scrolls", 8, long["scrolledWave"], at_most=True, unit="ms"),
    ]
    text = (
        f"A cut of {JOINTS + 1} spans played in the page, in Chromium without a graphics card: the time between the "
        "end of a span and the beginning of the next one, or by which they overlap; the median. Then a cut of two "
        "hours, 20,000 words and 3,000 spans: scripts, style and layout of a frame while it scrolls, and of an edit."
    )
    return Section("The cut page", text, [Table(columns, [row])], targets)


def _cut(server: Ours, folder: Path) -> dict[str, Any]:
    film = folder / "joints.mp4"
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac")
    ffmpeg(*picture(SECONDS, "640x360", 25), *tone(SECONDS, 48_000), *codecs, "-movflags", "+faststart", film)
    api = Api(server.box)
    with api.http:
        asset = api.upload(film.read_bytes(), name="joints.mp4")["id"]
        cut = post(api, asset, segments=[{"start": start, "end": end} for start, end in SEGMENTS])["id"]
    return {"asset": asset, "cut": cut}


def _play(browser: console.Browser, server: Ours, script: str, **values: Any) -> Any:
    page = console.Page(browser)
    page.sign_in(server.box, server.box.key)
    measured = page.do((SCRIPTS / script).read_text(), **values)
    page.close()
    return measured
