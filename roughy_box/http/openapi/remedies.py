"""What to do about each error: the way out beside the sentence of the catalogue."""

from __future__ import annotations

from roughy_box.domain.errors import CATALOG

REMEDIES = {
    "bad_request": "Mend the request as `message` says: its head, its JSON, or a first chunk of under 64 bytes.",
    "unauthenticated": "Check that the key was copied whole. `roughy-box key list` shows which are valid.",
    "insufficient_credits": "`roughy-box topup` on the box. What was uploaded already waits for it.",
    "forbidden": "The signature of a file address is wrong or has expired: read the asset again for a new one.",
    "not_found": "It was deleted, never was, or belongs to another account. A rejected upload's asset tells why.",
    "method_not_allowed": "`Allow` lists the methods of the address.",
    "conflict": "Read the resource again and decide anew.",
    "offset_mismatch": "Go on from the `Upload-Offset` of this answer.",
    "unsupported_media": "Final: the asset is `failed`. Send another file, as a new asset.",
    "gone": "Final. The asset, where it is still there, tells why; announce the file again.",
    "precondition_failed": "Send the header `Tus-Resumable: 1.0.0` with every upload call.",
    "payload_too_large": "Send no more bytes than were announced; keep JSON and heads small.",
    "unsupported_media_type": "Chunks are `application/offset+octet-stream`.",
    "range_not_satisfiable": "`Content-Range` tells the size of the file.",
    "validation_error": "`fields` names each value and what is wrong with it.",
    "locked": "Another request is sending. Wait for `Retry-After` seconds, ask with `HEAD`, go on from there.",
    "rate_limited": "Wait for `Retry-After` seconds. It comes after many wrong keys, or with too many open uploads.",
    "internal_error": "Safe to try again. The log of the box has the details under the `X-Request-ID` of the answer.",
    "unavailable": "The box is stopping, or lacks something. Try again; uploads go on where they stood.",
    "insufficient_storage": "Make room on its disk. Bytes that arrived are kept; the upload goes on after that.",
}


def table() -> str:
    """Every code as a table in Markdown: status, meaning, way out."""
    rows = (f"| `{code}` | {status} | {text} | {REMEDIES[code]} |" for code, (status, text) in CATALOG.items())
    return "\n".join(("| Code | Status | Meaning | What to do |", "| --- | --- | --- | --- |", *rows))
