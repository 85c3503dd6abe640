"""Cuts of real speech on a live box: takes, progress, reuse, restarts, deletion. Contract, section 9."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.api.talks import LINES, SCRIPT, ended, plan, post, read, talk
from tests.harness import Api, LiveBox, children, wait_until
from tests.tools import needs, sample

pytestmark = needs("espeak-ng")


@pytest.fixture(scope="module")
def spoken(shared_box: LiveBox) -> tuple[Api, str, dict[str, Any]]:
    """A recording that was cut by its script, and the cut."""
    api = Api(shared_box)
    asset = api.upload(talk(*LINES))["id"]
    return api, asset, ended(api, post(api, asset, script=SCRIPT)["id"])


def test_false_start_dropped(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, _, cut = spoken
    assert (cut["state"], cut["error_code"], cut["progress"], cut["stage"]) == ("completed", None, 1.0, None)
    assert cut["started_at"] <= cut["completed_at"]
    assert set(cut["summary"]["dropped"]) & {"false_start", "retake"}
    made = plan(api, cut["id"])
    assert made["engine"].startswith("pocketsphinx")
    kept = " ".join(span["text"] for span in made["segments"])
    assert kept.endswith("Today we are going to build a wooden shelf for the kitchen.")
    assert kept.count("Today") == 1
    assert [warning["code"] for warning in made["warnings"]] == [
        warning["code"] for warning in cut["summary"]["warnings"]
    ]


def test_captions_have_words_of_script(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, _, cut = spoken
    for format, media_type in (("srt", "application/x-subrip"), ("vtt", "text/vtt"), ("txt", "text/plain")):
        answer = api.http.get(f"/v1/cuts/{cut['id']}/subtitle/export?format={format}")
        assert answer.headers["Content-Type"].startswith(media_type)
        assert "wooden shelf" in answer.text.replace("\n", " ")
        assert answer.headers["Content-Disposition"].endswith(f'.{format}"')


def test_captions_of_dropped_words_refused(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, asset, cut = spoken
    silent = post(api, asset, segments=[{"start": 0, "end": 0.05}], based_on=cut["id"])["id"]
    answer = api.http.get(f"/v1/cuts/{silent}/subtitle/export")
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "This cut has no words. All that were heard are dropped."


def test_other_options_heard_once(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, asset, cut = spoken
    (listening,) = api.box.data_dir.glob(f"derived/{asset}.*.heard")
    before = listening.stat()
    kept = ended(api, post(api, asset, script=SCRIPT, options={"retakes": "keep"})["id"])
    assert float(kept["summary"]["kept_seconds"]) > float(cut["summary"]["kept_seconds"])
    assert (listening.stat().st_ino, listening.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_correction_keeps_words_and_reasons(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, asset, cut = spoken
    exported = plan(api, cut["id"])
    spans = [{"start": span["start"], "end": span["end"]} for span in exported["segments"]]
    for wish in ({}, {"based_on": cut["id"]}):
        by_hand = post(api, asset, 200 if wish else 201, segments=spans, **(wish or {"based_on": cut["id"]}))
        assert by_hand["script"] == SCRIPT
        corrected = plan(api, by_hand["id"])
        assert [corrected[name] for name in ("segments", "dropped", "words")] == [
            exported[name] for name in ("segments", "dropped", "words")
        ]


def test_same_request_same_plan(spoken: tuple[Api, str, dict[str, Any]]) -> None:
    api, asset, cut = spoken
    assert post(api, asset, 200, script=SCRIPT)["id"] == cut["id"]
    before = plan(api, cut["id"])
    assert api.http.delete(f"/v1/cuts/{cut['id']}").status_code == 204
    again = post(api, asset, script=SCRIPT)
    ended(api, again["id"])
    assert plan(api, again["id"]) | {"cut_id": ""} == before | {"cut_id": ""}


@pytest.mark.parametrize(
    ("script", "warning"),
    sample(
        [
            pytest.param("Workshop!", None, id="one word"),
            pytest.param(
                f"{SCRIPT} {'The committee met to discuss the harbor. ' * 2500}"[:100_000],
                "script_mismatch",
                id="longest",
            ),
            pytest.param(
                "Hoy vamos a construir una estantería de madera para la cocina.", "no_recognizer", id="other language"
            ),
        ]
    ),
)
def test_odd_script_ends_in_plan(spoken: tuple[Api, str, dict[str, Any]], script: str, warning: str | None) -> None:
    api, asset, _ = spoken
    done = ended(api, post(api, asset, script=script)["id"])
    assert done["state"] == "completed"
    codes = [each["code"] for each in done["summary"]["warnings"]]
    assert warning is None or warning in codes
    assert float(done["summary"]["kept_seconds"]) > 0.3


def test_killed_while_recognizing_completed_after_restart(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    api = Api(box)
    cut = post(api, api.upload(talk(*LINES))["id"], script=SCRIPT)["id"]
    wait_until(lambda: read(api, cut)["stage"] == "recognizing")
    box.stop(signal.SIGKILL)
    box.start()
    api = Api(box)
    assert ended(api, cut)["state"] == "completed"
    with closing(sqlite3.connect(box.data_dir / "box.db")) as database:
        events = database.execute("SELECT type FROM event WHERE entity_id = ?", [cut]).fetchall()
    assert events == [("cut.completed",)]


@pytest.mark.parametrize("what", ["cut", "asset"])
def test_deleted_while_heard_nothing_left(fresh_box: Callable[..., LiveBox], what: str) -> None:
    box = fresh_box()
    api = Api(box)
    asset = api.upload(talk(*LINES, *LINES))["id"]
    cut = post(api, asset)["id"]
    wait_until(lambda: children(box, "media-listen"))
    path = f"/v1/cuts/{cut}" if what == "cut" else f"/v1/assets/{asset}"
    assert api.http.delete(path).status_code == 204
    assert not children(box, "media-listen")
    assert api.http.get(f"/v1/cuts/{cut}").status_code == 404
    assert not [*box.data_dir.glob("derived/*.heard"), *box.data_dir.glob("derived/.*")]


def test_no_recognizer_set_pauses_cut(fresh_box: Callable[..., LiveBox]) -> None:
    api = Api(fresh_box({"SPEECH_ENGINE": "none"}))
    cut = ended(api, post(api, api.upload(talk(*LINES))["id"])["id"])
    assert cut["state"] == "completed"
    assert "no_recognizer" in [warning["code"] for warning in cut["summary"]["warnings"]]
    answer = api.http.get(f"/v1/cuts/{cut['id']}/subtitle/export")
    assert answer.status_code == 409
    assert "recognizer" in answer.json()["error"]["message"]


def test_engine_changed_other_cut(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"SPEECH_ENGINE": "none"})
    api = Api(box)
    asset = api.upload(talk(LINES[0]))["id"]
    first = ended(api, post(api, asset, script=LINES[0])["id"])
    box.stop()
    box.environ["ROUGHY_BOX_SPEECH_ENGINE"] = "pocketsphinx"
    box.start()
    api = Api(box)
    second = ended(api, post(api, asset, script=LINES[0])["id"])
    assert second["id"] != first["id"]
    assert plan(api, second["id"])["engine"].startswith("pocketsphinx")
    assert post(api, asset, 200, script=LINES[0])["id"] == second["id"]
