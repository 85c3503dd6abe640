"""Receiving large files of a box, resumed after an interruption."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import httpx

from roughy_box.client.api import BoxClient
from roughy_box.client.errors import ClientError, TemporaryError
from roughy_box.client.outputs import whole_file
from roughy_box.client.responses import not_a_box
from roughy_box.client.retry import Backoff

Progress = Callable[[int, int], None]


def download(client: BoxClient, sign: Callable[[], str], path: Path, on_progress: Progress) -> None:
    """Save a file of the box at ``path``, whole or not at all, replacing the one that is there.

    ``sign`` returns its signed address, and is called again after each interruption, as that may have expired.
    ``on_progress`` gets the bytes received so far and those of the whole. Errors: ClientError.
    """
    with whole_file(path) as file:
        download_into(client, sign, file, on_progress)


def download_into(client: BoxClient, sign: Callable[[], str], file: BinaryIO, on_progress: Progress) -> None:
    """Write a file of the box to an open one, as :func:`download` does."""
    backoff, etag = Backoff(client.retries), ""
    while True:
        before = file.tell()
        try:
            with client.stream(sign(), _rest(file, etag)) as response:
                etag = _start(response, file, etag)
                _receive(response, file, on_progress)
            return
        except TemporaryError as error:
            if file.tell() > before:
                backoff.reset()
            backoff.pause(error)


def _rest(file: BinaryIO, etag: str) -> dict[str, str]:
    """Return the headers that ask for the rest of a file, if it is still the same (RFC 9110, section 13.1.5)."""
    at = file.tell()
    return {"Accept-Encoding": "identity"} | ({"Range": f"bytes={at}-", "If-Range": etag} if etag and at else {})


def _start(response: httpx.Response, file: BinaryIO, etag: str) -> str:
    """Go to the place where the bytes of a response belong; return the tag of the file."""
    if response.status_code == 206:
        if not response.headers.get("Content-Range", "").startswith(f"bytes {file.tell()}-"):
            raise not_a_box(response)
        return etag
    file.seek(0)
    file.truncate()
    return str(response.headers.get("ETag", ""))


def _receive(response: httpx.Response, file: BinaryIO, on_progress: Progress) -> None:
    length = response.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise not_a_box(response)
    total = file.tell() + int(length)
    for block in response.iter_raw():
        file.write(block)
        on_progress(file.tell(), total)
    if file.tell() != total:
        raise ClientError(f"{response.url.host} sent {file.tell()} of {total} bytes.", "connection")
