"""Moves of the machine: connections that break, fall silent, race each other or are cut by a deletion."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.api.wire import Wire, arrived, chunked
from tests.fuzz.tus_machine import BY, WHICH, UploadMachine
from tests.fuzz.tus_model import MIN_FIRST_CHUNK, Kind, Phase, Upload, Verdict
from tests.fuzz.tus_sending import EXTRAS, SHARES
from tests.fuzz.tus_world import reset
from tests.harness import wait_until


class Breaking(UploadMachine):
    """Chunks that never arrive complete."""

    @rule(which=WHICH, share=SHARES, extra=EXTRAS, is_chunked=st.booleans(), is_half=st.booleans())
    def break_off(self, which: int, share: int, extra: int, is_chunked: bool, is_half: bool) -> None:
        """The client ends the connection within the body: every byte is kept."""
        upload = self.open_one(which)
        data = upload.part(share, extra)[: upload.left - 1]
        if not data:
            return
        framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {upload.left}"
        with self.member.beginning(upload, framing, chunked(data, 1000) if is_chunked else data) as wire:
            if is_half:
                wire.socket.shutdown(socket.SHUT_WR)
                assert wire.answer().status in (400, 409)
        if upload.kind is Kind.TEXT and upload.offset + len(data) >= MIN_FIRST_CHUNK:
            wait_until(lambda: self.member.head(upload.url).status_code == 410)
            upload.phase = Phase.REJECTED
            return
        arrived(self.member, upload.url, upload.offset + len(data))
        assert self._follow(upload) == len(data)

    @rule(which=WHICH, share=SHARES, extra=EXTRAS)
    def break_down(self, which: int, share: int, extra: int) -> None:
        """The connection is reset within the body: the offset of HEAD stays, later bytes may."""
        upload = self.open_one(which, is_media=True)
        with self._sending(upload, upload.part(share, extra)) as wire:
            if wire is None:
                return
            rest = upload.part(8)[:-1]
            wire.send(rest)
            reset(wire)
        assert 0 <= self._follow(upload) <= len(rest)

    @rule(which=WHICH, share=SHARES, extra=EXTRAS, next_share=SHARES)
    def take_over(self, which: int, share: int, extra: int, next_share: int) -> None:
        """A second writer gets its turn when the first falls silent, whose late bytes then go nowhere."""
        upload = self.open_one(which, is_media=True)
        with self._sending(upload, upload.part(share, extra)) as wire:
            if wire is None:
                return
            more = upload.part(next_share, 1)
            answer: httpx.Response = wait_until(lambda: self._unless_locked(upload, more))
            assert answer.status_code == 204, answer.text
            upload.apply(Verdict(204, None, len(more)), self.world.minute)
            with suppress(OSError):
                wire.send(bytes(1000))
            assert wire.answer().status == 423

    @rule(which=WHICH, shares=st.lists(SHARES, min_size=2, max_size=4))
    def race(self, which: int, shares: list[int]) -> None:
        """Several writers at once, all with the right bytes: at most one gets a success."""
        upload = self.open_one(which, is_media=True)
        parts = [upload.part(share, MIN_FIRST_CHUNK) for share in shares]
        with ThreadPoolExecutor(len(parts)) as pool:
            answers = list(pool.map(lambda part: self.member.patch(upload.url, upload.offset, part), parts))
        assert {answer.status_code for answer in answers} <= {204, 409, 423}
        told = [int(answer.headers["Upload-Offset"]) for answer in answers if answer.status_code == 204]
        assert 0 <= self._follow(upload) <= max(map(len, parts))
        assert told in ([], [upload.offset])

    @rule(which=WHICH, by=BY)
    def delete_while_sending(self, which: int, by: str) -> None:
        """The writer is interrupted and resurrects nothing."""
        upload = self.open_one(which, is_media=True)
        with self._sending(upload, upload.part(8)) as wire:
            if wire is not None:
                self.delete(upload, by)
                assert wire.answer().status == 410

    @contextmanager
    def _sending(self, upload: Upload, data: bytes) -> Iterator[Wire | None]:
        """An announced chunk of all that is left, of which HEAD shows ``data``; nothing where HEAD would show none."""
        data = data[: upload.left - 1]
        is_visible = data and upload.offset + len(data) >= MIN_FIRST_CHUNK
        if not is_visible:
            yield None
            return
        with self.member.beginning(upload, f"Content-Length: {upload.left}", data) as wire:
            upload.offset += len(data)
            arrived(self.member, upload.url, upload.offset)
            yield wire

    def _unless_locked(self, upload: Upload, data: bytes) -> httpx.Response | None:
        answer = self.member.patch(upload.url, upload.offset, data)
        if answer.status_code != 423:
            return answer
        assert answer.headers["Retry-After"] == "1"
        return None

    def _follow(self, upload: Upload) -> int:
        """Have the model stand where the box does now that the writers are gone; how many bytes further that is."""
        gained = self.member.standing(upload.url) - upload.offset
        upload.apply(Verdict(204, None, gained), self.world.minute)
        return gained


class Crashing(Breaking):
    """And what becomes of them when the box is killed."""

    @rule(which=WHICH, share=SHARES, extra=EXTRAS)
    def crash(self, which: int, share: int, extra: int) -> None:
        """The bytes up to the offset of HEAD are there after ``kill -9``."""
        upload = self.open_one(which, is_media=True)
        with self._sending(upload, upload.part(share, extra)):
            self._kill()

    def teardown(self) -> None:
        if hasattr(self, "member"):
            self._kill()
            self.every_upload_stands_where_it_should()
        super().teardown()

    def _kill(self) -> None:
        self.world.box.stop(signal.SIGKILL)
        self.world.box.start()
