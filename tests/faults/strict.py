"""Counts the requests in a stream of bytes, strictly by RFC 9112.

A server may refuse what this accepts. It must never serve what this does not see: a proxy that
reads strictly would have taken those bytes for something else.
"""

from __future__ import annotations

import re

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) [!-~]+ HTTP/1\.([01])")
_VALUE = rb"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?"
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(" + _VALUE + rb")[ \t]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})((?:[ \t]*;[\t -~\x80-\xff]*)?)\r\n")


class Malformed(Exception):
    """Not a request to the letter."""


def requests_in(stream: bytes) -> list[bytes]:
    """The request lines up to the first request that is malformed or incomplete."""
    found: list[bytes] = []
    try:
        while stream:
            line, fields, rest = read_head(stream)
            stream = _after_body(fields, rest)
            found.append(line)
    except Malformed:
        pass
    return found


def read_head(stream: bytes) -> tuple[bytes, dict[bytes, list[bytes]], bytes]:
    """The request line, the fields by name and what follows the head. Errors: :class:`Malformed`."""
    head, end, rest = stream.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    start = _REQUEST_LINE.fullmatch(line)
    if not start or not end:
        raise Malformed
    fields: dict[bytes, list[bytes]] = {}
    for each in lines:
        if not (field := _FIELD.fullmatch(each)):
            raise Malformed
        fields.setdefault(field[1].lower(), []).append(field[2])
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    is_old = start[2] == b"0"
    is_framed_once = len(lengths) + len(codings) <= 1 and not (codings and is_old)
    has_one_host = is_old or len(fields.get(b"host", [])) == 1
    if not (is_framed_once and has_one_host and all(map(_LENGTH.fullmatch, lengths)) and codings in ([], [b"chunked"])):
        raise Malformed
    return line, fields, rest


def _after_body(fields: dict[bytes, list[bytes]], rest: bytes) -> bytes:
    if b"transfer-encoding" in fields:
        return _after_chunks(rest)
    size = int(fields.get(b"content-length", [b"0"])[0])
    if size > len(rest):
        raise Malformed
    return rest[size:]


def _after_chunks(rest: bytes) -> bytes:
    while True:
        chunk = _CHUNK.match(rest)
        if not chunk:
            raise Malformed
        rest = rest[chunk.end() :]
        if not (size := int(chunk[1], 16)):
            return _after_trailers(rest)
        if rest[size : size + 2] != b"\r\n":
            raise Malformed
        rest = rest[size + 2 :]


def _after_trailers(rest: bytes) -> bytes:
    while not rest.startswith(b"\r\n"):
        line, end, rest = rest.partition(b"\r\n")
        if not end or not _FIELD.fullmatch(line):
            raise Malformed
    return rest[2:]
