"""Keeps a data folder as a released version leaves it, for the tests of later ones.

    git worktree add ../old v0.1.0
    python -m tests.upgrades.keep ../old

makes a small box with that version's program, with something of everything in it, ends the
server by kill -9 and packs the folder and what the API told of it into ``schema-NNNN.tar.xz``
beside this file. Done once before a migration is added; a kept folder is never made anew.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.api.films import ended, post
from tests.harness import Api, LiveBox
from tests.media_bytes import wav

KEPT = Path(__file__).parent
CREDITS = 5
FOREVER = "36500d"


def main(checkout: str) -> None:
    """Make the folder with the program of ``checkout``, run by this Python."""
    os.environ["PYTHONPATH"] = os.path.abspath(checkout)
    with tempfile.TemporaryDirectory() as place:
        settings = {"UPLOADS_INITIAL_EXPIRY": FOREVER, "UPLOADS_IDLE_EXPIRY": FOREVER}
        if "reserve" in (Path(checkout) / "config.example.toml").read_text():
            settings["STORAGE_RESERVE"] = "0"  # no ballast to pack
        box = LiveBox(Path(place), settings, credits=CREDITS).start()
        told = fill(box)
        leave_one_in_preparation(box, told)
        schema = database_says(box, "PRAGMA user_version")
        pack(box.data_dir, told, KEPT / f"schema-{schema:04d}.tar.xz")


def fill(box: LiveBox) -> dict[str, Any]:
    """Make one of each; what the API and the command line then tell."""
    api = Api(box)
    anna, revoked = box.cli("account", "add", "anna", "--credits", "7"), box.cli("key", "create", "--account", "studio")
    studio = ("--account", "studio")
    box.cli("key", "revoke", revoked["id"])
    box.cli("topup", "3", "--reference", "invoice-17", *studio)
    box.cli("refund", "1", *studio)
    box.cli("adjust", "-2", "--note", "typo", *studio)
    project, archived = api.project("Episode 12"), api.project("Pilot")
    api.http.patch(f"/v1/projects/{archived}", json={"state": "archived"})
    Api(box, anna["api_key"]).project("Anna's own")
    assert api.upload(wav(3.0), archived)["state"] == "ready"
    film = api.upload(footage(), project, "Übung 1.mp4")
    assert film["state"] == "ready"
    render = ended(api, post(api, film["id"], format="mp3")["id"])
    assert render["state"] == "completed"
    # Nowhere, so that no folder that was kept asks for anything.
    wish = {"url": "https://nowhere.invalid/", "event_types": ["asset.failed"], "description": "Archive"}
    endpoint = api.http.post("/v1/webhook-endpoints", json=wish).json()
    assert api.upload(wav(400.0), project)["state"] == "pending_payment"
    _, rejected = api.asset(1000, project)
    assert api.patch(rejected, 0, b"no media at all " * 50).status_code == 409
    api.asset(5000, project)
    begun_id, begun = api.asset(len(wav(2.0)), project)
    assert api.patch(begun, 0, wav(2.0)[:20_000]).status_code == 204
    box.cli("account", "list")
    return {
        "keys": {"studio": box.key, "anna": anna["api_key"], "revoked": revoked["api_key"]},
        "begun": begun_id,
        "render": render["id"],
        "endpoint": endpoint,
        "seen": {name: look(box, key) for name, key in (("studio", box.key), ("anna", anna["api_key"]))},
    }


def look(box: LiveBox, key: str) -> dict[str, Any]:
    """Return all that a client can see with ``key``, except URLs and their signatures, which always change."""
    api = Api(box, key)
    with api.http:

        def items(path: str, state: str = "") -> list[dict[str, Any]]:
            wish = {"limit": "100"} | ({"state": state} if state else {})
            return list(api.http.get(path, params=wish).json()["items"])

        assets = items("/v1/assets")
        read = [api.get(asset["id"]) for asset in assets]
        return {
            "projects": items("/v1/projects") + items("/v1/projects", "archived"),
            "assets": [{name: one[name] for name in one if not name.endswith("_url")} for one in assets],
            "offsets": {one["id"]: api.offset(one["upload_url"]) for one in read if one["upload_url"]},
            "files": {one["id"]: digest(api, one["download_url"]) for one in read if one["download_url"]},
            "balance": api.balance(),
            "ledger": items("/v1/credits/history"),
        }


def digest(api: Api, url: str) -> str:
    """The SHA-256 of a download."""
    return hashlib.sha256(api.http.get(url).raise_for_status().content).hexdigest()


def leave_one_in_preparation(box: LiveBox, told: dict[str, Any]) -> None:
    """Send a file whole, and kill the server before it is prepared."""
    api = Api(box)
    content = wav(1.0)
    told["whole"], url = api.asset(len(content), told["seen"]["studio"]["projects"][0]["id"])
    assert api.patch(url, 0, content).status_code == 204
    box.stop(signal.SIGKILL)
    assert database_says(box, f"SELECT state FROM asset WHERE id = '{told['whole']}'") == "processing", "again, please"


def database_says(box: LiveBox, question: str) -> Any:
    """Return one value; the write-ahead log stays as the killed server left it."""
    with closing(sqlite3.connect(f"{(box.data_dir / 'box.db').as_uri()}?mode=ro", uri=True)) as database:
        return database.execute(question).fetchone()[0]


def footage() -> bytes:
    """A second of a moving picture with sound."""
    sources = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10", "-f", "lavfi", "-i", "sine"]
    form = ["-t", "1", "-c:v", "mpeg4", "-c:a", "aac", "-b:a", "8k", "-f", "mp4", "-movflags", "frag_keyframe"]
    return subprocess.run(["ffmpeg", "-v", "error", *sources, *form, "-"], check=True, capture_output=True).stdout


def pack(data_dir: Path, told: dict[str, Any], target: Path) -> None:
    """Pack the folder as ``data`` and the answers as ``told.json``."""
    text = json.dumps(told, indent=1).encode()
    entry = tarfile.TarInfo("told.json")
    entry.size = len(text)
    with tarfile.open(target, "w:xz") as archive:
        archive.addfile(entry, io.BytesIO(text))
        archive.add(data_dir, "data", filter=nobody)
    print(f"{target.name}: {target.stat().st_size} bytes")


def nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry without the names of this machine."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    main(sys.argv[1])
