"""Serve by a clock that a file sets forward, with little patience: ``moving_clock.py serve ...``.

The file, named by ROUGHY_BOX_TESTS_AHEAD, holds whole seconds.
"""

from __future__ import annotations

import os
from pathlib import Path

from roughy_box.__main__ import main
from roughy_box.base import clock
from roughy_box.services import scheduler, upload_sessions

if __name__ == "__main__":
    ahead, now = Path(os.environ["ROUGHY_BOX_TESTS_AHEAD"]), clock.now
    clock.now = lambda: now() + int(ahead.read_text()) * clock.SECOND
    scheduler.LONGEST_REAP_INTERVAL = 0.2
    upload_sessions.SILENCE = 0.3
    main()
