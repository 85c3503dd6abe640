"""The box as one of the servers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import tests.plain_path
from bench import wire
from bench.server import TUS, Server, head
from tests.harness import COLD_PROGRAM, Api, LiveBox


class Ours(Server):
    """A box, as users start it."""

    def __init__(
        self,
        name: str,
        settings: dict[str, str] | None = None,
        plain: bool = False,
        program: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.small_gets = ["/healthz", "/v1/credits/balance"]
        self._settings = {"LOG_LEVEL": "warning", "UPLOADS_MAX_OPEN": "1000000", **(settings or {})}
        self._program = (sys.executable, tests.plain_path.__file__) if plain else program or COLD_PROGRAM

    def start(self, folder: Path, owner: int | None = None) -> None:
        """Make a box in ``folder`` and serve it; ``owner`` is the user whose box it becomes."""
        self.box = LiveBox(folder, self._settings, credits=10**9, program=self._program)
        if owner is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, owner, owner)
        self.launch()
        self.project = self.api.project("Bench")

    def launch(self) -> None:
        self.box.start()
        assert self.box.process
        self.port, self.pid = self.box.port, self.box.process.pid
        self.api = Api(self.box)

    def stop(self) -> None:
        self.api.http.close()
        if self.box.process:
            self.box.stop()

    def headers(self) -> dict[str, str]:
        return {**TUS, "Authorization": f"Bearer {self.box.key}"}

    def creation(self, size: int) -> bytes:
        wish = json.dumps({"project_id": self.project, "size_bytes": size}).encode()
        headers = {"Content_Type": "application/json", "Content_Length": str(len(wish))}
        return head("POST", "/v1/assets", **self.headers(), **headers) + wish

    def clear(self, paths: Iterable[str]) -> None:
        for path in paths:
            asset_id = path.rpartition("/")[2]
            self.api.settled(asset_id)
            self.api.http.delete(f"/v1/assets/{asset_id}")

    def downloadable(self, source: Path) -> str:
        """Return the address of an uploaded and prepared file."""
        size = source.stat().st_size
        path = self.open(size)
        wire.upload(self.port, source, [self.chunks(path, size, size)])
        asset = self.api.settled(path.rpartition("/")[2])
        assert asset["state"] == "ready", asset
        address = urlsplit(asset["download_url"])
        return f"{address.path}?{address.query}"
