"""The standalone program, built once for all tests and workers, and kept while nothing changes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from roughy_box.packaging.__main__ import NAME, ONE_FILE, TARBALL, make
from tests.clients.footage import Footage, make_film
from tests.packaging.bare import BareBox, make_root
from tests.tools import lack, sample


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root that holds both forms of the program below /opt."""
    if sys.platform != "linux" or os.geteuid() != 0:
        lack("needs root on Linux, for a root of the program's own")
    if not find_spec("PyInstaller"):
        lack("'make test' installs PyInstaller")
    make()
    root = make_root(tmp_path_factory.mktemp("bare") / "root")
    (root / "opt" / "roughy-box").write_bytes(ONE_FILE.read_bytes())
    (root / "opt" / "roughy-box").chmod(0o755)
    subprocess.run(["tar", "-xzf", str(TARBALL), "-C", str(root / "opt")], check=True)
    return root


@pytest.fixture(scope="module", params=sample(["folder", "one file"]))
def box(root: Path, request: pytest.FixtureRequest) -> Iterator[BareBox]:
    """A box served by a program in the bare root."""
    one_file = request.param == "one file"
    box = BareBox(root, "/opt/roughy-box" if one_file else f"/opt/{NAME}/roughy-box", request.param.split()[-1])
    box.start()
    yield box
    if box.process:
        with suppress(AssertionError, subprocess.TimeoutExpired):
            box.stop()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    """A real MP4."""
    return make_film(tmp_path_factory.mktemp("films") / "film.mp4")
