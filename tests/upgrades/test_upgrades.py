"""Data folders that older versions left, and what the present one makes of them: the same, whole or not at all."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from roughy_box.storage.migrate import scripts
from tests.faults.conftest import shim
from tests.faults.outcomes import is_sound
from tests.faults.shims import DieAt
from tests.faults.volume import MIB, full, mounted
from tests.harness import PATIENCE, PROGRAM, Api, LiveBox, wait_until
from tests.media_bytes import wav
from tests.tools import needs
from tests.upgrades.keep import look
from tests.upgrades.kept import SCHEMAS, ask, change, schema_of, unpack
from tests.webhooks.receiver import receiving

__all__ = ["shim"]

NOW = scripts()[-1][0]
POINTS = 12  # moments of an upgrade at which it is killed
NAMED = 6  # the first schema whose assets have names
# A migration that was released is never edited: boxes that have it would differ from those that get it
# later. What it lacks is a migration of its own. A new one is added here with the release that brings it.
RELEASED = {
    1: "708f07477a3d6c9d1c07d082b7a79c43d4a47ffdd90d4f13461894fc30f29db3",
    2: "73db47eb4d4d1a05aa40e385fe796d58ced23f317307874317bb34ccf19a46e8",
    3: "6edf5a642e235c8ab4850a1cb07a37e5600e1d6609b2a47f543fb1c2d8de4be0",
    4: "da74012abc9f2bd013c793225c30cf4c109fa38017c320c034d7f2e72b5a6342",
    5: "8a3b3f5d068240c89341473bccc610c31e2ff0a9febce232da30a654ef8062a5",
    6: "e80e91046fb8a2fcf3b17689e005ab135126eb3e584aedd3fced0d745db9449b",
    7: "77e22cb983eedbea2da6e7cd21fa8bf91cc6ae895c65f6206beb8ad8c39bbe18",
    8: "20a2ff49f05cbf86f044273fa53f371118499f2cc010407c1ff91aa23c497b7b",
    9: "4d378fb8d86098b0960eff30e076084d159454d2a71626a7fe50b6fb02ac0037",
    10: "3e45c53bc14cc23f57f9d521fc51e3c71bb80074996b9308c25d5a52074845b1",
    11: "75ec7a90da75eda61e6d3ddaeee1015e5e8cabda015d6cf091386854fd315c9d",
}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Callable[..., tuple[LiveBox, dict[str, Any]]]]:
    """Unpack a kept folder; its server is stopped at the end."""
    boxes: list[LiveBox] = []

    def get(schema: int, folder: Path = tmp_path) -> tuple[LiveBox, dict[str, Any]]:
        box, told = unpack(schema, folder)
        boxes.append(box)
        return box, told

    yield get
    for box in boxes:
        if box.process:
            box.stop(signal.SIGKILL)


def test_released_migrations_unchanged() -> None:
    hashes = {number: hashlib.sha256(sql.encode()).hexdigest() for number, sql in scripts()}
    assert {number: hashes.get(number) for number in RELEASED} == RELEASED
    assert sorted(hashes) == sorted(RELEASED), "add the new migration to RELEASED"


def test_every_schema_has_kept_folder() -> None:
    assert list(range(1, NOW + 1)) == SCHEMAS, "tests/upgrades/keep.py says how one is made"


@pytest.mark.parametrize("schema", SCHEMAS)
def test_upgrade_keeps_everything(kept: Callable[..., Any], schema: int) -> None:
    box, told = kept(schema)
    before = ask(box.data_dir / "box.db", "SELECT * FROM ledger ORDER BY seq")
    box.start()
    api = Api(box)
    # The file that was whole and waiting is prepared and paid now, and nothing else has changed.
    assert api.settled(told["whole"])["state"] == "ready"
    assert_as_told(box, told)
    assert ask(box.data_dir / "box.db", "SELECT * FROM ledger ORDER BY seq")[:-1] == before
    assert api.http.get("/v1/projects", headers={"Authorization": f"Bearer {told['keys']['revoked']}"}).is_error
    copy = box.data_dir / f"box.db.before-{NOW:04d}"
    assert copy.exists() == (schema < NOW)
    if schema < NOW:
        assert schema_of(copy) == schema
        assert ask(copy, "SELECT * FROM ledger ORDER BY seq") == before
    names = {one["name"] for one in api.http.get("/v1/assets?limit=100").json()["items"]}
    assert names == ({None} if schema < NAMED else {None, "Übung 1.mp4"})
    assert api.http.get("/v1/assets?q=übung").json()["total"] == (schema >= NAMED)
    if "render" in told:
        render = api.http.get(f"/v1/renders/{told['render']}").json()
        assert len(api.http.get(render["download_url"]).content) == render["size_bytes"]
    if "endpoint" in told:
        assert_signs(api, told["endpoint"])
    # And it works on: the upload that had begun, the debt, the doctor.
    url = api.get(told["begun"])["upload_url"]
    assert api.patch(url, api.offset(url), wav(2.0)[api.offset(url) :]).status_code == 204
    assert api.settled(told["begun"])["state"] == "ready"
    (waiting,) = (one["id"] for one in told["seen"]["studio"]["assets"] if one["state"] == "pending_payment")
    assert box.cli("topup", "50", "--account", "studio")["activated"] == [waiting]
    is_sound(api)


def assert_signs(api: Api, endpoint: dict[str, Any]) -> None:
    """Assert that an endpoint and its history are there, and that it signs by the secret that it was made with."""
    address = f"/v1/webhook-endpoints/{endpoint['id']}"
    assert api.http.get(address).json() == {name: endpoint[name] for name in endpoint if name != "secret"}
    (delivery,) = api.http.get(f"{address}/deliveries").json()["items"]
    assert (delivery["event_type"], delivery["state"]) == ("asset.failed", "pending")
    with receiving() as receiver:
        assert api.http.patch(address, json={"url": receiver.url()}).status_code == 200
        api.http.post(f"{address}/deliveries/{delivery['id']}/retry")
        wait_until(lambda: receiver.received)
        (received,) = receiver.received
    assert Webhook(endpoint["secret"]).verify(received.body, received.headers)["type"] == "asset.failed"


def assert_as_told(box: LiveBox, told: dict[str, Any]) -> None:
    """Assert that clients see the same as before, except for the asset in preparation and its charge."""
    for account, before in told["seen"].items():
        now = look(box, told["keys"][account])
        now["assets"] = [one for one in now["assets"] if one["id"] != told["whole"]]
        now["files"].pop(told["whole"], None)
        charges = [entry for entry in now["ledger"] if entry["asset_id"] == told["whole"]]
        now["ledger"] = [entry for entry in now["ledger"] if entry not in charges]
        assert len(charges) == (account == "studio")
        now["balance"] -= sum(charge["delta"] for charge in charges)
        # A later version may tell more of an asset, never less or other things.
        now["assets"] = [
            {name: one[name] for name in old} for one, old in zip(now["assets"], before["assets"], strict=True)
        ]
        assert now == before


@needs("gcc")
def test_upgrade_killed_repeatable(kept: Callable[..., Any], shim: Callable[[str], Path], tmp_path: Path) -> None:
    """Death before the n-th change of the disk: the old schema or the new one, never between, nothing missing."""
    box, told = kept(SCHEMAS[0])
    old = {path: path.read_bytes() for path in box.data_dir.glob("box.db*")}
    die = DieAt(box, shim("die_at"))

    def upgrade() -> int:
        for path in box.data_dir.glob("box.db*"):
            path.unlink()
        for path, content in old.items():
            path.write_bytes(content)
            path.chmod(0o600)
        return migrate().returncode

    def migrate() -> subprocess.CompletedProcess[bytes]:
        code = "import sys, pathlib, roughy_box.storage.migrate as it; it.migrate(pathlib.Path(sys.argv[1]))"
        command = [sys.executable, "-c", code, str(box.data_dir / "box.db")]
        return subprocess.run(command, env=box.environ, capture_output=True)

    with die.counting() as count:
        assert upgrade() == 0
        changes = count()
    assert changes > POINTS
    seen = set()
    for point in range(POINTS):
        die.arm(1 + point * (changes - 1) // (POINTS - 1))
        assert upgrade() == -signal.SIGKILL
        die.arm(0)
        seen.add(schema_of(box.data_dir / "box.db"))
        assert migrate().returncode == 0
        assert schema_of(box.data_dir / "box.db") == NOW
        assert not list(box.data_dir.glob("*.part*"))
    assert seen == {SCHEMAS[0], NOW}
    box.start()
    Api(box).settled(told["whole"])
    assert_as_told(box, told)
    is_sound(Api(box))


def test_upgrade_disk_full_refused(kept: Callable[..., Any], tmp_path: Path) -> None:
    with mounted(tmp_path / "volume", 16 * MIB) as volume:
        box, told = kept(SCHEMAS[0], volume)
        change(box.data_dir / "box.db", "PRAGMA wal_checkpoint(TRUNCATE)")  # its end would make room
        for left in (0, 64 * 1024):
            with full(volume, leaving=left):
                error = refusal(box, "serve", "--port", "0")
                assert "free space" in error or "full" in error
            assert schema_of(box.data_dir / "box.db") == SCHEMAS[0]
            assert not list(box.data_dir.glob("*.part*"))
        box.start()
        Api(box).settled(told["whole"])
        assert_as_told(box, told)
        is_sound(Api(box))
        box.stop()


@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["balance"], ["topup", "1"], ["backup", "copy"]], ids=" ".join
)
def test_newer_folder_refused(kept: Callable[..., Any], command: list[str]) -> None:
    box, _ = kept(NOW)
    change(box.data_dir / "box.db", "PRAGMA user_version = 9999")
    before = {path: path.read_bytes() for path in box.data_dir.rglob("*") if path.is_file() and "-shm" not in path.name}
    error = refusal(box, *command)
    assert "newer Roughy Box (schema 9999" in error
    assert "Install that version again, or restore a backup" in error
    assert {path: path.read_bytes() for path in before} == before


def refusal(box: LiveBox, *command: str) -> str:
    """Run a command that must fail and return its one line of error."""
    done = subprocess.run(
        [*PROGRAM, *command], env=box.environ, cwd=box.folder, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (1, "")
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert "Traceback" not in done.stderr
    return errors[0]
