"""The unit of ``roughy-box systemd``: accepted by systemd, made for this box, and confining the program."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from roughy_box.base import frozen
from roughy_box.cli.systemd_unit import quoted
from roughy_box.domain.errors import SetupError
from roughy_box.http.serve import DRAIN
from tests.cli.conftest import box_shell, shell
from tests.cli.shell import Shell
from tests.faults.outcomes import is_sound
from tests.harness import PATIENCE, PROGRAM, Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs, needs_root
from tests.upgrades.keep import footage

__all__ = ["box_shell", "shell"]

AWKWARD = "it's 100% $HOME"
EXPOSURE = 2.4  # what systemd-analyze gives at most, of 10; a box outside of /home and /tmp has less
BEAT = 0.2  # seconds
CONFINED = Path(__file__).with_name("confined.py")
needs_systemd = needs("systemd-analyze")


def analyze(*arguments: str) -> str:
    """Return the output of systemd-analyze, which must succeed."""
    done = try_analyze(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def try_analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=PATIENCE)


def lines_of(unit: str) -> list[str]:
    return [line for line in unit.splitlines() if line and not line.startswith("#")]


@needs_systemd
@pytest.mark.parametrize("manager", ["system", "user"])
@pytest.mark.parametrize("folder", ["plain", AWKWARD])
def test_unit_is_accepted_by_systemd(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, manager: str
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    shell.run("init", "--data-dir", folder)
    printed = shell.run("systemd", *(["--user-unit"] if manager == "user" else [])).out
    unit = tmp_path / "roughy-box.service"
    unit.write_text(printed)
    assert "roughy-box.service" not in analyze(f"--{manager}", "--man=no", "verify", str(unit))
    # Proof that it reports faults.
    unit.write_text(printed.replace("%%", "%").replace("Type=notify", "Type=notify\nNoNewPrivilege=yes"))
    assert "NoNewPrivilege" in try_analyze(f"--{manager}", "--man=no", "verify", str(unit)).stderr


@needs_systemd
def test_unit_exposure_is_low(box_shell: Shell, tmp_path: Path) -> None:
    unit = tmp_path / "roughy-box.service"
    unit.write_text(box_shell.run("systemd", "--user", "nobody").out)
    exposed = float(
        re.findall(r"Overall exposure level for \S+: ([\d.]+)", analyze("security", "--offline=true", str(unit)))[0]
    )
    print(f"exposure {exposed} of 10")
    assert exposed <= EXPOSURE


def test_unit_names_this_box(box_shell: Shell) -> None:
    box_shell.environ |= {"ROUGHY_BOX_SERVER_PORT": "443", "ROUGHY_BOX_CLIENT_KEY": "sk_secret"}
    printed = box_shell.json("systemd", "--name", "studio-b", "--user", "nobody")
    assert (printed["name"], printed["path"]) == ("studio-b.service", "/etc/systemd/system/studio-b.service")
    lines = lines_of(printed["unit"])
    (command,) = (line for line in lines if line.startswith("ExecStart="))
    assert command.endswith(f"serve --config {box_shell.folder / 'roughy-box.toml'}")
    assert Path(command.removeprefix("ExecStart=").split()[0]).is_file()
    assert f"ReadWritePaths={box_shell.folder / 'roughy-box-data'}" in lines
    assert "User=nobody" in lines
    assert "Environment=ROUGHY_BOX_SERVER_PORT=443" in lines
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in lines
    assert "sk_secret" not in printed["unit"]
    (stop,) = (line for line in lines if line.startswith("TimeoutStopSec="))
    assert int(stop.removeprefix("TimeoutStopSec=").removesuffix("s")) > DRAIN + 5


def test_unit_of_one_file_program_has_cache_folder(box_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any("TMPDIR" in line for line in lines_of(box_shell.json("systemd")["unit"]))
    monkeypatch.setattr(frozen, "is_one_file", lambda: True)
    for options in ([], ["--user-unit"]):
        lines = lines_of(box_shell.json("systemd", "--name", "b", *options)["unit"])
        assert {"CacheDirectory=b", "Environment=TMPDIR=%C/b", "NotifyAccess=all"} <= set(lines)


def test_unit_without_config_file_uses_environment(shell: Shell) -> None:
    shell.environ["ROUGHY_BOX_STORAGE_DATA_DIR"] = "here"
    shell.run("init")
    (shell.folder / "roughy-box.toml").unlink()
    lines = lines_of(shell.run("systemd").out)
    assert f"Environment=ROUGHY_BOX_STORAGE_DATA_DIR={shell.folder / 'here'}" in lines
    assert not any("--config" in line for line in lines)


def test_unit_runs_as_owner_of_data(box_shell: Shell) -> None:
    shown = box_shell.run("systemd")
    owner = (box_shell.folder / "roughy-box-data").owner()
    assert f"User={owner}" in lines_of(shown.out)
    assert ("belongs to root" in shown.err) == (owner == "root")


def test_user_unit_needs_no_root(box_shell: Shell) -> None:
    shown = box_shell.run("systemd", "--user-unit")
    lines = lines_of(shown.out)
    assert "WantedBy=default.target" in lines
    assert "NoNewPrivileges=yes" in lines
    assert not any(line.startswith(("User=", "Protect", "Private", "Capability", "After=")) for line in lines)
    assert shown.err == ""


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--name", "a/b"], "letters"),
        (["--name", "a b"], "letters"),
        (["--name", "a\nExecStart=/bin/sh"], "letters"),
        (["--user", "nobody-of-that-name"], "nobody-of-that-name"),
        (["--user", "nobody", "--user-unit"], "--user-unit"),
    ],
)
def test_invalid_unit_options_are_refused(box_shell: Shell, arguments: list[str], word: str) -> None:
    box_shell.run("systemd", *arguments).refused(word)


def test_unit_without_box_is_refused(shell: Shell) -> None:
    shell.run("systemd").refused("roughy-box init")


@pytest.mark.parametrize("path", ["/a\nUser=root", "/a\tb", "/a\\x20b", "/both\"'", "/\udcff"])
def test_path_not_quotable_is_refused(path: str) -> None:
    with pytest.raises(SetupError, match="Rename"):
        quoted(path)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/srv/box", "/srv/box"),
        ("/a b", '"/a b"'),
        ("/100%", "/100%%"),
        ("/%h", "/%%h"),
        ('/a"b', "'/a\"b'"),
        ("/it's", '"/it\'s"'),
        ("/a;b #c", '"/a;b #c"'),
    ],
)
def test_path_with_special_characters_is_quoted(path: str, written: str) -> None:
    assert quoted(path) == written


class Supervisor:
    """The other end of the notify socket."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(PATIENCE)

    def hear(self) -> list[str]:
        return self.socket.recv(4096).decode().split("\n")

    def hear_until(self, word: str) -> None:
        while word not in self.hear():
            pass

    def hears_nothing(self, seconds: float) -> bool:
        self.socket.settimeout(seconds)
        try:
            return not self.hear()
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(PATIENCE)

    def forget(self) -> None:
        """Drop what has come already."""
        while not self.hears_nothing(0.001):
            pass


@pytest.fixture(params=["path", "abstract"])
def supervisor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Supervisor, dict[str, str]]]:
    """A supervisor that listens at a path or an abstract address, and its environment variables."""
    if request.param == "abstract" and sys.platform != "linux":
        pytest.skip("only Linux has abstract sockets")
    name = f"roughy-box-{os.getpid()}" if request.param == "abstract" else str(tmp_path / "notify")
    listening = Supervisor("\0" + name if request.param == "abstract" else name)
    with listening.socket:
        address = "@" + name if request.param == "abstract" else name
        yield listening, {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": str(int(2e6 * BEAT))}


# A signal's handler runs where the event loop runs, and keeps it from everything else.
HANGS = (
    "import signal, sys, time\n"
    "from roughy_box.__main__ import main\n"
    "signal.signal(signal.SIGUSR1, lambda *_: time.sleep(600))\n"
    "main()\n"
)


def test_supervisor_is_notified_of_start_and_stop(
    supervisor: tuple[Supervisor, dict[str, str]], prepared: Callable[..., LiveBox]
) -> None:
    listening, environ = supervisor
    box = prepared()
    box.environ |= environ
    box.start()
    first = listening.hear()
    # The first beat may come before it: both are sent once requests are answered.
    if first == ["WATCHDOG=1"]:
        first = listening.hear()
    assert first == ["READY=1", f"STATUS=Serving {box.data_dir}"]
    with box.client() as client:
        assert client.get("/healthz").status_code == 200
    for _ in range(3):
        assert listening.hear() == ["WATCHDOG=1"]
    assert box.process
    box.process.send_signal(signal.SIGTERM)
    listening.hear_until("STOPPING=1")
    assert box.process.wait(PATIENCE) == 0


def test_hanging_loop_stops_beats_and_logs_its_place(prepared: Callable[..., LiveBox], tmp_path: Path) -> None:
    listening = Supervisor(str(tmp_path / "notify"))
    with listening.socket:
        box = prepared(program=[sys.executable, "-c", HANGS])
        box.environ |= {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": str(int(2e6 * BEAT))}
        box.start()
        listening.hear_until("WATCHDOG=1")
        assert box.process
        box.process.send_signal(signal.SIGUSR1)
        # From here on it certainly hangs.
        wait_until(lambda: listening.hears_nothing(5 * BEAT))
        assert listening.hears_nothing(10 * BEAT)
        # What systemd does then.
        assert box.stop(signal.SIGABRT) == -signal.SIGABRT
        assert "Fatal Python error: Aborted" in box.log()
        assert "<lambda>" in box.log()
    # A server starts although its supervisor is gone or watches another process.
    box.environ["WATCHDOG_PID"] = "1"
    assert box.start().stop() == 0


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on a disk: shared memory, where the folders of tests may be, stays writable in the confinement."""
    with TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def prepared(tmp_path: Path) -> Iterator[Callable[..., LiveBox]]:
    """Makes a box that does not run yet."""
    boxes: list[LiveBox] = []

    def prepare(home: Path = tmp_path, **options: object) -> LiveBox:
        (home / "box").mkdir()
        boxes.append(LiveBox(home / "box", **options))  # type: ignore[arg-type]
        return boxes[-1]

    yield prepare
    for box in boxes:
        if box.process:
            box.stop(signal.SIGKILL)


@needs("systemd-analyze", "ffmpeg", "mount")
@needs_root()
def test_confined_program_and_children_work(prepared: Callable[..., LiveBox], disk: Path, tmp_path: Path) -> None:
    box = prepared(disk)
    unit = tmp_path / "roughy-box.service"
    unit.write_text(box.cli("systemd")["unit"])
    confined = [sys.executable, str(CONFINED), str(unit)]
    # The confinement works: only the data is writable, no other sockets, no executable data.
    tries = (
        "import mmap, os, socket, sys\n"
        "box, attempts = sys.argv[1], (\n"
        "  lambda: open(box + '/roughy-box.toml', 'a'), lambda: socket.socket(17, 3),\n"
        "  lambda: mmap.mmap(-1, 4096, prot=7), lambda: os.chown(box, 1, 1), lambda: socket.sethostname('x'),\n"
        "  lambda: open(box + '/data/box.json', 'a'))\n"
        "for number, attempt in enumerate(attempts):\n"
        "    try: attempt(); print(number, 'went')\n"
        "    except OSError as error: print(number, error.errno)\n"
    )
    done = subprocess.run([*confined, sys.executable, "-c", tries, str(box.folder)], capture_output=True, text=True)
    assert done.stdout.splitlines() == ["0 30", "1 1", "2 1", "3 1", "4 1", "5 went"], done.stderr
    box.program = [*confined, *PROGRAM]
    box.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    api = Api(box.start())
    sound, picture = api.upload(wav(2.0)), api.upload(footage())
    assert (sound["state"], picture["state"]) == ("ready", "ready")
    drawn = wait_until(lambda: (asset := api.get(picture["id"]))["poster_url"] and asset["waveform_url"] and asset)
    for address in ("poster_url", "waveform_url", "download_url"):
        assert api.http.get(drawn[address]).status_code == 200
    _, text = api.asset(1000)
    assert api.patch(text, 0, b"no media at all " * 50).status_code == 409
    is_sound(api)
    assert box.process
    assert without_network(box.process.pid)
    assert box.stop() == 0


def without_network(server: int) -> bool:
    """Return whether the children of the server are in a namespace without network."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    spaces = {os.readlink(f"/proc/{child}/ns/net") for child in children}
    return bool(children) and os.readlink(f"/proc/{server}/ns/net") not in spaces
