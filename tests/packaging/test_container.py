"""The Containerfile, and the program under the conditions it may be run with: a read-only root, any user, no home."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from roughy_box.cli import account, backup, credits, doctor, group, init, serve, upload  # noqa: F401
from roughy_box.config import loading
from roughy_box.packaging.__main__ import NAME
from tests.api.talks import LINES, SCRIPT, ended, plan, post, talk
from tests.clients.footage import Footage, check_arrived
from tests.harness import Api
from tests.packaging import containerfile
from tests.packaging.bare import CHROOT, BareBox
from tests.tools import needs

IMAGE = containerfile.read()[-1]
KEY = "sk_" + "0123456789abcdef" * 4
HEALTH = json.loads(IMAGE.said("HEALTHCHECK")[0].partition(" CMD ")[2])
UID = 12345  # as good as any


def test_image_stages_plain_last_only_copies() -> None:
    stages = containerfile.read()
    assert [stage.base for stage in stages] == ["python:3.12-slim"] * 2
    assert all(text.startswith("--from=build ") for text in IMAGE.said("COPY"))


def test_image_runs_without_root_or_shell() -> None:
    user, others = IMAGE.said("USER")[0].split(":")
    assert min(int(user), int(others)) > 0
    assert IMAGE.words("ENTRYPOINT") == ["roughy-box"]
    assert HEALTH[0] == "roughy-box"


def test_image_build_copies_all_sources() -> None:
    copied = {word for text in containerfile.read()[0].said("COPY") for word in text.split()[:-1]}
    assert all((containerfile.ROOT / name).exists() for name in copied)
    setup = configparser.ConfigParser()
    setup.read(containerfile.ROOT / "setup.cfg")
    packages = {name.split(".")[0] for name in setup["options"]["packages"].split()}
    folders = {pair.split("=")[1].strip() for pair in setup["options"]["package_dir"].strip().splitlines()}
    files = {"setup.cfg", "pyproject.toml", setup["metadata"]["license_files"]}
    files.add(setup["metadata"]["long_description"].removeprefix("file: "))
    assert copied == packages | folders | files


def test_image_settings_and_command_exist() -> None:
    settings = loading.load(None, IMAGE.environment)
    volume = Path(IMAGE.said("VOLUME")[0])
    # Below it: files at the root of a disk, such as lost+found, are not part of a box.
    assert settings.storage.data_dir.parent == volume
    assert str(settings.server.port) == IMAGE.said("EXPOSE")[0]
    command, *options = IMAGE.words("CMD")
    known = {option for parameter in group.commands[command].params for option in parameter.opts}
    assert set(options) <= known


class Contained(BareBox):
    """A box as the image would run it: only its data folder can be written to."""

    def __init__(self, root: Path, data: Path) -> None:
        mounts = (
            f"mount --bind {root} {root}",
            f"mkdir --parents {root}/proc",
            f"mount -o remount,bind,ro {root}",
            f"mount --bind {data} {root}/data",
            f"mount -t proc proc {root}/proc",
            f'exec {CHROOT} --userspec={UID}:{UID} --groups= {root} /opt/{NAME}/roughy-box "$@"',
        )
        self.program = [shutil.which("unshare") or "unshare", "--mount", "sh", "-ec", "; ".join(mounts), "sh"]
        self.folder, self.data_dir = data, data / "box"
        kept = {name: value for name, value in IMAGE.environment.items() if name.startswith("ROUGHY_BOX_")}
        given = {"ROUGHY_BOX_INIT_KEY_FILE": "/run/secrets/key", "ROUGHY_BOX_INIT_CREDITS": "9"}
        self.environ = kept | given | {"PATH": os.environ["PATH"]}
        self.process, self.url, self.port, self.key = None, "", 0, KEY
        self.serve = IMAGE.words("CMD")


@pytest.fixture
def contained(root: Path, tmp_path: Path) -> Iterator[Contained]:
    """Start the box for the first time, on a volume that is a copy of the folder in the image."""
    (made,) = IMAGE.said("RUN")
    volume = tmp_path / "volume"
    volume.mkdir()
    volume.chmod(int(re.findall(r"--mode=(\d+)", made)[0], 8))
    secret = root / "run" / "secrets" / "key"
    secret.parent.mkdir(parents=True, exist_ok=True)
    secret.write_text(KEY)
    box = Contained(root, volume)
    box.start()
    yield box
    if box.process:
        box.process.kill()
        box.process.wait()


@needs("ffmpeg", "chroot", "ldd", "tar", "unshare", "espeak-ng")
def test_image_works_read_only_as_any_user(contained: Contained, film: Footage) -> None:
    api = Api(contained)
    with api.http:
        assert api.balance() == 9
        asset_id, url = api.asset(film.size)
        assert api.patch(url, 0, film.path.read_bytes()).status_code == 204
        check_arrived(api, asset_id, film)
        cut = ended(api, post(api, api.upload(talk(*LINES))["id"], script=SCRIPT)["id"])
        assert plan(api, cut["id"])["engine"].startswith("pocketsphinx"), cut["summary"]["warnings"]
    assert contained.cli("doctor")["ok"]
    contained.environ["ROUGHY_BOX_SERVER_PORT"] = str(contained.port)
    assert contained.run(*HEALTH[1:]).returncode == 0
    assert contained.process
    mounts = Path(f"/proc/{contained.process.pid}/mountinfo").read_text().splitlines()
    assert {place: options.split(",")[0] for *_, place, options in (each.split()[:6] for each in mounts)} == {
        "/": "ro",
        "/data": "rw",
        "/proc": "rw",
    }
    assert {path.stat().st_uid for path in contained.data_dir.rglob("*")} == {UID}
    assert contained.stop() == 0
    assert contained.run(*HEALTH[1:]).returncode == 1
    contained.start()
    with contained.client() as client:
        assert client.get("/v1/credits/balance").json() == {"balance": 7}
