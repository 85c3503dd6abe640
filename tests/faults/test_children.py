"""The children that touch media die, hang or want too much: the box says so, charges nothing and goes on."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import soon_giving_way
from tests.faults.hard_media import large_picture, long_sound
from tests.faults.outcomes import altered, is_sound
from tests.faults.peers import at_once
from tests.faults.table import Fault
from tests.harness import PATIENCE, Api, LiveBox, children, holds, serving, wait_until
from tests.media_bytes import wav

TIMEOUT = 3.0  # seconds of one attempt, configured where a child hangs
ATTEMPTS = 2
LOOK = 5.0  # seconds the detector has
SLACK = 15.0  # seconds; the goal is 5, the machine may be busy
HELD_UP = 8.0  # seconds of one attempt where the next one does not wait for it
MINUTES = 10
HEALTHY = wav(1)
LITTLE_MEMORY = {"PROCESSING_MEMORY_LIMIT": "256MiB", "PROCESSING_WORKERS": "8"}
LITTLE_TIME = {"PROCESSING_TIMEOUT": f"{TIMEOUT:.0f}s", "PROCESSING_WORKERS": "8"}


@dataclass(frozen=True)
class Fate:
    """The fault of the first ``times`` children of an asset, and the outcome."""

    what: str
    content: bytes
    how: signal.Signals
    times: int
    error_code: str | None


@dataclass(frozen=True)
class Met:
    """Two assets, of which one met its fate, and how long that took in seconds."""

    victim: str
    healthy: str
    took: float


def ends() -> list[Fate]:
    """A sound that takes long enough to be met in the middle, and a picture that takes more memory than there is."""
    sound = long_sound(60 * MINUTES)
    return [
        Fate("child killed once", sound, signal.SIGKILL, 1, None),
        Fate("child killed every time", sound, signal.SIGKILL, ATTEMPTS, "processing_crashed"),
        Fate("too much memory", large_picture(8000), signal.SIGKILL, 0, "processing_crashed"),
    ]


def hang() -> list[Fate]:
    """Return the same sound, whose children hang forever."""
    return [Fate("child that hangs", long_sound(60 * MINUTES), signal.SIGSTOP, ATTEMPTS, "processing_timeout")]


def strike(box: LiveBox, asset_id: str, fate: Fate) -> None:
    """Send the signal to as many children that work on the asset as fate wants, and see that they end."""
    struck: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while len(struck) < fate.times:
        for pid in set(children(box, "media-probe")) - struck:
            if holds(pid, asset_id):
                os.kill(pid, fate.how)
                struck.add(pid)
        assert time.monotonic() < deadline, "a child was faster than its fate"
        time.sleep(0.002)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in struck))


def sent(api: Api, content: bytes) -> str:
    """The id of an asset whose bytes are all sent."""
    asset_id, url = api.asset(len(content))
    assert api.patch(url, 0, content).status_code == 204
    return asset_id


def meet(box: LiveBox, fate: Fate) -> Met:
    """Have one asset meet its fate, with a healthy one right behind it."""
    api = Api(box)
    with api.http, ThreadPoolExecutor(1) as beside:
        victim = sent(api, fate.content)
        started = time.monotonic()
        struck = beside.submit(strike, box, victim, fate)
        healthy = sent(api, HEALTHY)
        struck.result()
        api.settled(victim)
        return Met(victim, healthy, time.monotonic() - started)


def is_right(api: Api, fate: Fate, met: Met) -> bool:
    """Return whether the asset has its outcome, and the healthy one is ready."""
    asset = api.get(met.victim)
    is_victim_right = (
        (asset["state"], asset["error_code"]) == ("failed", fate.error_code)
        if fate.error_code
        else not altered(api, {met.victim: fate.content})
    )
    return is_victim_right and not altered(api, {met.healthy: HEALTHY})


@pytest.mark.parametrize(("make", "settings"), [(ends, LITTLE_MEMORY), (hang, LITTLE_TIME)], ids=["ends", "hang"])
def test_assets_children_fail_alone_and_uncharged(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    make: Callable[[], list[Fate]],
    settings: dict[str, str],
) -> None:
    box = fresh_box(settings, credits=100_000)
    api = Api(box)
    faults = {fate: report_fault("F22", fate.what) for fate in make()}
    for _ in range(rounds(1, share=0.02)):
        before = api.balance()
        for fate, met in zip(faults, at_once(lambda fate: meet(box, fate), faults), strict=True):
            faults[fate].rounds += 1
            faults[fate].lost += not is_right(api, fate, met)
            faults[fate].note = f"settled after {met.took:.1f} s"
            if fate.how is signal.SIGSTOP:
                assert met.took <= ATTEMPTS * TIMEOUT + SLACK
        charged = sum(1 + (0 if fate.error_code else MINUTES) for fate in faults)
        assert before - api.balance() == charged
    assert not any(fault.lost for fault in faults.values())
    is_sound(api)


def test_stopped_preparation_leaves_the_next_its_turn(tmp_path: Path) -> None:
    settings = {"PROCESSING_TIMEOUT": f"{HELD_UP:.0f}s", "PROCESSING_WORKERS": "1"}
    with serving(tmp_path, settings, program=[sys.executable, soon_giving_way.__file__]) as box:
        api = Api(box)
        victim = sent(api, long_sound(60 * MINUTES))
        (pid,) = wait_until(lambda: [pid for pid in children(box, "media-probe") if holds(pid, victim)])
        os.kill(pid, signal.SIGSTOP)
        stopped = time.monotonic()
        healthy = sent(api, HEALTHY)
        assert api.settled(healthy)["state"] == "ready"
        # Not before its time, and not because the watchdog had ended the one that hangs.
        assert soon_giving_way.GIVES_WAY - 1 < time.monotonic() - stopped < HELD_UP
        assert api.get(victim)["state"] == "processing"
        assert holds(pid, victim)
        wait_until(lambda: not Path(f"/proc/{pid}").exists())
        assert time.monotonic() - stopped > HELD_UP - 1
        assert api.settled(victim)["state"] == "ready", "the second try was not stopped"


def test_detector_dead_or_hanging_replaced(
    fresh_box: Callable[..., LiveBox], report_fault: Callable[[str, str], Fault], rounds: Callable[..., int]
) -> None:
    killed, hung = report_fault("F22", "detector killed"), report_fault("F22", "detector that hangs")
    api = Api(fresh_box(credits=100_000))
    for number in range(rounds(4, share=0.2)):
        asset_id, url = api.asset(len(HEALTHY))
        killer = threading.Timer(number % 4 * 0.003, kill_detector, (api.box,))
        killer.start()
        # A child that was still starting gives no verdict on the file either: the client must retry.
        wait_until(lambda: is_taken(api, url))  # noqa: B023
        killer.join()
        killed.rounds += 1
        killed.lost += len(altered(api, {asset_id: HEALTHY}))
    for _ in range(rounds(1, share=0.01)):
        sent(api, HEALTHY)  # so that one runs
        (detector,) = children(api.box, "media-detect")
        os.kill(detector, signal.SIGSTOP)
        started = time.monotonic()
        asset_id = sent(api, HEALTHY)
        took = time.monotonic() - started
        hung.rounds += 1
        hung.lost += len(altered(api, {asset_id: HEALTHY}))
        hung.note = f"the chunk was taken after {took:.1f} s (limit {LOOK:.0f} s)"
        assert LOOK <= took <= LOOK + SLACK
    assert not killed.lost + hung.lost
    is_sound(api)


def is_taken(api: Api, url: str) -> bool:
    """Return whether the box accepts the missing bytes, or the end if none are missing."""
    offset = api.offset(url)
    answer = api.patch(url, offset, HEALTHY[offset:])
    assert answer.status_code in (204, 503), answer.text
    return answer.status_code == 204


def kill_detector(box: LiveBox) -> None:
    """kill -9, if it runs just now."""
    for pid in children(box, "media-detect"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
