"""``roughy-box speech``, and what other commands make of recognizers and their models."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import box_shell, shell
from tests.cli.shell import Shell
from tests.speech.hub import serving
from tests.tools import takes_long

__all__ = ["box_shell", "shell"]
FILES = {"model.bin", "config.json", "tokenizer.json", "vocabulary.txt"}


def models(shell: Shell) -> Path:
    return Path(shell.folder, "roughy-box-data", "models")


def test_speech_lists_recognizers(box_shell):
    found = box_shell.json("speech")
    assert [(row["name"], row["ready"], row["languages"]) for row in found["recognizers"]] == [
        ("faster-whisper", False, []),
        ("pocketsphinx", True, ["en"]),
    ]
    assert found["problems"] == []
    shown = box_shell.run("speech").out
    assert "Cuts of speech in other languages than English go by pauses and repeated sound alone." in shown
    assert "roughy-box speech install base" in shown


def test_speech_set_and_missing_recognizer_is_a_problem(box_shell):
    box_shell.environ["ROUGHY_BOX_SPEECH_ENGINE"] = "faster-whisper"
    (problem,) = box_shell.json("speech")["problems"]
    assert problem.startswith("faster-whisper was set and cannot be used. It has no model")
    report = json.loads(box_shell.run("doctor", "--json").out)
    assert [(each["check"], each["problem"]) for each in report["findings"]] == [("speech", problem)]


def test_doctor_notes_missing_languages(box_shell):
    report = box_shell.json("doctor")
    assert report["facts"]["recognizers"] == ["pocketsphinx"]
    assert any("other languages than English" in note for note in report["facts"]["notes"])


def test_speech_add_tries_and_copies(box_shell, tiny_model):
    added = box_shell.json("speech", "add", str(tiny_model), "--name", "small.en")
    assert (added["name"], added["size_bytes"]) == ("small.en", 75_537_502)
    assert "train leaves" in added["heard"]
    assert {path.name for path in (models(box_shell) / "small.en").iterdir()} == FILES
    box_shell.run("speech", "add", str(tiny_model), "--name", "small.en").refused("There is a model small.en already")
    assert box_shell.json("speech")["recognizers"][0]["ready"]
    unit = box_shell.run("systemd").out
    assert "MemoryDenyWriteExecute=no" in unit
    box_shell.environ["ROUGHY_BOX_SPEECH_ENGINE"] = "pocketsphinx"
    assert "MemoryDenyWriteExecute=yes" in box_shell.run("systemd").out
    box_shell.run("backup", "copy")
    assert not [path for path in Path(box_shell.folder, "copy").rglob("*") if "models" in path.parts]


@takes_long()
def test_speech_add_damaged_model_leaves_nothing(box_shell, tiny_model, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    weights = bytearray((broken / "model.bin").read_bytes())
    largest = weights.index(b"decoder/embeddings/weight\0") + 100
    weights[largest : largest + 15_000_000] = os.urandom(15_000_000)
    (broken / "model.bin").write_bytes(weights)
    box_shell.run("speech", "add", str(broken)).refused("The model was tried and")
    assert not models(box_shell).exists() or not list(models(box_shell).iterdir())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nowhere"], "There is no folder"),
        ([".", "--name", "x"], "is not a complete model"),
        ([".", "--name", "../x"], "cannot be the name of a model"),
    ],
)
def test_speech_add_refused(box_shell, arguments, reason):
    box_shell.run("speech", "add", *arguments).refused(reason)


def test_speech_install_interrupted_resumes(box_shell, tiny_model):
    with serving(tiny_model) as hub:
        box_shell.environ |= {"HF_ENDPOINT": hub.url, "NO_PROXY": "*"}
        hub.stall_at = 30_000_000
        command = [sys.executable, "-m", "roughy_box", "speech", "install", "tiny", "--yes"]
        environ = os.environ | box_shell.environ
        running = subprocess.Popen(command, cwd=box_shell.folder, env=environ, stderr=subprocess.PIPE, text=True)
        assert hub.stalled.wait(60)
        running.send_signal(signal.SIGINT)
        assert "interrupted" in running.communicate(timeout=30)[1]
        assert running.returncode == 130
        assert [path.name for path in models(box_shell).iterdir()] == [".tiny.download"]
        hub.stall_at = None
        added = box_shell.json("speech", "install", "tiny", "--yes")
        assert "train leaves" in added["heard"]
        assert len(hub.ranges) == 1
        assert int(hub.ranges[0].removeprefix("bytes=").removesuffix("-")) > 1_000_000
    assert [path.name for path in models(box_shell).iterdir()] == ["tiny"]
    assert not any(path.is_symlink() for path in (models(box_shell) / "tiny").iterdir())


def test_speech_install_through_proxy(box_shell, tiny_model):
    with serving(tiny_model) as hub:
        box_shell.environ |= {"HF_ENDPOINT": "http://hub.invalid", "HTTP_PROXY": hub.url, "http_proxy": hub.url}
        assert box_shell.json("speech", "install", "tiny", "--yes")["name"] == "tiny"
        assert all(path.startswith("http://hub.invalid/") for path in hub.paths)


def test_speech_install_without_network_says_so(box_shell):
    box_shell.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    box_shell.run("speech", "install", "base", "--yes").refused("base could not be downloaded")


def test_speech_install_asks_first(box_shell):
    box_shell.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    done = box_shell.run("speech", "install", "base")
    assert done.status != 0
    assert "Download about 141.1 MiB?" in done.err
    assert not models(box_shell).exists()
