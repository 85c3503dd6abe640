"""Exports of real files of the kinds that editors bring: what a timeline says of each. Contract, section 9."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest

from roughy_box.exports.formats import FORMATS
from tests.api.talks import plan, post
from tests.harness import Api
from tests.media.numbered import flip_track
from tests.tools import needs

pytestmark = needs("ffmpeg")
PICTURE = "-f lavfi -i testsrc2=s=160x96:r={}:d=2"
SOUND = "-f lavfi -i sine=d=2"
BOTH = f"{PICTURE} {SOUND} -c:v mpeg4 -c:a aac"


@dataclass(frozen=True)
class Kind:
    """A file that ffmpeg makes, and the attributes that FCPXML gives to it."""

    make: str
    path: str
    format: Mapping[str, str] = field(default_factory=dict)
    asset: Mapping[str, str] = field(default_factory=dict)
    sequence: Mapping[str, str] = field(default_factory=dict)
    edl: str = "00:00:00:10"  # where the first edit begins in the source


STEREO = {"hasVideo": "1", "hasAudio": "1", "audioSources": "1", "audioChannels": "1"}
KINDS = {
    "25 pictures": Kind(BOTH.format(25), "a.mp4", {"frameDuration": "1/25s"}, STEREO | {"start": "0s"}),
    "film with timecode": Kind(
        BOTH.format("24000/1001") + " -timecode 10:00:00:00",
        "a.mov",
        {"frameDuration": "1001/24000s"},
        {"start": f"{864000 * 1001}/24000s"},
        {"tcFormat": "NDF"},
        "10:00:00:10",
    ),
    "drop-frame": Kind(
        BOTH.format("30000/1001") + " -timecode 00:59:59;28",
        "a.mov",
        {"frameDuration": "1001/30000s"},
        {"start": f"{107890 * 1001}/30000s"},
        {"tcFormat": "DF"},
        "01:00:00;08",
    ),
    "29.97 without timecode": Kind(
        BOTH.format("30000/1001"), "a.mp4", {"frameDuration": "1001/30000s"}, {"start": "0s"}, {"tcFormat": "NDF"}
    ),
    "12.5 pictures": Kind(BOTH.format("25/2"), "a.mkv", {"frameDuration": "1/25s"}, edl="00:00:00:20"),
    "15 pictures": Kind(BOTH.format(15), "a.mp4", {"frameDuration": "1/30s"}, edl="00:00:00:20"),
    "portrait": Kind(
        BOTH.format(25), "turned.mp4", {"width": "96", "height": "160"}, {"hasVideo": "1"}
    ),
    "anamorphic": Kind(BOTH.format(25) + " -vf setsar=4/3", "a.mp4", {"paspH": "4", "paspV": "3", "width": "160"}),
    "5.1": Kind(
        BOTH.format(25) + " -ac 6",
        "a.mp4",
        {},
        {"audioSources": "1", "audioChannels": "6"},
        {"audioLayout": "surround"},
    ),
    "two tracks": Kind(
        f"{PICTURE} {SOUND} {SOUND} -map 0 -map 1 -map 2 -c:v mpeg4 -c:a flac -ac:a:1 2 "
        "-disposition:a:0 0 -disposition:a:1 default".format(25),
        "a.mkv",
        {},
        {"audioSources": "2", "audioChannels": "2"},
    ),
    "no sound": Kind(f"{PICTURE} -c:v mpeg4".format(25), "Ü & \"B\" ]]>.mp4", {}, {"hasVideo": "1"}),
    "sound begins earlier": Kind(
        f"{SOUND} -itsoffset 0.5 {PICTURE} -map 1 -map 0 -c:v mpeg4 -c:a aac".format(25), "a.mkv", {}, {"start": "0s"}
    ),
    "broadcast wave": Kind(
        f"{SOUND} -ar 48000 -write_bext 1 -metadata time_reference=172800000",
        "a.wav",
        {"frameDuration": "1/30s"},
        {"start": "172800000/48000s", "hasAudio": "1", "audioRate": "48000"},
        edl="01:00:00:12",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_export_of_real_file_says_what_it_is(api: Api, tmp_path: Path, kind: str) -> None:
    made = KINDS[kind]
    path = tmp_path / made.path
    subprocess.run(["ffmpeg", "-v", "error", "-y", *made.make.split(), path], check=True)
    if path.stem == "turned":
        flip_track(path, (0, 1, -1, 0))
    asset = api.upload(path.read_bytes(), name=path.name)
    assert asset["state"] == "ready", asset
    frames, rate = (
        ([(400, 800), (1000, 1600)], 1000) if asset["type"] == "audio" else ([(10, 20), (22, 24)], _rate(made))
    )
    spans = [{"start": float(start / rate), "end": float(end / rate)} for start, end in frames]
    cut = post(api, asset["id"], segments=spans)["id"]
    assert [(each["start_frame"], each["end_frame"]) for each in plan(api, cut)["segments"]] == frames
    sent = {name: _sent(api, cut, name, media="/Volumes/A") for name in FORMATS}
    root = ElementTree.fromstring(sent["fcpxml"])
    for tag, wanted in (("format", made.format), ("asset", made.asset), ("sequence", made.sequence)):
        (element, *_) = root.iter(tag)
        assert {name: element.get(name) for name in wanted} == dict(wanted)
    (event,) = (line.split() for line in sent["edl"].splitlines() if line.startswith("001"))
    assert event[4] == made.edl
    assert json.loads(sent["llc"])["mediaFileName"] == path.name


def _rate(made: Kind) -> Fraction:
    (rate,) = re.findall(r":r=([\d/]+)", made.make)
    return Fraction(rate)


def _sent(api: Api, cut: str, name: str, **query: str) -> str:
    answer = api.http.get(f"/v1/cuts/{cut}/export", params={"format": name, **query})
    assert answer.status_code == 200, answer.text
    return answer.text
