"""A recognizer tried with a second of speech that came with the program."""

from __future__ import annotations

import asyncio
import tempfile
from difflib import SequenceMatcher
from importlib.resources import as_file, files
from pathlib import Path

from roughy_box.domain.errors import SetupError
from roughy_box.media.children import ChildError
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobError
from roughy_box.media.listening import Request, listen
from roughy_box.speech.recognizers import Offer
from roughy_box.speech.selection import NO_WORDS, Choice

SAID = "the train leaves at seven"
_DURATION_MS = 1800
_ALIKE = 0.6  # of the characters: small models mishear a word


def try_offer(offer: Offer, *, threads: int, memory_limit: int) -> str:
    """Return what was heard. Errors: :class:`SetupError` when that is not what was said."""
    from roughy_box.speech.payload import unpack

    payload, warnings = asyncio.run(_hear(offer, threads, memory_limit))
    if warnings:
        raise SetupError(f"The model was tried and failed: {warnings[0]}")
    heard = " ".join(word.text for word in unpack(payload)[0].words)
    plain = "".join(letter for letter in heard.lower() if letter.isalpha() or letter == " ")
    if SequenceMatcher(None, SAID, plain).ratio() < _ALIKE:
        raise SetupError(f"The model was tried and heard {heard!r} where {SAID!r} was said: it is damaged.")
    return heard


async def _hear(offer: Offer, threads: int, memory_limit: int) -> tuple[bytes, tuple[str, ...]]:
    choices = [Choice(offer, "en"), Choice(NO_WORDS, "en")]
    with as_file(files("roughy_box.speech") / "second.opus") as sound, tempfile.TemporaryFile() as output:
        request = Request(Path(sound), _DURATION_MS, choices, threads=threads)
        try:
            async with ForkServer() as children:
                heard = await listen(children, request, output, timeout=None, memory_limit=memory_limit)
        except (ChildError, JobError) as error:
            raise SetupError(f"The model cannot be tried: {error or type(error).__name__}.") from None
        output.seek(0)
        return output.read(), heard.warnings
