"""What ``doctor`` tells of a box and of what it stands on: facts for people and programs, settings, libraries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from roughy_box import __version__
from roughy_box.base import frozen
from roughy_box.media import formats
from roughy_box.storage import inspection
from tests.cli.patient import Patient, skip_children
from tests.cli.shell import Shell


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    Shell(tmp_path).json("init", "--data-dir", "data")
    (tmp_path / "roughy-box.toml").unlink()
    return Patient(tmp_path, tmp_path / "data")


@pytest.fixture
def no_children(monkeypatch: pytest.MonkeyPatch) -> None:
    skip_children(monkeypatch)


@pytest.mark.usefixtures("no_children")
def test_a_report_for_people_begins_with_facts_and_ends_with_the_verdict(patient: Patient) -> None:
    shown = patient.run("doctor")
    assert (shown.status, shown.err) == (0, "")
    lines = shown.out.splitlines()
    assert lines[0].split() == ["Roughy", "Box", __version__]
    assert lines[-1] == "No problems found."
    assert any(line.split()[:2] == ["storage.data_dir", str(patient.data)] for line in lines)

    secret = patient.data / "secret"
    secret.chmod(0o644)
    shown = patient.run("doctor")
    assert (shown.status, shown.err) == (1, "")
    assert shown.out.endswith(f"permissions: {secret} can be read by others (0644)\n  -> chmod 600 {secret}\n")
    shown = patient.run("doctor", "--repair")
    assert (shown.status, shown.err) == (0, "")
    *_, repaired, verdict = shown.out.splitlines()
    assert repaired == f"repaired: set the permissions of {secret} to 0600"
    assert verdict == "No problems found."


@pytest.mark.usefixtures("no_children")
def test_a_report_for_people_when_there_is_no_box(shell: Shell) -> None:
    shown = shell.run("doctor")
    assert (shown.status, shown.err) == (1, "")
    assert "roughy-box init" in shown.out
    assert list(shell.folder.iterdir()) == []


@pytest.mark.usefixtures("no_children")
def test_settings_are_told_with_their_sources_and_secrets_without_their_value(patient: Patient) -> None:
    config = patient.folder / "roughy-box.toml"
    config.write_text(
        '[uploads]\nidle_expiry = "90m"\nmax_size = "1GiB"\n[server]\ncors_origins = ["https://a.example"]\n'
        '[client]\nkey = "sk_secret"\n[metrics]\ntoken = "sk_secret_of_monitoring"\n'
    )
    config.chmod(0o600)
    patient.environ["ROUGHY_BOX_SERVER_PORT"] = "9000"
    settings = patient.report()["facts"]["settings"]
    assert settings["uploads.idle_expiry"] == {"value": 5400.0, "source": "file"}
    assert settings["server.port"] == {"value": 9000, "source": "ROUGHY_BOX_SERVER_PORT"}
    assert settings["server.host"] == {"value": "127.0.0.1", "source": "default"}
    assert settings["server.cors_origins"] == {"value": ["https://a.example"], "source": "file"}
    assert settings["client.key"] == {"value": "********", "source": "file"}
    assert settings["metrics.token"] == {"value": "********", "source": "file"}
    assert settings["client.url"] == {"value": None, "source": "default"}

    shown = patient.run("doctor").out
    assert "sk_secret" not in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["uploads.idle_expiry", "1h30m", "file"] in rows
    assert ["uploads.max_size", "1", "GiB", "file"] in rows
    assert ["server.port", "9000", "ROUGHY_BOX_SERVER_PORT"] in rows

    config.chmod(0o644)
    (found,) = patient.report()["findings"]
    assert found == {
        "check": "configuration",
        "problem": f"{config} holds metrics.token and client.key and can be read by others (0644)",
        "remedy": f"chmod 600 {config}",
    }


@pytest.mark.usefixtures("no_children")
def test_a_certificate_that_cannot_be_used(patient: Patient) -> None:
    patient.environ |= {"ROUGHY_BOX_SERVER_TLS_CERT": "cert.pem", "ROUGHY_BOX_SERVER_TLS_KEY": "key.pem"}
    (found,) = patient.report()["findings"]
    assert found["check"] == "configuration"
    assert found["problem"].startswith("server.tls_cert: ")
    assert "cert.pem cannot be read: No such file or directory" in found["problem"]


@pytest.mark.parametrize(
    ("module", "sentence", "fact"),
    [("magic", "libmagic cannot be loaded", "libmagic"), ("av", "PyAV cannot be loaded", "pyav")],
)
def test_a_missing_library(
    patient: Patient, monkeypatch: pytest.MonkeyPatch, module: str, sentence: str, fact: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    report = patient.report()
    (found,) = report["findings"]
    assert found["check"] == "media"
    assert found["problem"].startswith(sentence)
    assert "pip install" in found["remedy"]
    assert report["facts"][fact] is None


@pytest.mark.usefixtures("no_children")
def test_an_ffmpeg_that_lacks_formats(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = formats.Family("x", ("notthere",), (), None, ("audio/x", "xyz"), "audio", True)
    monkeypatch.setattr(formats, "FAMILIES", (*formats.FAMILIES, extra))
    monkeypatch.setattr(formats.demuxers, "__defaults__", (formats.FAMILIES,))
    monkeypatch.setattr("roughy_box.media.libraries._DECODERS", ("h264", "nodecoder"))
    report = patient.report()
    assert [finding["problem"] for finding in report["findings"]] == [
        "PyAV's FFmpeg cannot open these formats: notthere",
        "PyAV's FFmpeg cannot decode: nodecoder",
    ]
    assert "xyz" not in report["facts"]["formats"]


def test_children_that_do_not_start(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frozen, "command", lambda: ["/bin/false"])
    (found,) = patient.report()["findings"]
    assert found["check"] == "media"
    assert "did not start" in found["problem"]


def test_children_that_understand_nothing(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roughy_box.operations.doctor.surroundings.SILENT_WAV", b"words, not sound " * 99)
    assert len(patient.problems()) == 2


@pytest.mark.usefixtures("no_children")
@pytest.mark.parametrize(
    ("constant", "check", "told"),
    [("LIBRARY_IS_TOO_OLD", "findings", "is too old"), ("LIBRARY_HAS_RESET_RACE", "notes", "rare fault")],
)
def test_an_old_sqlite(patient: Patient, monkeypatch: pytest.MonkeyPatch, constant: str, check: str, told: str) -> None:
    monkeypatch.setattr(inspection, constant, True)
    report: dict[str, Any] = patient.report()
    told_by = {
        "findings": [finding["problem"] for finding in report["findings"]],
        "notes": report["facts"]["notes"],
    }
    assert any(told in sentence for sentence in told_by[check])
    assert report["ok"] is (check == "notes")
