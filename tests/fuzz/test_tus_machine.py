"""Random lives of uploads on a live box, held to a model of the contract after every step.

The clock of the box is ours to set forward, and silence is short there, so that neither is waited for.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.fuzz.effort import effort
from tests.fuzz.tus_breaking import Breaking, Crashing
from tests.fuzz.tus_machine import BY, FILES, WHICH, UploadMachine, pick
from tests.fuzz.tus_model import RETENTION, Kind, Phase, Upload
from tests.fuzz.tus_sending import Sending
from tests.fuzz.tus_world import World, moving_world
from tests.harness import wait_until

CREDITS = st.sampled_from([0, 0, 1, 3])
HOURS = st.sampled_from([1, 45, 50, 200, 800])
MARGIN = 30  # minutes from every deadline, so that no example hangs on how fast it ran
PROJECTS = st.integers(0, 3)


class Living(UploadMachine):
    """Events between the chunks of an upload."""

    @rule(project=PROJECTS, file=FILES)
    def create(self, project: int, file: tuple[Kind, int]) -> None:
        if project >= len(self.projects):
            self.projects.append(self.member.project())
        project_id = self.projects[min(project, len(self.projects) - 1)]
        is_poor = self.is_poor()
        if project_id not in self.removed and not is_poor:
            self.announce(project_id, *file)
            return
        answer = self.member.http.post("/v1/assets", json={"project_id": project_id, "size_bytes": file[1]})
        assert answer.status_code == (404 if project_id in self.removed else 402)

    @rule(which=WHICH, by=BY)
    def delete_one(self, which: int, by: str) -> None:
        self.delete(pick(self.living() or self.known, which), by)

    @rule(hours=HOURS, credits=CREDITS)
    def wait_or_pay(self, hours: int, credits: int) -> None:
        """Uploads idle for too long expire, and so do unpaid assets."""
        if credits:
            self.fund(credits)
            return
        self.settle()
        ends = {upload: end_of(upload) for upload in self.living()}
        then = self.world.minute + hours * 60
        while any(end is not None and abs(end - then) < MARGIN for end in ends.values()):
            then += MARGIN
        self.world.pass_time(then - self.world.minute)
        for upload, end in ends.items():
            if end is not None and end < then:
                upload.phase = Phase.GONE
                wait_until(partial(self._is_gone, upload))

    def _is_gone(self, upload: Upload) -> bool:
        return self.member.head(upload.url).status_code == 404


class Lives(Living, Sending, Breaking):
    """Everything together."""


class HardLives(Lives, Crashing):
    """Everything, on a box that is killed."""


def end_of(upload: Upload) -> int | None:
    """The minute in which time takes an upload or an unpaid asset away."""
    if upload.phase is Phase.OPEN:
        return upload.deadline
    return None if upload.unpaid_since is None or upload.seen == "ready" else upload.unpaid_since + RETENTION


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with moving_world(tmp_path_factory.mktemp("moving")) as made:
        yield made
        made.examine()


def test_uploads_random_steps_follow_contract(world: World) -> None:
    machine: Any = partial(Lives, world)
    run_state_machine_as_test(machine, settings=effort(8, shrink=False, stateful_step_count=14))


def test_uploads_box_killed_repeatedly_survive(world: World) -> None:
    machine: Any = partial(HardLives, world)
    run_state_machine_as_test(machine, settings=effort(2, share=0.1, shrink=False, stateful_step_count=12))
