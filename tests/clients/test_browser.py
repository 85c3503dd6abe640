"""tus-js-client and Uppy in Chromium, on a page of another origin."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.clients.footage import Footage, check_arrived, check_gone, check_rejected
from tests.harness import PATIENCE, Api
from tests.tools import NODE_MODULES, needs, needs_packages

pytestmark = [
    needs("node", "chromium"),
    needs_packages("esbuild", "playwright-core", "tus-js-client", "@uppy/core", "@uppy/tus"),
]

BROWSER = Path(__file__).parent / "browser"
MB = 1_000_000

Outcome = dict[str, Any]


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder without logging."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Browser:
    """One Chromium for all tests, with a page for each upload."""

    def __init__(self, address: str) -> None:
        command = ["node", str(BROWSER / "driver.mjs"), shutil.which("chromium") or "", address]
        self._driver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, api: Api, file: Path, call: str = "upload", **plan: Any) -> Outcome:
        """Choose the file, call a function of the page with the plan; see browser/page.mjs."""
        assert self._driver.stdin
        assert self._driver.stdout
        plan |= {"api": api.box.url, "key": api.box.key, "project": api.project()}
        self._driver.stdin.write(json.dumps({"file": str(file), "call": call, "plan": plan}) + "\n")
        self._driver.stdin.flush()
        outcome: Outcome = json.loads(self._driver.stdout.readline())
        assert outcome.get("ending") != "crashed", outcome
        return outcome

    def close(self) -> None:
        try:
            self._driver.communicate(timeout=PATIENCE)
        finally:
            self._driver.kill()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the page."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(BROWSER / "page.html", folder / "index.html")
    esbuild, page = str(NODE_MODULES / ".bin" / "esbuild"), str(BROWSER / "page.mjs")
    bundle = [esbuild, page, "--bundle", "--log-level=warning", f"--outfile={folder / 'bundle.js'}"]
    subprocess.run(bundle, check=True, timeout=PATIENCE)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def browser(site: str) -> Iterator[Browser]:
    chromium = Browser(site)
    yield chromium
    chromium.close()


def answered(outcome: Outcome, method: str) -> list[int]:
    return [request["status"] for request in outcome["requests"] if request["method"] == method]


@pytest.mark.parametrize("chunk_size", [pytest.param(700_000, id="700kB"), pytest.param(None, id="whole")])
def test_upload_file_arrives(api: Api, browser: Browser, recording: Footage, chunk_size: int | None) -> None:
    outcome = browser.run(api, recording.path, chunkSize=chunk_size)
    assert outcome["ending"] == "finished", outcome["error"]
    assert outcome["downloaded"] == recording.size
    check_arrived(api, outcome["id"], recording)


def test_upload_aborted_resumes(api: Api, browser: Browser, recording: Footage) -> None:
    outcome = browser.run(api, recording.path, chunkSize=700_000, abortAt=4 * MB, then="resume")
    assert outcome["ending"] == "finished", outcome["error"]
    assert len(answered(outcome, "HEAD")) >= 2
    check_arrived(api, outcome["id"], recording)


def test_upload_canceled_is_gone(api: Api, browser: Browser, recording: Footage) -> None:
    outcome = browser.run(api, recording.path, chunkSize=700_000, abortAt=4 * MB, then="terminate")
    assert outcome["ending"] == "aborted", outcome["error"]
    assert answered(outcome, "DELETE") == [204]
    check_gone(api, outcome["id"])


@pytest.mark.parametrize("chunk_size", [pytest.param(700_000, id="700kB"), pytest.param(None, id="whole")])
def test_upload_not_media_reports_reason(api: Api, browser: Browser, text: Path, chunk_size: int | None) -> None:
    outcome = browser.run(api, text, chunkSize=chunk_size)
    assert outcome["ending"] == "failed"
    assert '"unsupported_media"' in outcome["error"]
    check_rejected(api, outcome["id"])


def test_uppy_file_arrives(api: Api, browser: Browser, recording: Footage) -> None:
    outcome = browser.run(api, recording.path, "uploadByUppy")
    assert outcome["successful"] == 1, outcome["error"]
    check_arrived(api, outcome["id"], recording)


def test_uppy_canceled_upload_is_gone(api: Api, browser: Browser, recording: Footage) -> None:
    outcome = browser.run(api, recording.path, "uploadByUppy", cancel=True)
    assert outcome["successful"] == 0
    check_gone(api, outcome["id"])


def test_uppy_not_media_reports_reason(api: Api, browser: Browser, text: Path) -> None:
    outcome = browser.run(api, text, "uploadByUppy")
    assert '"unsupported_media"' in outcome["error"]
    check_rejected(api, outcome["id"])
