"""A page in Chromium, driven line by line from a test."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.harness import PATIENCE, LiveBox

HERE = Path(__file__).parent


class Browser:
    """One Chromium, with a page for each test."""

    def __init__(self) -> None:
        command = ["node", str(HERE / "driver.mjs"), shutil.which("chromium") or ""]
        self._driver = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question: Any) -> Any:
        """Send one line to the driver and return the value of its answer."""
        assert self._driver.stdin
        assert self._driver.stdout
        self._driver.stdin.write(json.dumps(question) + "\n")
        self._driver.stdin.flush()
        line = self._driver.stdout.readline()
        assert line, "the browser's driver ended"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def close(self) -> None:
        """End the browser."""
        try:
            self._driver.communicate(timeout=PATIENCE)
        finally:
            self._driver.kill()


class Page:
    """A fresh page, without storage or session, whose console must stay free of errors."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self._browser = browser
        browser.ask(open=options)

    def do(self, code: str, **values: Any) -> Any:
        """Run JavaScript in the driver, given ``page``, the steps of steps.mjs and ``values``."""
        return self._browser.ask(code=code, values=values)

    def sign_in(self, box: LiveBox, key: str, project: str = "") -> None:
        """Sign in, and create a project if ``project`` names one."""
        self.do("await signIn(url, key)", url=f"{box.url}/", key=key)
        if project:
            self.do("await makeProject(name)", name=project)

    def refuse_stream(self) -> None:
        """Have the page that is opened next get no events, so that it polls."""
        self.do(
            """
            await page.addInitScript(() => delete globalThis.SharedWorker)
            await page.route("**/v1/events", (route) => route.abort())
            """
        )

    def close(self) -> None:
        """Close the page; fail on errors of its console, including refused scripts and styles."""
        assert self._browser.ask(close=True) == []
