"""The documentation page as a test reads it, and its examples as programs."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from roughy_box.http.resources import examples
from tests.api.talks import post
from tests.harness import PATIENCE, Api

PROGRAMS = {"bash": ["bash"], "python": [sys.executable], "js": ["node"]}
SUFFIXES = {"bash": "sh", "python": "py", "js": "mjs"}
SIGNED = f"expires={examples.EXPIRES}&signature={examples.SIGNATURE}"
# Starts the output line of a sample: its name, then the status of its response.
MARK = "#"
_CURL = f'curl() {{ command curl -sS -o /dev/null -w "{MARK}$NAME %{{http_code}}\\n" "$@" -o /dev/null; }}'


@dataclass(frozen=True)
class World:
    """The objects of the examples in an account.

    A prepared film and its file, a render of a cut of it, a cut of a spoken recording, and a delivery to an endpoint.
    """

    api: Api
    film: Path
    ready: Mapping[str, Any]
    cut: Mapping[str, Any]
    render: Mapping[str, Any]
    endpoint: str
    delivery: str

    def values(self, operation: str) -> dict[str, str]:
        """Return the replacements of the document's example values for an operation."""
        signed = {"download_file": "download_url", "read_artifact": "waveform_url"}
        url = self.ready[signed.get(operation.removesuffix("_head"), "download_url")]
        if operation.startswith("download_render"):
            url = self.render["download_url"]
        project_id, asset_id = self.ready["project_id"], self.ready["id"]
        cut_id = self.cut["id"]
        render_id, endpoint = self.render["id"], self.endpoint
        if operation == "delete_render":
            render_id = self.api.http.post("/v1/renders", json=self._another_render()).json()["id"]
        elif operation == "delete_webhook_endpoint":
            endpoint = new_endpoint(self.api)
        elif "render" in operation:
            cut_id = self.render["cut_id"]
        elif "webhook" in operation:
            pass
        elif operation == "delete_cut":
            cut_id = post(self.api, asset_id, segments=[{"start": 0, "end": 1 + random.random()}])["id"]
        elif "cut" in operation or operation.startswith("export_"):
            asset_id = self.cut["asset_id"]
        elif operation.startswith(("delete_", "change_", "cancel_", "send_", "override_")):
            asset_id, _ = self.api.asset(self.film.stat().st_size, project_id := self.api.project())
        return {
            SIGNED: url.partition("?")[2],
            examples.PROJECT_ID: project_id,
            examples.ASSET_ID: asset_id,
            examples.CUT_ID: cut_id,
            examples.RENDER_ID: render_id,
            examples.ENDPOINT_ID: endpoint,
            examples.DELIVERY_ID: self.delivery,
            str(examples.NEW_ASSET["size_bytes"]): str(self.film.stat().st_size),
        }

    def _another_render(self) -> dict[str, Any]:
        output = {"format": "mp4", "frame_rate": random.randrange(1, 100)}
        return {"asset_id": self.ready["id"], "output": output}


def new_endpoint(api: Api) -> str:
    """Return the id of a new webhook endpoint; it leads nowhere."""
    wish = {"url": "https://nowhere.invalid/", "event_types": ["asset.failed"]}
    return str(api.http.post("/v1/webhook-endpoints", json=wish).json()["id"])


def filled(code: str, values: Mapping[str, str]) -> str:
    """Return a sample with the test's values."""
    for old, new in values.items():
        code = code.replace(old, new)
    return code


def statuses(samples: Mapping[str, str], language: str, folder: Path, key: str) -> dict[str, int]:
    """Run samples of one language, and return the status of each response."""
    for name, code in samples.items():
        (folder / f"{name}.{SUFFIXES[language]}").write_text(code)
    program = {"bash": _bash, "python": _python, "js": _javascript}[language](list(samples))
    output = run(program, language, folder, key)
    found = [line.removeprefix(MARK).split() for line in output.splitlines() if line.startswith(MARK)]
    return {name: int(status) for name, status, *_ in found}


def run(program: str, language: str, folder: Path, key: str) -> str:
    """Run a program with the key in its environment and return its output."""
    with started(program, language, folder, key) as process:
        output, errors = process.communicate(timeout=3 * PATIENCE)
        assert process.returncode == 0, errors
        return output


@contextmanager
def started(program: str, language: str, folder: Path, key: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program with the key in its environment; it is killed at the end."""
    path = folder / f"program.{SUFFIXES[language]}"
    path.write_text(program)
    environ = {"PATH": os.environ["PATH"], "ROUGHY_BOX_CLIENT_KEY": key}
    command = [*PROGRAMS[language], path.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environ, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _bash(names: list[str]) -> str:
    return "\n".join(["set -e", _CURL, *(f"NAME={name}; . ./{name}.sh" for name in names)])


def _python(names: list[str]) -> str:
    lines = [f"print('{MARK}{name} ', end=''); exec(open('{name}.py').read(), {{}})" for name in names]
    return "\n".join(lines)


def _javascript(names: list[str]) -> str:
    lines = [f'process.stdout.write("{MARK}{name} "); await import("./{name}.mjs")' for name in names]
    return "\n".join(lines)


def parsed(text: str) -> Any:
    """Parse an example: JSON, or the head of a response."""
    return json.loads(text) if text.startswith("{") else text.splitlines()
