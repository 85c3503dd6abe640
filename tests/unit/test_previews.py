"""When posters and waveforms are drawn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roughy_box.services.previews import Previewer

Nothing: Any = None


@pytest.mark.parametrize("is_full", [True, False])
async def test_previews_all_workers_busy_wait(is_full: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1

    previewer = Previewer(Nothing, Nothing, Nothing, Nothing, lambda: is_full)
    monkeypatch.setattr(previewer, "_next", look)
    previewer.kick()
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})  # type: ignore[arg-type]
    assert looks == (not is_full)
    await previewer.close()
