"""The chapters of the document that belong to no single operation, in Markdown.

Readers that show Markdown make chapters of the headings; blocks of code that follow each other are the same step in
several languages, and all blocks of one language make one program. ``#name`` leads to an operation or a chapter.
"""

from __future__ import annotations

import re
from importlib.resources import files

from roughy_box.domain.errors import CATALOG

CHAPTERS = ("introduction", "authentication", "uploading", "states", "lists", "files", "errors", "conventions")
_REMEDY = re.compile(r"^\| `(\w+)` \| (.+) \|$", re.MULTILINE)


def text() -> str:
    """Return the whole guide."""
    return "\n".join(f"{_read(name)}\n{error_table()}\n" if name == "errors" else _read(name) for name in CHAPTERS)


def remedies() -> dict[str, str]:
    """Return what to do about each error, by its code."""
    return dict(_REMEDY.findall(_read("remedies")))


def error_table() -> str:
    """Return a table of every code: status, meaning, remedy."""
    known = remedies()
    rows = (f"| `{code}` | {status} | {meaning} | {known[code]} |" for code, (status, meaning) in CATALOG.items())
    return "\n".join(("| Code | Status | Meaning | What to do |", "| --- | --- | --- | --- |", *rows))


def _read(name: str) -> str:
    return (files(__package__) / "guide" / f"{name}.md").read_text(encoding="utf-8")
