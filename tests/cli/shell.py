"""The command line inside this process: the output of a terminal, in a tenth of the time."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from roughy_box.__main__ import main


@dataclass(frozen=True)
class Outcome:
    """The exit code and output of a command."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Return the JSON document of a command that succeeded."""
        assert self.status == 0, self
        assert self.out.count("\n") == 1, self.out
        return dict(json.loads(self.out))

    def refused(self, *words: str) -> str:
        """Check that the command failed with one line on stderr and nothing else; return that line."""
        assert self.status > 0, self
        assert self.out == "", self
        assert self.err.startswith("Error: "), self
        assert self.err.endswith("\n"), self
        assert self.err.count("\n") == 1, self
        assert all(word in self.err for word in words), self
        return self.err


class Shell:
    """A terminal: a working folder and an environment."""

    def __init__(self, folder: Path, environ: dict[str, str] | None = None) -> None:
        self.folder = folder
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ROUGHY_BOX_")}
        self.environ = clean | {"XDG_STATE_HOME": str(folder / "state")} | (environ or {})

    def run(self, *arguments: str) -> Outcome:
        """Run a command as ``roughy-box ARGUMENTS``."""
        out, err, status = io.StringIO(), io.StringIO(), 0
        with (
            patch.dict(os.environ, self.environ, clear=True),
            patch.object(sys, "argv", ["roughy-box", *arguments]),
            chdir(self.folder),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                main()
            except SystemExit as end:
                status = int(end.code or 0)
        return Outcome(status, out.getvalue(), err.getvalue())

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json and return its document."""
        return self.run(*arguments, "--json").document
