"""Do ranges get through? Players seek by them, and broken downloads go on by them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from roughy_box.client.connectivity.answers import document, id_in, items_of
from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.visit import Visit


def check_downloads(visit: Visit, notes: list[str]) -> Iterator[Finding]:
    """Fetch a part of an asset that is ready, if there is one: to make one would cost a credit."""
    ready = items_of(visit.ask("GET", "/v1/assets", params={"state": "ready", "limit": "1"}))
    if not ready:
        notes.append("Downloads were not tried: no asset is ready yet.")
        return
    address = str(document(visit.ask("GET", f"/v1/assets/{id_in(ready[0])}")).get("download_url"))
    # Where the box thinks that it is has a finding of its own.
    path = re.search(r"/files/[!-~]+", address)
    if path is None:
        raise Stop("box", "an asset that is ready has no download_url", "See the log of the box.")
    response = visit.peek(path[0], {"Range": "bytes=0-99"})
    if response.status == 206 and response.headers.get("content-range", "").startswith("bytes 0-"):
        return
    if response.status in (200, 206):
        problem = "the whole file comes where a part is asked for: Range or Content-Range does not get through"
        remedy = "Have the proxy pass both on (nginx: no 'proxy_set_header Range', no proxy_hide_header)."
    else:
        problem = f"a part of a file is answered with {response.status}"
        remedy = "Have the proxy pass /files/ on with its query, to the letter: the addresses are signed."
    yield Finding("downloads", problem, remedy)
