"""What a test needs of the machine: skipped with a sentence for users, never skipped where all must run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

T = TypeVar("T")

NODE_MODULES = Path(__file__).parent / "clients" / "node_modules"


def needs(*programs: str) -> pytest.MarkDecorator:
    """A mark for tests that call these programs.

    Where ROUGHY_BOX_TESTS_REQUIRE_ALL is set, a missing one fails the module that asks for it.
    """
    missing = [name for name in programs if shutil.which(name) is None]
    return _unless(missing, f"not installed here: {', '.join(missing)}")


def needs_packages(*names: str) -> pytest.MarkDecorator:
    """The same for packages of Node, which ``make test`` installs."""
    missing = [name for name in names if not (NODE_MODULES / name).is_dir()]
    return _unless(missing, f"'make test' installs this where npm is: {', '.join(missing)}")


def needs_root() -> pytest.MarkDecorator:
    """The same for tests that mount and confine."""
    return _unless(["root"] if os.geteuid() else [], "needs the rights of root")


def takes_long() -> pytest.MarkDecorator:
    """A mark for tests that take a minute: they run where ROUGHY_BOX_TESTS_ROUNDS is set, as in a soak."""
    return pytest.mark.skipif("ROUGHY_BOX_TESTS_ROUNDS" not in os.environ, reason="set ROUGHY_BOX_TESTS_ROUNDS=1")


def lack(reason: str) -> NoReturn:
    """The same inside a test or fixture, when something turns out to be missing."""
    if os.environ.get("ROUGHY_BOX_TESTS_REQUIRE_ALL"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def sample(cases: Iterable[T], share: int = 2) -> list[T]:
    """Return one case in ``share``, and all where ROUGHY_BOX_TESTS_ROUNDS is set, as in a soak."""
    return list(cases)[:: 1 if os.environ.get("ROUGHY_BOX_TESTS_ROUNDS") else share]


def _unless(missing: list[str], reason: str) -> pytest.MarkDecorator:
    if missing and os.environ.get("ROUGHY_BOX_TESTS_REQUIRE_ALL"):
        pytest.fail(reason, pytrace=False)
    return pytest.mark.skipif(bool(missing), reason=reason)
