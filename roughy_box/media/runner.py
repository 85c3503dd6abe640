"""The server's side of the children: what they say is checked, what they do is bounded."""

from __future__ import annotations

from roughy_box.media.detector import Detector
from roughy_box.media.forks import Forks
from roughy_box.media.previewer import draw
from roughy_box.media.prober import probe_file
from roughy_box.media.process import ChildError

__all__ = ["ChildError", "Detector", "Forks", "draw", "probe_file"]
