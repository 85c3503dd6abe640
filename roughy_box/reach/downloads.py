"""Do ranges get through? Players seek by them, and broken downloads go on by them."""

from __future__ import annotations

from collections.abc import Iterator

from roughy_box.reach.findings import Finding
from roughy_box.reach.visit import Visit, document


def check_downloads(visit: Visit, notes: list[str]) -> Iterator[Finding]:
    """Fetch a part of an asset that is ready, if there is one: to make one would cost a credit."""
    ready = document(visit.ask("GET", "/v1/assets", params={"state": "ready", "limit": "1"})).get("items")
    if not ready:
        notes.append("Downloads were not tried: no asset is ready yet.")
        return
    address = str(document(visit.ask("GET", f"/v1/assets/{ready[0]['id']}")).get("download_url"))
    # Where the box thinks that it is has a finding of its own.
    path = address[address.find("/files/") :]
    response = visit.peek(path, {"Range": "bytes=0-99"})
    if response.status_code == 206 and response.headers.get("Content-Range", "").startswith("bytes 0-"):
        return
    if response.status_code in (200, 206):
        problem = "the whole file comes where a part is asked for: Range or Content-Range does not get through"
        remedy = "Have the proxy pass both on (nginx: no 'proxy_set_header Range', no proxy_hide_header)."
    else:
        problem = f"a part of a file is answered with {response.status_code}"
        remedy = "Have the proxy pass /files/ on with its query, to the letter: the addresses are signed."
    yield Finding("downloads", problem, remedy)
