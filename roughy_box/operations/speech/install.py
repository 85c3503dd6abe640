"""Downloads a model: the one place where the box fetches something by itself, and only when it is asked to.

The download runs in a process of its own, so that it can be stopped at once; what has arrived stays and serves the
next try.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import roughy_box
from roughy_box.base.files import give_to_owner, make_folder, unfinished
from roughy_box.base.progress import Progress
from roughy_box.config.options import Config
from roughy_box.config.values import format_size
from roughy_box.domain.errors import SetupError
from roughy_box.operations.speech.add import Added, check_name, checked, models_folder, publish, tried
from roughy_box.speech.whisper.model_folder import FILES
from roughy_box.speech.whisper.recognizer import INSTALL, Whisper
from roughy_box.storage.volume import space_of

# Bytes of each model, as published (https://huggingface.co/Systran, 2025-10); the largest is fit for fast machines.
SIZES: Mapping[str, int] = {
    "tiny": 78_000_000,
    "base": 148_000_000,
    "small": 486_000_000,
    "medium": 1_530_000_000,
    "large-v3": 3_090_000_000,
}
_LOOK_EVERY = 0.2  # seconds


def check_install(config: Config, name: str) -> None:
    """Refuse a download that cannot end well. Errors: :class:`SetupError`."""
    check_name(name, models_folder(config))
    if not Whisper.is_installed():
        raise SetupError(f"faster-whisper is not installed: {INSTALL}")
    free = space_of(config.storage.data_dir).free - config.storage.reserve
    if free < SIZES[name]:
        raise SetupError(f"A download of about {format_size(SIZES[name])} does not fit beside storage.reserve.")


def install(config: Config, name: str, progress: Progress) -> Added:
    """Download a model, check and try it, and put it among those of the box.

    Interrupted, it can be run again and goes on. Errors: :class:`SetupError`.
    """
    check_install(config, name)
    folder = models_folder(config)
    cache = folder / f".{name}.download"
    make_folder(cache)
    model = checked(_download(name, cache, progress))
    heard = tried(config, model)
    making = unfinished(folder / name)
    shutil.rmtree(making, ignore_errors=True)
    make_folder(making)
    for file in (model.path / each for each in FILES):
        if file.is_file():
            file.resolve().rename(making / file.name)  # the cache has links to files of other names
            give_to_owner(making / file.name)
    publish(making, folder / name)
    shutil.rmtree(cache)
    return Added(name, folder / name, model.size, heard)


def _download(name: str, cache: Path, progress: Progress) -> Path:
    """Return the folder of the downloaded model inside of ``cache``. Errors: :class:`SetupError`."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [_package(), os.environ.get("PYTHONPATH")])),
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_XET": "1",  # a protocol of its own, past proxies
        "HF_HOME": str(cache),
    }
    command = [sys.executable, "-P", "-m", "roughy_box.speech.whisper.download", name, str(cache)]
    progress.expect(SIZES[name])
    running = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        process_group=0,
    )
    try:
        _follow(running, cache, SIZES[name], progress)
        answer = (running.stdout.read() if running.stdout else "").strip().splitlines()[-1:]
    finally:
        running.kill()
        running.wait()
    if running.returncode or not answer:
        reason = answer[0] if answer else "it ended without a reason"
        raise SetupError(f"{name} could not be downloaded: {reason} Run the command again to go on.")
    return Path(answer[0])


def _follow(running: subprocess.Popen[str], cache: Path, size: int, progress: Progress) -> None:
    arrived = 0
    while running.poll() is None:
        now = min(size, sum(file.stat().st_size for file in _files(cache)))
        progress.advance(max(0, now - arrived))
        arrived = max(arrived, now)
        time.sleep(_LOOK_EVERY)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


def _package() -> str:
    return str(Path(roughy_box.__file__).parents[1])
