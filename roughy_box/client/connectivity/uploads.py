"""An upload that is begun and never finished, and the findings about its refused chunks."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from roughy_box.client.connectivity.findings import Finding
from roughy_box.client.connectivity.visit import CHUNK_TYPE, TUS, UNKNOWN_PROXY, Visit
from roughy_box.client.connectivity.wire import Answer, code_of, message_of, number

MOST_SENT = 1024**2  # bytes of one upload
ARRIVAL = 5.0  # seconds until bytes that were sent are stored

BUFFERING = (
    "Switch the buffering of requests off (nginx: proxy_request_buffering off and proxy_http_version 1.1; "
    "Caddy: no request_buffers, no buffer_requests)."
)
METHODS = (
    "Allow GET, HEAD, POST, PATCH, DELETE and OPTIONS (nginx: no limit_except; Caddy: no method matcher; "
    "the same for a web application firewall)."
)
HEADERS = "Have the proxy pass all headers of answers (nginx: no proxy_hide_header; Caddy: no header_down)."
LIMIT = (
    "Allow chunks of any size (nginx: client_max_body_size 0; Caddy: no request_body max_size), "
    "or have all clients send smaller ones (chunk_size, chunkSize)."
)
TIMEOUTS = (
    "Raise the time-outs for bodies beyond the 60 s of uploads.silence_timeout (nginx: client_body_timeout 120s and "
    "proxy_send_timeout 300s; Caddy: no read_body; HAProxy: timeout client; Traefik: respondingTimeouts.readTimeout)."
)

# The header that is missing, by the error code of the box.
_MISSING_HEADER = {
    "precondition_failed": "Tus-Resumable",
    "unsupported_media_type": "Content-Type",
    "bad_request": "Upload-Offset",
    "unauthenticated": "Authorization",
}
_BY_STATUS = {
    408: ("time-outs", "times out while a chunk arrives", TIMEOUTS),
    411: ("body limit", "requires the length of a chunk", BUFFERING),
    413: ("body limit", "refuses even a small chunk", LIMIT),
    417: ("expect", "refuses 'Expect: 100-continue'", "Have it pass the header on, or remove it."),
    502: ("upstream", "lost the connection to the box", "Use HTTP/1.1 to the box (nginx: proxy_http_version 1.1)."),
    504: (
        "time-outs",
        "times out while the box works",
        "nginx: proxy_read_timeout 300s; Caddy: no response_header_timeout.",
    ),
}


@dataclass(frozen=True, slots=True)
class Upload:
    """The path of an upload and its announced size in bytes."""

    path: str
    size: int


def chunk_headers(offset: int) -> dict[str, str]:
    """Return the headers of a chunk."""
    return {**TUS, "Upload-Offset": str(offset), "Content-Type": CHUNK_TYPE}


def media(size: int) -> bytes:
    """Return the beginning of a WAV file of ``size`` bytes, of noise, so that no proxy can compress it."""
    form = b"\x01\x00\x01\x00" + _word(48_000) + _word(96_000) + b"\x02\x00\x10\x00"
    head = b"RIFF" + _word(size - 8) + b"WAVEfmt " + _word(len(form)) + form + b"data" + _word(size - 44)
    return head + random.Random(0).randbytes(max(0, min(size, MOST_SENT) - len(head)))


def _word(value: int) -> bytes:
    return value.to_bytes(4, "little")


def offset_of(visit: Visit, upload: Upload) -> int:
    """Return the offset of the upload in bytes."""
    return number(visit.call("HEAD", upload.path, TUS).headers.get("upload-offset")) or 0


def has_arrived(visit: Visit, upload: Upload, wanted: int) -> bool:
    """Wait for the offset to reach ``wanted``; return whether it did within :data:`ARRIVAL`."""
    deadline = time.monotonic() + ARRIVAL
    while offset_of(visit, upload) < wanted:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True


def refused(answer: Answer) -> Finding:
    """Return the finding about a refused chunk."""
    status, code = answer.status, code_of(answer)
    if code in _MISSING_HEADER:
        name = _MISSING_HEADER[code]
        remedy = f"Have the proxy pass it on (nginx: no 'proxy_set_header {name}'; Caddy: no header_up for it)."
        return Finding("headers", f"{name} does not reach the box", remedy)
    if code:
        return Finding("box", f"a chunk is refused: {message_of(answer)}", "See the log of the box.")
    if status in _BY_STATUS:
        check, problem, remedy = _BY_STATUS[status]
        return Finding(check, f"the proxy {problem}: it answers {status}", remedy)
    if status == 0:
        return Finding("chunks", "the connection is closed when a chunk begins", UNKNOWN_PROXY)
    return blocked("PATCH", status)


def blocked(method: str, status: int) -> Finding:
    """Return the finding about a method that the proxy blocks."""
    return Finding("methods", f"{method} is answered with {status} before it reaches the box", METHODS)
