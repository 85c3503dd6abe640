"""A kind of background work: how to find what waits, how to do it, and what it may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: the row it is about, and the asset that row belongs to; of a delivery, the endpoint."""

    id: str
    account_id: str
    asset_id: str


@dataclass(slots=True)
class JobProgress:
    """The progress of a running job; it never runs backwards. Kept in memory alone."""

    slots: int  # CPU slots the job has
    fraction: float = 0.0  # 0 to 1
    stage: str | None = None

    def report(self, fraction: float, stage: str | None = None) -> None:
        """Note how far the job is."""
        self.fraction = max(self.fraction, min(1.0, fraction))
        self.stage = stage or self.stage


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """One row of the table of kinds. ``C`` is what the work is done on: the opened box.

    ``find`` returns the oldest waiting job of the first account after the given one, in the order of account ids,
    or None; it leaves out the given job ids. ``run`` does one job. It may be cancelled at any await and has let
    go of its files when it returns; a failure of the box it raises, one of the media it records itself.
    """

    name: str
    find: Callable[[C, str, Collection[str]], Awaitable[Job | None]]
    run: Callable[[C, Job, JobProgress], Awaitable[None]]
    subject: str = "asset"  # what a job belongs to, in the log
    takes_slot: bool = True
    takes_all: bool = False  # every free slot, instead of one
    cap: int | None = None  # the most at a time
    has_own_slot: bool = False  # one may always run, beyond the budget if need be
    longest_wait: float | None = None  # seconds without a free slot after which one at a time runs beyond the budget
