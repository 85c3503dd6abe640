"""From a listening to a plan: judge the speech, cut it into pieces, assemble what is kept."""

from __future__ import annotations

from collections.abc import Sequence

from roughy_box.cutting.assembly import segments
from roughy_box.cutting.grid import Grid
from roughy_box.cutting.leftovers import leftovers
from roughy_box.cutting.listening import Listening, Progress
from roughy_box.cutting.misplaced import put_right
from roughy_box.cutting.notes import low_confidence, mismatch, no_recognizer, sound_outside_picture, to_look_at
from roughy_box.cutting.options import Options
from roughy_box.cutting.pieces import Piece, find_pieces
from roughy_box.cutting.reading.judge import judge_reading
from roughy_box.cutting.reading.reading import LEAST_COVERAGE, read
from roughy_box.cutting.repeats.judge import judge_speech
from roughy_box.cutting.text.script import read_script
from roughy_box.cutting.verdicts import KEPT, Judgement
from roughy_box.cutting.wording import marked, plan_words, with_texts
from roughy_box.domain.cut import CutWarning, Plan, Segment, Suggestion


class NothingToKeep(Exception):
    """The recording has no speech that could be kept."""


def make_plan(
    listening: Listening, script: str | None, options: Options, grid: Grid, progress: Progress | None = None
) -> Plan:
    """Return the plan of a cut; ``progress`` may raise to stop it. Errors: :class:`NothingToKeep`."""
    report = progress or _silent
    listening = put_right(listening)
    judgement = _judge(listening, script if script and script.strip() else None, report)
    judgement.allow(options)
    report("planning", 0.9)
    pieces = find_pieces(listening, judgement, grid)
    if not any(piece.kept for piece in pieces):
        raise NothingToKeep("no speech was heard that could be kept")
    plan = _assemble(listening, judgement, pieces, options, grid)
    report("planning", 1.0)
    return plan


def _silent(stage: str, share: float) -> None:
    """Hear progress that nothing shows."""


def _judge(listening: Listening, script: str | None, report: Progress) -> Judgement:
    """Return the judgement by the script if it is one of this recording, else of free speech."""
    warnings: list[CutWarning] = []
    if not listening.engine.recognizes:
        warnings.append(no_recognizer(listening, with_script=script is not None))
    elif script is not None:
        report("matching", 0.0)
        reading = read(listening, read_script(script, listening.language), lambda share: report("matching", share))
        report("matching", 1.0)
        if reading.coverage >= LEAST_COVERAGE:
            return judge_reading(listening, reading)
        warnings.append(mismatch(reading.coverage))
    judgement = judge_speech(listening, lambda share: report("planning", 0.9 * share))
    judgement.warnings[:0] = warnings
    return judgement


def _assemble(
    listening: Listening, judgement: Judgement, pieces: Sequence[Piece], options: Options, grid: Grid
) -> Plan:
    kept = segments(pieces, options, grid)
    spans = [Segment(start, end) for start, end in kept]
    words = marked(plan_words(listening, judgement.shown, pieces), spans, grid)
    suggestions = _suggestions(judgement, pieces, spans, grid)
    warnings = (
        low_confidence(listening),
        to_look_at(suggestions, grid),
        sound_outside_picture(-listening.offset, listening.offset + listening.duration - grid.duration),
    )
    return Plan(
        rate=grid.rate,
        length=grid.length,
        segments=with_texts(spans, [word for word in words if word.kept], grid),
        dropped=with_texts(leftovers(kept, pieces, grid, options.max_pause), words, grid),
        suggestions=with_texts(suggestions, words, grid),
        words=words,
        warnings=(*judgement.warnings, *(warning for warning in warnings if warning)),
    )


def _suggestions(
    judgement: Judgement, pieces: Sequence[Piece], spans: Sequence[Segment], grid: Grid
) -> list[Suggestion]:
    """Return the islands that were kept unsurely, as far as they lie in segments."""
    found: list[Suggestion] = []
    for piece in pieces:
        reason = judgement.unsure.get(piece.island)
        if reason is None or piece.verdict != KEPT:
            continue
        start, end = grid.frame(piece.start), grid.frame(piece.end)
        if start < end and any(span.start <= start and end <= span.end for span in spans):
            found.append(Suggestion(start, end, reason))
    return found
