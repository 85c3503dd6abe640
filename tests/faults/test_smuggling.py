"""Malformed and two-faced requests: one refusal or a close, and never a second request out of one."""

from __future__ import annotations

import json
import random
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlsplit

from tests.api.wire import Wire
from tests.faults.outcomes import is_sound
from tests.faults.strict import Malformed, read_head, requests_in
from tests.faults.table import Fault
from tests.faults.wild_requests import CANARY, CODED, KEY, LAST, LENGTH, LENGTH_HEX, SIZED, STARTS, UPLOAD, streams
from tests.harness import Api, LiveBox

AT_ONCE = 8
MUTATIONS = 200  # a round
PAUSE = 0.003  # seconds between two parts of a request
LONG = 10.0  # seconds that are too long for any answer
# What a change in a head or between chunks may be.
ODDITIES = (
    *(b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\x0b", b"\xc2\xa0", b":", b";", b",", b"0", b"1", b"-", b"a"),
    *(b"\r\n\r\n", b"\r\n ", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
)


@dataclass(frozen=True)
class Sent:
    """A stream and what came of it."""

    name: str
    stream: bytes
    canary: str
    statuses: list[int]
    took: float

    def trouble(self, is_canary_served: bool) -> str:
        """Return what is wrong with the answers, if anything."""
        requests = len(requests_in(self.stream))
        if any(status >= 500 for status in self.statuses):
            return "a 5xx"
        if is_canary_served and requests < 2:
            return "a second request"
        if len(self.statuses) > requests + 1:
            return "too many answers"
        if not is_head_sound(self.stream) and not all(status >= 400 for status in self.statuses):
            return "served"
        return "late" if self.took > LONG else ""


def is_head_sound(stream: bytes) -> bool:
    """Return whether a strict reader gets to the body."""
    try:
        read_head(stream)
    except Malformed:
        return False
    return True


def deliver(wire: Wire, stream: bytes, dice: random.Random) -> None:
    """Send whole or in up to three parts, which the box then gets one by one."""
    cuts = sorted(dice.randrange(min(len(stream), 2000)) for _ in range(dice.choice((0, 0, 1, 2))))
    wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        wire.send(stream[start:end])
        time.sleep(PAUSE if end < len(stream) else 0)


class Attacker:
    """Sends streams to a box, each with a canary of its own: a request that makes a project of its name."""

    def __init__(self, api: Api, dice: random.Random) -> None:
        self.api, self.box, self.dice = api, api.box, dice
        self.project_id = api.project()

    def attack(self, named: Iterable[tuple[str, bytes]]) -> list[tuple[str, str]]:
        """Send all streams; the names of those that went wrong, and how."""
        prefix = f"canary {self.dice.getrandbits(64):x}"
        works = [(f"{prefix} {number}", name, stream) for number, (name, stream) in enumerate(named)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            done = list(threads.map(lambda work: self._send(*work), works))
        served = self._projects()
        return [(sent.name, trouble) for sent in done if (trouble := sent.trouble(sent.canary in served))]

    def _send(self, canary: str, name: str, template: bytes) -> Sent:
        stream, started = self._filled(template, canary), time.monotonic()
        with Wire(self.box) as wire:
            # The box may have closed already, which is a fine answer.
            with suppress(OSError):
                deliver(wire, stream, random.Random(canary))
                wire.socket.shutdown(socket.SHUT_WR)
            answers = re.findall(rb"^HTTP/1\.1 ([2-5]\d\d)", wire.rest(), re.MULTILINE)
        return Sent(name, stream, canary, [int(status) for status in answers], time.monotonic() - started)

    def _filled(self, template: bytes, canary: str) -> bytes:
        if UPLOAD in template:
            template = template.replace(UPLOAD, urlsplit(self.api.asset(10_000, self.project_id)[1]).path.encode())
        request = b"POST /v1/projects HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %b\r\nContent-Length: %d\r\n\r\n%b"
        body = json.dumps({"name": canary}).encode()
        hidden = request % (self.box.key.encode(), len(body), body)
        filled = template.replace(KEY, self.box.key.encode()).replace(CANARY, hidden)
        return filled.replace(LENGTH, b"%d" % len(hidden)).replace(LENGTH_HEX, b"%x" % len(hidden))

    def _projects(self) -> set[str]:
        names: list[str] = []
        while items := self.api.http.get("/v1/projects", params={"limit": 100, "offset": len(names)}).json()["items"]:
            names += [item["name"] for item in items]
        return set(names)


def test_malformed_request_never_read_as_two(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    dice: random.Random,
) -> None:
    fault = report_fault("F20", "malformed and smuggling requests")
    api = Api(fresh_box({"UPLOADS_MAX_OPEN": "1000000"}))
    attacker = Attacker(api, dice)
    troubles: list[tuple[str, str]] = []
    for _ in range(rounds(1, share=0.01)):
        wild = list(streams())
        troubles += attacker.attack(wild)
        fault.rounds += len(wild)
        fault.lost = len(troubles)
    assert not troubles, troubles[:20]
    is_sound(api)


def test_mutated_request_never_read_as_two(
    fresh_box: Callable[..., LiveBox],
    report_fault: Callable[[str, str], Fault],
    rounds: Callable[..., int],
    dice: random.Random,
) -> None:
    fault = report_fault("F20", "mutations of sound requests")
    api = Api(fresh_box({"UPLOADS_MAX_OPEN": "1000000"}))
    attacker = Attacker(api, dice)
    troubles: list[tuple[str, str]] = []
    for _ in range(rounds(1, share=0.1)):
        batch = list(islice(mutations(dice), MUTATIONS))
        troubles += attacker.attack(batch)
        fault.rounds += len(batch)
        fault.lost = len(troubles)
    assert not troubles, troubles[:20]
    is_sound(api)


def mutations(dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Sound requests with a canary in their body or behind it, changed in one to three other places."""
    chunk = b"5;a=b\r\nabcde\r\n"
    forms = (
        (SIZED + b"\r\n", CANARY, b""),
        (b"Content-Length: 5\r\n\r\nabcde", CANARY, b""),
        (CODED + b"\r\n" + chunk + LENGTH_HEX + b"\r\n", CANARY, b"\r\n" + LAST),
        (CODED + b"\r\n" + chunk + LAST, CANARY, b""),
    )
    while True:
        head, canary, tail = dice.choice(forms)
        head = dice.choice(list(STARTS.values())) + head
        for _ in range(dice.randint(1, 3)):
            if tail and dice.random() < 0.3:
                tail = changed(tail, dice)
            else:
                head = changed(head, dice)
        yield repr(head + canary + tail), head + canary + tail


def changed(part: bytes, dice: random.Random) -> bytes:
    """One thing put in, taken out or replaced, near an end of a line more often than not."""
    ends: Sequence[int] = [match.start() for match in re.finditer(rb"[\r\n:;]", part)] or [0]
    at = dice.choice(ends) + dice.randint(-2, 3) if dice.random() < 0.7 else dice.randint(0, len(part))
    at = min(max(at, 0), len(part))
    taken = dice.choice((0, 0, 1, 2))
    return part[:at] + (b"" if taken and dice.random() < 0.3 else dice.choice(ODDITIES)) + part[at + taken :]
