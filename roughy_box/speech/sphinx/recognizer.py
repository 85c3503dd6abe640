"""pocketsphinx as a recognizer: English alone, which needs nothing but its package."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from roughy_box.speech.recognizers import Heard, Hints, Offer, Report, Setup, Sound, Status

if TYPE_CHECKING:
    from roughy_box.cutting.listening import HeardWord
    from roughy_box.speech.sphinx.decoder import Decoder
    from roughy_box.speech.stretches import Stretch

_LONGEST = 30.0  # seconds heard at once
# Below this mean confidence, speech of an unknown language is not taken for English: measured, English has 0.61 and
# more, others 0.23 to 0.45; with a script, whatever it is of, 0.93 and 0.40 to 0.50.
_ENGLISH, _ENGLISH_SCRIPT = 0.52, 0.55
_DOUBT = 0.4  # by which a single word must be surer than that; the more words there are, the less


class Sphinx:
    """Hears English; with a script by a language model made of it, else by the general one."""

    name = "pocketsphinx"

    def ready(self, setup: Setup) -> Status:
        """Return the one offer, if the package is installed."""
        if not find_spec("pocketsphinx"):
            return Status("It is not installed: pip install pocketsphinx")
        offer = Offer(self.name, f"pocketsphinx {_version()}", frozenset({"en"}), needs_script=True)
        return Status("It hears English, and is at its best with a script.", (offer,))

    def words(self, sound: Sound, offer: Offer, hints: Hints, report: Report) -> Heard:
        """Return the words of all islands; no language where they hardly can be English."""
        from roughy_box.speech.sphinx.decoder import Decoder
        from roughy_box.speech.stretches import stretches

        decoder = Decoder(hints.script)
        heard: list[HeardWord] = []
        for stretch in stretches(sound.islands, sound.levels, _LONGEST):
            done = stretch.start / sound.islands[-1].end
            heard += _words(decoder, sound, stretch, partial(report, done))
        report(1.0)
        if hints.language is None and not _is_english(heard, with_script=hints.script is not None):
            return Heard([], None)
        return Heard(heard, "en")


def _version() -> str:
    try:
        return version("pocketsphinx")
    except PackageNotFoundError:
        return "unknown"


def _is_english(words: Sequence[HeardWord], *, with_script: bool) -> bool:
    sure = [word.confidence for word in words if word.kind == "word" and word.confidence is not None]
    least = _ENGLISH_SCRIPT if with_script else _ENGLISH
    return not sure or sum(sure) / len(sure) >= least + _DOUBT / len(sure) ** 0.5


def _words(decoder: Decoder, sound: Sound, stretch: Stretch, report: Callable[[], None]) -> Iterator[HeardWord]:
    from roughy_box.cutting.listening import HeardWord

    for word in decoder.words(sound.samples.read(stretch.start, stretch.end).tobytes(), report):
        start, end = (min(stretch.start + time, stretch.end) for time in (word.start, word.end))
        yield HeardWord(word.text, start, end, stretch.island, word.confidence, word.kind)
