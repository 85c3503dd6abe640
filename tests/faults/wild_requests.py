"""Requests that a proxy and a server could read differently, as bytes: a set to be refused or served once.

``CANARY`` stands for a whole request that would leave a trace if it were served, ``LENGTH`` for its
length in bytes. Each stands within a body or behind what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

CANARY, LENGTH, LENGTH_HEX = b"<canary>", b"<length>", b"<length in hex>"
KEY, UPLOAD = b"<key>", b"<upload>"

FIELDS = b"Host: a\r\nAuthorization: Bearer <key>\r\n"
TUS = b"Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
# Targets for framing: a body that is stored, one that is parsed, and bodies no endpoint reads.
STARTS = {
    "upload": b"PATCH <upload> HTTP/1.1\r\n" + FIELDS + TUS,
    "JSON": b"POST /v1/projects HTTP/1.1\r\n" + FIELDS,
    "read": b"GET /v1/projects HTTP/1.1\r\n" + FIELDS,
    "file": b"GET /files/projects/x/y.wav HTTP/1.1\r\nHost: a\r\n",
    "nothing": b"DELETE /nowhere HTTP/1.1\r\n" + FIELDS,
}
SIZED = b"Content-Length: <length>\r\n"
CODED = b"Transfer-Encoding: chunked\r\n"
ONE_CHUNK = b"5\r\nabcde\r\n"
LAST = b"0\r\n\r\n"

# Fields of a head and what comes after it.
FRAMINGS: dict[str, tuple[bytes, bytes]] = {
    # A body that is not read is still a body.
    "length": (SIZED, CANARY),
    "length in zeros": (b"Content-Length: 000<length>\r\n", CANARY),
    # Lengths that are none, or several.
    "lengths differ": (SIZED + b"Content-Length: 0\r\n", CANARY),
    "lengths agree": (SIZED + SIZED, CANARY),
    "lengths in a list": (b"Content-Length: <length>, <length>\r\n", CANARY),
    "length and a comma": (b"Content-Length: <length>,\r\n", CANARY),
    "length with a fraction": (b"Content-Length: <length>.0\r\n", CANARY),
    "length with an exponent": (b"Content-Length: 1e1\r\n", CANARY),
    "length with a space inside": (b"Content-Length: 1 0\r\n", CANARY),
    "length with a no-break space": (b"Content-Length: \xc2\xa0<length>\r\n", CANARY),
    "length with a NUL": (b"Content-Length: <length>\0\r\n", CANARY),
    "length with a vertical tab": (b"Content-Length:\x0b<length>\r\n", CANARY),
    "length in full-width digits": ("Content-Length: ５\r\n".encode(), CANARY),
    "length beyond 64 bits": (b"Content-Length: 18446744073709551621\r\n", CANARY),
    "length negative": (b"Content-Length: -<length>\r\n", CANARY),
    "length before the colon": (b"Content-Length :<length>\r\n", CANARY),
    "length in a folded line": (b"Content-Length:\r\n <length>\r\n", CANARY),
    "length behind a bare LF": (b"X-Note: a\nContent-Length: <length>\r\n", CANARY),
    "length behind a bare CR": (b"X-Note: a\rContent-Length: <length>\r\n", CANARY),
    "length behind a NUL": (b"X-Note: a\0Content-Length: <length>\r\n", CANARY),
    "length with an underscore": (b"Content_Length: <length>\r\n", b"x" + CANARY),
    # Both ways at once.
    "length and chunked": (SIZED + CODED, LAST + CANARY),
    "chunked and length": (CODED + b"Content-Length: 5\r\n", LAST + CANARY),
    "zero and chunked": (b"Content-Length: 0\r\n" + CODED, LAST + CANARY),
    "chunked and length in HTTP/1.0 words": (b"Connection: keep-alive\r\n" + CODED + SIZED, LAST + CANARY),
    # Codings that are not quite chunked.
    "chunked twice": (CODED + CODED, LAST + CANARY),
    "chunked, chunked": (b"Transfer-Encoding: chunked, chunked\r\n", LAST + CANARY),
    "chunked, identity": (b"Transfer-Encoding: chunked, identity\r\n", LAST + CANARY),
    "identity, chunked": (b"Transfer-Encoding: identity, chunked\r\n", LAST + CANARY),
    "identity": (b"Transfer-Encoding: identity\r\n" + SIZED, CANARY),
    "gzip, chunked": (b"Transfer-Encoding: gzip, chunked\r\n", LAST + CANARY),
    "chunked with a comma": (b"Transfer-Encoding: chunked,\r\n", LAST + CANARY),
    "comma before chunked": (b"Transfer-Encoding: ,chunked\r\n", LAST + CANARY),
    "chunked with a parameter": (b"Transfer-Encoding: chunked;q=1\r\n", LAST + CANARY),
    "chunked in quotes": (b'Transfer-Encoding: "chunked"\r\n', LAST + CANARY),
    "chunked with a letter more": (b"Transfer-Encoding: xchunked\r\n", LAST + CANARY),
    "chunked with a no-break space": (b"Transfer-Encoding: \xc2\xa0chunked\r\n", LAST + CANARY),
    "chunked with a next-line sign": (b"Transfer-Encoding: \xc2\x85chunked\r\n", LAST + CANARY),
    "chunked with a wide space": (b"Transfer-Encoding: \xe3\x80\x80chunked\r\n", LAST + CANARY),
    "chunked with a vertical tab": (b"Transfer-Encoding:\x0bchunked\r\n", LAST + CANARY),
    "chunked with a NUL": (b"Transfer-Encoding: chunked\0\r\n", LAST + CANARY),
    "chunked in Kelvin": ("Transfer-Encoding: chun\u212aed\r\n".encode(), LAST + CANARY),
    "coding without value": (b"Transfer-Encoding:\r\n" + SIZED, CANARY),
    "coding with a space before": (b" Transfer-Encoding: chunked\r\n", LAST + CANARY),
    "coding before the colon": (b"Transfer-Encoding : chunked\r\n", LAST + CANARY),
    "coding in a folded line": (b"Transfer-Encoding:\r\n chunked\r\n", LAST + CANARY),
    "coding behind a fold": (b"X-Note: a\r\n Transfer-Encoding: chunked\r\n", LAST + CANARY),
    "coding behind a bare LF": (b"X-Note: a\nTransfer-Encoding: chunked\r\n", LAST + CANARY),
    "coding with a bare LF": (b"Transfer-Encoding:\nchunked\r\n", LAST + CANARY),
    "coding with an underscore": (b"Transfer_Encoding: chunked\r\n" + SIZED, CANARY),
    "coding spelt otherwise": (b"Transfer-Encod\xc4\xb1ng: chunked\r\n" + SIZED, CANARY),
    # Sizes of chunks that are none.
    "chunk with a sign": (CODED, b"+5\r\nabcde\r\n" + LAST + CANARY),
    "chunk negative": (CODED, b"-5\r\nabcde\r\n" + LAST + CANARY),
    "chunk prefixed": (CODED, b"0x5\r\nabcde\r\n" + LAST + CANARY),
    "chunk underscored": (CODED, b"0_5\r\nabcde\r\n" + LAST + CANARY),
    "chunk without size": (CODED, b"\r\nabcde\r\n" + LAST + CANARY),
    "chunk of extension alone": (CODED, b";a=b\r\nabcde\r\n" + LAST + CANARY),
    "chunk after a space": (CODED, b" 5\r\nabcde\r\n" + LAST + CANARY),
    "chunk before a NUL": (CODED, b"5\0\r\nabcde\r\n" + LAST + CANARY),
    "chunk in full-width digits": (CODED, "５\r\nabcde\r\n".encode() + LAST + CANARY),
    "chunk of 64 bits": (CODED, b"FFFFFFFFFFFFFFFF\r\nabcde\r\n" + LAST + CANARY),
    "chunk of 65 bits": (CODED, b"10000000000000005\r\nabcde\r\n" + LAST + CANARY),
    "chunk of 32 bits and five": (CODED, b"100000005\r\nabcde\r\n" + LAST + CANARY),
    "chunk in a thousand zeros": (CODED, b"0" * 1000 + b"5\r\nabcde\r\n" + LAST + CANARY),
    # Ends of lines within the coding; "5;\nab" is how one line is made to look like two.
    "size ended by LF": (CODED, b"5\nabcde\r\n" + LAST + CANARY),
    "size ended by CR": (CODED, b"5\rabcde\r\n" + LAST + CANARY),
    "size ended by CR CR LF": (CODED, b"5\r\r\nabcde\r\n" + LAST + CANARY),
    "extension with LF": (CODED, b"5;\nabcde\r\n" + LAST + CANARY),
    "extension with LF and a size": (CODED, b"2;\n12\r\nab\r\n" + LAST + CANARY),
    "extension with CR": (CODED, b"5;a\rb\r\nabcde\r\n" + LAST + CANARY),
    "extension with NUL": (CODED, b"5;a\0b\r\nabcde\r\n" + LAST + CANARY),
    "extension of the end with LF": (CODED, ONE_CHUNK + b"0;\n\r\n\r\n" + CANARY),
    "data ended by LF": (CODED, b"5\r\nabcde\n" + LAST + CANARY),
    "data ended by two others": (CODED, b"5\r\nabcdeXX" + LAST + CANARY),
    "data with nothing behind": (CODED, b"5\r\nabcde" + LAST + CANARY),
    "data longer than told": (CODED, b"3\r\nabcde\r\n" + LAST + CANARY),
    "data shorter than told": (CODED, b"9\r\nabcde\r\n" + LAST + CANARY),
    "end of LF alone": (CODED, ONE_CHUNK + b"0\n\n" + CANARY),
    "end without the empty line": (CODED, ONE_CHUNK + b"0\r\n" + CANARY),
    "end with another pair": (CODED, ONE_CHUNK + b"0\r\nXX" + CANARY),
    "trailer": (CODED, ONE_CHUNK + b"0\r\nX-Note: a\r\n\r\n" + CANARY),
    "trailer that frames": (CODED, ONE_CHUNK + b"0\r\nContent-Length: 5\r\n\r\n" + CANARY),
    "trailer folded": (CODED, ONE_CHUNK + b"0\r\nX-Note: a\r\n b\r\n\r\n" + CANARY),
    "trailer that is a request": (CODED, ONE_CHUNK + b"0\r\n" + CANARY + b"\r\n"),
    # Words that ask for another way of talking.
    "upgrade to HTTP/2": (
        b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n" + SIZED,
        CANARY,
    ),
    "upgrade to a web socket": (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + SIZED,
        CANARY,
    ),
    "expectation unknown": (b"Expect: 200-ok\r\n" + SIZED, CANARY),
    "expectation unheeded": (b"Expect: 100-continue\r\n" + SIZED, CANARY),
    "expectation and coding": (b"Expect: 100-continue\r\n" + CODED, b"5;\nabcde\r\n" + LAST + CANARY),
    "connection names the length": (b"Connection: close, Content-Length\r\n" + SIZED, CANARY),
    "two hosts": (b"Host: b\r\n" + SIZED, CANARY),
}

# Whole streams; what stands behind the first empty line is a canary where a reader may lose its place.
STREAMS: dict[str, bytes] = {
    "LF alone everywhere": b"GET /healthz HTTP/1.1\nHost: a\n\n" + CANARY,
    "LF alone at the end of the head": b"GET /healthz HTTP/1.1\r\nHost: a\n\n" + CANARY,
    "CR alone everywhere": b"GET /healthz HTTP/1.1\rHost: a\r\r" + CANARY,
    "LF CR": b"GET /healthz HTTP/1.1\n\rHost: a\n\r\n\r" + CANARY,
    "line begins with a space": b" GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
    "two spaces": b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "space at the end": b"GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n" + CANARY,
    "space in the target": b"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "tabs": b"GET\t/healthz\tHTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "no target": b"GET HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "no method": b"/healthz HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "NUL in the method": b"G\0ET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "colon in the method": b"GE:T /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "method of one million letters": b"A" * 1_000_000 + b" /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "no version (HTTP/0.9)": b"GET /healthz\r\n\r\n" + CANARY,
    "no version, no end": b"GET /healthz\r\n",
    "HTTP/0.9": b"GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/1.2": b"GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/1.10": b"GET /healthz HTTP/1.10\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/2.0": b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/3": b"GET /healthz HTTP/3\r\nHost: a\r\n\r\n" + CANARY,
    "http/1.1": b"GET /healthz http/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/1,1": b"GET /healthz HTTP/1,1\r\nHost: a\r\n\r\n" + CANARY,
    "HTTPS/1.1": b"GET /healthz HTTPS/1.1\r\nHost: a\r\n\r\n" + CANARY,
    "HTTP/1.0 and chunked": b"POST /v1/projects HTTP/1.0\r\n" + FIELDS + CODED + b"\r\n" + LAST + CANARY,
    "HTTP/1.0, chunked and kept": (
        b"POST /v1/projects HTTP/1.0\r\nConnection: keep-alive\r\n" + FIELDS + CODED + b"\r\n" + LAST + CANARY
    ),
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n" + CANARY,
    "field without a colon": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Note\r\n\r\n" + CANARY,
    "field without a name": b"GET /healthz HTTP/1.1\r\nHost: a\r\n: a\r\n\r\n" + CANARY,
    "first field folded": b"GET /healthz HTTP/1.1\r\n X-Note: a\r\nHost: a\r\n\r\n" + CANARY,
    "name in brackets": b"GET /healthz HTTP/1.1\r\nHost: a\r\n(X): a\r\n\r\n" + CANARY,
    "name of raw bytes": b"GET /healthz HTTP/1.1\r\nHost: a\r\n\xff\xfe: a\r\n\r\n" + CANARY,
    "DEL in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Note: \x7f\r\n\r\n" + CANARY,
    "escape in a value": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Note: \x1b[2J\r\n\r\n" + CANARY,
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9) + CANARY,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32) + b"\r\n\r\n" + CANARY,
    "TLS with a request inside": b"\x16\x03\x01\x02\x00\r\n" + CANARY,
    "SSH": b"SSH-2.0-OpenSSH_9.9\r\n\r\n" + CANARY,
    "SMTP": b"EHLO a\r\nMAIL FROM:<a@a>\r\n\r\n" + CANARY,
    "RTSP": b"OPTIONS rtsp://a/b RTSP/1.0\r\nCSeq: 1\r\n\r\n" + CANARY,
    "PROXY": b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + CANARY,
    "SOCKS": b"\x05\x01\x00\r\n\r\n" + CANARY,
    "empty lines": b"\r\n" * 5000 + CANARY,
    "zeros": bytes(100_000),
    "a line without end": b"GET /" + b"a" * 1_000_000,
    "a field without end": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Note: " + b"a" * 1_000_000,
    "a field of 100 KB": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Note: " + b"a" * 100_000 + b"\r\n\r\n" + CANARY,
    "fields without end": b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X-Note: a\r\n" * 100_000,
    "10,000 fields": b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 10_000 + b"\r\n" + CANARY,
    "an extension without end": STARTS["upload"] + CODED + b"\r\n5;" + b"a" * 1_000_000,
    "extensions without end": STARTS["upload"] + CODED + b"\r\n5" + b";a=b" * 250_000,
    "a size without end": STARTS["upload"] + CODED + b"\r\n" + b"0" * 1_000_000,
    "trailers without end": STARTS["upload"] + CODED + b"\r\n" + ONE_CHUNK + b"0\r\n" + b"X-Note: a\r\n" * 100_000,
    "chunks of 60 KB of extension": STARTS["upload"] + CODED + b"\r\n" + (b"1;" + b"a" * 60_000 + b"\r\nx\r\n") * 20,
}

# Targets that are odd, with a key. Some name what exists: they may be served, once.
TARGETS: dict[str, bytes] = {
    "absolute": b"http://a/v1/projects",
    "absolute, another host": b"http://elsewhere.example/v1/projects",
    "absolute with a user": b"http://user:word@a/v1/projects",
    "absolute, another scheme": b"gopher://a/v1/projects",
    "absolute, no host": b"http:///v1/projects",
    "absolute, a bad port": b"http://a:99999/v1/projects",
    "absolute, a broken address": b"http://[::1/v1/projects",
    "authority": b"a:443",
    "asterisk": b"*",
    "relative": b"v1/projects",
    "two slashes": b"//v1/projects",
    "two slashes and a host": b"//elsewhere.example/v1/projects",
    "slashes alone": b"////",
    "dots": b"/v1/../v1/projects",
    "dots beyond the root": b"/../../../etc/passwd",
    "dots escaped": b"/%2e%2e/%2e%2e/etc/passwd",
    "backslashes": b"\\v1\\projects",
    "slash escaped": b"/v1%2fprojects",
    "NUL escaped": b"/v1/projects%00",
    "line end escaped": b"/v1/projects%0d%0aX-Note:%20a",
    "escape cut": b"/v1/projects%",
    "escape of nothing": b"/v1/projects%zz",
    "escape of broken UTF-8": b"/v1/projects/%ff%fe",
    "escape of an overlong slash": b"/v1%c0%afprojects",
    "fragment": b"/v1/projects#a",
    "question alone": b"?",
    "query alone": b"?limit=1",
    "brackets": b"/v1/projects/<[{|}]>",
    "semicolon": b"/v1/projects;a=b",
    "quotes": b"/v1/projects/\"'`",
    "4 KB": b"/v1/projects/" + b"a" * 4096,
    "7 KB of slashes": b"/" * 7000,
    "7 KB of query": b"/v1/projects?" + b"a=1&" * 1750,
    "7 KB of escapes": b"/" + b"%41" * 2300,
    "100 KB": b"/v1/projects/" + b"a" * 100_000,
}
METHODS = (b"POST", b"PATCH", b"DELETE", b"OPTIONS", b"HEAD", b"CONNECT", b"TRACE", b"get", b"M-SEARCH")
FORMS = ("absolute", "authority", "asterisk", "two slashes")


def streams() -> Iterator[tuple[str, bytes]]:
    """Every stream of the set with its name, still with placeholders."""
    for place, start in STARTS.items():
        for name, (fields, after) in FRAMINGS.items():
            yield f"{place}: {name}", start + fields + b"\r\n" + after
    yield from STREAMS.items()
    for name, target in TARGETS.items():
        yield name, _to(b"GET", target)
    for name in FORMS:
        for method in METHODS:
            yield f"{name}, {method.decode()}", _to(method, TARGETS[name])


def _to(method: bytes, target: bytes) -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + FIELDS + SIZED + b"\r\n" + CANARY
