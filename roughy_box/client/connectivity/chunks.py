"""Do the calls of an upload get through, with all their headers, both ways?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roughy_box.client.connectivity import long_chunk
from roughy_box.client.connectivity.addresses import LIES, check_lies
from roughy_box.client.connectivity.answers import Answer, code_of, document, id_in, number, said
from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.refusals import HEADERS, METHODS, blocked, refused
from roughy_box.client.connectivity.upload import Upload, chunk_headers, media
from roughy_box.client.connectivity.visit import TUS, Visit
from roughy_box.domain.upload import MIN_SIZE

MIB = 1024**2
# Announced, never sent: beyond the limits that proxies and content networks come with. The small one
# is for boxes whose disk is nearly full.
SIZES = (256 * MIB, 8 * MIB)
FIRST = 64 * 1024


def check_chunks(visit: Visit, pauses: Sequence[float], notes: list[str]) -> Iterator[Finding]:
    """Send parts of two uploads in ways that tell faults apart. Errors: :class:`Stop`."""
    capabilities = visit.ask("OPTIONS", "/v1/uploads")
    yield from _check_capabilities(capabilities)
    largest = number(capabilities.headers.get("tus-max-size")) or SIZES[0]
    upload, _ = _announce(visit, largest, {})
    other, location = _announce(visit, largest, LIES)
    yield from check_lies(location)
    findings = [*_check_small_chunk(visit, upload)]
    if not findings:
        findings = [*long_chunk.check_long_chunk(visit, upload, pauses, notes)]
    if not findings:
        findings = [*long_chunk.check_early_answer(visit, other)]
    yield from findings
    yield from _check_termination(visit, upload)


def _check_capabilities(response: Answer) -> Iterator[Finding]:
    if response.status != 204:
        yield blocked("OPTIONS", response.status)
        return
    missing = [
        name for name in ("Tus-Version", "Tus-Resumable", "Tus-Max-Size") if name.lower() not in response.headers
    ]
    if missing:
        yield _lost(", ".join(missing), "OPTIONS")


def _announce(visit: Visit, largest: int, headers: dict[str, str]) -> tuple[Upload, str]:
    """Create an asset; its upload and the address that was told. Errors: :class:`Stop`."""
    for wanted in SIZES:
        size = max(MIN_SIZE, min(wanted, largest))
        wish = {"project_id": visit.project_id, "size_bytes": size}
        response = visit.ask("POST", "/v1/assets", headers, json=wish)
        asset_id = id_in(document(response))
        if response.status == 201 and asset_id:
            visit.asset_ids.append(asset_id)
            return Upload(f"/v1/uploads/{asset_id}", size), response.headers.get("location", "")
        if code_of(response) != "insufficient_storage":
            break
    raise Stop("box", said(response) or f"POST /v1/assets is answered with {response.status}", "See its log.")


def _check_small_chunk(visit: Visit, upload: Upload) -> Iterator[Finding]:
    """Send the first bytes as every client would, and ask how many there are."""
    content = media(upload.size)[: min(FIRST, upload.size // 2)]
    response = visit.ask("PATCH", upload.path, chunk_headers(0), content=content)
    if response.status != 204:
        yield refused(response)
        if code_of(response) is None:
            yield from _check_override(visit, upload, content)
        return
    head = visit.ask("HEAD", upload.path, TUS)
    if head.status != 200:
        yield blocked("HEAD", head.status)
        return
    for method, answer in (("PATCH", response), ("HEAD", head)):
        if "upload-offset" not in answer.headers:
            yield _lost("Upload-Offset", method)


def _check_override(visit: Visit, upload: Upload, content: bytes) -> Iterator[Finding]:
    headers = {**chunk_headers(0), "X-HTTP-Method-Override": "PATCH"}
    if visit.ask("POST", upload.path, headers, content=content).status == 204:
        yield Finding(
            "methods",
            "POST with X-HTTP-Method-Override gets through where PATCH does not",
            f"{METHODS} Until then, tell clients to use it (tus-js-client: overridePatchMethod).",
        )


def _check_termination(visit: Visit, upload: Upload) -> Iterator[Finding]:
    response = visit.ask("DELETE", upload.path, TUS)
    # What the box itself says has been told by then.
    if response.status != 204 and code_of(response) is None:
        yield blocked("DELETE", response.status)


def _lost(name: str, method: str) -> Finding:
    return Finding("headers", f"{name} is missing from the answer to {method}", HEADERS)
