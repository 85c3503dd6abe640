"""Serve with preparations that give way to the next one after 2 s, not 10: ``soon_giving_way.py serve``."""

from __future__ import annotations

from roughy_box.__main__ import main
from roughy_box.services import preparation, scheduler

GIVES_WAY = 2.0

if __name__ == "__main__":
    object.__setattr__(preparation.PREPARE, "gives_way", GIVES_WAY)
    scheduler.JOBS_EVERY = 0.5
    main()
