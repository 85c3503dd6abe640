"""The task ``render``: kept spans of a file to a new file. Runs in the child."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet

from roughy_box.media.render_output import DAMAGED_MEDIA, HDR_KEPT, SOURCE_ENDS_EARLY, place_text
from roughy_box.media.worker.render.mux import open_output, time_of, woven
from roughy_box.media.worker.render.order import Order, UnsupportedError
from roughy_box.media.worker.render.output import Output
from roughy_box.media.worker.render.source import CorruptError
from roughy_box.media.worker.render.spans import Missing
from roughy_box.media.worker.render.tracks import PictureTrack, SoundTrack
from roughy_box.media.worker.reporting import Reporter

_WOVEN = 0.98  # of the whole job; what is left is the index that moves to the front
_UNNOTICED = 0.5  # seconds: the tracks of good recordings end as close to each other


def render(reporter: Reporter, arguments: Mapping[str, Any], source: int, output: int) -> dict[str, Any]:
    """Render one file into another; return what the server has to know of it, or why there is none."""
    file = Output(output, reporter.alive)
    try:
        with reporter.kept_alive():
            return _render(Order.of(arguments), source, file, reporter)
    except CorruptError as error:
        return {"corrupt_at": round(error.seconds, 3)}
    except UnsupportedError as error:
        return {"unsupported": str(error)}
    except Exception:
        if file.error is None:
            raise
        return {"errno": file.error.errno or errno.EIO}


def _render(order: Order, source: int, file: Output, reporter: Reporter) -> dict[str, Any]:
    with ExitStack() as stack:
        container = open_output(file, order.output.format)
        stack.callback(file.abandon)
        pictures = PictureTrack.of(order, source, container, stack, reporter.alive)
        sound = SoundTrack.of(order, source, container, stack, reporter.alive)
        container.start_encoding()
        tracks = [track for track in (pictures, sound) if track]
        duration = tracks[0].duration
        _write(container, woven(*(track.packets(stack) for track in tracks)), duration, reporter)
        container.close()
        return {"duration": str(duration), "size": file.size, "warnings": list(_warnings(pictures, sound))}


def _write(container: OutputContainer, packets: Iterator[Packet[Any]], duration: Fraction, reporter: Reporter) -> None:
    for packet in packets:
        share = float(time_of(packet) / duration)
        container.mux(packet)
        reporter.report(_WOVEN * max(0.0, min(1.0, share)))


def _warnings(pictures: PictureTrack | None, sound: SoundTrack | None) -> Iterator[tuple[str, str]]:
    if damages := sum(track.damages for track in (pictures, sound) if track):
        places = "One place" if damages == 1 else f"{damages} places"
        yield (
            DAMAGED_MEDIA,
            f"{places} of the source did not decode as it should: the picture before stays there, or it is silent.",
        )
    if pictures and (missing := _noticed(pictures.find_missing())):
        held = f"the last one stays for {float(missing.seconds):.3f} s"
        yield (SOURCE_ENDS_EARLY, f"The source has no pictures from {place_text(float(missing.place))} on: {held}.")
    if sound and (missing := _noticed(sound.find_missing())):
        silent = f"the last {float(missing.seconds):.3f} s are silent"
        yield (SOURCE_ENDS_EARLY, f"The source has no sound from {place_text(float(missing.place))} on: {silent}.")
    if pictures and pictures.keeps_hdr:
        yield (
            HDR_KEPT,
            "The pictures are HDR and stay so, as they cannot be tone-mapped here: look at them on such a screen.",
        )


def _noticed(missing: Missing | None) -> Missing | None:
    return missing if missing and missing.seconds > _UNNOTICED else None
