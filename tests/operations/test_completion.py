"""``completion``: real shells on a terminal complete commands and options."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.cli.conftest import shell
from tests.cli.shell import Shell
from tests.harness import PATIENCE, wait_until
from tests.tools import needs

__all__ = ["shell"]

PROGRAMS = Path(sys.executable).parent
# The command, the path of the script in the README, and the setup that a shell without settings needs.
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "completions/roughy-box", "source completions/roughy-box"),
    "zsh": (["zsh", "-f", "-i"], ".roughy-box.zsh", "autoload -Uz compinit; compinit -u -D; source ~/.roughy-box.zsh"),
    "fish": (["fish", "--interactive"], ".config/fish/completions/roughy-box.fish", "true"),
}


class Terminal:
    """A shell on a terminal of its own, in a folder of its own."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._end, other = pty.openpty()
        environ = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "HOME": str(folder),
            "TERM": "xterm",
            "PS1": "$ ",
            "LANG": "C.UTF-8",
        }
        self._process = subprocess.Popen(
            command,
            stdin=other,
            stdout=other,
            stderr=other,
            env=environ,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(other)
        self._seen = b""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def read_until(self, text: str, patience: float = PATIENCE) -> bool:
        """Wait for ``text`` in new output; return whether it came."""
        deadline = time.monotonic() + patience
        while text.encode() not in self._seen and time.monotonic() < deadline:
            if select.select([self._end], [], [], 0.1)[0]:
                self._seen += os.read(self._end, 4096)
        before, found, after = self._seen.partition(text.encode())
        self._seen = after if found else before
        return bool(found)

    def press_tab(self, wanted: str) -> bool:
        """Press TAB; return whether the shell shows ``wanted`` soon."""
        self.type("\t")
        return self.read_until(wanted, 3)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._end)


@needs("bash", "zsh", "fish")
@pytest.mark.parametrize("name", SHELLS)
def test_shell_with_script_completes(shell: Shell, name: str) -> None:
    command, path, setup = SHELLS[name]
    script = shell.folder / path
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(shell.run("completion", name).out)
    terminal = Terminal(command, shell.folder)
    try:
        terminal.type(f"{setup}; echo set''up\n")
        assert terminal.read_until("setup")
        for begun, whole in (("roughy-box to", "topup"), ("--ref", "--reference")):
            terminal.type(begun)
            # Again and again: a TAB that comes right behind other keys is taken for pasted text.
            wait_until(lambda: terminal.press_tab(whole))  # noqa: B023
    finally:
        terminal.close()


def test_unknown_shell_is_refused(shell: Shell) -> None:
    assert "'tcsh' is not one of" in shell.run("completion", "tcsh").refused("bash", "zsh", "fish")


def test_completion_as_json_contains_script(shell: Shell) -> None:
    facts = shell.json("completion", "fish")
    assert facts == {"shell": "fish", "script": shell.run("completion", "fish").out.removesuffix("\n")}
