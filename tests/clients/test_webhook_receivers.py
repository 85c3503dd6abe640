"""The receivers of docs/webhooks.md, run as they are printed, with a real box."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.clients.test_readme import PROGRAMS, SUFFIXES, snippet
from tests.harness import Api, wait_until
from tests.media_bytes import wav
from tests.tools import NODE_MODULES, needs, needs_packages

RECEIVER = ("docs/webhooks.md", "A receiver")
LONGEST = 12  # lines


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    "language", ["python", pytest.param("js", marks=[needs("node"), needs_packages("standardwebhooks")])]
)
def test_receiver_of_the_manual_verifies(api: Api, tmp_path: Path, language: str) -> None:
    code, port = snippet(RECEIVER, language), free_port()
    assert len([line for line in code.splitlines() if line]) <= LONGEST
    wish = {"url": f"http://127.0.0.1:{port}/", "event_types": ["asset.ready"]}
    endpoint = api.http.post("/v1/webhook-endpoints", json=wish).json()
    program, out = tmp_path / f"receiver{SUFFIXES[language]}", tmp_path / "out"
    program.write_text(code.replace("whsec_...", endpoint["secret"]).replace("PORT = 9000", f"PORT = {port}"))
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    with out.open("w") as file:
        process = subprocess.Popen([*PROGRAMS[language], str(program)], cwd=tmp_path, stdout=file, stderr=file)
    try:
        wait_until(lambda: is_listening(port))
        asset_id = api.upload(wav(1))["id"]
        wait_until(lambda: f"asset.ready {asset_id}" in out.read_text())
        delivered = wait_until(
            lambda: [
                each
                for each in api.http.get(f"/v1/webhook-endpoints/{endpoint['id']}/deliveries").json()["items"]
                if each["state"] == "delivered"
            ]
        )
        assert delivered[0]["last_status"] == 204
        forged = {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
        try:
            assert httpx.post(f"http://127.0.0.1:{port}/", content=b"{}", headers=forged).status_code == 400
        except httpx.RemoteProtocolError:
            assert language == "python"  # its server closes the connection
        assert out.read_text().count("asset.ready") == 1
    finally:
        process.kill()
        process.wait()
        api.http.delete(f"/v1/webhook-endpoints/{endpoint['id']}")
