"""Are the addresses that the box gives out those it is reached at? And what time is it there?"""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from roughy_box.client.connectivity.answers import code_of, document, id_in, instant, said
from roughy_box.client.connectivity.cleaning import PROJECT
from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.visit import UNKNOWN_PROXY, Visit

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
    project_id = id_in(project)
    if response.status != 201 or not project_id:
        if code_of(response):
            raise Stop("box", said(response), "See the log of the box.")
        raise Stop("methods", f"the proxy answers POST with {response.status}", UNKNOWN_PROXY)
    visit.project_id = project_id
    yield from _compared(visit, response.headers.get("location", ""), f"/v1/projects/{project_id}")
    visit.ahead = instant(project.get("created_at")) - time.time()
    yield from _clock(visit.ahead)


def check_lies(location: str) -> Iterator[Finding]:
    """Look at an address that was given out to a client that sent :data:`LIES`."""
    # The scheme alone is no proof: without any proxy it is http as well.
    if LIAR in location or _split(location).port == 9:
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
    given, wanted = _split(location), urlsplit(visit.url + path)
    parts = [
        name
        for name, differs in (
            ("scheme", given.scheme != wanted.scheme),
            ("host", _place(given) != _place(wanted)),
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


def _split(address: str) -> SplitResult:
    """The parts of an address that was given out; none of one that cannot be."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _place(parts: SplitResult) -> tuple[str | None, int | None]:
    # The port of the scheme goes without saying, and a wrong scheme is told apart.
    return parts.hostname, None if parts.port in (80, 443) else parts.port


def _clock(ahead: float) -> Iterator[Finding]:
    if abs(ahead) > CLOCK:
        way = "ahead of" if ahead > 0 else "behind"
        problem = f"the clock of the box is {abs(ahead):.0f} s {way} the one of this machine"
        yield Finding("clock", problem, "Set the wrong one of the two: timedatectl set-ntp true")
