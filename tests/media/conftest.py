from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from roughy_box.media.fork_server import ForkServer
from tests.media.corpus import Sample


@pytest.fixture(scope="session")
def sample_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sample], Path]:
    """Return the file of a sample, made at its first use."""
    folder = tmp_path_factory.mktemp("corpus")
    made: dict[str, Path] = {}

    def path(sample: Sample) -> Path:
        if sample.name not in made:
            made[sample.name] = sample.create(folder)
        return made[sample.name]

    return path


@pytest.fixture
async def server() -> AsyncIterator[ForkServer]:
    async with ForkServer() as server:
        yield server
