"""Whose work the program contains, and on what terms: read from what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path, PurePath

OWN = "roughy-box"
PACKED = "NOTICES.txt"  # beside this module in a program in one piece, made when it was built
_TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|authors)", re.IGNORECASE)


def text() -> str:
    """The notices of this installation."""
    packed = files("roughy_box") / PACKED
    return packed.read_text(encoding="utf-8") if packed.is_file() else of_distributions(needed())


def of_distributions(distributions: Iterable[Distribution]) -> str:
    """Name, version, licence and licence texts of each."""
    return "\n".join(section(_title(each), _texts(each)) for each in distributions)


def needed() -> list[Distribution]:
    """Roughy Box and the installed distributions it needs, directly or not; our own first, then by name."""
    found: dict[str, Distribution] = {}
    todo = [OWN]
    while todo:
        name = normal(todo.pop())
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # needed on other systems only
        todo += [re.split(r"[^\w.-]", wish)[0] for wish in found[name].requires or () if "extra ==" not in wish]
    return sorted(found.values(), key=lambda each: (normal(each.name) != OWN, normal(each.name)))


def normal(name: str) -> str:
    """The name of a distribution as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def section(title: str, content: str) -> str:
    """A part of the notices under a ruled title."""
    return f"{'=' * 78}\n{title}\n{'=' * 78}\n\n{content.strip()}\n"


def _title(each: Distribution) -> str:
    told = _field(each, "License-Expression") or _field(each, "License")
    classified = [line for line in each.metadata.get_all("Classifier") or () if line.startswith("License ::")]
    # Some write the whole text where its name belongs.
    named = told if told and "\n" not in told else ", ".join(line.split(" :: ")[-1] for line in classified)
    return f"{each.name} {each.version}" + (f" ({named})" if named else "")


def _field(each: Distribution, name: str) -> str:
    return str(each.metadata[name]) if name in each.metadata else ""


def _texts(each: Distribution) -> str:
    paths = [path for path in each.files or () if _is_text(path)]
    told = _field(each, "License")
    found = [Path(path.locate()).read_text(encoding="utf-8", errors="replace").strip() for path in paths]
    return "\n\n".join(found) or (told if "\n" in told else "Its package carries no licence text.")


def _is_text(path: PurePath) -> bool:
    in_metadata = any(part.endswith(".dist-info") for part in path.parts)
    return in_metadata and bool(_TEXT.match(path.name)) and path.suffix not in (".py", ".pyc")
