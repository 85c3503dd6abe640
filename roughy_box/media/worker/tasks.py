"""The table of what a child can do. A task gets its line, its arguments and its descriptors, and returns a result.

Heavy imports happen inside the tasks: in the fork server all of them were loaded before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from roughy_box.media.worker.cpu_priority import BACKGROUND, PREPARING, Priority
from roughy_box.media.worker.line import Line
from roughy_box.media.worker.threads import limit_threads

Task = Callable[[Line, Mapping[str, Any], Sequence[int]], bytes]


def _probe(line: Line, _arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Measure the file: a preparation or a failure, as JSON."""
    from roughy_box.media.worker.file import Descriptor
    from roughy_box.media.worker.probe.measure import probe

    outcome = probe(Descriptor(descriptors[0], line.progress))
    return json.dumps({type(outcome).__name__: asdict(outcome)}).encode()


def _poster(line: Line, _arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Draw a poster: a JPEG, empty where there is no picture."""
    from roughy_box.media.worker.file import Descriptor
    from roughy_box.media.worker.poster import draw_poster

    return draw_poster(Descriptor(descriptors[0], line.progress)) or b""


def _waveform(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Measure the peaks of the sound: a JSON list, empty where there is no sound."""
    from roughy_box.media.worker.file import Descriptor
    from roughy_box.media.worker.waveform import measure_peaks

    peaks = measure_peaks(Descriptor(descriptors[0], line.progress), arguments["duration_ms"], arguments["peaks"])
    return b"" if peaks is None else json.dumps(peaks).encode()


def _peaks(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Measure the extremes of the sound: pairs of signed bytes, empty where there is no sound."""
    from roughy_box.media.worker.file import Descriptor
    from roughy_box.media.worker.waveform import measure_extremes

    return (
        measure_extremes(Descriptor(descriptors[0], line.progress), arguments["duration_ms"], arguments["rate"]) or b""
    )


def _listen(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Hear the sound; the listening goes to the second descriptor, JSON about it is the result."""
    limit_threads(arguments["threads"])
    from roughy_box.media.worker.listen.listen import listen
    from roughy_box.media.worker.reporting import Reporter
    from roughy_box.speech.recognizers import RecognizerError

    try:
        heard = listen(Reporter(line), arguments, *descriptors)
    except RecognizerError as error:
        heard = {"failure": str(error)}
    return json.dumps(heard).encode()


def _describe(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Describe the file for timelines, as JSON: null where it does not open any more."""
    from roughy_box.media.worker.describe.describe import describe
    from roughy_box.media.worker.file import Descriptor

    found = describe(Descriptor(descriptors[0], line.progress), arguments["type"], arguments["duration_ms"])
    return b"null" if found is None else found.to_json().encode()


def _plan(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Make a plan of the listening in the first descriptor."""
    limit_threads(1)
    from roughy_box.media.worker.plan import plan

    return plan(line, arguments, descriptors[0])


def _render(line: Line, arguments: Mapping[str, Any], descriptors: Sequence[int]) -> bytes:
    """Render spans of the first descriptor to the second; JSON about it is the result."""
    limit_threads(1)
    from roughy_box.media.worker.render.render import render
    from roughy_box.media.worker.reporting import Reporter

    return json.dumps(render(Reporter(line), arguments, *descriptors)).encode()


def _encoder(_line: Line, arguments: Mapping[str, Any], _descriptors: Sequence[int]) -> bytes:
    """Try an encoder of pictures; whether it works is the result, as JSON."""
    limit_threads(1)
    from roughy_box.media.render_output import Encoder
    from roughy_box.media.worker.render.trial import works

    return json.dumps(works(Encoder(**arguments))).encode()


TASKS: Mapping[str, Task] = {
    "probe": _probe,
    "poster": _poster,
    "waveform": _waveform,
    "peaks": _peaks,
    "listen": _listen,
    "describe": _describe,
    "plan": _plan,
    "render": _render,
    "encoder": _encoder,
}
PRIORITIES: Mapping[str, Priority] = {
    "probe": PREPARING,
    "poster": BACKGROUND,
    "waveform": BACKGROUND,
    "peaks": PREPARING,
    "listen": PREPARING,
    "describe": PREPARING,
    "plan": PREPARING,
    "render": BACKGROUND,
    "encoder": BACKGROUND,
}
