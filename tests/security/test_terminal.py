"""Nothing that comes from elsewhere moves a cursor: what commands say on a real terminal."""

from __future__ import annotations

import http.server
import json
import os
import pty
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.cli.shell import Shell
from tests.harness import PROGRAM, Api
from tests.media_bytes import wav

EVIL = "\x1b]0;owned\a\x1b[2J\x9b31m\u202e"
# Sequences of click itself: colors, and hiding the cursor during a progress bar.
OURS = re.compile(r"\x1b\[(?:\d*m|\?25[lh])")


def on_terminal(shell: Shell, *arguments: str) -> str:
    """Return the output of a command to a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [*PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=shell.environ, cwd=shell.folder
    )
    os.close(theirs)
    shown = b""
    with closing(os.fdopen(ours, "rb", buffering=0)) as terminal:
        while True:
            try:
                piece = terminal.read(65_536)
            except OSError:  # Linux says so when the other side is closed
                break
            if not piece:
                break
            shown += piece
    child.wait()
    return shown.decode()


def is_harmless(shown: str) -> bool:
    return all(line.isprintable() for line in re.split(r"\r\n|\r|\n", OURS.sub("", shown)))


@pytest.fixture
def evil_server() -> Iterator[str]:
    """A box that answers with what a terminal would obey."""

    class Evil(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"error": {"code": "not_found", "message": f"Nothing here.{EVIL}"}}).encode()
            self.send_response(404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Evil) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_server_message_with_controls_printable(shell: Shell, evil_server: str) -> None:
    (shell.folder / "a.wav").write_bytes(wav(1))
    shown = on_terminal(shell, "upload", "a.wav", "--key", "sk_x", "--url", evil_server)
    assert "Nothing here." in shown
    assert is_harmless(shown), shown


def test_file_name_error_with_controls_printable(api: Api, shell: Shell) -> None:
    path = shell.folder / f"take{EVIL}.wav"
    path.write_bytes(wav(1))
    shown = on_terminal(shell, "upload", str(path), "--key", api.box.key, "--url", api.box.url)
    assert "100%" in shown
    assert is_harmless(shown), shown


def test_errors_with_controls_printable(shell: Shell) -> None:
    for arguments in (["balance", "--config", f"x{EVIL}"], ["upload", f"x{EVIL}", "--key", "sk_x"]):
        shown = on_terminal(shell, *arguments)
        assert "Error:" in shown or "refused" in shown
        assert is_harmless(shown), shown


@pytest.mark.parametrize("name", ["", "x" * 101, EVIL, "two\nlines"])
def test_key_name_with_controls_printable(box_shell: Shell, name: str) -> None:
    box_shell.run("key", "create", "--name", name).refused("printable")


def test_key_given_as_id_not_repeated(box_shell: Shell) -> None:
    key: str = box_shell.environ["API_KEY"]
    assert key not in box_shell.run("key", "revoke", key).refused("roughy-box key list")
