"""The memory of downloads: large pieces for a few, small ones for many."""

from __future__ import annotations

import pytest
from prometheus_client import Counter

from roughy_box.http.server.traffic import Flow
from roughy_box.http.transfer import sendfile


@pytest.mark.parametrize(("downloads", "piece"), [(1, 512), (128, 512), (256, 256), (1024, 64), (5000, 64)])
def test_pieces_more_downloads_smaller(downloads: int, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = Counter("sent", "Bytes sent.", ["way"], registry=None)
    monkeypatch.setattr(sendfile, "_in_pieces", {Flow(totals) for _ in range(downloads)})
    assert sendfile._piece_size() == piece * 1024
