"""Word of revoked keys: a command returns once the server has forgotten them, and says so where it does not answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from roughy_box.domain.errors import SetupError
from roughy_box.services import revocations
from roughy_box.storage.folder import try_serving_lock


async def test_no_server_nothing_waited_for(tmp_path: Path) -> None:
    revocations.announce(tmp_path)
    await asyncio.wait_for(revocations.wait_until_confirmed(tmp_path), 5)


async def test_waits_for_server_that_holds_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocations, "PATIENCE", 0.2)
    revocations.confirm(tmp_path, revocations.latest(tmp_path))
    with try_serving_lock(tmp_path) as is_held:
        assert is_held
        await revocations.wait_until_confirmed(tmp_path)
        for _ in range(2):
            revocations.announce(tmp_path)
            with pytest.raises(SetupError, match="has not confirmed"):
                await revocations.wait_until_confirmed(tmp_path)
            revocations.confirm(tmp_path, revocations.latest(tmp_path))
            await revocations.wait_until_confirmed(tmp_path)
