"""Wrong keys by address: whoever sends many is told to wait.

A key has 256 random bits, so this is not what keeps guessers out: it tells a client with a wrong
key to slow down, and keeps the log readable. Right keys always pass; an address is often shared.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict

WINDOW = 60.0  # seconds
MOST_ADDRESSES = 10_000  # remembered at once; the oldest are forgotten first


class FailedAttempts:
    """Counts the wrong keys of each address in a minute that begins with the first."""

    def __init__(self, allowed: int) -> None:
        self._allowed = allowed
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def note(self, address: str) -> int:
        """Count a wrong key; the seconds to wait if there were too many, else 0."""
        now = time.monotonic()
        network = _network(address)
        began, count = self._windows.get(network, (now, 0))
        if now - began >= WINDOW:
            began, count = now, 0
        self._windows[network] = (began, count + 1)
        self._windows.move_to_end(network)
        if len(self._windows) > MOST_ADDRESSES:
            self._windows.popitem(last=False)
        return math.ceil(began + WINDOW - now) if count >= self._allowed else 0


def _network(address: str) -> str:
    """The address itself; of IPv6 the /64, which one client has whole."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)
