"""The documents for people: short enough, without dead links, and true about commands, settings and modules."""

from __future__ import annotations

import importlib
import pkgutil
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import roughy_box
from roughy_box import cli
from tests.unit.test_layers import MODULES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
README_MAX = 150  # lines
_LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_MODULE = re.compile(r"`([a-z_]+(?:\.[a-z_]+)+)`")


def anchors(document: Path) -> set[str]:
    """Return the anchors that GitHub makes of a document's headings."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every ``roughy-box`` command in code."""
    fenced = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    indented = [line[4:] for line in text.splitlines() if line.startswith("    ")]
    for line in [*fenced, *indented, *_CODE.findall(_FENCE.sub("", text))]:
        if match := re.search(r"(?:^|docker exec box )roughy-box( [^|>&#]*)", line):
            yield shlex.split(match[1])


def parse(arguments: list[str]) -> None:
    """Parse a command line as the program would, without running it. Errors: ``click.UsageError``."""
    for module in pkgutil.iter_modules(cli.__path__):
        importlib.import_module(f"roughy_box.cli.{module.name}")  # registers its commands
    context = click.Context(cli.group)
    command: click.Command = cli.group
    while isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        _, found, arguments = command.resolve_command(context, arguments)
        assert found
        command, context = found, click.Context(found, parent=context, **found.context_settings)
    command.make_parser(context).parse_args(list(arguments))


def sections() -> Iterator[tuple[str, set[str], str]]:
    """Yield each path of the architecture: its title, the modules its steps name, and its text."""
    for part in ARCHITECTURE.split("\n## ")[1:]:
        steps = re.findall(r"^\d+\. .*(?:\n   .*)*", part, re.MULTILINE)
        yield part.split("\n", 1)[0], set(_MODULE.findall("\n".join(steps))), part


def test_readme_is_at_most_150_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= README_MAX


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_links_lead_to_files_and_headings(document: Path) -> None:
    for target, anchor in _LINK.findall(document.read_text(encoding="utf-8")):
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), f"{target}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_document_commands_are_accepted(document: Path) -> None:
    for arguments in commands(document.read_text(encoding="utf-8")):
        parse(arguments)


def test_document_command_unknown_is_found() -> None:
    misspelled, unknown, known = commands(
        "`roughy-box topup 5`\n\n    roughy-box topup --refernce x\n    roughy-box x\n"
    )
    parse(known)
    for arguments in (misspelled, unknown):
        with pytest.raises(click.UsageError):
            parse(arguments)


def test_help_examples_are_accepted() -> None:
    parse(["version"])  # registers all commands
    texts = [command.help or "" for command in cli.group.commands.values()]
    examples = [line for text in texts for line in re.findall(r"^ *roughy-box ([^|\n]+)", text, re.MULTILINE)]
    assert len(examples) >= 8
    for line in examples:
        parse(shlex.split(line))


def test_architecture_picture_is_that_of_the_package() -> None:
    assert roughy_box.__doc__
    picture = [line[4:] for line in roughy_box.__doc__.splitlines() if line.startswith("    ")]
    (drawn,) = re.findall(r"^```text\n(.*?)\n```$", ARCHITECTURE, re.MULTILINE | re.DOTALL)
    assert drawn.splitlines() == picture


@pytest.mark.parametrize("document", ["architecture.md", "scaling.md"])
def test_modules_named_exist(document: str) -> None:
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    rooms = {name.split(".")[1] for name in MODULES if "." in name}
    named = {name for name in _MODULE.findall(text) if name.split(".")[0] in rooms}
    assert named
    assert {name for name in named if f"roughy_box.{name}" not in MODULES} == set()


def test_architecture_counts_are_those_of_its_steps() -> None:
    for title, modules, text in sections():
        in_child = {name for name in modules if name.startswith("media.worker.")}
        counts = [int(number) for number in re.findall(r"\b(\d+) (?:modules|in the child)", text.split("\n1. ")[0])]
        assert counts == [len(each) for each in (modules - in_child, in_child) if each], title
