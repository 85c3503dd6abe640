"""Waiting for the work of a box by reading its state."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from roughy_box.client.api import BoxClient

Entity = dict[str, Any]
_LONGEST_PAUSE = 2.0  # seconds


def wait_for(
    client: BoxClient,
    read: Callable[[], Entity],
    unfinished: Collection[str],
    on_poll: Callable[[Entity, float], None] = lambda entity, waited: None,
) -> Entity:
    """Return an entity once its state is none of ``unfinished``, without a time limit.

    ``on_poll`` gets it each time before that, and the seconds waited so far.
    """
    pause, waited = 0.1, 0.0
    while (entity := read())["state"] in unfinished:
        on_poll(entity, waited)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
        client.retries.sleep(pause)
        waited += pause
    return entity
