"""The frames that the server and its children exchange over a socket, in both directions.

A frame is a header (type, number of the job, length of the payload) and the payload. Descriptors travel with the
header of a job: the source first, read-only, then the outputs. Neither side believes a length it was not promised.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

HEADER = struct.Struct("!cII")
NUMBER = struct.Struct("!i")  # what the fork server says of a child: its id, a negative error number, its status

READY = b"Y"  # from a child: its limits stand, and it waits for a job
JOB = b"J"  # to a child: JSON, or the bytes that the job is about
PROGRESS = b"P"  # from a child: JSON, {"fraction": 0 to 1, "stage": text or null}
RESULT = b"R"  # from a child: the last frame of a job that was done
ERROR = b"E"  # from a child: the last frame of a job that failed, one sentence
LOG = b"L"  # from a child: one line

# The longest payload of each type, in bytes; that of a result is agreed on for each job.
LONGEST = {READY: 0, PROGRESS: 256, ERROR: 4096, LOG: 4096}
LONGEST_JOB = 8 * 1024**2
MOST_DESCRIPTORS = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of a child, or one to it."""

    type: bytes
    job: int
    payload: bytes

    def pack(self) -> bytes:
        """Return the bytes of the frame."""
        return HEADER.pack(self.type, self.job, len(self.payload)) + self.payload


class ProtocolError(ValueError):
    """The other side sent something that is not in the protocol."""


def json_payload(content: object) -> bytes:
    """Return ``content`` as the payload of a frame."""
    return json.dumps(content, separators=(",", ":")).encode()


def parse_json(payload: bytes) -> Any:
    """Return the content of a payload. Errors: :class:`ProtocolError`."""
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        raise ProtocolError("the payload is not JSON") from None
