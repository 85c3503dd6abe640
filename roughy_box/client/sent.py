"""Recordings that are on a box already, sent by another machine or before its record of uploads was lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.files import SourceFile
from roughy_box.domain.asset_name import name_of_file

_MOST = 20  # assets of the same name whose bytes are compared
_SAMPLES, _SAMPLE = 16, 64 * 1024  # places in the file; bytes


def find_sent(client: BoxClient, file: SourceFile, project_id: str) -> Asset | None:
    """Return a ready asset of the project that has the name, the size and, in samples, the bytes of the file."""
    name = name_of_file(file.path.name)
    if name is None:
        return None
    same = (each for each in client.assets(project_id, name) if _looks_like(each, name, file))
    return next((each for each in islice(same, _MOST) if _has_bytes(client, each, file)), None)


def _looks_like(asset: Asset, name: str, file: SourceFile) -> bool:
    return (asset["state"], asset.get("name"), asset.get("size_bytes")) == ("ready", name, file.size)


def _has_bytes(client: BoxClient, asset: Asset, file: SourceFile) -> bool:
    url = client.asset(asset["id"]).get("download_url")
    return isinstance(url, str) and all(
        client.part(url, start, end) == b"".join(file.blocks(start, end)) for start, end in _samples(file.size)
    )


def _samples(size: int) -> Iterator[tuple[int, int]]:
    """Yield the places that are compared, the first and the last bytes among them."""
    last = max(0, size - _SAMPLE)
    for start in sorted({last * number // (_SAMPLES - 1) for number in range(_SAMPLES)}):
        yield start, min(start + _SAMPLE, size)
