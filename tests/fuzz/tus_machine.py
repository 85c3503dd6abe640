"""The state machine without its moves: what must hold after every step, and at the end of an example."""

from __future__ import annotations

import hashlib
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from tests.api.wire import incoming
from tests.fuzz.tus_model import AFTER, INITIAL_EXPIRY, WHOLE_STATES, Kind, Phase, Upload, content, settles
from tests.fuzz.tus_world import Member, World
from tests.harness import wait_until

KINDS = st.sampled_from([Kind.WAV, Kind.WAV, Kind.WAV, Kind.BROKEN, Kind.TEXT])
# Around the smallest, a look at the head, a minute, and what is worth the fast way of a body.
EDGES = (64, 65, 127, 128, 4095, 4096, 60_044, 60_045, 262_143, 262_144, 300_000)
FILES = st.tuples(KINDS, st.one_of(st.sampled_from(EDGES), st.integers(64, 5000)))
WHICH = st.integers(0, 5)  # of several, round and round
BY = st.sampled_from(["upload", "override", "asset", "project"])
SLOWNESS = 600  # seconds an example may take


class UploadMachine(RuleBasedStateMachine):
    """One account of a live box, and the model of it."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.known: list[Upload] = []  # in the order they were announced
        self.projects: list[str] = []
        self.removed: set[str] = set()  # projects
        self.booked = 0
        self.charged: dict[str, int] = {}

    @initialize(credits=st.integers(1, 6), files=st.lists(FILES, min_size=1, max_size=3))
    def open_account(self, credits: int, files: list[tuple[Kind, int]]) -> None:
        self.member: Member = self.world.member(credits)
        self.booked = credits
        self.projects.append(self.member.project())
        for kind, size in files:
            self.announce(self.projects[0], kind, size)

    def announce(self, project: str, kind: Kind, size: int) -> None:
        """Create an asset where nothing is in the way."""
        answer = self.member.http.post("/v1/assets", json={"project_id": project, "size_bytes": size})
        assert answer.status_code == 201, answer.text
        data = content(kind, size, seed=len(self.known))
        deadline = self.world.minute + INITIAL_EXPIRY
        self.known.append(Upload(answer.json()["id"], answer.headers["Location"], project, kind, data, deadline))

    def open_one(self, which: int, *, is_media: bool = False) -> Upload:
        """An upload that takes bytes, perhaps one that is not refused for what it is; made if there is none."""
        found = [upload for upload in self.known if upload.phase is Phase.OPEN]
        found = [upload for upload in found if upload.kind is not Kind.TEXT or not is_media]
        if not found:
            while self.is_poor():
                self.fund(5)
            self.projects.append(self.member.project())
            self.announce(self.projects[-1], Kind.WAV, EDGES[which])
            found = self.known[-1:]
        return pick(found, which)

    def fund(self, amount: int) -> None:
        """Top up; what waits for it is activated at once, as far as it goes."""
        self.settle()
        self.booked += amount
        waiting = [upload for upload in self.living() if upload.seen == "pending_payment"]
        expected = settles(self.balance(), waiting)
        assert self.world.top_up(self.member, amount)["activated"] == expected
        self.assets_and_ledger_agree()

    def living(self) -> list[Upload]:
        """Uploads whose asset exists."""
        return [upload for upload in self.known if upload.phase is not Phase.GONE]

    def balance(self) -> int:
        """The credits that should be left once nothing is in preparation."""
        return self.booked - sum(self.charged.values())

    def is_poor(self) -> bool:
        """Return whether the balance is used up; waits for assets in preparation where they decide."""
        if self.balance() <= sum(upload.price for upload in self.living() if upload.seen == "processing"):
            self.settle()
        return self.balance() <= 0

    def settle(self) -> None:
        """Wait until nothing is in preparation."""
        wait_until(lambda: "processing" not in {asset["state"] for asset in self._list().values()})
        self.assets_and_ledger_agree()

    def delete(self, upload: Upload, by: str) -> None:
        """Delete an upload, by its own address or by what it belongs to."""
        match by:
            case "upload" | "override":
                # Without effect on what is whole or was rejected.
                is_done = upload.phase is not Phase.OPEN
                override = {"X-HTTP-Method-Override": "DELETE"} if by == "override" else {}
                answer = self.member.tus("POST" if override else "DELETE", upload.url, **override)
                assert answer.status_code == 204
                upload.phase = upload.phase if is_done else Phase.GONE
            case "asset":
                answer = self.member.http.delete(f"/v1/assets/{upload.asset_id}")
                assert answer.status_code == (404 if upload.phase is Phase.GONE else 204)
                upload.phase = Phase.GONE
            case "project":
                answer = self.member.http.delete(f"/v1/projects/{upload.project_id}")
                assert answer.status_code == (404 if upload.project_id in self.removed else 204)
                self.removed.add(upload.project_id)
                for other in self.known:
                    other.phase = Phase.GONE if other.project_id == upload.project_id else other.phase

    @invariant()
    def every_upload_stands_where_it_should(self) -> None:
        for upload in self.living():
            answer = self.member.head(upload.url)
            if upload.phase is Phase.REJECTED:
                assert answer.status_code == 410
            else:
                self._check_standing(upload, answer)

    @invariant()
    def assets_and_ledger_agree(self) -> None:
        assets = self._list()
        assert list(assets) == [upload.asset_id for upload in reversed(self.living())]
        for upload in self.living():
            self._check_asset(upload, assets[upload.asset_id])
        # Read afterwards, so that the ledger has at least what the list showed.
        self._check_ledger()
        ready = {upload.asset_id for upload in self.living() if upload.seen == "ready"}
        unpaid = {upload.asset_id for upload in self.living() if upload.seen in ("pending_payment", "failed")}
        assert ready <= self.charged.keys()
        assert not unpaid & self.charged.keys()

    def teardown(self) -> None:
        if not hasattr(self, "member"):
            return
        self.settle()
        assert self.member.balance() == self.balance() >= 0
        for upload in self.known:
            self._check_end(upload)
        self.member.http.close()

    def _list(self) -> dict[str, dict[str, Any]]:
        page = self.member.http.get("/v1/assets", params={"limit": 100}).json()
        assert page["total"] == len(page["items"])
        return {asset["id"]: asset for asset in page["items"]}

    def _check_standing(self, upload: Upload, answer: httpx.Response) -> None:
        assert answer.status_code == 200
        assert int(answer.headers["Upload-Offset"]) == upload.offset
        assert int(answer.headers["Upload-Length"]) == len(upload.content)
        assert answer.headers["Cache-Control"] == "no-store"
        told = answer.headers.get("Upload-Expires")
        assert (told is None) == (upload.phase is Phase.WHOLE)
        if told:
            ahead = parsedate_to_datetime(told).timestamp() - time.time() - upload.deadline * 60
            assert -SLOWNESS < ahead < 70  # seconds; after a restart the row's promise holds, up to a minute more

    def _check_asset(self, upload: Upload, asset: dict[str, Any]) -> None:
        state = asset["state"]
        assert state in AFTER[upload.seen], f"{upload.seen} -> {state}"
        expected = {Phase.OPEN: {"pending_upload"}, Phase.WHOLE: WHOLE_STATES, Phase.REJECTED: {"failed"}}
        assert state in expected[upload.phase]
        if state == "pending_payment" and upload.unpaid_since is None:
            upload.unpaid_since = self.world.minute
        upload.seen = state
        assert asset["size_bytes"] == (len(upload.content) if upload.phase is Phase.WHOLE else None)
        assert (asset["error_code"] is not None) == (state == "failed")
        if state in ("ready", "pending_payment"):
            assert asset["duration_seconds"] == f"{upload.duration_ms / 1000:.3f}"
        else:
            assert asset["duration_seconds"] is None

    def _check_ledger(self) -> None:
        entries = self.member.http.get("/v1/credits/history", params={"limit": 100}).json()["items"]
        charges = [entry for entry in entries if entry["type"] == "consume_asset"]
        self.charged = {entry["asset_id"]: -entry["delta"] for entry in charges}
        assert len(self.charged) == len(charges), "something was charged twice"
        prices = {upload.asset_id: upload.price for upload in self.known}
        assert all(prices[asset_id] == price for asset_id, price in self.charged.items())
        assert sum(entry["delta"] for entry in entries) == self.balance() >= 0

    def _check_end(self, upload: Upload) -> None:
        if upload.phase is Phase.GONE:
            assert self.member.head(upload.url).status_code == 404
            assert not list(self.world.box.data_dir.rglob(f"{upload.asset_id}*")), "its bytes are still there"
            return
        asset = self.member.get(upload.asset_id)
        if upload.phase is Phase.OPEN:
            file = incoming(self.world.box, upload.asset_id)
            assert (file.read_bytes() if file.exists() else b"") == upload.content[: upload.offset]
            assert asset["upload_url"] == upload.url
        elif upload.phase is Phase.WHOLE:
            assert asset["state"] in upload.ends
            if asset["state"] == "pending_payment":
                assert upload.price > self.balance(), "it could be paid"
            if asset["state"] == "ready":
                got = httpx.get(asset["download_url"], verify=False).content
                assert hashlib.sha256(got).digest() == hashlib.sha256(upload.content).digest()


def pick(uploads: list[Upload], which: int) -> Upload:
    """One of several."""
    return uploads[which % len(uploads)]
