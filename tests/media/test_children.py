"""The children as processes: what they may, what happens when they die, hang or lie."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from roughy_box import frozen
from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media import process
from roughy_box.media.jobs import Limits
from roughy_box.media.runner import ChildError, Detector, Prober, probe_file
from roughy_box.media.verdict import HEAD_MAX
from tests.media.corpus import make_wav, noise

WAV = MediaKind("audio", "audio/wav", "wav")
MEMORY = 2 * 1024**3

# What every stand-in for a child begins with: it starts well and then waits for its orders.
OBEDIENT = """
import json, os, signal, socket, sys, time
def say(text):
    sys.stdout.write(text + "\\n")
    sys.stdout.flush()
say("ready")
"""
AWAIT_HEAD = OBEDIENT + "sys.stdin.buffer.read(4)\n"
AWAIT_JOB = OBEDIENT + "socket.socket(fileno=os.dup(0)).recv(1)\n"
DIE = "os.kill(os.getpid(), signal.SIGSEGV)"
HANG = "time.sleep(600)"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Have another program run in place of the child; the process ids are written to the file returned."""

    def replace(script: str) -> Path:
        pids = tmp_path / "pids"
        pids.touch()
        note = f"import os\nwith open({str(pids)!r}, 'a') as out: print(os.getpid(), file=out)\n"
        monkeypatch.setattr(frozen, "command", lambda: [sys.executable, "-c", note + textwrap.dedent(script)])
        return pids

    return replace


@pytest.fixture
async def detector() -> AsyncIterator[Detector]:
    detector = Detector()
    yield detector
    await detector.close()


@pytest.fixture
async def prober() -> AsyncIterator[Prober]:
    prober = Prober()
    yield prober
    await prober.close()


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    return make_wav(tmp_path / "a.wav", 2)


def runs(pid: int) -> bool:
    """Whether the process exists, a zombie included."""
    return Path(f"/proc/{pid}").exists()


def pids_in(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def living(detector: Detector) -> int:
    await detector.start()
    assert detector.pid
    return detector.pid


class TestDetector:
    async def test_answers(self, detector: Detector, wav: Path) -> None:
        verdict = await detector.detect(wav.read_bytes())
        assert (verdict.kind, verdict.settled) == (WAV, True)

    async def test_takes_a_head_of_any_size(self, detector: Detector, wav: Path) -> None:
        for size in (0, 1, 64, HEAD_MAX - 1, HEAD_MAX, HEAD_MAX + 1):
            kind = (await detector.detect((wav.read_bytes() + bytes(HEAD_MAX))[:size])).kind
            assert (kind == WAV) == (size >= 64)

    async def test_is_one_process_for_many_looks(self, detector: Detector, wav: Path) -> None:
        pid = await living(detector)
        for _ in range(20):
            await detector.detect(wav.read_bytes())
        assert detector.pid == pid

    @pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL])
    async def test_is_started_anew_when_it_dies(self, how: signal.Signals, detector: Detector, wav: Path) -> None:
        pid = await living(detector)
        os.kill(pid, how)
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert detector.pid != pid
        assert not runs(pid)

    async def test_is_replaced_when_it_hangs(self, wav: Path) -> None:
        detector = Detector(look_seconds=0.5)
        pid = await living(detector)
        os.kill(pid, signal.SIGSTOP)
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert not runs(pid)
        await detector.close()

    @pytest.mark.parametrize("fate", [DIE, HANG, "say('nonsense')", "say('x' * 10_000_000)", "sys.exit(0)"])
    async def test_a_head_that_ends_it_twice_is_refused(self, fate: str, stand_in: Callable[[str], Path]) -> None:
        pids = stand_in(AWAIT_HEAD + fate)
        detector = Detector(look_seconds=0.5)
        verdict = await detector.detect(b"x" * 100)
        assert (verdict.kind, verdict.settled) == (None, True)
        assert verdict.reason == "This file cannot be read safely."
        assert len(pids_in(pids)) == 2
        assert not any(map(runs, pids_in(pids)))
        await detector.close()

    @pytest.mark.parametrize("script", ["raise SystemExit(3)", "print('hello', flush=True)", "import nothing_like_it"])
    async def test_one_that_cannot_start_is_no_verdict(
        self, script: str, detector: Detector, stand_in: Callable[[str], Path]
    ) -> None:
        stand_in(script)
        with pytest.raises(ChildError):
            await detector.start()
        with pytest.raises(ChildError):
            await detector.detect(b"x" * 100)

    async def test_a_program_that_is_not_there_is_no_verdict(
        self, detector: Detector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(frozen, "command", lambda: ["/no/such/program"])
        with pytest.raises(ChildError):
            await detector.detect(b"x" * 100)

    async def test_cancelled_callers_do_not_mix_up_the_answers(self, detector: Detector, wav: Path) -> None:
        await detector.start()
        heads = [wav.read_bytes(), b"plain text of some length " * 9, noise(HEAD_MAX)] * 20
        expected = [WAV, None, None] * 20
        looks = [asyncio.create_task(detector.detect(head)) for head in heads]
        for turn, look in enumerate(looks[::2]):
            await asyncio.sleep(0.001 * (turn % 3))
            look.cancel()
        outcomes = await asyncio.gather(*looks, return_exceptions=True)
        assert any(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        for outcome, kind in zip(outcomes, expected, strict=True):
            if not isinstance(outcome, asyncio.CancelledError):
                assert not isinstance(outcome, BaseException)
                assert outcome.kind == kind
        assert (await detector.detect(wav.read_bytes())).kind == WAV

    async def test_the_answer_of_a_cancelled_caller_goes_to_nobody_else(
        self, detector: Detector, tmp_path: Path, stand_in: Callable[[str], Path]
    ) -> None:
        asked, go = tmp_path / "asked", tmp_path / "go"
        stand_in(f"""{OBEDIENT}
while True:
    head = sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big"))
    open({str(asked)!r}, "w")
    while not os.path.exists({str(go)!r}): time.sleep(0.01)
    say(json.dumps({{"kind": None, "settled": True, "reason": head.decode()}}))
""")
        first = asyncio.create_task(detector.detect(b"first"))
        await until(asked.exists)
        first.cancel()
        second = asyncio.create_task(detector.detect(b"second"))
        with pytest.raises(asyncio.CancelledError):
            await first
        go.touch()
        assert (await second).reason == "second"

    async def test_close_leaves_no_process_and_no_waiting_caller(self, stand_in: Callable[[str], Path]) -> None:
        pids = stand_in(AWAIT_HEAD + HANG)
        detector = Detector()
        look = asyncio.create_task(detector.detect(b"x" * 100))
        await until(lambda: detector.pid is not None)
        await detector.close()
        with pytest.raises(asyncio.CancelledError):
            await look
        assert not any(map(runs, pids_in(pids)))


class TestProber:
    async def test_prepares(self, wav: Path) -> None:
        assert await probe_file(wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)

    async def test_fails_what_is_no_media(self, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(noise(5000))
        outcome = await probe_file(path, timeout=None, memory_limit=MEMORY)
        assert isinstance(outcome, Failure)
        assert outcome.code == FailureCode.UNREADABLE_MEDIA

    async def test_a_missing_file_is_the_callers(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await probe_file(tmp_path / "none", timeout=None, memory_limit=MEMORY)

    @pytest.mark.parametrize(
        ("fate", "code"),
        [
            (DIE, FailureCode.PROCESSING_CRASHED),
            ("raise MemoryError", FailureCode.PROCESSING_CRASHED),
            ("sys.exit(0)", FailureCode.PROCESSING_CRASHED),
            ("say('nonsense')", FailureCode.PROCESSING_CRASHED),
            ("say('x' * 10_000_000)", FailureCode.PROCESSING_CRASHED),
            (
                """say('{"Preparation": {"kind": {"type": "image"}, "duration_ms": 1}}')""",
                FailureCode.PROCESSING_CRASHED,
            ),
            ("""say('{"Failure": {"code": "unsupported_media", "message": ""}}')""", FailureCode.PROCESSING_CRASHED),
            (HANG, FailureCode.PROCESSING_TIMEOUT),
            ("os.kill(os.getpid(), signal.SIGSTOP)", FailureCode.PROCESSING_TIMEOUT),
            ("os.kill(os.getpid(), signal.SIGXCPU)", FailureCode.PROCESSING_TIMEOUT),
        ],
    )
    async def test_a_fate_met_twice_is_a_failure(
        self, fate: str, code: FailureCode, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        pids = stand_in(AWAIT_JOB + fate)
        outcome = await probe_file(wav, timeout=0.5, memory_limit=MEMORY)
        assert isinstance(outcome, Failure)
        assert outcome.code == code
        assert len(pids_in(pids)) == 2
        assert not any(map(runs, pids_in(pids)))

    async def test_a_fate_met_once_is_forgiven(
        self, wav: Path, tmp_path: Path, stand_in: Callable[[str], Path]
    ) -> None:
        answer = """say('{"Preparation": {"kind": {"type": "audio", "content_type": "audio/wav", "extension": "wav"},'
            ' "duration_ms": 7}}')"""
        first = tmp_path / "first"
        stand_in(AWAIT_JOB + f"if not os.path.exists({str(first)!r}):\n  open({str(first)!r}, 'w')\n  {DIE}\n{answer}")
        assert await probe_file(wav, timeout=5, memory_limit=MEMORY) == Preparation(WAV, 7)

    async def test_too_little_memory_is_a_crash_and_no_judgement(self, wav: Path) -> None:
        outcome = await probe_file(wav, timeout=None, memory_limit=1024**2)
        assert isinstance(outcome, Failure)
        assert outcome.code == FailureCode.PROCESSING_CRASHED

    async def test_cancelling_kills_at_once(self, wav: Path, stand_in: Callable[[str], Path]) -> None:
        pids = stand_in(AWAIT_JOB + HANG)
        task = asyncio.create_task(probe_file(wav, timeout=None, memory_limit=MEMORY))
        await until(lambda: bool(pids_in(pids)))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not any(map(runs, pids_in(pids))))
        assert len(pids_in(pids)) == 1

    @pytest.mark.parametrize("delay", [0, 0.005, 0.02, 0.05, 0.1, 0.15])
    async def test_cancelling_at_any_moment_leaves_nothing(self, delay: float, wav: Path) -> None:
        prober = Prober()
        await prober.start()
        before = children()
        for _ in range(3):
            task = asyncio.create_task(prober.probe_file(wav, timeout=None, memory_limit=MEMORY))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await prober.probe_file(wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)
        await prober.close()
        assert not children() - before
        assert not any(runs(pid) for pid in before)

    async def test_cancelling_just_when_the_spare_is_ready_leaves_nothing(
        self, wav: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gate, start, waiting = asyncio.Event(), process.start, []

        async def gated(*arguments: Any) -> Any:
            child = await start(*arguments)
            waiting.append(child)
            await gate.wait()
            return child

        monkeypatch.setattr(process, "start", gated)
        prober = Prober()
        warming = asyncio.create_task(prober.start())
        await until(lambda: len(waiting) == 1)
        task = asyncio.create_task(prober.probe_file(wav, timeout=None, memory_limit=MEMORY))
        await until(lambda: len(waiting) == 2)
        # The spare is done in the next turn of the loop, and whoever waits for it a turn later.
        gate.set()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await warming
        await prober.close()
        assert not children()

    async def test_a_spare_does_the_work_and_is_followed_by_another(self, prober: Prober, wav: Path) -> None:
        await prober.start()
        (first,) = children()
        assert await prober.probe_file(wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)
        assert not runs(first)
        await prober.start()
        (second,) = children()
        assert second != first

    async def test_a_spare_that_died_is_replaced(self, prober: Prober, wav: Path) -> None:
        await prober.start()
        (first,) = children()
        os.kill(first, signal.SIGKILL)
        assert await prober.probe_file(wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)

    async def test_many_at_once(self, prober: Prober, tmp_path: Path) -> None:
        await prober.start()
        files = [make_wav(tmp_path / f"{seconds}.wav", seconds) for seconds in range(1, 7)]
        outcomes = await asyncio.gather(*(prober.probe_file(file, timeout=None, memory_limit=MEMORY) for file in files))
        assert outcomes == [Preparation(WAV, seconds * 1000) for seconds in range(1, 7)]


def children() -> set[int]:
    """The media children that we started and that were not reaped yet; one that is dead has no command line."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found.update(map(int, (task / "children").read_text().split()))
    return {pid for pid in found if not is_another_program(pid)}


def is_another_program(pid: int) -> bool:
    """Whether a child is a box that other tests in this process use."""
    with contextlib.suppress(FileNotFoundError):
        return b"serve" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False


async def test_a_child_that_talks_without_end_can_be_ended(tmp_path: Path, stand_in: Callable[[str], Path]) -> None:
    flooded = tmp_path / "flooded"
    # More than the server reads ahead and the pipe holds, so the reader has stopped.
    stand_in(OBEDIENT + f"say('x' * 200_000)\nopen({str(flooded)!r}, 'w')\nsay('x' * 10_000_000)")
    child = await process.start("media-detect")
    await until(flooded.exists)
    async with asyncio.timeout(10):
        await child.end()
    assert not children()


async def test_a_child_is_started_without_copying_the_server(prober: Prober) -> None:
    """A fork would hold the event loop up for as long as the kernel needs to mark every page of ours."""
    forks: list[int] = []
    os.register_at_fork(before=lambda: forks.append(1))
    await prober.start()
    assert children()
    assert not forks


class TestConfinement:
    async def test_the_environment_holds_no_secrets(self, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ROUGHY_BOX_SERVER_SECRET", "hush")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        pid = await living(detector)
        names = {entry.partition(b"=")[0].decode() for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
        assert "PATH" in names
        assert not {name for name in names if "SECRET" in name or name.startswith("ROUGHY_BOX")}

    async def test_limits_hold(self, detector: Detector) -> None:
        pid = await living(detector)
        limits = Path(f"/proc/{pid}/limits").read_text()
        wanted = {"Max core file size": "0", "Max file size": "0", "Max open files": "64"}
        wanted["Max address space"] = str(1024**3)
        for name, value in wanted.items():
            line = next(line for line in limits.splitlines() if line.startswith(name))
            assert line[len(name) :].split()[:2] == [value, value]
        assert os.getpriority(os.PRIO_PROCESS, pid) >= min(19, os.getpriority(os.PRIO_PROCESS, 0) + 10)
        assert os.getsid(pid) == pid
        if (group := Path(f"/proc/{pid}/autogroup")).exists():
            assert group.read_text().split()[-1] == "10"
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        assert os.readlink(f"/proc/{pid}/fd/2") == "/dev/null"

    async def test_a_prober_runs_when_nobody_else_wants_to(self, prober: Prober) -> None:
        await prober.start()
        pid = next(iter(children()))
        assert os.getpriority(os.PRIO_PROCESS, pid) == 19
        if (group := Path(f"/proc/{pid}/autogroup")).exists():
            assert group.read_text().split()[-1] == "19"
            shared = Path("/proc/sys/kernel/sched_autogroup_enabled").read_text().strip() == "1"
            assert os.sched_getscheduler(pid) == os.SCHED_IDLE or not shared

    async def test_only_the_three_standard_descriptors_go_over(self, detector: Detector, tmp_path: Path) -> None:
        with (tmp_path / "database").open("w") as database:
            os.set_inheritable(database.fileno(), True)
            pid = await living(detector)
            assert {name for name in os.listdir(f"/proc/{pid}/fd") if int(name) < 3} == {"0", "1", "2"}
            assert str(tmp_path / "database") not in {
                os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")
            }

    def test_cpu_time_is_limited_from_now_on(self) -> None:
        script = "from roughy_box.media.limits import limit_cpu\nfor _ in range(3): limit_cpu(0)\nwhile True: pass"
        assert subprocess.run([sys.executable, "-c", script], timeout=30).returncode == -signal.SIGXCPU

    def test_the_children_load_nothing_of_the_server(self) -> None:
        script = """
            import sys
            import roughy_box.media.child
            heavy = {"av", "magic", "asyncio"} & set(sys.modules)
            import roughy_box.media.detect, roughy_box.media.probe
            heavy |= {"sanic", "tortoise", "click", "asyncio", "apscheduler"} & set(sys.modules)
            sys.exit(" ".join(heavy) or 0)
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)

    def test_the_server_loads_nothing_that_touches_media(self) -> None:
        script = "import sys, roughy_box.media.runner; sys.exit(' '.join({'av', 'magic'} & set(sys.modules)) or 0)"
        subprocess.run([sys.executable, "-c", script], check=True)

    async def test_the_children_end_with_the_server(self, tmp_path: Path) -> None:
        script = """
            import asyncio, os
            from pathlib import Path
            from roughy_box.media.runner import Detector, Prober
            async def main():
                detector, prober = Detector(), Prober()
                await detector.start()
                await prober.start()
                kids = [Path(task, "children").read_text() for task in Path("/proc/self/task").iterdir()]
                print(*kids, flush=True)
                await asyncio.sleep(600)
            asyncio.run(main())
        """
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(script), stdout=subprocess.PIPE
        )
        assert server.stdout
        pids = [int(pid) for pid in (await server.stdout.readline()).split()]
        assert len(pids) == 2
        os.kill(pids[1], signal.SIGSTOP)
        server.kill()
        await server.wait()
        await until(lambda: not any(map(runs, pids)))


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_on_both_event_loops(loop: str, wav: Path) -> None:
    run: Callable[[Awaitable[None]], None] = pytest.importorskip(loop).run

    async def main() -> None:
        detector, prober = Detector(), Prober()
        await detector.start()
        await prober.start()
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert await prober.probe_file(wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)
        task = asyncio.create_task(prober.probe_file(wav, timeout=None, memory_limit=MEMORY))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await prober.close()
        await detector.close()
        assert not children()

    run(main())


@pytest.mark.parametrize(
    ("timeout", "computing", "waiting"), [(None, 80.0, 320.0), (5.0, 5.0, 5.0)], ids=["by size", "configured"]
)
def test_a_busy_machine_is_no_reason_to_fail(timeout: float | None, computing: float, waiting: float) -> None:
    limits = Limits.of(10**9, timeout, memory=1)
    assert (limits.computing, limits.waiting) == (computing, waiting)
