"""The list of servers."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.ours import Ours
from bench.peers import Nginx, TusNode, TusUvicorn
from bench.server import Server

OURS = "Roughy Box"
FINAL = "Roughy Box, sync = final"
PLAIN = "Roughy Box, fallback path"
ONE_WORKER = "Roughy Box, one worker"
NODE = "@tus/server"
UVICORN = "tuspyserver"
NGINX_PUT = "nginx"

MAKERS: dict[str, Callable[[], Server]] = {
    OURS: lambda: Ours(OURS),
    FINAL: lambda: Ours(FINAL, {"UPLOADS_SYNC": "final"}),
    PLAIN: lambda: Ours(PLAIN, plain=True),
    ONE_WORKER: lambda: Ours(ONE_WORKER, {"PROCESSING_WORKERS": "1"}),
    NODE: lambda: TusNode(NODE),
    UVICORN: lambda: TusUvicorn(UVICORN),
    NGINX_PUT: lambda: Nginx(NGINX_PUT),
}


@contextmanager
def running(folder: Path, names: Iterable[str]) -> Iterator[dict[str, Server]]:
    """Run several servers at once, each in a separate folder; an idle one costs nothing."""
    with ExitStack() as stack:
        started = {}
        for number, name in enumerate(names):
            server = started[name] = MAKERS[name]()
            home = folder / f"server-{number}"
            home.mkdir()
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            server.start(home)
            stack.callback(server.stop)
        yield started
