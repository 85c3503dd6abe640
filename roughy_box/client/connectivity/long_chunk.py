"""A chunk that is never sent whole: do its bytes reach the box as they come, and do answers come back meanwhile?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from roughy_box.client.connectivity.answers import CLOSED, Answer, code_of, said
from roughy_box.client.connectivity.findings import Finding, Stop
from roughy_box.client.connectivity.refusals import BUFFERING, LIMIT, TIMEOUTS, refused
from roughy_box.client.connectivity.upload import ARRIVAL, Upload, chunk_headers, has_arrived, media, offset_of
from roughy_box.client.connectivity.visit import Visit
from roughy_box.client.connectivity.wire import Wire
from roughy_box.config.values import format_size

PIECE = 512 * 1024
DROP = 16 * 1024
CONTINUE = 3.0  # seconds until "100 Continue"
LETTER = b"This is a letter and no film.\n" * 3000


def check_long_chunk(visit: Visit, upload: Upload, pauses: Sequence[float], notes: list[str]) -> Iterator[Finding]:
    """Announce all the rest, send some of it with pauses, look each time how much is there, break off."""
    offset = offset_of(visit, upload)
    try:
        with visit.wire(upload.path) as wire:
            wire.begin("PATCH", {**_headers(visit, offset, upload.size - offset), "Expect": "100-continue"})
            first = wire.answer(CONTINUE)
            if first and first.status != 100:
                yield _refused(first, upload.size - offset)
                return
            if first is None:
                notes.append("'Expect: 100-continue' gets no answer; clients that send it wait a moment each time.")
            piece = media(upload.size)[offset:][: min(PIECE, upload.size // 4)]
            wire.send(piece)
            if has_arrived(visit, upload, offset + len(piece)):
                yield from _pause(visit, upload, wire, offset + len(piece), pauses)
            elif answer := wire.answer(0.1):
                yield _refused(answer, upload.size - offset)
            else:
                got = offset_of(visit, upload) - offset
                problem = f"the proxy holds chunks back: of {len(piece)} bytes that were sent the box has {got}"
                yield Finding("buffering", problem, BUFFERING)
    except OSError as error:
        yield Finding("chunks", f"the connection broke in the middle of a chunk: {error}", TIMEOUTS)


def _pause(visit: Visit, upload: Upload, wire: Wire, reached: int, pauses: Sequence[float]) -> Iterator[Finding]:
    for pause in pauses:
        if reached + DROP >= upload.size:
            return  # the box takes very small files only, and this one must not become whole
        answer = wire.answer(pause)
        if answer is None:
            wire.send(bytes(DROP))
            reached += DROP
            if has_arrived(visit, upload, reached):
                continue
            answer = wire.answer(0.1)
        if answer and code_of(answer):
            raise Stop("box", said(answer), "That is uploads.silence_timeout of the box; 60s is its default.")
        problem = f"a client that is silent for {pause:.0f} s in the middle of a chunk is cut off"
        yield Finding("time-outs", problem, TIMEOUTS)
        return


def check_early_answer(visit: Visit, upload: Upload) -> Iterator[Finding]:
    """Send what is no media, and never all of it: the refusal must come by itself."""
    try:
        with visit.wire(upload.path) as wire:
            wire.begin("PATCH", _headers(visit, 0, upload.size))
            wire.send(LETTER[: upload.size // 2])
            answer = wire.answer(ARRIVAL)
    except OSError:
        answer = CLOSED
    if answer is None or code_of(answer) != "unsupported_media":
        yield Finding(
            "early answers",
            "a refusal that the box gives while a chunk is still coming does not reach the client",
            f"Have the proxy pass answers on at once. {BUFFERING}",
        )


def _refused(answer: Answer, size: int) -> Finding:
    if answer.status == 413 and code_of(answer) is None:
        return Finding("body limit", f"the proxy refuses a chunk of {format_size(size)} with 413", LIMIT)
    return refused(answer)


def _headers(visit: Visit, offset: int, length: int) -> dict[str, str]:
    return {**visit.headers, **chunk_headers(offset), "Content-Length": str(length), "Connection": "close"}
