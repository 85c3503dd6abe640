"""Clients that go away in the middle of anything: Sanic cancels their handlers, and nothing may stay half done."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import struct
import threading

from tests.harness import Api, LiveBox, wait_until

STORM = 300


def request(box: LiveBox, method: str, path: str, content: object = None) -> bytes:
    """A whole request as bytes."""
    body = json.dumps(content).encode() if content is not None else b""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{box.port}\r\nAuthorization: Bearer {box.key}\r\n"
        f"Tus-Resumable: 1.0.0\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def hit_and_run(box: LiveBox, what: bytes, dice: random.Random) -> None:
    """Send a request and vanish: at once, after a moment, with FIN or with RST."""
    connection = box.connect()
    if dice.random() < 0.5:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.sendall(what)
    if dice.random() < 0.5:
        connection.settimeout(dice.uniform(0.0005, 0.01))
        with contextlib.suppress(TimeoutError):
            connection.recv(1)
    connection.close()


def test_disconnects_storm_box_still_works(fresh_box):
    box = fresh_box(credits=100_000)
    api = Api(box)
    project_id = api.project("storm")

    def storm(seed: int) -> None:
        dice = random.Random(seed)
        for number in range(STORM // 4):
            wish = {"project_id": project_id, "size_bytes": 1000 + number}
            hit_and_run(box, request(box, "POST", "/v1/assets", wish), dice)

    threads = [threading.Thread(target=storm, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    listed = api.http.get("/v1/assets", params={"limit": 100, "state": "pending_upload"}).json()
    assert listed["total"] > 0
    # A row without an open upload would answer 410: the use case was broken off in the middle.
    for asset in listed["items"]:
        url = api.get(asset["id"])["upload_url"]
        assert api.offset(url) == 0
    for asset in listed["items"][:20]:
        hit_and_run(box, request(box, "DELETE", f"/v1/assets/{asset['id']}"), random.Random(asset["id"]))
    wait_until(lambda: api.http.get("/v1/assets").json()["total"] >= listed["total"] - 20)
    # Writing still works: no transaction kept the lock.
    assert api.http.post("/v1/projects", json={"name": "after"}).status_code == 201
    assert box.cli("topup", "1")["balance"] == 100_001
    assert box.cli("doctor")["ok"]
    box.stop()
    assert "Traceback" not in box.log()


def test_disconnects_storm_acknowledged_stored(fresh_box):
    box = fresh_box()
    api = Api(box)
    answered: list[str] = []

    def client(seed: int) -> None:
        dice = random.Random(seed)
        mine = Api(box)
        for number in range(25):
            for _ in range(3):
                hit_and_run(box, request(box, "POST", "/v1/projects", {"name": "run"}), dice)
            answer = mine.http.post("/v1/projects", json={"name": f"{seed}-{number}"})
            assert answer.status_code == 201
            answered.append(answer.json()["id"])

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answered) == 100
    box.stop()
    box.start()
    api = Api(box)
    for project_id in answered:
        assert api.http.get(f"/v1/projects/{project_id}").status_code == 200
