"""Moves of the machine: chunks that arrive whole, right ones and wrong ones."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.fuzz.tus_machine import WHICH, UploadMachine, pick
from tests.fuzz.tus_model import Upload, Verdict
from tests.harness import CHUNK_TYPE

SHARES = st.integers(0, 8)  # eighths of what is left
EXTRAS = st.sampled_from([0, 1, 2, 63, 64, 65])  # bytes on top
WAYS = st.sampled_from(["plain", "chunked", "overridden"])
NONSENSE = {
    "no version": ({"Tus-Resumable": ""}, 412),
    "another version": ({"Tus-Resumable": "0.2.2"}, 412),
    "another type": ({"Content-Type": "application/json"}, 415),
    "a type with a parameter": ({"Content-Type": f"{CHUNK_TYPE}; charset=x"}, 415),
    "a negative offset": ({"Upload-Offset": "-1"}, 400),
    "a signed offset": ({"Upload-Offset": "+0"}, 400),
    "an endless offset": ({"Upload-Offset": "9" * 19}, 400),
}


class Sending(UploadMachine):
    """Valid and invalid requests on connections that hold."""

    @rule(which=WHICH, share=SHARES, extra=EXTRAS, way=WAYS)
    def send(self, which: int, share: int, extra: int, way: str) -> None:
        upload = self.open_one(which)
        self._send(upload, upload.part(share, extra), way)

    @rule(which=WHICH)
    def finish(self, which: int) -> None:
        # The rule with the fewest arguments is the one that is tried most.
        upload = self.open_one(which)
        self._send(upload, upload.part(8), "plain")

    @rule(which=WHICH, beyond=st.sampled_from([1, 64, 300_000]), way=WAYS)
    def send_past_the_end(self, which: int, beyond: int, way: str) -> None:
        upload = self.open_one(which)
        self._send(upload, upload.part(8) + bytes(beyond), way)

    @rule(which=WHICH, size=st.integers(0, 1), way=WAYS)
    def send_to_any(self, which: int, size: int, way: str) -> None:
        upload = pick(self.known, which)
        self._send(upload, upload.part(8) + bytes(size), way)

    @rule(which=WHICH, away=st.sampled_from([-64, -1, 1, 1000]), size=st.sampled_from([0, 1, 64]))
    def send_to_another_offset(self, which: int, away: int, size: int) -> None:
        upload = pick(self.known, which)
        claimed = max(0, upload.offset + away)
        verdict = upload.judge(claimed, size, declared=True)
        if claimed != upload.offset:
            check(upload, self.member.patch(upload.url, claimed, bytes(size)), verdict)

    @rule(which=WHICH, what=st.sampled_from([*sorted(NONSENSE), "a stranger"]))
    def send_nonsense(self, which: int, what: str) -> None:
        upload = pick(self.known, which)
        if what == "a stranger":
            self._be_somebody_else(upload)
            return
        headers, status = NONSENSE[what]
        assert self.member.patch(upload.url, upload.offset, bytes(100), **headers).status_code == status

    def _be_somebody_else(self, upload: Upload) -> None:
        """Resources of another account answer as if they did not exist, and stay unchanged."""
        stranger = self.world.stranger
        assert stranger.head(upload.url).status_code == 404
        assert stranger.patch(upload.url, upload.offset, upload.part(8)).status_code == 404
        assert stranger.tus("DELETE", upload.url).status_code == 204
        assert stranger.http.get(f"/v1/assets/{upload.asset_id}").status_code == 404
        assert stranger.http.delete(f"/v1/assets/{upload.asset_id}").status_code == 404

    def _send(self, upload: Upload, data: bytes, way: str) -> None:
        verdict = upload.judge(upload.offset, len(data), declared=way != "chunked")
        ways: dict[str, Callable[[str, int, bytes], httpx.Response]] = {
            "plain": self.member.patch,
            "chunked": self.member.chunked,
            "overridden": self.member.overridden,
        }
        check(upload, ways[way](upload.url, upload.offset, data), verdict)
        upload.apply(verdict, self.world.minute)


def check(upload: Upload, answer: httpx.Response, verdict: Verdict) -> None:
    """The answer is the one the model expects."""
    assert answer.status_code == verdict.status, answer.text
    if verdict.code:
        assert answer.json()["error"]["code"] == verdict.code
    if verdict.status == 204:
        assert int(answer.headers["Upload-Offset"]) == upload.offset + verdict.stored
    if verdict.code == "offset_mismatch":
        assert int(answer.headers["Upload-Offset"]) == upload.offset
