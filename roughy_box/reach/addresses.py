"""Are the addresses that the box gives out those it is reached at? And what time is it there?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from roughy_box.reach.findings import Finding, Stop
from roughy_box.reach.visit import UNKNOWN_PROXY, Visit, code_of, document, said

PROJECT = "roughy-box doctor"
LIAR = "roughy-box-doctor.invalid"
LIES = {"X-Forwarded-Host": LIAR, "X-Forwarded-Proto": "http", "X-Forwarded-Port": "9", "Forwarded": f"host={LIAR}"}
CLOCK = 60.0  # seconds that two clocks may differ

_TRUST = "and name it in server.trusted_proxies of the box"
_PASS = {
    "scheme": f"have the proxy send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme) {_TRUST}",
    "host": f"have the proxy pass the name on (nginx: proxy_set_header Host $http_host) {_TRUST}",
    "path": "nothing else tells the box the path",
}


def check_addresses(visit: Visit) -> Iterator[Finding]:
    """Make a project, and look where the box says that it is. Errors: :class:`Stop`."""
    response = visit.ask("POST", "/v1/projects", json={"name": PROJECT})
    project = document(response)
    if response.status_code != 201 or "id" not in project:
        if code_of(response):
            raise Stop("box", said(response), "See the log of the box.")
        raise Stop("methods", f"the proxy answers POST with {response.status_code}", UNKNOWN_PROXY)
    visit.project_id = project["id"]
    yield from _compared(visit, response.headers.get("Location", ""), f"/v1/projects/{project['id']}")
    yield from _clock(project["created_at"])


def check_lies(location: str) -> Iterator[Finding]:
    """Look at an address that was given out to a client that sent :data:`LIES`."""
    # The scheme alone is no proof: without any proxy it is http as well.
    if LIAR in location or urlsplit(location).port == 9:
        yield Finding(
            "forwarded",
            "what a client writes into X-Forwarded-Host or -Port is believed",
            "Have the proxy set these headers itself (nginx: proxy_set_header X-Forwarded-Host $http_host and "
            'X-Forwarded-Port ""). If this machine is in server.trusted_proxies, ask from another one.',
        )


def _compared(visit: Visit, location: str, path: str) -> Iterator[Finding]:
    if not location:
        yield Finding("headers", "Location is missing from the answer", "Have the proxy pass all headers of answers.")
        return
    given, wanted = urlsplit(location), urlsplit(visit.url + path)
    parts = [
        name
        for name, differs in (
            ("scheme", given.scheme != wanted.scheme),
            ("host", _place(given.hostname, given.port) != _place(wanted.hostname, wanted.port)),
            ("path", given.path != wanted.path),
        )
        if differs
    ]
    if parts:
        base = location.removesuffix(path)
        passes = "; ".join(_PASS[name] for name in parts)
        yield Finding(
            "address",
            f"the box calls itself {base}, but is reached at {visit.url}: clients would go on there",
            f'Set server.public_url = "{visit.url}" on the box, or {passes}.',
        )


def _place(host: str | None, port: int | None) -> tuple[str | None, int | None]:
    # The port of the scheme goes without saying, and a wrong scheme is told apart.
    return host, None if port in (80, 443) else port


def _clock(created_at: str) -> Iterator[Finding]:
    ahead = datetime.fromisoformat(created_at).timestamp() - time.time()
    if abs(ahead) > CLOCK:
        way = "ahead of" if ahead > 0 else "behind"
        problem = f"the clock of the box is {abs(ahead):.0f} s {way} the one of this machine"
        yield Finding("clock", problem, "Set the wrong one of the two: timedatectl set-ntp true")
