"""Fetch the peers into ``bench/node_modules`` and ``.cache/bench``; unavailable ones are left out."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache" / "bench"
TUSPYSERVER = CACHE / "tuspyserver"
TUSPYSERVER_VERSION = "4.4.3"


def install() -> dict[str, str]:
    """Install every peer; return the reason for each missing one."""
    CACHE.mkdir(parents=True, exist_ok=True)
    peers = {"@tus/server": _tus_node, "tuspyserver": _tuspyserver, "nginx": _nginx}
    return {name: reason for name, attempt in peers.items() if (reason := attempt())}


def nginx() -> str | None:
    """Return the path of the nginx program."""
    fetched = CACHE / "nginx" / "usr" / "sbin" / "nginx"
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin") or (str(fetched) if fetched.exists() else None)


def _tus_node() -> str:
    if not shutil.which("node") or not shutil.which("npm"):
        return "@tus/server needs Node and npm, which are not installed here."
    if (HERE / "node_modules" / "@tus" / "server").is_dir():
        return ""
    return _try(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"], "npm did not install @tus/server.")


def _tuspyserver() -> str:
    if (TUSPYSERVER / "bin" / "uvicorn").exists():
        return ""
    pip = [str(TUSPYSERVER / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    failed = "pip did not install tuspyserver."
    return _try([sys.executable, "-m", "venv", str(TUSPYSERVER)], failed) or _try(
        [*pip, f"tuspyserver=={TUSPYSERVER_VERSION}", "uvicorn[standard]"], failed
    )


def _nginx() -> str:
    """Unpack without installing: an installed nginx would start to serve on this machine."""
    if nginx():
        return ""
    if not shutil.which("apt-get"):
        return "nginx is not installed here."
    folder = CACHE / "nginx"
    folder.mkdir(exist_ok=True)
    failed = "apt did not have nginx."
    if _try(["apt-get", "download", "nginx"], failed, folder):
        return failed
    return _try(["dpkg-deb", "-x", str(next(folder.glob("*.deb"))), str(folder)], failed)


def _try(command: list[str], failed: str, folder: Path = HERE) -> str:
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=300, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return failed
    return ""
