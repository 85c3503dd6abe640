"""Serve with a scheduler that never ticks: ``without_ticks.py serve ...``."""

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from roughy_box.__main__ import main

if __name__ == "__main__":
    start = AsyncIOScheduler.start
    AsyncIOScheduler.start = lambda scheduler: start(scheduler, paused=True)
    main()
