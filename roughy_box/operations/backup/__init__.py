"""A consistent copy of a box, made while it serves, and the way back.

``DEST`` holds one state of the box at a time:

    manifest.json             what belongs to the state: every file with size and SHA-256
    state/N/                  what changes from run to run: database, secret, marker, open uploads
    media/projects/...        as in the box; these files never change
    backup.lock               whose backup this is, and that one run at a time writes to it

A run only adds files. Then it replaces the manifest, in one step, and only then removes what the new
manifest does not name. Cut off anywhere, it leaves the state before restorable. What was drawn from
the media is left out: a restored box draws it anew.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A file, by its path in the box, that is not as it should be."""

    path: str
    problem: str
