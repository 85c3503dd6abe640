"""Certificates for localhost, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

_REQUEST = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=localhost -keyout key.pem"
_NAMES = "-addext subjectAltName=DNS:localhost,IP:127.0.0.1"
_AUTHORITY = """
[ca]
default_ca = here
[here]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
copy_extensions = copy
policy = any
[any]
commonName = supplied
"""


def certify(folder: Path, *more: str) -> Path:
    """Make ``cert.pem``, signed by itself, and ``key.pem``; its serial number is a new one each time."""
    folder.mkdir(parents=True, exist_ok=True)
    protection = () if more else ("-nodes",)
    _run(folder, *_REQUEST.split(), *_NAMES.split(), "-x509", "-days", "2", "-out", "cert.pem", *protection, *more)
    return folder / "cert.pem"


def certify_long_ago(folder: Path) -> Path:
    """The same, expired."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.cnf").write_text(_AUTHORITY)
    (folder / "index").touch()
    _run(folder, *_REQUEST.split(), *_NAMES.split(), "-nodes", "-out", "request.pem")
    days = "-startdate 20200101000000Z -enddate 20200102000000Z"
    files = "-config ca.cnf -keyfile key.pem -in request.pem -out cert.pem"
    _run(folder, *f"openssl ca -batch -notext -selfsign {days} {files}".split())
    return folder / "cert.pem"


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
