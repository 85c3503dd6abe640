"""The standalone program, as one file and as a folder, where nothing else is installed."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from roughy_box import __version__
from roughy_box.media.worker.cpu_priority import RECEIVING
from tests.api.talks import LINES, SCRIPT, ended, plan, post, talk
from tests.clients.footage import Footage, check_arrived
from tests.harness import PATIENCE, Api, LiveBox, descendants, wait_until
from tests.packaging.bare import SECRET, BareBox, first_word
from tests.tools import needs

pytestmark = needs("ffmpeg", "chroot", "ldd", "tar")


@pytest.fixture
def api(box: BareBox) -> Iterator[Api]:
    client = Api(box)
    with client.http:
        yield client


def test_binary_prints_version_and_help(box: BareBox) -> None:
    assert box.run("--version").stdout == f"roughy-box, version {__version__}\n"
    assert "Usage: roughy-box serve" in box.run("serve", "--help").stdout


def test_binary_version_names_all_libraries(box: BareBox) -> None:
    facts = box.cli("version")
    assert all(facts.values()), facts
    assert (facts["sanic"], facts["tortoise_orm"]) == (metadata.version("sanic"), metadata.version("tortoise-orm"))
    assert "unknown" not in box.run("version").stdout


def test_binary_prepares_film(api: Api, film: Footage) -> None:
    asset_id, url = api.asset(film.size)
    assert api.patch(url, 0, film.path.read_bytes()).status_code == 204
    check_arrived(api, asset_id, film)
    asset = api.get(asset_id)
    assert (asset["content_type"], asset["type"]) == ("video/mp4", "video")
    assert wait_until(lambda: api.get(asset_id)["poster_url"])


@needs("espeak-ng")
def test_binary_cuts_speech(api: Api, box: BareBox) -> None:
    speech = box.run("speech").stdout
    assert "pocketsphinx" in speech
    asset = api.upload(talk(*LINES))["id"]
    cut = ended(api, post(api, asset, script=SCRIPT)["id"])
    assert (cut["state"], cut["error_code"]) == ("completed", None)
    made = plan(api, cut["id"])
    assert made["engine"].startswith("pocketsphinx")
    assert made["segments"][-1]["text"].endswith("wooden shelf for the kitchen.")


def test_binary_refuses_text(api: Api) -> None:
    _, url = api.asset(5500)
    assert api.patch(url, 0, b"just words " * 500).status_code == 409


def test_binary_serves_console(api: Api) -> None:
    page = api.http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert api.http.get("/js/main.js").status_code == 200
    assert api.http.get("/v1/openapi.json").json()["info"]["version"]


def test_binary_doctor_finds_nothing(box: BareBox) -> None:
    report = box.cli("doctor")
    assert report["ok"], report


def test_binary_children_are_confined(box: BareBox, shared_box: LiveBox) -> None:
    assert shared_box.process
    usual = {first_word(pid): pid for pid in descendants(shared_box.process.pid)}
    for name in ("media-detect", "media-fork"):
        here = wait_until(lambda name=name: box.processes().get(name))
        assert confinement(here) == confinement(usual[name])
        # The root has no /proc, which would show that the system divides the processor by groups.
        assert niceness(here) == max(os.nice(0), RECEIVING.alone)
        assert network(here) != network(box.processes()["serve"])
        assert SECRET.encode() not in Path(f"/proc/{here}/environ").read_bytes()


def test_binary_licenses_list_all_parts(box: BareBox) -> None:
    shown = box.run("licenses").stdout
    assert "GNU GENERAL PUBLIC LICENSE" in shown
    assert "version 3 or (at your option) any later version" in shown
    for part in ("MIT License", "sanic ", "av ", "lameenc ", "libx264", "libx265", "PyInstaller"):
        assert part in shown
    assert "PYTHON SOFTWARE FOUNDATION" in shown
    assert "pytest" not in shown


@pytest.mark.parametrize("to_all", [False, True], ids=["to the started process", "to the group"])
def test_binary_sigterm_drains_leaves_nothing(box: BareBox, to_all: bool) -> None:
    """Also when it comes twice: a terminal or a supervisor may signal all processes, and the first passes it on."""
    server = box.processes()["serve"]
    if to_all:
        os.kill(server, signal.SIGTERM)
    assert box.stop() == 0
    assert not Path(f"/proc/{server}").exists()
    assert not [*(box.folder / "tmp").iterdir()]
    box.start()


def test_binary_killed_leaves_no_process_or_files(box: BareBox) -> None:
    pids = set(box.processes().values())
    box.stop(signal.SIGKILL)
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    left = {*(box.folder / "tmp").iterdir()}
    assert bool(left) == (len(box.program[-1].split("/")) == 3)  # only one file is unpacked
    box.start()
    assert not left & {*(box.folder / "tmp").iterdir()}
    with box.client() as client:
        assert client.get("/v1/credits/balance").status_code == 200


def test_binary_notifies_supervisor(box: BareBox) -> None:
    """As systemd does, with the process id in the environment (sd_watchdog_enabled(3))."""
    assert box.stop() == 0
    usual = box.program, box.environ
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        notified.bind(str(box.folder / "notify"))
        notified.settimeout(PATIENCE)
        box.program = ["/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh", *box.program]
        box.environ = box.environ | {"NOTIFY_SOCKET": "/notify", "WATCHDOG_USEC": "2000000"}
        box.start()
        words = {notified.recv(1000).split(b"\n")[0] for _ in range(3)}
    (box.folder / "notify").unlink()
    assert {b"READY=1", b"WATCHDOG=1"} <= words
    assert box.stop() == 0
    box.program, box.environ = usual
    box.start()


def test_binary_systemd_unit_starts_it(box: BareBox) -> None:
    unit = box.cli("systemd", "--user", "nobody")["unit"]
    one_file = box.program[-1] == "/opt/roughy-box"
    assert f"\nNotifyAccess={'all' if one_file else 'main'}\n" in unit
    assert f"\nExecStart={box.program[-1]} " in unit


def confinement(pid: int) -> list[str]:
    """Return the resource limits of a process."""
    limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return [line for line in limits if not line.startswith("Max cpu time")]  # set again for each file


def niceness(pid: int) -> int:
    """Return the niceness of a process."""
    return os.getpriority(os.PRIO_PROCESS, pid)


def network(pid: int) -> str:
    """Return the network namespace of a process."""
    return os.readlink(f"/proc/{pid}/ns/net")
