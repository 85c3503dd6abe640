"""A kind of background work: how to find what waits, how to do it, and what it may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

C = TypeVar("C")
C_contra = TypeVar("C_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: the row it is about, and the asset, or the ``subject`` of another name, it belongs to."""

    id: str
    account_id: str
    asset_id: str
    subject: str = "asset"


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


class Find(Protocol[C_contra]):
    """Finds the next waiting job of a kind."""

    async def __call__(
        self, context: C_contra, after_account: str, excluded: Collection[str], /, *, newest: bool = False
    ) -> Job | None:
        """Return the oldest waiting job of the first account after the given one, in the order of account ids.

        After the last account comes the first. ``newest``: that account's newest. None of the ``excluded`` ids;
        None if there is no such job.
        """


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """One row of the table of kinds. ``C`` is what the work is done on: the opened box.

    ``run`` does one job. It may be cancelled at any await and has let go of its files when it returns; a failure of
    the box it raises, one of the media it records itself. Either way the row no longer waits when it returns.
    """

    name: str
    find: Find[C]
    run: Callable[[C, Job, JobProgress], Awaitable[None]]
    takes_slot: bool = True
    takes_all: bool = False  # every free slot, instead of one
    cap: int | None = None  # the most at a time
    has_own_slot: bool = False  # one may always run, beyond the budget if need be
    gives_way: float | None = None  # seconds; jobs that have run for longer leave their kind's own slot to one more
    leads_to: tuple[str, ...] = ()  # the kinds whose rows its jobs make
    longest_wait: float | None = None  # seconds without a free slot after which one at a time runs beyond the budget
