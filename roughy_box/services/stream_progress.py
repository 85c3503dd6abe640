"""The progress of work, as the event stream tells of it: what has changed since it was last asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable

from roughy_box.services.box import Box
from roughy_box.services.stream_entities import Entity, Moving, message
from roughy_box.storage import stream_events


class ProgressWatch:
    """The progress that was last seen of everything that is being worked on."""

    def __init__(self, box: Box, entities: Iterable[Entity]) -> None:
        self._box = box
        self._entities = [entity for entity in entities if entity.moving]
        self._seen: dict[str, dict[str, Moving]] = {}

    def forget(self) -> None:
        """Let everything be news again."""
        self._seen = {}

    async def news(self, accounts: Collection[str]) -> AsyncIterator[tuple[str, str, bytes]]:
        """Yield account, type and message of all progress in ``accounts`` since the last call."""
        for entity in self._entities:
            assert entity.moving
            moving = {each.id: each for each in entity.moving(self._box) if each.account_id in accounts}
            seen, self._seen[entity.name] = self._seen.get(entity.name, {}), moving
            changed = [key for key, each in moving.items() if seen.get(key) != each]
            for key, row in (await stream_events.read_entities(entity.view, changed)).items():
                event_type, progress = f"{entity.name}.progress", round(moving[key].progress, 4)
                yield (
                    moving[key].account_id,
                    event_type,
                    message(event_type, {**entity.show(self._box, row), "progress": progress}),
                )
