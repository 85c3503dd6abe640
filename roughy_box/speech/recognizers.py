"""The protocol of recognizers, and the table of those that are installed.

A recognizer is a class named by an entry point of the group ``roughy_box.recognizers``. The server asks it what it
offers, which loads no library; a child has it hear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # numpy, which the server does not need
    from roughy_box.cutting.listening import HeardWord, Island
    from roughy_box.cutting.sound.levels import Levels
    from roughy_box.speech.samples import Samples

GROUP = "roughy_box.recognizers"
NONE = "none"  # the engine that hears no words
# Known without an entry point: a program in one piece, or one run from a checkout, may have none.
_BUILT_IN = {
    "faster-whisper": "roughy_box.speech.whisper.recognizer:Whisper",
    "pocketsphinx": "roughy_box.speech.sphinx.recognizer:Sphinx",
}

# Hears the share of the words that is done, 0 to 1.
Report = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings of speech: a model folder chosen by hand, and the folder of installed models."""

    model: Path | None = None
    models: Path | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to hear words: a recognizer with one of its models.

    ``identity`` names the recognizer, its version and its model: same identity, same words. ``needs_script``: the
    words depend on the script, so that another one means to hear again. ``detects``: finds the language out from
    the sound. ``guesses``: writes plausible words for sounds that are none.
    """

    engine: str
    identity: str
    languages: frozenset[str]
    model: Path | None = None
    detects: bool = False
    needs_script: bool = False
    guesses: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """A recognizer's offers, and in a sentence what it is good for or what it lacks.

    ``is_broken``: something is there and does not work, as half a model folder.
    """

    sentence: str
    offers: tuple[Offer, ...] = ()
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """What a recognizer hears: the islands, the samples in them, the level each 5 ms."""

    islands: tuple[Island, ...]
    samples: Samples
    levels: Levels


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known before hearing; ``language`` is None where the recognizer has to find it out."""

    language: str | None = None
    script: str | None = None
    threads: int = 1


@dataclass(frozen=True, slots=True)
class Heard:
    """The words in the order of their islands; ``language`` is None if it could not be told."""

    words: Sequence[HeardWord]
    language: str | None


class RecognizerError(Exception):
    """A recognizer cannot hear, in a sentence fit to show."""


class Recognizer(Protocol):
    """One recognizer. Instances are cheap: libraries and models are loaded by :meth:`words` alone."""

    name: str

    def ready(self, setup: Setup) -> Status:
        """Return what it offers now; loads nothing, takes milliseconds."""

    def words(self, sound: Sound, offer: Offer, hints: Hints, report: Report) -> Heard:
        """Return the words of all islands. Errors: :class:`RecognizerError`; any other is a crash."""


def recognizers() -> Mapping[str, Callable[[], Recognizer]]:
    """Return the classes of all installed recognizers by name, in the order of preference."""
    found = {name: EntryPoint(name, value, GROUP) for name, value in _BUILT_IN.items()}
    found |= {point.name: point for point in sorted(entry_points(group=GROUP)) if point.name not in found}
    return {name: _loader(point) for name, point in found.items()}


def statuses(setup: Setup) -> dict[str, Status]:
    """Return the status of each recognizer; one that cannot be loaded says why."""
    return dict(_statuses(setup))


def _statuses(setup: Setup) -> Iterator[tuple[str, Status]]:
    for name, make in recognizers().items():
        try:
            yield name, make().ready(setup)
        except Exception as error:  # of another distribution, whatever it raises
            yield name, Status(f"It cannot be loaded: {type(error).__name__}: {error}", is_broken=True)


def _loader(point: EntryPoint) -> Callable[[], Recognizer]:
    def make() -> Recognizer:
        recognizer: Recognizer = point.load()()
        return recognizer

    return make
