"""The editing of a cut by itself, in node: spans, undo, words, layout."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.tools import needs

pytestmark = needs("node")

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / "static" / "js" / "cut"
PURE = ("model", "spans", "layout", "commands")


def test_cut_model_holds(tmp_path: Path) -> None:
    # Node takes modules for such by the package they are in.
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "cut").mkdir()
    (tmp_path / "core").mkdir()
    for name in (*PURE, "strings"):
        shutil.copy(MODULES / f"{name}.js", tmp_path / "cut")
    for name in ("format", "bidi"):
        shutil.copy(MODULES.parent / "core" / f"{name}.js", tmp_path / "core")
    command = ["node", str(HERE / "cut_model.mjs"), str(tmp_path / "cut")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
