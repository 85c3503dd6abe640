"""What one entry of the list of routes says."""

from __future__ import annotations

from typing import NamedTuple

from roughy_box.http.call import Endpoint


class Route(NamedTuple):
    """One endpoint. ``public``: no key. ``streams``: reads or sends bytes for long, so it may be cancelled."""

    method: str
    path: str
    endpoint: Endpoint
    public: bool = False
    streams: bool = False
