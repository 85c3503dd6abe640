"""``licenses``: the notices of everything that the program contains, read from what is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path, PurePath

import click

from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command

OWN = "roughy-box"
PACKED = "NOTICES.txt"  # in the package of a standalone program, written by its build
_TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|authors)", re.IGNORECASE)


@command(group, "licenses")
def licenses(session: Session) -> None:
    """Print the licenses of Roughy Box and of everything it contains."""
    if session.as_json:
        output.document({"notices": text()})
    else:
        click.echo(text())


def text() -> str:
    """Return the notices of this installation."""
    packed = files("roughy_box") / PACKED
    return packed.read_text(encoding="utf-8") if packed.is_file() else of_distributions(needed())


def of_distributions(distributions: Iterable[Distribution]) -> str:
    """Return name, version, license and license texts of each."""
    return "\n".join(section(_title(each), _texts(each)) for each in distributions)


def needed() -> list[Distribution]:
    """Return Roughy Box and its installed dependencies, direct or not; our own first, then by name."""
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
    """Normalize the name of a distribution (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def section(title: str, content: str) -> str:
    """Return a section of the notices under a ruled title."""
    return f"{'=' * 78}\n{title}\n{'=' * 78}\n\n{content.strip()}\n"


def _title(each: Distribution) -> str:
    name = _field(each, "License-Expression") or _field(each, "License")
    classified = [line for line in each.metadata.get_all("Classifier") or () if line.startswith("License ::")]
    # Some put the full text in the field of the name.
    if not name or "\n" in name:
        name = ", ".join(line.split(" :: ")[-1] for line in classified)
    return f"{each.name} {each.version}" + (f" ({name})" if name else "")


def _field(each: Distribution, name: str) -> str:
    return str(each.metadata[name]) if name in each.metadata else ""


def _texts(each: Distribution) -> str:
    paths = [path for path in each.files or () if _is_text(path)]
    license_text = _field(each, "License")
    found = [Path(path.locate()).read_text(encoding="utf-8", errors="replace").strip() for path in paths]
    return "\n\n".join(found) or (license_text if "\n" in license_text else "The package contains no license text.")


def _is_text(path: PurePath) -> bool:
    in_metadata = any(part.endswith(".dist-info") for part in path.parts)
    return in_metadata and bool(_TEXT.match(path.name)) and path.suffix not in (".py", ".pyc")
