"""The cURL script of the hosted service's documentation, as a user of Linux runs it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.clients.footage import Footage, check_arrived, check_gone, check_rejected
from tests.clients.proxy import failing
from tests.harness import PATIENCE, Api, wait_until
from tests.tools import needs

pytestmark = needs("bash", "curl", "jq", "awk")

SCRIPT = Path(__file__).with_name("curl.sh")
MB = 1_000_000


def run(api: Api, file: Path, commands: str, works: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``commands`` with the functions of the script."""
    settings = {"TOKEN": api.box.key, "API": api.box.url, "FILE": str(file), "CHUNK_SIZE": str(5 * MB)} | variables
    command = ["bash", "-c", f'. "{SCRIPT}"; {commands}']
    environ = api.box.environ | settings
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode == 0) == works, done.stdout + done.stderr
    return done


def test_upload_file_arrives(api: Api, footage: Footage) -> None:
    done = run(api, footage.path, 'create; send 0; echo "$ASSET_ID"', PROJECT_ID=api.project())
    check_arrived(api, done.stdout.strip(), footage)


def test_upload_expect_continue_arrives(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    extra = "-v -H Expect:100-continue"
    done = run(api, recording.path, "send 0", UPLOAD_URL=url, CHUNK_SIZE=str(64 * MB), CURL_EXTRA=extra)
    assert done.stderr.index("> Expect") < done.stderr.index("< HTTP/1.1 100") < done.stderr.index("< HTTP/1.1 204")
    check_arrived(api, asset_id, recording)


def test_upload_stream_of_unknown_length_arrives(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    done = run(api, recording.path, "stream 0", UPLOAD_URL=url, CURL_EXTRA="-v")
    assert "> Transfer-Encoding: chunked" in done.stderr
    check_arrived(api, asset_id, recording)


@pytest.mark.parametrize("command", ["send", "stream"])
def test_upload_connection_broken_resumes(api: Api, recording: Footage, command: str) -> None:
    asset_id, url = api.asset(recording.size)
    broken = 7 * MB
    with failing(api.box.port, limit=broken) as proxy:
        away = url.replace(api.box.url, proxy.url)
        run(api, recording.path, f"{command} 0", works=False, UPLOAD_URL=away, CHUNK_SIZE=str(64 * MB))
    # The proxy counts heads and the framing of chunked bodies, too; the rest is kept to the last byte.
    kept = wait_until(lambda: (at := api.offset(url)) > broken - 10_000 and at)
    done = run(api, recording.path, f'at=$(offset); {command} "$at"; echo "$at"', UPLOAD_URL=url)
    assert int(done.stdout) == kept
    check_arrived(api, asset_id, recording)


def test_upload_canceled_is_gone(api: Api, recording: Footage) -> None:
    asset_id, url = api.asset(recording.size)
    done = run(api, recording.path, "patch 0 5000000; cancel; cancel", UPLOAD_URL=url)
    assert done.stdout.split() == ["204", "204"]
    check_gone(api, asset_id)


@pytest.mark.parametrize("command", ["send", "stream"])
def test_upload_not_media_reports_reason(api: Api, text: Path, command: str) -> None:
    asset_id, url = api.asset(text.stat().st_size)
    done = run(api, text, f"{command} 0", works=False, UPLOAD_URL=url, CHUNK_SIZE=str(64 * MB))
    assert '"unsupported_media"' in done.stdout
    check_rejected(api, asset_id)
