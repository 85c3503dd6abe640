"""The task ``render``: kept spans of a file to a new file. Runs in the child."""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from typing import Any

from av.container import OutputContainer
from av.packet import Packet

from roughy_box.media.render_output import DAMAGED_MEDIA, HDR_KEPT
from roughy_box.media.worker.render.mux import open_output, time_of, woven
from roughy_box.media.worker.render.order import Order, UnsupportedError
from roughy_box.media.worker.render.output import Output
from roughy_box.media.worker.render.source import CorruptError
from roughy_box.media.worker.render.tracks import PictureTrack, SoundTrack
from roughy_box.media.worker.reporting import Reporter

_WOVEN = 0.98  # of the whole job; what is left is the index that moves to the front


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
        damages = sum(track.damages for track in tracks)
        return {
            "duration": str(duration),
            "size": file.size,
            "warnings": list(_warnings(damages, keeps_hdr=pictures is not None and pictures.keeps_hdr)),
        }


def _write(container: OutputContainer, packets: Iterator[Packet[Any]], duration: Fraction, reporter: Reporter) -> None:
    for packet in packets:
        share = float(time_of(packet) / duration)
        container.mux(packet)
        reporter.report(_WOVEN * max(0.0, min(1.0, share)))


def _warnings(damages: int, *, keeps_hdr: bool) -> Iterator[tuple[str, str]]:
    if damages:
        places = "One place" if damages == 1 else f"{damages} places"
        yield (
            DAMAGED_MEDIA,
            f"{places} of the source did not decode as it should: the picture before stays there, or it is silent.",
        )
    if keeps_hdr:
        yield (
            HDR_KEPT,
            "The pictures are HDR and stay so, as they cannot be tone-mapped here: look at them on such a screen.",
        )
