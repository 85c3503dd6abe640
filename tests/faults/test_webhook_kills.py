"""kill -9 while events happen: every one is delivered under one id, and none of a change that was not made."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from typing import Any

from tests.faults.outcomes import is_sound
from tests.faults.workload import over_and_over
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.webhooks.receiver import Receiver, receiving

SECONDS = 60


class Editor:
    """Makes cuts by hand, each of which is an event, and notes those that the box confirmed."""

    def __init__(self, api: Api, asset_id: str) -> None:
        self._api = api
        self._asset_id = asset_id
        self._count = 0
        self.confirmed: list[str] = []

    def work(self) -> None:
        """Make one more cut."""
        self._count += 1
        end = 0.5 + self._count * 0.001
        wish = {"asset_id": self._asset_id, "segments": [{"start": 0, "end": end}]}
        answer = self._api.http.post("/v1/cuts", json=wish)
        assert answer.status_code == 201, answer.text
        self.confirmed.append(answer.json()["id"])


def test_events_killed_all_delivered_under_one_id(fresh_box, rounds, dice, report_fault):
    fault = report_fault("F26", "kill -9 while webhooks are delivered")
    box = fresh_box(credits=10)

    def answers(_: Any) -> int:
        time.sleep(dice.uniform(0, 0.02))
        return 503 if dice.random() < 0.1 else 200

    with receiving(answers) as receiver:
        api = Api(box)
        asset_id = api.upload(wav(SECONDS, rate=8000))["id"]
        wish = {"url": receiver.url(), "event_types": ["cut.completed"]}
        assert api.http.post("/v1/webhook-endpoints", json=wish).status_code == 201
        editor = Editor(api, asset_id)
        for _ in range(rounds(3)):
            with over_and_over(editor.work):
                time.sleep(dice.uniform(0.1, 0.8))
                box.stop(signal.SIGKILL)
            box.start()
            fault.rounds += 1
        receiver.answers = None
        retry_all(box)
        wait_until(lambda: not undelivered(box))
        fault.lost = len(missing(editor, receiver))
        fault.note = f"{len(editor.confirmed)} events, {len(receiver.received)} attempts"
    assert editor.confirmed
    assert not fault.lost
    ids, bodies = defaultdict(set), defaultdict(set)
    for each in receiver.received:
        ids[each.entity].add(each.id)
        bodies[each.id].add(each.body)
    assert {len(each) for each in (*ids.values(), *bodies.values())} == {1}
    assert set(ids) == {row[0] for row in ask(box, "SELECT id FROM cut WHERE state = 'completed'")}
    is_sound(api)


def missing(editor: Editor, receiver: Receiver) -> set[str]:
    return set(editor.confirmed) - {each.entity for each in receiver.received}


def retry_all(box: LiveBox) -> None:
    """Have what failed attempted now."""
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database, database:
        database.execute("UPDATE webhook_delivery SET next_attempt_at = 1 WHERE state = 'pending'")


def undelivered(box: LiveBox) -> list[Any]:
    return ask(box, "SELECT id FROM webhook_delivery WHERE state <> 'delivered' LIMIT 1")


def ask(box: LiveBox, question: str) -> list[Any]:
    with closing(sqlite3.connect(box.data_dir / "box.db", timeout=30)) as database:
        return database.execute(question).fetchall()
