"""``doctor --url`` for tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.cli.shell import Outcome, Shell
from tests.harness import Api, LiveBox


class Doctor:
    """Connectivity checks of a box through proxies, run from another folder."""

    def __init__(self, box: LiveBox, folder: Path, key: str | None = None) -> None:
        self.box = box
        self.api = Api(box, key)
        self.folder = folder
        self._key = key or box.key

    def visit(self, url: str, cert: Path | None = None, *more: str, key: str = "") -> Outcome:
        """Run the command; ``cert`` is trusted."""
        environ = {"ROUGHY_BOX_CLIENT_KEY": key or self._key} | ({"SSL_CERT_FILE": str(cert)} if cert else {})
        return Shell(self.folder, environ).run("doctor", "--url", url, *more)

    def report(self, url: str, cert: Path | None = None, **options: Any) -> dict[str, Any]:
        """Return the JSON document."""
        outcome = self.visit(url, cert, "--json", **options)
        report = json.loads(outcome.out)
        assert outcome.status == (0 if report["ok"] else 1), outcome
        return dict(report)

    def found(self, url: str, cert: Path | None = None, **options: Any) -> dict[str, str]:
        """Return the problems by check, each followed by its remedy."""
        findings = self.report(url, cert, **options)["findings"]
        return {each["check"]: f"{each['problem']} -> {each['remedy']}" for each in findings}

    def left(self) -> tuple[int, int, list[str]]:
        """Return the counts of projects and assets, and the files on disk."""
        counts = (self.api.http.get(f"/v1/{kind}").json()["total"] for kind in ("projects", "assets"))
        return (*counts, os.listdir(self.box.data_dir / "incoming"))  # type: ignore[return-value]
