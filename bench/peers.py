"""The servers of other projects."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from bench import install, process, wire
from bench.server import TUS, Server, head
from bench.wire import Shot


class Peer(Server):
    """The server of another project, unmodified."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.small_gets = ["/hello"]

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self, folder: Path) -> None:
        self.folder, self.files = folder, folder / "files"
        self.files.mkdir()
        self.port = _free_port()
        self.launch()

    def launch(self) -> None:
        environ = {**os.environ, "BENCH_FILES": str(self.files), "NODE_ENV": "production"}
        with (self.folder / "log").open("w") as log:
            self._process = subprocess.Popen(self.command(), cwd=install.HERE, env=environ, stdout=log, stderr=log)
        self.pid = self._process.pid
        _wait_for(self)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)

    def headers(self) -> dict[str, str]:
        return TUS

    def creation(self, size: int) -> bytes:
        # "filename d": tuspyserver requires a name.
        wish = {"Upload_Length": str(size), "Upload_Metadata": "filename ZA==", "Content_Length": "0"}
        return head("POST", "/files", **self.headers(), **wish)

    def clear(self, paths: Iterable[str]) -> None:
        for path in paths:
            for file in self.files.glob(f"{path.rpartition('/')[2]}*"):
                shutil.rmtree(file) if file.is_dir() else file.unlink()


class TusNode(Peer):
    def command(self) -> list[str]:
        return ["node", "tus_node.mjs", str(self.port), str(self.files)]


class TusUvicorn(Peer):
    def command(self) -> list[str]:
        program = str(install.TUSPYSERVER / "bin" / "uvicorn")
        return [program, "tus_uvicorn:app", "--port", str(self.port), "--log-level", "warning"]


NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/errors warn; worker_processes 1; {user}
events {{ }}
http {{
  access_log off; sendfile on; client_max_body_size 0; client_body_buffer_size 1m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/t1; fastcgi_temp_path {folder}/t2;
  uwsgi_temp_path {folder}/t3; scgi_temp_path {folder}/t4;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; location / {{ dav_methods PUT; }} }}
}}
"""


class Nginx(Peer):
    """No TUS: each chunk is a PUT of a separate file. One worker, for comparison with one process."""

    def command(self) -> list[str]:
        user, folder = "user root;" if os.geteuid() == 0 else "", str(self.folder)
        (self.folder / "conf").write_text(NGINX.format(folder=folder, port=self.port, user=user))
        (self.files / "hello").write_text("hello\n")
        return [str(install.nginx()), "-e", f"{folder}/errors", "-c", f"{folder}/conf", "-p", folder]

    def launch(self) -> None:
        super().launch()
        self.pid = process.tree(self.pid)[1]  # the worker

    def open(self, size: int) -> str:
        return f"/{uuid.uuid4()}"

    def chunk(self, path: str, start: int, length: int, announced: int = 0) -> Shot:
        return Shot(head("PUT", f"{path}-{start}", Content_Length=str(announced or length)), start, length)

    def downloadable(self, source: Path) -> str:
        """Return the address of a file put into its folder."""
        shutil.copyfile(source, self.files / "source.wav")
        return "/source.wav"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _wait_for(server: Peer) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            wire.latencies(server.port, server.get("/hello"), 1)
            return
        except OSError:
            assert time.monotonic() < deadline, f"{server.name} did not start"
            time.sleep(0.005)
