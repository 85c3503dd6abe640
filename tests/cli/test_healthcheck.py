"""``healthcheck``: exit code 0 or 1 and one line, for any answer."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import LiveBox
from tests.proxy.faulty import speaking
from tests.tools import needs


def shell_of(box: LiveBox) -> Shell:
    """Return a terminal in the container of a box: its configuration, its port."""
    return Shell(box.folder, {**box.environ, "ROUGHY_BOX_SERVER_PORT": str(box.port)})


def test_healthcheck_box_ready_then_not(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    shell = shell_of(box)
    well = shell.run("healthcheck")
    assert (well.status, well.out, well.err) == (0, "ready\n", "")
    document = shell.json("healthcheck")
    assert (document["ready"], document["url"], document["message"]) == (True, box.url, "ready")
    assert all(check["ok"] for check in document["checks"])

    box.stop()
    box.environ["ROUGHY_BOX_STORAGE_RESERVE"] = "1024TiB"
    box.start()
    shell.run("healthcheck").refused("not ready: disk: ", "Delete assets or free some space.")
    ill = shell.run("healthcheck", "--json")
    assert (ill.status, ill.err) == (1, "")
    document = json.loads(ill.out)
    assert document["ready"] is False
    assert [check["name"] for check in document["checks"] if not check["ok"]] == ["disk"]
    shell.run("healthcheck", "--url", box.url).refused("not ready: disk: ")

    box.stop()
    shell.run("healthcheck").refused(f"{box.url} does not answer: ")
    assert json.loads(shell.run("healthcheck", "--json").out)["ready"] is False


@needs("openssl")
def test_healthcheck_tls_skips_verification(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=box.example", "-addext", "subjectAltName=DNS:box.example"]
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    settings = {"SERVER_TLS_CERT": str(certificate), "SERVER_TLS_KEY": str(key), "SERVER_HOST": "0.0.0.0"}
    box = fresh_box(settings)
    assert shell_of(box).run("healthcheck").out == "ready\n"
    # Another machine's is looked at.
    address = f"https://127.0.0.1:{box.port}"
    shell_of(box).run("healthcheck", "--url", address).refused("does not answer", "certificate verify failed")


@contextmanager
def answering(content: bytes | None) -> Iterator[str]:
    """Run a server that is not a box and answers ``content``, or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                if content is not None:
                    connection.sendall(content)
                else:
                    connection.recv(65536)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "does not speak HTTP"),
        (b"", "does not speak HTTP"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno", "answered 404"),
        (b'HTTP/1.1 500 No\r\nContent-Length: 14\r\n\r\n{"error": [1]}', "answered 500"),
        (b'HTTP/1.1 503 No\r\nContent-Length: 34\r\n\r\n{"error": {"message": "a\\u001b[2Jb"}}', "answered 503"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{"status": "ok"}', "answered 200"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready", "answered 200"),
        (b'HTTP/1.1 404 No\r\nContent-Length: 19\r\n\r\n{"status": "ready"}', "answered 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 15000\r\n\r\n" + b"[" * 15000, "answered 200"),
        (b'HTTP/1.1 200 OK\r\n\r\n{"status": "ready", "more": "' + b"x" * 100_000 + b'"}', "answered 200"),
        (None, "no complete answer in time"),
    ],
)
def test_healthcheck_not_a_box_fails(shell: Shell, content: bytes | None, words: str) -> None:
    with answering(content) as url:
        said = shell.run("healthcheck", "--url", url, "--timeout", "1s").refused(words)
    assert "\x1b" not in said


@pytest.mark.parametrize(
    "began", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\n"]
)
def test_healthcheck_dripping_answer_times_out(shell: Shell, began: bytes) -> None:
    def drips(_request: bytes) -> Iterator[bytes]:
        yield began
        while not over.wait(0.05):
            yield b"X-A: b\r\n"

    over = threading.Event()
    # A look that waits for the end would get it in the end, and say something else.
    ending = threading.Timer(5, over.set)
    ending.start()
    try:
        with speaking(drips) as url:
            shell.run("healthcheck", "--url", url, "--timeout", "300ms").refused("no complete answer in time")
    finally:
        over.set()
        ending.cancel()


def test_healthcheck_malformed_checks_dropped(shell: Shell) -> None:
    body = b'{"status": "ready", "checks": [{"name": "\\u009bdisk", "ok": true, "message": null}, {"name": 1}, 2]}'
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as url:
        document = shell.json("healthcheck", "--url", url)
    assert document["checks"] == [{"name": "?disk", "ok": True, "message": None}]


@pytest.mark.parametrize("arguments", [["--timeout", "soon"], ["--timeout", "1e9d"], ["--url", "box.example"]])
def test_healthcheck_bad_arguments_refused(shell: Shell, arguments: list[str]) -> None:
    assert shell.run("healthcheck", *arguments).status == 2


def test_healthcheck_imports_little(shell: Shell) -> None:
    """It runs every half minute for years."""
    code = (
        "import sys\n"
        "from roughy_box.__main__ import main\n"
        "sys.argv = ['roughy-box', 'healthcheck', '--url', 'http://127.0.0.1:1']\n"
        "try:\n    main()\nexcept SystemExit:\n    print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=shell.environ, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "http" in loaded
    assert not loaded & {
        "sanic",
        "tortoise",
        "aiosqlite",
        "apscheduler",
        "av",
        "httpx",
        "pydantic",
        "prometheus_client",
    }
