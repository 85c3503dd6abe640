"""What the two sides of a line to a child agree on."""

from __future__ import annotations

import struct

READY = b"ready\n"  # the first that every child says
LENGTH = struct.Struct("!I")  # before each head for the detector
NUMBER = struct.Struct("!i")  # what the fork server tells of a child
JOB_MAX = 4096  # bytes of a job
