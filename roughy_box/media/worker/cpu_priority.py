"""How a child shares the processor with the server, with whoever sends, and with the other work of the machine."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

_POLITE, _LEAST = 10, 19  # niceness
_ATTEMPTS = 10


def give_way() -> None:
    """Be as polite as the threads that take bytes in."""
    os.nice(_POLITE)
    _be_nice_as_a_session(_POLITE)


def take_the_least_share() -> bool:
    """Give our session the least share of the processor that there is; whether the system gives shares at all."""
    return _be_nice_as_a_session(_LEAST) or _is_in_a_control_group()


def go_last(*, has_share: bool) -> None:
    """Run when nobody else wants to, as :func:`take_the_least_share` found it."""
    os.nice(_LEAST)
    if has_share:
        # Whoever wakes up gets the processor at once. Without a share of its own such a process would starve for as
        # long as all cores are busy.
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def _be_nice_as_a_session(niceness: int) -> bool:
    """Where Linux gives every session a share, ours is one of its own, and niceness counts only within one.

    Source: sched(7), "The autogroup feature"; all who are not root may change one a tenth of a second.
    """
    for _ in range(_ATTEMPTS):
        try:
            Path("/proc/self/autogroup").write_text(str(niceness))
            return Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"
        except BlockingIOError:
            time.sleep(0.1)
        except OSError:
            return False
    return False


def _is_in_a_control_group() -> bool:
    """Whether Linux gives a share to a group of processes that we are in: cgroups(7), version 2."""
    with contextlib.suppress(OSError, StopIteration):
        line = next(one for one in Path("/proc/self/cgroup").read_text().splitlines() if one.startswith("0::/"))
        return Path(f"/sys/fs/cgroup/{line[4:]}/cpu.weight").exists()
    return False
