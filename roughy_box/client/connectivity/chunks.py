"""Check that the calls of an upload get through, with their headers, at once, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roughy_box.client.connectivity import uploads
from roughy_box.client.connectivity.addresses import FORGED_HEADERS, check_forged
from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.uploads import (
    BUFFERING,
    HEADERS,
    LIMIT,
    METHODS,
    TIMEOUTS,
    Upload,
    blocked,
    chunk_headers,
    has_arrived,
    media,
    offset_of,
    refused,
)
from roughy_box.client.connectivity.visit import TUS, Visit
from roughy_box.client.connectivity.wire import CLOSED, Answer, Wire, code_of, document, id_in, message_of, number
from roughy_box.config.values import format_size
from roughy_box.domain.upload import MIN_SIZE

MIB = 1024**2
# Announced, never sent: beyond the default limits of proxies and content networks. The small one is for boxes whose
# disk is nearly full.
SIZES = (256 * MIB, 8 * MIB)
FIRST = 64 * 1024
LONG_BLOCK = 512 * 1024
SHORT_BLOCK = 16 * 1024
CONTINUE = 3.0  # seconds until "100 Continue"
NOT_MEDIA = b"This is a letter and no film.\n" * 3000


def check_chunks(visit: Visit, pauses: Sequence[float], notes: list[str]) -> Iterator[Finding]:
    """Send parts of two uploads in ways that distinguish the faults of proxies. Errors: :class:`Stop`."""
    capabilities = visit.call("OPTIONS", "/v1/uploads")
    yield from _check_capabilities(capabilities)
    largest = number(capabilities.headers.get("tus-max-size")) or SIZES[0]
    upload, _ = _announce(visit, largest, {})
    other, location = _announce(visit, largest, FORGED_HEADERS)
    yield from check_forged(location)
    findings = [*_check_small_chunk(visit, upload)]
    if not findings:
        findings = [*_check_long_chunk(visit, upload, pauses, notes)]
    if not findings:
        findings = [*_check_early_answer(visit, other)]
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
        yield _missing(", ".join(missing), "OPTIONS")


def _announce(visit: Visit, largest: int, headers: dict[str, str]) -> tuple[Upload, str]:
    """Create an asset; return its upload and its Location. Errors: :class:`Stop`."""
    for wanted in SIZES:
        size = max(MIN_SIZE, min(wanted, largest))
        body = {"project_id": visit.project_id, "size_bytes": size}
        response = visit.call("POST", "/v1/assets", headers, json=body)
        asset_id = id_in(document(response))
        if response.status == 201 and asset_id:
            visit.asset_ids.append(asset_id)
            return Upload(f"/v1/uploads/{asset_id}", size), response.headers.get("location", "")
        if code_of(response) != "insufficient_storage":
            break
    raise Stop(
        "box", message_of(response) or f"POST /v1/assets is answered with {response.status}", "See the log of the box."
    )


def _check_small_chunk(visit: Visit, upload: Upload) -> Iterator[Finding]:
    """Send the first bytes as every client does, and ask for the offset."""
    content = media(upload.size)[: min(FIRST, upload.size // 2)]
    response = visit.call("PATCH", upload.path, chunk_headers(0), content=content)
    if response.status != 204:
        yield refused(response)
        if code_of(response) is None:
            yield from _check_override(visit, upload, content)
        return
    head = visit.call("HEAD", upload.path, TUS)
    if head.status != 200:
        yield blocked("HEAD", head.status)
        return
    for method, answer in (("PATCH", response), ("HEAD", head)):
        if "upload-offset" not in answer.headers:
            yield _missing("Upload-Offset", method)


def _check_override(visit: Visit, upload: Upload, content: bytes) -> Iterator[Finding]:
    headers = {**chunk_headers(0), "X-HTTP-Method-Override": "PATCH"}
    if visit.call("POST", upload.path, headers, content=content).status == 204:
        yield Finding(
            "methods",
            "POST with X-HTTP-Method-Override gets through where PATCH does not",
            f"{METHODS} Until then, have clients use it (tus-js-client: overridePatchMethod).",
        )


def _check_termination(visit: Visit, upload: Upload) -> Iterator[Finding]:
    response = visit.call("DELETE", upload.path, TUS)
    # A refusal of the box itself has been reported by then.
    if response.status != 204 and code_of(response) is None:
        yield blocked("DELETE", response.status)


def _missing(name: str, method: str) -> Finding:
    return Finding("headers", f"{name} is missing from the answer to {method}", HEADERS)


def _check_long_chunk(visit: Visit, upload: Upload, pauses: Sequence[float], notes: list[str]) -> Iterator[Finding]:
    """Announce the rest of the upload, send some of it with pauses, compare the offset each time, then disconnect.

    Errors: :class:`Stop`.
    """
    offset = offset_of(visit, upload)
    try:
        with visit.wire(upload.path) as wire:
            wire.begin("PATCH", {**_headers(visit, offset, upload.size - offset), "Expect": "100-continue"})
            first = wire.answer(CONTINUE)
            if first and first.status != 100:
                yield _refused(first, upload.size - offset)
                return
            if first is None:
                notes.append("'Expect: 100-continue' gets no answer; clients that send it lose a moment on each chunk.")
            block = media(upload.size)[offset:][: min(LONG_BLOCK, upload.size // 4)]
            wire.send(block)
            if has_arrived(visit, upload, offset + len(block)):
                yield from _pause(visit, upload, wire, offset + len(block), pauses)
            elif answer := wire.answer(0.1):
                yield _refused(answer, upload.size - offset)
            else:
                got = offset_of(visit, upload) - offset
                problem = f"the proxy buffers chunks: of {len(block)} bytes sent, the box has {got}"
                yield Finding("buffering", problem, BUFFERING)
    except OSError as error:
        yield Finding("chunks", f"the connection broke in the middle of a chunk: {error}", TIMEOUTS)


def _pause(visit: Visit, upload: Upload, wire: Wire, reached: int, pauses: Sequence[float]) -> Iterator[Finding]:
    for pause in pauses:
        if reached + SHORT_BLOCK >= upload.size:
            return  # the box takes very small files only, and this upload must not be completed
        answer = wire.answer(pause)
        if answer is None:
            wire.send(bytes(SHORT_BLOCK))
            reached += SHORT_BLOCK
            if has_arrived(visit, upload, reached):
                continue
            answer = wire.answer(0.1)
        if answer and code_of(answer):
            raise Stop("box", message_of(answer), "Raise uploads.silence_timeout of the box; its default is 60s.")
        problem = f"a client that is silent for {pause:.0f} s in the middle of a chunk is cut off"
        yield Finding("time-outs", problem, TIMEOUTS)
        return


def _check_early_answer(visit: Visit, upload: Upload) -> Iterator[Finding]:
    """Send a part of something that is not media: the refusal must arrive before the chunk ends."""
    try:
        with visit.wire(upload.path) as wire:
            wire.begin("PATCH", _headers(visit, 0, upload.size))
            wire.send(NOT_MEDIA[: upload.size // 2])
            answer = wire.answer(uploads.ARRIVAL)
    except OSError:
        answer = CLOSED
    if answer is None or code_of(answer) != "unsupported_media":
        yield Finding(
            "early answers",
            "a refusal that the box sends while a chunk is still coming does not reach the client",
            f"Have the proxy pass answers on at once. {BUFFERING}",
        )


def _refused(answer: Answer, size: int) -> Finding:
    if answer.status == 413 and code_of(answer) is None:
        return Finding("body limit", f"the proxy refuses a chunk of {format_size(size)} with 413", LIMIT)
    return refused(answer)


def _headers(visit: Visit, offset: int, length: int) -> dict[str, str]:
    return {**visit.headers, **chunk_headers(offset), "Content-Length": str(length), "Connection": "close"}
