"""Cuts that cannot be made end with a code, and what is the box's own trouble is tried again. Contract, section 9."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from tests.api.films import film
from tests.api.talks import LINES, SCRIPT, ended, post, read, talk
from tests.harness import Api, LiveBox, children, holds, wait_until
from tests.media_bytes import wav
from tests.tools import needs, sample


def test_no_sound_track_no_audio(api: Api) -> None:
    asset = api.upload(film(1, rate=10, has_sound=False))["id"]
    cut = ended(api, post(api, asset)["id"])
    assert (cut["state"], cut["error_code"]) == ("failed", "no_audio")
    by_hand = post(api, asset, segments=[{"start": 0.2, "end": 0.8}])
    assert by_hand["summary"]["kept_seconds"] == "0.600"


@pytest.mark.parametrize(("damage", "code"), [("missing", "media_missing"), ("short", "corrupt_media")])
def test_media_damaged_code(fresh_box: Callable[..., LiveBox], damage: str, code: str) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(wav(2))["id"]
    (path,) = box.data_dir.rglob(f"{asset}.wav")
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        os.truncate(path, 1000)
    cut = post(api, asset)["id"]
    assert ended(api, cut)["error_code"] == code
    path.write_bytes(content)
    assert post(api, asset, 200)["id"] == cut
    assert ended(api, cut)["error_code"] == "no_speech"


def test_child_killed_twice_crashed(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"SPEECH_ENGINE": "none"})
    api = Api(box)
    asset = api.upload(wav(3600))["id"]
    cut = post(api, asset)["id"]

    def killed() -> bool:
        for child in children(box, "media-listen"):
            if holds(child, asset):  # one that has not started yet says nothing about the media
                os.kill(child, signal.SIGKILL)
        return read(api, cut)["state"] == "failed"

    wait_until(killed)
    assert read(api, cut)["error_code"] == "processing_crashed"


def test_time_limit_timeout(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"SPEECH_ENGINE": "none", "CUTTING_TIMEOUT": "1s"})
    api = Api(box)
    cut = ended(api, post(api, api.upload(wav(4 * 3600))["id"])["id"])
    assert (cut["state"], cut["error_code"]) == ("failed", "processing_timeout")


@needs("espeak-ng")
def test_recognizer_killed_next_one_with_warning(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    cut = post(api, api.upload(talk(*LINES))["id"], script=SCRIPT)["id"]
    wait_until(lambda: read(api, cut)["stage"] == "recognizing")
    for child in children(box, "media-listen"):
        os.kill(child, signal.SIGKILL)
    done = ended(api, cut)
    assert done["state"] == "completed"
    codes = [warning["code"] for warning in done["summary"]["warnings"]]
    assert {"recognizer_failed", "no_recognizer"} <= set(codes)
    assert not [*box.data_dir.glob("derived/.*")]


@needs("espeak-ng")
def test_cuts_of_one_asset_at_once_all_end(fresh_box: Callable[..., LiveBox]) -> None:
    api = Api(fresh_box({"SPEECH_ENGINE": "none"}))
    asset = api.upload(talk(*LINES))["id"]
    with ThreadPoolExecutor(8) as pool:
        same = [
            cut["id"]
            for cut in pool.map(lambda _: api.http.post("/v1/cuts", json={"asset_id": asset}).json(), range(8))
        ]
        pauses = list(pool.map(lambda tenth: post(api, asset, options={"max_pause": tenth / 10})["id"], range(10, 14)))
    assert len(set(same)) == 1
    assert [ended(api, cut)["state"] for cut in (same[0], *pauses)] == ["completed"] * 5


@needs("espeak-ng")
@pytest.mark.parametrize("loss", sample(["damaged", "removed", "folder removed"], 3))
def test_listening_lost_heard_again(fresh_box: Callable[..., LiveBox], loss: str) -> None:
    box = fresh_box({"SPEECH_ENGINE": "none"})
    api = Api(box)
    asset = api.upload(talk(*LINES))["id"]
    first = ended(api, post(api, asset)["id"])
    (listening,) = box.data_dir.glob("derived/*.heard")
    whole = listening.read_bytes()
    if loss == "damaged":
        listening.write_bytes(bytes(len(whole)))
    elif loss == "removed":
        listening.unlink()
    else:
        shutil.rmtree(listening.parent)
    second = ended(api, post(api, asset, options={"pad_before": 0.09})["id"])
    assert [first["state"], second["state"]] == ["completed", "completed"]
    assert listening.read_bytes() == whole
    if loss != "folder removed":  # which took the waveform with it
        assert box.cli("doctor")["findings"] == []


@needs("espeak-ng")
def test_killed_while_planning_or_hearing_completed(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"SPEECH_ENGINE": "none"})
    api = Api(box)
    asset = api.upload(talk(*LINES))["id"]
    cut = post(api, asset)["id"]
    for name in ("media-describe", "media-listen", "media-plan"):
        with suppress(AssertionError):  # it may have ended between two looks
            wait_until(lambda name=name: children(box, name), 3)
        box.stop(signal.SIGKILL)
        box.start()
        api = Api(box)
    assert ended(api, cut)["state"] == "completed"
    assert not [*box.data_dir.glob("derived/.*")]
    assert post(api, asset, 200)["id"] == cut
