"""The share of the processor that a child takes, next to the server and the other programs of the machine.

The children stay in the server's session. Where Linux gives each session a share of the processor (sched(7), "The
autogroup feature"), or the box's unit has a control group of its own, the box as a whole has its fair share next to
other programs, whatever its children's niceness, and inside that share a high niceness yields to the server at
once. Where neither is so, niceness counts against every program of the machine, and much of it means to starve.
An ordinary user cannot lower a niceness again, so it is set once, when it is known what a child will do.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")
_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Priority:
    """The niceness of a child: in a group that the system gives a share, and without one."""

    grouped: int
    alone: int


RECEIVING = Priority(10, 2)  # as the threads that take bytes in
PREPARING = Priority(17, 4)
BACKGROUND = Priority(19, 5)


def set_priority(priority: Priority) -> None:
    """Take ``priority`` for this process; one that is lower already stays."""
    wanted = priority.grouped if _has_share() else priority.alone
    with contextlib.suppress(OSError):
        os.nice(max(0, wanted - os.nice(0)))


def _has_share() -> bool:
    """Return whether the system divides the processor by groups, one of which holds the box and little else."""
    weight = _control_group_weight()
    if weight is None:
        return _is_autogrouped()
    # A unit of systemd, or a container, which sees its own group as the root. A scope holds a whole login or terminal.
    return weight.parent.name.endswith(".service") or weight.parent == _CGROUPS


def _control_group_weight() -> Path | None:
    """Return the file with the weight of our control group (cgroups(7), version 2), None where it has none.

    A group without a weight is no scheduling group; the system divides by sessions then, if at all.
    """
    with contextlib.suppress(OSError, StopIteration):
        line = next(one for one in Path("/proc/self/cgroup").read_text().splitlines() if one.startswith("0::/"))
        weight = _CGROUPS / line[4:] / "cpu.weight"
        return weight if weight.exists() else None
    return None


def _is_autogrouped() -> bool:
    with contextlib.suppress(OSError):
        return _AUTOGROUP.read_text().strip() == "1"
    return False
