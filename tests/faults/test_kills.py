"""kill -9 at any moment: every acknowledged byte and exactly one charge are found, and nothing stays half done."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time

import httpx

from tests.api import films
from tests.api.test_events import events_of
from tests.faults.outcomes import is_sound, orphans
from tests.faults.promises import becomes_ready
from tests.faults.shims import DieAt
from tests.faults.workload import Client, over_and_over
from tests.harness import PROGRAM, Api, wait_until
from tests.media_bytes import wav
from tests.tools import needs

needs_gcc = needs("gcc")


def test_uploading_killed_acknowledged_kept(fresh_box, rounds, dice, report_fault):
    fault = report_fault("F1", "kill -9 within a chunk of 64 KiB to whole")
    box = fresh_box(credits=1_000_000)
    client, wanted = Client(box, dice), rounds(2)
    while fault.rounds < wanted:
        with over_and_over(client.work):
            time.sleep(dice.uniform(0, 0.3))
            box.stop(signal.SIGKILL)
        box.start()
        fault.rounds = client.interrupted
        broken = client.promises.breaches(box)
        fault.lost += len(broken)
        assert not broken
    wait_until(lambda: not orphans(Api(box)))
    is_sound(Api(box))


@needs_gcc
def test_complete_upload_killed_prepared_without_client(prepared_box, shim, rounds, dice, report_fault):
    """Death before each change of the disk from the last byte on, until the answer."""
    fault = report_fault("F2", "kill -9 between the last byte and processing")
    box = prepared_box()
    die = DieAt(box, shim("die_at"))
    api = Api(box.start())
    content = wav(1, noise=dice)
    changes, _ = _changes_of_the_last_chunk(api, die, content)
    for _ in range(rounds(2, share=0.2)):
        asset_id, url = _all_but_the_end(api, content)
        # The first change is the write of the last bytes, and it must happen.
        die.arm(dice.randint(2, changes))
        with contextlib.suppress(httpx.TransportError):
            api.patch(url, len(content) - 100, content[-100:])
        die.wait()
        box.start()
        fault.rounds += 1
        fault.lost += not becomes_ready(api, asset_id, content)
        assert not fault.lost
    is_sound(api)


@needs_gcc
def test_preparing_killed_charged_once(prepared_box, shim, rounds, dice, report_fault):
    """Death before each change of the disk from the answer on, until the asset is ready."""
    fault = report_fault("F3", "kill -9 while preparing and charging")
    box = prepared_box(credits=10_000)
    die = DieAt(box, shim("die_at"))
    api = Api(box.start())
    content = wav(1, noise=dice)
    answered, ready = _changes_of_the_last_chunk(api, die, content)
    for _ in range(rounds(2, share=0.5)):
        asset_id, url = _all_but_the_end(api, content)
        die.arm(dice.randint(answered + 1, ready))
        with contextlib.suppress(httpx.TransportError):
            api.patch(url, len(content) - 100, content[-100:])
        die.wait()
        box.start()
        fault.rounds += 1
        assert becomes_ready(api, asset_id, content)
        charges = 10_000 - api.balance()
        fault.lost += charges != 1 + fault.rounds
        assert charges == 1 + fault.rounds
    assert box.cli("ledger")["total"] == 2 + fault.rounds
    is_sound(api)


@needs_gcc
def test_deleting_killed_stays_deleted(prepared_box, shim, rounds, dice, report_fault):
    fault = report_fault("F4", "kill -9 while deleting")
    box = prepared_box(credits=10_000)
    die = DieAt(box, shim("die_at"))
    api = Api(box.start())
    content = wav(1, noise=dice)

    def ready() -> str:
        return str(api.upload(content)["id"])

    def unfinished() -> str:
        return _all_but_the_end(api, content)[0]

    with die.counting() as count:
        assert api.http.delete(f"/v1/assets/{ready()}").status_code == 204
        changes = count()
    for _ in range(rounds(2, share=0.2)):
        asset_id = dice.choice((ready, unfinished))()
        die.arm(dice.randint(1, changes))
        was_answered = _is_deleted(api, asset_id)
        die.wait()
        box.start()
        fault.rounds += 1
        is_back = was_answered and api.http.get(f"/v1/assets/{asset_id}").status_code != 404
        fault.lost += is_back
        assert not is_back
        # It is gone as a whole or not at all; the sweep at the start takes what has no row any more.
        wait_until(lambda: not orphans(api))
        assert api.http.delete(f"/v1/assets/{asset_id}").status_code in (204, 404)
        assert not list(box.data_dir.rglob(f"{asset_id}*"))
    is_sound(api)


@needs_gcc
def test_rendering_killed_completed_once(prepared_box, shim, rounds, dice, report_fault):
    """Death before each change of the disk from the request on, until the file has its name and the row says so."""
    fault = report_fault("F26", "kill -9 between the request of a render and its file")
    box = prepared_box(credits=10_000)
    die = DieAt(box, shim("die_at"))
    api = Api(box.start())
    content = wav(1, noise=dice)
    first = api.upload(content)["id"]
    with die.counting() as count:
        films.ended(api, films.post(api, first, format="mp3")["id"])
        changes = count()
    for _ in range(rounds(2, share=0.2)):
        asset_id = api.upload(content)["id"]
        die.arm(dice.randint(1, changes))
        with contextlib.suppress(httpx.TransportError):
            films.post(api, asset_id, format="mp3")
        die.wait()
        box.start()
        fault.rounds += 1
        answer = api.http.post("/v1/renders", json={"asset_id": asset_id, "output": {"format": "mp3"}})
        render = films.ended(api, answer.json()["id"])
        events = [event for event, entity, _ in events_of(box) if entity == render["id"]]
        files = [path.name for path in (box.data_dir / "renders" / asset_id).iterdir()]
        is_right = (render["state"], events, files) == ("completed", ["render.completed"], [f"{render['id']}.mp3"])
        fault.lost += not is_right
        assert is_right, (render, events, files)
    is_sound(api)


@needs_gcc
def test_top_up_killed_counted_once_oldest_settled(prepared_box, shim, rounds, dice, report_fault):
    fault = report_fault("F5", "kill -9 of a top-up that settles")
    box = prepared_box(credits=1)
    api = Api(box.start())
    die = DieAt(box, shim("die_at"))  # after the start: for the command alone
    project_id, changes = api.project(), 0
    for number in range(1 + rounds(1, share=0.5)):
        _, second, third = _three_that_one_credit_is_for(api, project_id)
        topup = ("topup", "2", "--reference", f"first {number}")
        if changes:
            die.arm(dice.randint(1, changes))
            died = subprocess.run([*PROGRAM, *topup], env=box.environ, cwd=box.folder, capture_output=True).returncode
            assert died in (-signal.SIGKILL, 0)
            # All of it happened or nothing.
            found = api.get(second)["state"], api.balance()
            assert found == ("ready", 0) or (died and found == ("pending_payment", 0))
            fault.rounds += 1
        # The same command once more makes it right in either case.
        with die.counting() as count:
            box.cli(*topup)
            changes = changes or count()
        fault.lost += (api.get(second)["state"], api.get(third)["state"]) != ("ready", "pending_payment")
        assert not fault.lost
        # One for the third, one for the first of the next round.
        assert box.cli("topup", "2", "--reference", f"second {number}")["activated"] == [third]
        assert box.cli("balance")["balance"] == api.balance() == 1
    is_sound(api)


def _all_but_the_end(api: Api, content: bytes) -> tuple[str, str]:
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content[:-100]).status_code == 204
    return asset_id, url


def _changes_of_the_last_chunk(api: Api, die: DieAt, content: bytes) -> tuple[int, int]:
    """Return the number of disk changes until it is answered, and until its asset is ready."""
    asset_id, url = _all_but_the_end(api, content)
    with die.counting() as count:
        assert api.patch(url, len(content) - 100, content[-100:]).status_code == 204
        answered = count()
        assert becomes_ready(api, asset_id, content)
        return answered, count()


def _is_deleted(api: Api, asset_id: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return api.http.delete(f"/v1/assets/{asset_id}").status_code == 204
    return False


def _three_that_one_credit_is_for(api: Api, project_id: str) -> tuple[str, str, str]:
    """Make complete assets of one, two and one credits: the first is ready, the others wait for a top-up."""
    # Announced before the first one is charged: without credits nothing is created.
    opened = [(api.asset(len(content), project_id), content) for content in (wav(1), wav(90, rate=1000), wav(1))]
    for (asset_id, url), content in opened:
        assert api.patch(url, 0, content).status_code == 204
        api.settled(asset_id)
    first, second, third = (asset_id for (asset_id, _), _ in opened)
    assert api.get(first)["state"] == "ready"
    assert api.get(second)["state"] == api.get(third)["state"] == "pending_payment"
    return first, second, third
