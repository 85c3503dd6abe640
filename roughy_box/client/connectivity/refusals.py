"""What a refused call tells about the proxy in between, and the settings that mend it."""

from __future__ import annotations

from roughy_box.client.connectivity.answers import Answer, code_of, said
from roughy_box.client.connectivity.findings import Finding
from roughy_box.client.connectivity.visit import UNKNOWN_PROXY

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
    "Have it take chunks of any size (nginx: client_max_body_size 0; Caddy: no request_body max_size), "
    "or have all clients send smaller ones (chunk_size, chunkSize)."
)
TIMEOUTS = (
    "Raise the time-outs for bodies beyond the 60 s of uploads.silence_timeout (nginx: client_body_timeout 120s and "
    "proxy_send_timeout 300s; Caddy: no read_body; HAProxy: timeout client; Traefik: respondingTimeouts.readTimeout)."
)

# By what the box says when one of these is missing.
_LOST = {
    "precondition_failed": "Tus-Resumable",
    "unsupported_media_type": "Content-Type",
    "bad_request": "Upload-Offset",
    "unauthenticated": "Authorization",
}
_BY_STATUS = {
    408: ("time-outs", "does not wait for a chunk", TIMEOUTS),
    411: ("body limit", "wants to know the length of a chunk", BUFFERING),
    413: ("body limit", "refuses even a small chunk", LIMIT),
    417: ("expect", "refuses 'Expect: 100-continue'", "Have it pass the header on, or leave it out."),
    502: ("upstream", "lost the box", "Use HTTP/1.1 to the box (nginx: proxy_http_version 1.1)."),
    504: (
        "time-outs",
        "does not wait for the box",
        "nginx: proxy_read_timeout 300s; Caddy: no response_header_timeout.",
    ),
}


def refused(answer: Answer) -> Finding:
    """The finding about a chunk that was not taken."""
    status, code = answer.status, code_of(answer)
    if code in _LOST:
        remedy = f"Have the proxy pass it on (nginx: no 'proxy_set_header {_LOST[code]}'; Caddy: no header_up for it)."
        return Finding("headers", f"{_LOST[code]} does not reach the box", remedy)
    if code:
        return Finding("box", f"a chunk is refused: {said(answer)}", "See the log of the box.")
    if status in _BY_STATUS:
        check, problem, remedy = _BY_STATUS[status]
        return Finding(check, f"the proxy {problem}: it answers {status}", remedy)
    if status == 0:
        return Finding("chunks", "the connection is closed when a chunk begins", UNKNOWN_PROXY)
    return blocked("PATCH", status)


def blocked(method: str, status: int) -> Finding:
    """The finding about a method that the proxy does not let through."""
    return Finding("methods", f"{method} is answered with {status} before it reaches the box", METHODS)
