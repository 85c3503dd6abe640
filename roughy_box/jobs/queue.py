"""The jobs of one kind: those that run, those that are postponed, and whose turn it is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from roughy_box.jobs.kind import Job, JobProgress, Kind
from roughy_box.jobs.postponed import FailureRate, Postponed

C = TypeVar("C")

AT_ONCE = 1.0  # seconds: a job that is found again that soon after a good end has left its row as it was
MOST_AT_ONCE = 3  # times in a row, as a client may have asked for the same again


@dataclass(slots=True)
class Running:
    """A job that runs."""

    job: Job
    progress: JobProgress
    task: asyncio.Task[None]
    began: float  # monotonic


@dataclass(frozen=True, slots=True)
class _End:
    """The good end of a job: when (monotonic), and how many in a row were followed at once by its next start."""

    at: float
    count: int


class Queue(Generic[C]):
    """The jobs of one kind: those that run, those that are postponed, and the account that had the last turn."""

    def __init__(self, kind: Kind[C]) -> None:
        self.kind = kind
        self.running: dict[str, Running] = {}
        self.may_wait = True  # False once a look found nothing, until something may have come
        self.blocked_since: float | None = None
        self._postponed = Postponed()
        self._rates: dict[str, FailureRate] = {}  # by account
        self._ends: dict[str, _End] = {}
        self._last_account = ""

    async def next(self, context: C) -> Job | None:
        """Return the waiting job of the account whose turn it is, or None."""
        excluded = [*self.running, *self._postponed.not_due()]
        self._rates = {account: rate for account, rate in self._rates.items() if not rate.is_over()}
        after, passed = self._last_account, set[str]()
        while (oldest := await self.kind.find(context, after, excluded)) and oldest.account_id not in passed:
            rate = self._rates.get(oldest.account_id)
            if rate is None or rate.allows():
                self._last_account = oldest.account_id
                return await self._preferred(context, after, oldest, takes_newest=bool(rate and rate.takes_newest))
            after = oldest.account_id
            passed.add(after)
        return None

    async def _preferred(self, context: C, after: str, oldest: Job, *, takes_newest: bool) -> Job:
        """Return the job of the same account that comes first: one that was not tried before, if there is any."""
        failed = self._postponed.all()
        if oldest.id not in failed and not takes_newest:
            return oldest
        new = await self.kind.find(context, after, [*self.running, *failed], newest=takes_newest)
        return new if new and new.account_id == oldest.account_id else oldest

    def postpone(self, job: Job) -> float:
        """Have ``job`` tried again later; return the seconds until then."""
        self._rates.setdefault(job.account_id, FailureRate()).add()
        return self._postponed.add(job.id)

    def settle(self, job: Job) -> None:
        """Forget the failures of a job that ended."""
        self._postponed.forget(job.id)

    def goes_round(self, job: Job, began: float) -> bool:
        """Note a good end of ``job``; return whether it has ended well again and again without a result."""
        last, now = self._ends.get(job.id), time.monotonic()
        count = last.count + 1 if last and began - last.at < AT_ONCE else 1
        self._ends = {key: end for key, end in self._ends.items() if key in self.running or now - end.at < AT_ONCE}
        self._ends[job.id] = _End(now, count)
        return count >= MOST_AT_ONCE
