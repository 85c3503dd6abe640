"""kill -9 while uploading, preparing, charging: every acknowledged byte and exactly one charge are found."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

# The soak runs these with larger numbers.
ROUNDS = int(os.environ.get("ROUGHY_BOX_TESTS_ROUNDS", "8"))
CHUNKS = (64 * 1024, 700_000, 5_000_000, 50_000_000)


class Sender(threading.Thread):
    """Sends a file in chunks and notes how much was acknowledged; ends when the server is gone."""

    def __init__(self, api: Api, url: str, content: bytes, start: int, chunk: int) -> None:
        super().__init__(daemon=True)
        self.api, self.url, self.content, self.chunk = api, url, content, chunk
        self.acknowledged = start
        self.sent = start

    def run(self) -> None:
        with contextlib.suppress(httpx.TransportError):
            while self.acknowledged < len(self.content):
                offset = self.acknowledged
                answer = self.api.patch(self.url, offset, self._pieces(offset))
                assert answer.status_code == 204, answer.text
                self.acknowledged = int(answer.headers["Upload-Offset"])

    def _pieces(self, offset: int) -> Iterator[bytes]:
        end = min(offset + self.chunk, len(self.content))
        for position in range(offset, end, 65536):
            piece = self.content[position : min(position + 65536, end)]
            self.sent = max(self.sent, position + len(piece))
            yield piece


@pytest.fixture
def dice() -> random.Random:
    """Chances that a failure can be repeated with: the seed is printed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def restarted(box: LiveBox) -> Api:
    """Kill the server and start it again on the same port."""
    box.stop(signal.SIGKILL)
    box.start()
    return Api(box)


def test_nothing_acknowledged_is_lost_when_killed_while_uploading(fresh_box, dice):
    box = fresh_box()
    api = Api(box)
    content = wav(120, rate=48_000, channels=2, noise=dice)
    asset_id, url = api.asset(len(content))
    offset = 0
    for _ in range(ROUNDS):
        sender = Sender(api, url, content, offset, dice.choice(CHUNKS))
        sender.start()
        time.sleep(dice.uniform(0, 0.15))
        api = restarted(box)
        sender.join()
        offset = api.offset(url)
        assert sender.acknowledged <= offset <= sender.sent
    last = Sender(api, url, content, offset, len(content))
    last.start()
    last.join()
    asset = wait_until(lambda: (a := api.get(asset_id))["state"] == "ready" and a)
    assert hashlib.sha256(httpx.get(asset["download_url"]).content).digest() == hashlib.sha256(content).digest()
    assert api.balance() == 1000 - 2
    assert box.cli("doctor")["ok"]


def test_a_charge_is_made_exactly_once_when_killed_while_preparing(fresh_box, dice):
    box = fresh_box()
    api = Api(box)
    project_id = api.project()
    ids = []
    for number in range(ROUNDS):
        content = wav(1 + number % 3, noise=dice)
        asset_id, url = api.asset(len(content), project_id)
        ids.append(asset_id)
        with contextlib.suppress(httpx.TransportError):
            sender = Sender(api, url, content, 0, len(content))
            sender.start()
            time.sleep(dice.uniform(0, 0.12))
            api = restarted(box)
            sender.join()
        if api.get(asset_id)["state"] == "pending_upload":
            offset = api.offset(url)
            # What arrived whole is completed by the box itself, without its client.
            if offset < len(content):
                assert api.patch(url, offset, content[offset:]).status_code == 204
    for asset_id in ids:
        wait_until(lambda: api.get(asset_id)["state"] == "ready")  # noqa: B023
    assert api.balance() == 1000 - len(ids)
    assert box.cli("ledger")["total"] == 1 + len(ids)
    assert box.cli("doctor")["ok"]


def test_what_was_deleted_stays_deleted_when_killed_meanwhile(fresh_box, dice):
    box = fresh_box()
    api = Api(box)
    project_id = api.project()
    for _ in range(max(3, ROUNDS // 3)):
        asset = api.upload(wav(2, noise=dice), project_id)
        request = threading.Thread(target=_delete, args=(api, asset["id"]), daemon=True)
        request.start()
        time.sleep(dice.uniform(0, 0.02))
        api = restarted(box)
        request.join()
        if api.http.get(f"/v1/assets/{asset['id']}").status_code == 200:
            assert api.http.delete(f"/v1/assets/{asset['id']}").status_code == 204
        # The sweep at the start takes what a kill left between the row and the bytes.
        wait_until(lambda: not list(box.data_dir.rglob(f"{asset['id']}*")))  # noqa: B023
    assert box.cli("doctor")["ok"]


def _delete(api: Api, asset_id: str) -> None:
    with contextlib.suppress(httpx.TransportError):
        api.http.delete(f"/v1/assets/{asset_id}")
