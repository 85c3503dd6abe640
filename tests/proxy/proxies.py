"""nginx and Caddy in front of a box: the examples that users get, on free ports, without privileges."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import certify
from tests.harness import LiveBox, wait_until

EXAMPLES = Path(__file__).parents[2] / "roughy_box" / "integrations"
NGINX_FRAME = """
daemon off;
# One process, as the user of the tests.
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/example.conf;
}}
"""
CADDY_FRAME = """
{{
	admin off
	skip_install_trust
	http_port {plain}
	https_port {port}
}}
"""

Edit = Callable[[str], str]


@dataclass(frozen=True)
class Proxy:
    """A running proxy; ``cert`` is the file of its certificate."""

    url: str
    plain_url: str
    port: int
    cert: Path
    folder: Path

    def trusting(self) -> ssl.SSLContext:
        """Return a TLS context that trusts its certificate."""
        return ssl.create_default_context(cafile=str(self.cert))

    def connect(self) -> socket.socket:
        """Open a raw connection with a verified TLS handshake."""
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return self.trusting().wrap_socket(raw, server_hostname="localhost")


def unchanged(text: str) -> str:
    """Return the example unchanged."""
    return text


def free_ports(count: int) -> list[int]:
    """Return ports that are free."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def replaced(text: str, **by: str) -> str:
    """Replace each key in ``text``; a key that is missing is an error of the test."""
    for old, new in by.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, box: LiveBox, edit: Edit = unchanged) -> Iterator[Proxy]:
    """Run nginx with its example, changed by ``edit``."""
    proxy = _prepare(folder)
    addresses = {
        "127.0.0.1:8750": f"127.0.0.1:{box.port}",
        "listen 80;": f"listen 127.0.0.1:{proxy.plain_url.rpartition(':')[2]};",
        "listen 443 ssl": f"listen 127.0.0.1:{proxy.port} ssl",
        "/etc/ssl/box.example.com/fullchain.pem": str(proxy.cert),
        "/etc/ssl/box.example.com/privkey.pem": str(folder / "key.pem"),
        "server_name box.example.com": "server_name localhost 127.0.0.1",
    }
    example = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    (folder / "example.conf").write_text(edit(replaced(example, **addresses)))
    (folder / "nginx.conf").write_text(NGINX_FRAME.format(folder=folder))
    with _running(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], proxy):
        yield proxy


@contextmanager
def caddy(folder: Path, box: LiveBox, edit: Edit = unchanged) -> Iterator[Proxy]:
    """Run Caddy with its example and our certificate, as it gets none for this name."""
    proxy = _prepare(folder)
    example = (EXAMPLES / "Caddyfile").read_text(encoding="utf-8")
    addresses = {
        "127.0.0.1:8750": f"127.0.0.1:{box.port}",
        "\nbox.example.com {": f"\nlocalhost, 127.0.0.1 {{\n\ttls {proxy.cert} {folder / 'key.pem'}",
    }
    frame = CADDY_FRAME.format(port=proxy.port, plain=proxy.plain_url.rpartition(":")[2])
    (folder / "Caddyfile").write_text(frame + edit(replaced(example, **addresses)))
    command = ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with _running(command, proxy):
        yield proxy


def _prepare(folder: Path) -> Proxy:
    port, plain = free_ports(2)
    return Proxy(f"https://localhost:{port}", f"http://localhost:{plain}", port, certify(folder), folder)


@contextmanager
def _running(command: Sequence[str], proxy: Proxy) -> Iterator[None]:
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin", "HOME": str(proxy.folder)}
    with (proxy.folder / "output").open("w") as output:
        process = subprocess.Popen(command, env=environ, cwd=proxy.folder, stdout=output, stderr=output)
    try:
        wait_until(lambda: process.poll() is not None or _listens(proxy.port))
        assert process.poll() is None, (proxy.folder / "output").read_text()
        yield
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
