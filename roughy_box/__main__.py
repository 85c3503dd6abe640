"""The program: ``roughy-box ...`` and ``python -m roughy_box ...``.

Children that open untrusted media are this same program with a hidden first word. They are
told apart before anything heavy is imported, so that a child starts in a fraction of a second
and holds nothing of the server's code.
"""

from __future__ import annotations

import sys

from roughy_box.base import frozen

CHILD = "media-"  # how the hidden first word of every child begins


def main() -> None:
    """Run the command line, or the media child that the arguments ask for."""
    is_child = len(sys.argv) > 1 and sys.argv[1].startswith(CHILD)
    frozen.set_up_process(is_child=is_child)
    if is_child:
        from roughy_box.media.worker.main import main as run_child

        sys.exit(run_child(sys.argv[1:]))
    from roughy_box.cli import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
