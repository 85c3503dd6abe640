"""The failure for a file that is not there."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest

from roughy_box.domain.cut_states import CutFailure
from roughy_box.services.media_failures import missing


@pytest.mark.parametrize(("is_there", "failure"), [(True, CutFailure), (False, OSError)])
async def test_folder_looked_for_in_a_thread(is_there: bool, failure: type[Exception]) -> None:
    asked: list[threading.Thread] = []

    def exists() -> bool:
        asked.append(threading.current_thread())
        return is_there

    box: Any = SimpleNamespace(folder=SimpleNamespace(root=SimpleNamespace(exists=exists)))
    assert isinstance(await missing(box, CutFailure), failure)
    assert threading.main_thread() not in asked
