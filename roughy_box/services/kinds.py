"""The table of kinds: everything that works in the background, in the order of priority."""

from __future__ import annotations

from roughy_box.jobs.kind import Kind
from roughy_box.services.artifacts import PEAKS, POSTER, WAVEFORM
from roughy_box.services.box import Box
from roughy_box.services.checksums import CHECKSUM
from roughy_box.services.cut_jobs import CUT
from roughy_box.services.deliveries import DELIVERY
from roughy_box.services.preparation import PREPARE
from roughy_box.services.proxies import PROXY_KIND
from roughy_box.services.render_jobs import RENDER

KINDS: tuple[Kind[Box], ...] = (DELIVERY, PREPARE, PEAKS, CUT, PROXY_KIND, RENDER, POSTER, WAVEFORM, CHECKSUM)
