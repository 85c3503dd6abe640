"""The report of ``doctor``: facts as text and as JSON, settings, libraries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from roughy_box import __version__
from roughy_box.base import frozen
from roughy_box.media import formats
from roughy_box.storage import inspection
from tests.cli.box_shell import BoxShell, skip_children
from tests.cli.shell import Shell


@pytest.fixture
def box(tmp_path: Path) -> BoxShell:
    Shell(tmp_path).json("init", "--data-dir", "data")
    (tmp_path / "roughy-box.toml").unlink()
    return BoxShell(tmp_path, tmp_path / "data")


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.mark.usefixtures("no_children")
def test_report_as_text_starts_with_facts_ends_with_verdict(box: BoxShell) -> None:
    shown = box.run("doctor")
    assert (shown.status, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0].split() == ["Roughy", "Box", __version__]
    assert lines[-1] == "No problems found."
    assert any(line.split()[:2] == ["storage.data_dir", str(box.data)] for line in lines)

    secret = box.data / "secret"
    secret.chmod(0o644)
    shown = box.run("doctor")
    assert (shown.status, shown.err) == (1, "")
    assert shown.out.endswith(f"permissions: {secret} can be read by others (0644)\n  -> chmod 600 {secret}\n")
    shown = box.run("doctor", "--repair")
    assert (shown.status, shown.err) == (0, "")
    *_, repaired, verdict = shown.out.splitlines()
    assert repaired == f"repaired: set the permissions of {secret} to 0600"
    assert verdict == "No problems found."


@pytest.mark.usefixtures("no_children")
def test_report_as_text_without_box_suggests_init(shell: Shell) -> None:
    shown = shell.run("doctor")
    assert (shown.status, shown.err) == (1, "")
    assert "roughy-box init" in shown.out
    assert list(shell.folder.iterdir()) == []


@pytest.mark.usefixtures("no_children")
def test_settings_reported_name_sources_and_hide_secrets(box: BoxShell) -> None:
    config = box.folder / "roughy-box.toml"
    config.write_text(
        '[uploads]\nidle_expiry = "90m"\nmax_size = "1GiB"\n[server]\ncors_origins = ["https://a.example"]\n'
        '[client]\nkey = "sk_secret"\n[metrics]\ntoken = "sk_secret_of_monitoring"\n'
    )
    config.chmod(0o600)
    box.environ["ROUGHY_BOX_SERVER_PORT"] = "9000"
    settings = box.report()["facts"]["settings"]
    assert settings["uploads.idle_expiry"] == {"value": 5400.0, "source": "file"}
    assert settings["server.port"] == {"value": 9000, "source": "ROUGHY_BOX_SERVER_PORT"}
    assert settings["server.host"] == {"value": "127.0.0.1", "source": "default"}
    assert settings["server.cors_origins"] == {"value": ["https://a.example"], "source": "file"}
    assert settings["client.key"] == {"value": "********", "source": "file"}
    assert settings["metrics.token"] == {"value": "********", "source": "file"}
    assert settings["client.url"] == {"value": None, "source": "default"}

    shown = box.run("doctor").out
    assert "sk_secret" not in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["uploads.idle_expiry", "1h30m", "file"] in rows
    assert ["uploads.max_size", "1", "GiB", "file"] in rows
    assert ["server.port", "9000", "ROUGHY_BOX_SERVER_PORT"] in rows

    config.chmod(0o644)
    (found,) = box.report()["findings"]
    assert found == {
        "check": "configuration",
        "problem": f"{config} holds metrics.token and client.key and can be read by others (0644)",
        "remedy": f"chmod 600 {config}",
    }


@pytest.mark.usefixtures("no_children")
def test_certificate_unreadable_is_reported(box: BoxShell) -> None:
    box.environ |= {"ROUGHY_BOX_SERVER_TLS_CERT": "cert.pem", "ROUGHY_BOX_SERVER_TLS_KEY": "key.pem"}
    (found,) = box.report()["findings"]
    assert found["check"] == "configuration"
    assert found["problem"].startswith("server.tls_cert: ")
    assert "cert.pem cannot be read: No such file or directory" in found["problem"]


@pytest.mark.parametrize(
    ("module", "sentence", "fact"),
    [("magic", "libmagic cannot be loaded", "libmagic"), ("av", "PyAV cannot be loaded", "pyav")],
)
def test_library_missing_is_reported(
    box: BoxShell, monkeypatch: pytest.MonkeyPatch, module: str, sentence: str, fact: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    report = box.report()
    (found,) = report["findings"]
    assert found["check"] == "media"
    assert found["problem"].startswith(sentence)
    assert "pip install" in found["remedy"]
    assert report["facts"][fact] is None


def test_missing_encoder_of_mp3_is_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lameenc", None)
    (problem,) = box.problems()
    assert problem.startswith("lameenc, which encodes MP3, cannot be loaded")


@pytest.mark.usefixtures("no_children")
def test_ffmpeg_without_formats_is_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = formats.Family("x", ("notthere",), (), None, ("audio/x", "xyz"), "audio", True)
    monkeypatch.setattr(formats, "FAMILIES", (*formats.FAMILIES, extra))
    monkeypatch.setattr(formats.demuxers, "__defaults__", (formats.FAMILIES,))
    monkeypatch.setattr("roughy_box.media.libraries._DECODERS", ("h264", "nodecoder"))
    report = box.report()
    assert [finding["problem"] for finding in report["findings"]] == [
        "PyAV's FFmpeg cannot open these formats: notthere",
        "PyAV's FFmpeg cannot decode: nodecoder",
    ]
    assert "xyz" not in report["facts"]["formats"]


def test_children_not_starting_are_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "command", lambda: ["/bin/false"])
    (found,) = box.report()["findings"]
    assert found["check"] == "media"
    assert "did not start" in found["problem"]


def test_children_rejecting_wav_are_reported(box: BoxShell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roughy_box.operations.doctor.surroundings.SILENT_WAV", b"words, not sound " * 99)
    assert len(box.problems()) == 2


@pytest.mark.usefixtures("no_children")
@pytest.mark.parametrize(
    ("constant", "place", "words"),
    [("LIBRARY_IS_TOO_OLD", "findings", "is too old"), ("LIBRARY_HAS_RESET_RACE", "notes", "rare bug")],
)
def test_old_sqlite_is_reported(
    box: BoxShell, monkeypatch: pytest.MonkeyPatch, constant: str, place: str, words: str
) -> None:
    monkeypatch.setattr(inspection, constant, True)
    report: dict[str, Any] = box.report()
    sentences = {
        "findings": [finding["problem"] for finding in report["findings"]],
        "notes": report["facts"]["notes"],
    }
    assert any(words in sentence for sentence in sentences[place])
    assert report["ok"] is (place == "notes")


def test_encoder_without_device_is_reported(box: BoxShell) -> None:
    box.environ["ROUGHY_BOX_RENDERING_ENCODER"] = "videotoolbox"
    report = box.report()
    (problem,) = [finding["problem"] for finding in report["findings"] if finding["check"] == "rendering"]
    assert problem == "rendering.encoder is videotoolbox, which does not work here; renders are encoded by x264"
    assert report["facts"]["encoders"] == ["x264"]
