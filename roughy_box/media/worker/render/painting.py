"""Pictures of the source as the encoder wants them: size, upright, colors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
from av import VideoFrame
from av.filter import Graph
from av.video.reformatter import ColorRange, ColorTrc

from roughy_box.media.description import PictureSize
from roughy_box.media.worker.orientation import Orientation

FORMAT = "yuv420p"
TICK = Fraction(1, 1000)

_HDR = (ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67)

Step = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Colors:
    """The meaning of the numbers of a picture, as ffmpeg numbers it (ITU-T H.273)."""

    primaries: int
    transfer: int
    matrix: int
    range: int

    @property
    def is_hdr(self) -> bool:
        """Return whether it is brighter than a usual screen."""
        return self.transfer in _HDR

    @classmethod
    def of(cls, frame: VideoFrame) -> Colors:
        """Return the colors of a picture."""
        is_full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
        range_ = ColorRange.JPEG if is_full else frame.color_range
        return cls(frame.color_primaries, frame.color_trc, frame.colorspace, range_)


class Painter:
    """Paints pictures for an encoder; one that needs no change stays as it is, one that is shown again is kept."""

    def __init__(self, picture: PictureSize, size: tuple[int, int], threads: int) -> None:
        self._threads = threads
        self._turns = Orientation(picture.rotation, picture.mirrored).filters
        self._size = size if picture.rotation in (0, 180) else (size[1], size[0])
        self._form: tuple[object, ...] | None = None
        self._graph: Graph | None = None
        self._painted: tuple[VideoFrame, VideoFrame] | None = None
        self.keeps_hdr = False

    def paint(self, frame: VideoFrame) -> VideoFrame:
        """Return a picture for the encoder."""
        if self._painted is None or self._painted[0] is not frame:
            self._painted = (frame, self._paint(frame))
        return self._painted[1]

    def _paint(self, frame: VideoFrame) -> VideoFrame:
        colors = Colors.of(frame)
        form = (frame.width, frame.height, frame.format.name, colors)
        if form != self._form:
            self._form, self._graph = form, self._plan(frame, colors)
        if self._graph is None:
            return frame
        frame.pts, frame.time_base = 0, TICK
        self._graph.push(frame)
        painted = self._graph.pull()
        assert isinstance(painted, VideoFrame)
        return painted

    def _plan(self, frame: VideoFrame, colors: Colors) -> Graph | None:
        """Return the filters that such pictures need, None if none."""
        if colors.is_hdr:
            for steps in self._tone_mappings():
                if graph := graph_of(frame, colors, steps, self._threads):
                    return graph
            self.keeps_hdr = True
        elif self._fits(frame, colors):
            return None
        graph = graph_of(frame, colors, self._steps(_conversion(frame, colors)), self._threads)
        assert graph
        return graph

    def _fits(self, frame: VideoFrame, colors: Colors) -> bool:
        is_plain = frame.format.name == FORMAT and colors.range != ColorRange.JPEG
        return is_plain and (frame.width, frame.height) == self._size and not self._turns

    def _steps(self, options: str) -> list[Step]:
        width, height = self._size
        return [("scale", f"{width}:{height}{options}"), ("format", FORMAT), *self._turns]

    def _tone_mappings(self) -> Iterator[list[Step]]:
        """Yield the ways to paint HDR for a usual screen: one of them may be in this build of ffmpeg."""
        target = ":out_color_matrix=bt709:out_primaries=bt709:out_transfer=bt709:out_range=tv"
        yield self._steps(f"{target}:intent=perceptual")
        yield [
            ("zscale", "transfer=linear:npl=203"),
            ("format", "gbrpf32le"),
            ("zscale", "primaries=bt709"),
            ("tonemap", "hable:desat=0"),
            ("zscale", "transfer=bt709:matrix=bt709:range=tv"),
            *self._steps(""),
        ]


def _conversion(frame: VideoFrame, colors: Colors) -> str:
    """Return the options that have a picture converted to the range and the kind of numbers of most videos."""
    options = ":out_range=tv" if colors.range == ColorRange.JPEG or frame.format.is_rgb else ""
    return f"{options}:out_color_matrix=bt709" if frame.format.is_rgb else options


def graph_of(frame: VideoFrame, colors: Colors, steps: Sequence[Step], threads: int) -> Graph | None:
    """Return a chain of filters for pictures like ``frame``, None where this build cannot do it."""
    source = {
        "video_size": f"{frame.width}x{frame.height}",
        "pix_fmt": frame.format.name,
        "time_base": str(TICK),
        "colorspace": str(colors.matrix),
        "range": str(colors.range),
    }
    graph = Graph()
    graph.threads = threads
    try:
        last = graph.add("buffer", ":".join(f"{name}={value}" for name, value in source.items()))
        for name, options in (*steps, ("buffersink", "")):
            following = graph.add(name, options)
            last.link_to(following)
            last = following
        graph.configure()
    except (av.FFmpegError, ValueError):
        return None
    return graph
