"""Check the addresses that the box gives out, its clock, and ranges of a download."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.visit import PROJECT, UNKNOWN_PROXY, Visit
from roughy_box.client.connectivity.wire import code_of, document, id_in, instant, items_of, message_of

FORGED_HOST = "roughy-box-doctor.invalid"
FORGED_HEADERS = {
    "X-Forwarded-Host": FORGED_HOST,
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Port": "9",
    "Forwarded": f"host={FORGED_HOST}",
}
CLOCK_TOLERANCE = 60.0  # seconds

_TRUST = "and name it in server.trusted_proxies of the box"
_PASS = {
    "scheme": f"have the proxy send X-Forwarded-Proto (nginx: proxy_set_header X-Forwarded-Proto $scheme) {_TRUST}",
    "host": f"have the proxy pass the name on (nginx: proxy_set_header Host $http_host) {_TRUST}",
    "path": "there is no other way to give the box its path",
}


def check_addresses(visit: Visit) -> Iterator[Finding]:
    """Create a project and compare its Location with the address of the visit. Errors: :class:`Stop`."""
    response = visit.call("POST", "/v1/projects", json={"name": PROJECT})
    project = document(response)
    project_id = id_in(project)
    if response.status != 201 or not project_id:
        if code_of(response):
            raise Stop("box", message_of(response), "See the log of the box.")
        raise Stop("methods", f"the proxy answers POST with {response.status}", UNKNOWN_PROXY)
    visit.project_id = project_id
    yield from _compared(visit, response.headers.get("location", ""), f"/v1/projects/{project_id}")
    visit.ahead = instant(project.get("created_at")) - time.time()
    yield from _clock(visit.ahead)


def check_forged(location: str) -> Iterator[Finding]:
    """Check a Location given to a client that sent :data:`FORGED_HEADERS`."""
    # The scheme alone is no proof: without any proxy it is http as well.
    if FORGED_HOST in location or _split(location).port == 9:
        yield Finding(
            "forwarded",
            "X-Forwarded-Host or X-Forwarded-Port of a client is trusted",
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
            f"the box gives out {base} as its address, but is reached at {visit.url}: clients would use the former",
            f'Set server.public_url = "{visit.url}" on the box, or {passes}.',
        )


def _split(address: str) -> SplitResult:
    """Split an address that was given out; all parts are empty if it is not valid."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


def _place(parts: SplitResult) -> tuple[str | None, int | None]:
    # Default ports may be left out, and a wrong scheme has a finding of its own.
    return parts.hostname, None if parts.port in (80, 443) else parts.port


def _clock(ahead: float) -> Iterator[Finding]:
    if abs(ahead) > CLOCK_TOLERANCE:
        way = "ahead of" if ahead > 0 else "behind"
        problem = f"the clock of the box is {abs(ahead):.0f} s {way} the one of this machine"
        yield Finding("clock", problem, "Correct the wrong one of the two: timedatectl set-ntp true")


def check_downloads(visit: Visit, notes: list[str]) -> Iterator[Finding]:
    """Fetch a range of a ready asset, as players and interrupted downloads do; creating one would cost a credit.

    Errors: :class:`Stop`.
    """
    ready = items_of(visit.call("GET", "/v1/assets", params={"state": "ready", "limit": "1"}))
    if not ready:
        notes.append("Downloads were not tried: no asset is ready yet.")
        return
    address = str(document(visit.call("GET", f"/v1/assets/{id_in(ready[0])}")).get("download_url"))
    # A wrong host has a finding of its own.
    path = re.search(r"/files/[!-~]+", address)
    if path is None:
        raise Stop("box", "a ready asset has no download_url", "See the log of the box.")
    response = visit.get_head(path[0], {"Range": "bytes=0-99"})
    if response.status == 206 and response.headers.get("content-range", "").startswith("bytes 0-"):
        return
    if response.status in (200, 206):
        problem = "the answer to a range request is the whole file: Range or Content-Range does not get through"
        remedy = "Have the proxy pass both on (nginx: no 'proxy_set_header Range', no proxy_hide_header)."
    else:
        problem = f"a range request for a file is answered with {response.status}"
        remedy = "Have the proxy pass /files/ on with its query unchanged: the addresses are signed."
    yield Finding("downloads", problem, remedy)
