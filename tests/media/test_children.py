"""The children as processes: what they may, what happens when they die, hang or lie."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from roughy_box.base import frozen
from roughy_box.domain.asset import Failure, FailureCode, MediaKind, Preparation
from roughy_box.media import children as children_module
from roughy_box.media import fork_server as fork_server_module
from roughy_box.media.children import Child, ChildError
from roughy_box.media.detector import Detector
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.jobs import JobRefusedError, JobTimeoutError, Limits, MediaJob, run
from roughy_box.media.previews import draw
from roughy_box.media.prober import probe_file
from roughy_box.media.protocol import HEADER, JOB, NUMBER, READY, RESULT, Frame
from roughy_box.media.verdict import HEAD_MAX
from roughy_box.media.worker import cpu_priority
from tests.faults.hard_media import long_sound
from tests.harness import descendants, title
from tests.media.corpus import make_wav, noise

WAV = MediaKind("audio", "audio/wav", "wav")
MEMORY = 2 * 1024**3

# What every stand-in for a child begins with: it starts well and then waits for its orders.
OBEDIENT = """
import json, os, signal, socket, struct, sys, time
HEADER = struct.Struct("!cII")
line, job = socket.socket(fileno=os.dup(0)), 0
def send(type, payload=b"", job=None, length=None):
    number = globals()["job"] if job is None else job
    line.sendall(HEADER.pack(type, number, len(payload) if length is None else length) + payload)
def say(text):
    send(b"R", text.encode())
def take():
    global job
    _, job, length = HEADER.unpack(line.recv(HEADER.size, socket.MSG_WAITALL))
    return line.recv(length, socket.MSG_WAITALL)
send(b"Y")
"""
AWAIT_JOB = OBEDIENT + "take()\n"
DIE = "os.kill(os.getpid(), signal.SIGSEGV)"
HANG = "time.sleep(600)"


def verdict(duration_ms: str) -> str:
    """The statement of a stand-in that says how long a WAV file plays."""
    kind = '{"type": "audio", "content_type": "audio/wav", "extension": "wav"}'
    return f"""say('{{"Preparation": {{"kind": {kind}, "duration_ms": {duration_ms}}}}}')"""


_others: set[int] = set()  # processes that other tests have started and still use


@pytest.fixture(autouse=True)
def leave_the_others_alone() -> None:
    _others.clear()
    _others.update(started())


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Path]:
    """Have another program run in place of each child; the process ids are written to the file returned."""

    def replace(script: str) -> Path:
        pids = tmp_path / "pids"
        pids.touch()
        note = f"import os\nwith open({str(pids)!r}, 'a') as out: print(os.getpid(), file=out)\n"
        monkeypatch.setattr(frozen, "command", lambda: [sys.executable, "-c", note + textwrap.dedent(script)])
        monkeypatch.setattr(fork_server_module, "CAN_FORK", False)
        return pids

    return replace


@pytest.fixture
async def detector() -> AsyncIterator[Detector]:
    detector = Detector()
    yield detector
    await detector.close()


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
    async def test_detect_wav_answered(self, detector: Detector, wav: Path) -> None:
        verdict = await detector.detect(wav.read_bytes())
        assert (verdict.kind, verdict.settled) == (WAV, True)

    async def test_detect_head_of_any_size_answered(self, detector: Detector, wav: Path) -> None:
        for size in (0, 1, 64, HEAD_MAX - 1, HEAD_MAX, HEAD_MAX + 1):
            kind = (await detector.detect((wav.read_bytes() + bytes(HEAD_MAX))[:size])).kind
            assert (kind == WAV) == (size >= 64)

    async def test_detect_many_heads_same_process(self, detector: Detector, wav: Path) -> None:
        pid = await living(detector)
        for _ in range(20):
            await detector.detect(wav.read_bytes())
        assert detector.pid == pid

    @pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL])
    async def test_detect_child_dead_restarted(self, how: signal.Signals, detector: Detector, wav: Path) -> None:
        pid = await living(detector)
        os.kill(pid, how)
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert detector.pid != pid
        assert not runs(pid)

    async def test_detect_child_hanging_replaced(self, wav: Path) -> None:
        detector = Detector(look_seconds=0.5)
        pid = await living(detector)
        os.kill(pid, signal.SIGSTOP)
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert not runs(pid)
        await detector.close()

    @pytest.mark.parametrize("fate", [DIE, HANG, "say('nonsense')", "say('x' * 10_000_000)", "sys.exit(0)"])
    async def test_detect_child_ended_twice_refused(self, fate: str, stand_in: Callable[[str], Path]) -> None:
        pids = stand_in(AWAIT_JOB + fate)
        detector = Detector(look_seconds=0.5)
        verdict = await detector.detect(b"x" * 100)
        assert (verdict.kind, verdict.settled) == (None, True)
        assert verdict.reason == "This file cannot be read safely."
        assert len(pids_in(pids)) == 2
        assert not any(map(runs, pids_in(pids)))
        await detector.close()

    @pytest.mark.parametrize("script", ["raise SystemExit(3)", "print('hello', flush=True)", "import nothing_like_it"])
    async def test_detect_child_not_starting_raises(
        self, script: str, detector: Detector, stand_in: Callable[[str], Path]
    ) -> None:
        stand_in(script)
        with pytest.raises(ChildError):
            await detector.start()
        with pytest.raises(ChildError):
            await detector.detect(b"x" * 100)

    async def test_detect_program_missing_raises(self, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(frozen, "command", lambda: ["/no/such/program"])
        with pytest.raises(ChildError):
            await detector.detect(b"x" * 100)

    async def test_detect_callers_cancelled_answers_match(self, detector: Detector, wav: Path) -> None:
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

    async def test_detect_caller_cancelled_answer_dropped(
        self, detector: Detector, tmp_path: Path, stand_in: Callable[[str], Path]
    ) -> None:
        asked, go = tmp_path / "asked", tmp_path / "go"
        stand_in(f"""{OBEDIENT}
while True:
    head = take()
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

    async def test_detector_closed_leaves_no_process_or_caller(self, stand_in: Callable[[str], Path]) -> None:
        pids = stand_in(AWAIT_JOB + HANG)
        detector = Detector()
        look = asyncio.create_task(detector.detect(b"x" * 100))
        await until(lambda: detector.pid is not None)
        await detector.close()
        with pytest.raises(asyncio.CancelledError):
            await look
        assert not any(map(runs, pids_in(pids)))


class TestProber:
    async def test_probe_wav_prepared(self, server: ForkServer, wav: Path) -> None:
        assert await probe_file(server, wav, timeout=None, memory_limit=MEMORY) == Preparation(WAV, 2000)

    async def test_probe_noise_fails(self, server: ForkServer, tmp_path: Path) -> None:
        path = tmp_path / "a.mp4"
        path.write_bytes(noise(5000))
        outcome = await probe_file(server, path, timeout=None, memory_limit=MEMORY)
        assert isinstance(outcome, Failure)
        assert outcome.code == FailureCode.UNREADABLE_MEDIA

    async def test_probe_file_missing_raises(self, server: ForkServer, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            await probe_file(server, tmp_path / "none", timeout=None, memory_limit=MEMORY)

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
            ("say('[' * 60_000)", FailureCode.PROCESSING_CRASHED),
            *((verdict(number), FailureCode.PROCESSING_CRASHED) for number in ("0", "true", "9" * 30, "1.5")),
            ("""say('{"Failure": {"code": "unsupported_media", "message": ""}}')""", FailureCode.PROCESSING_CRASHED),
            ("send(b'R', b'{}', job=job + 1)", FailureCode.PROCESSING_CRASHED),
            ("send(b'R', length=2**31)", FailureCode.PROCESSING_CRASHED),
            ("send(b'X', b'hello')", FailureCode.PROCESSING_CRASHED),
            ("send(b'Y')", FailureCode.PROCESSING_CRASHED),
            ("send(b'P', b'{}')", FailureCode.PROCESSING_CRASHED),
            ("send(b'P', b'[]' * 200)", FailureCode.PROCESSING_CRASHED),
            ("""send(b'P', b'{"fraction": 7, "work": 1, "stage": null}')""", FailureCode.PROCESSING_CRASHED),
            ("send(b'E', b'\\x1b[2J')", FailureCode.PROCESSING_CRASHED),
            (HANG, FailureCode.PROCESSING_TIMEOUT),
            ("os.kill(os.getpid(), signal.SIGSTOP)", FailureCode.PROCESSING_TIMEOUT),
            ("os.kill(os.getpid(), signal.SIGXCPU)", FailureCode.PROCESSING_TIMEOUT),
        ],
    )
    async def test_probe_child_failing_twice_fails(
        self, fate: str, code: FailureCode, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        pids = stand_in(AWAIT_JOB + fate)
        outcome = await probe_file(server, wav, timeout=0.5, memory_limit=MEMORY)
        assert isinstance(outcome, Failure)
        assert outcome.code == code
        assert len(pids_in(pids)) == 2
        assert not any(map(runs, pids_in(pids)))

    async def test_probe_child_failing_once_retried(
        self, server: ForkServer, wav: Path, tmp_path: Path, stand_in: Callable[[str], Path]
    ) -> None:
        first = tmp_path / "first"
        stand_in(
            AWAIT_JOB + f"if not os.path.exists({str(first)!r}):\n  open({str(first)!r}, 'w')\n  {DIE}\n{verdict('7')}"
        )
        assert await probe_file(server, wav, timeout=5, memory_limit=MEMORY) == Preparation(WAV, 7)

    async def test_probe_memory_too_small_crashes(self, server: ForkServer, wav: Path) -> None:
        outcome = await probe_file(server, wav, timeout=None, memory_limit=1024**2)
        assert isinstance(outcome, Failure)
        assert outcome.code == FailureCode.PROCESSING_CRASHED

    async def test_probe_progress_stops_times_out(
        self, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        report = """send(b'P', b'{"fraction": 0.5, "work": %d, "stage": null}' % work)"""
        pids = stand_in(f"{AWAIT_JOB}for work in (1, 2, 1, 2, *[2] * 600):\n  {report}\n  time.sleep(0.05)")
        limits = Limits(MEMORY, computing=60, waiting=60, silence=0.5)
        heard: list[float] = []
        with wav.open("rb") as file:
            job = MediaJob("probe", file.fileno(), limits)
            with pytest.raises(JobTimeoutError):
                await run(server, job, bytes.decode, lambda fraction, _: heard.append(fraction))
        assert len(pids_in(pids)) == 2
        assert set(heard) == {0.5}

    async def test_probe_progress_goes_on_outlasts_silence(
        self, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        report = """send(b'P', b'{"fraction": 0.5, "work": %d, "stage": null}' % work)"""
        stand_in(f"{AWAIT_JOB}for work in range(20):\n  {report}\n  time.sleep(0.05)\nsay('done')")
        with wav.open("rb") as file:
            job = MediaJob("probe", file.fileno(), Limits(MEMORY, computing=60, waiting=60, silence=0.5))
            assert await run(server, job, bytes.decode) == "done"

    async def test_result_larger_than_a_socket_holds_received(
        self, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        stand_in(AWAIT_JOB + "say('x' * 5_000_000)")
        with wav.open("rb") as file:
            job = MediaJob("probe", file.fileno(), Limits(MEMORY, 60, 60), longest_result=5_000_000)
            assert len(await run(server, job, bytes.decode)) == 5_000_000

    async def test_error_of_child_raised_with_its_sentence(
        self, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        pids = stand_in(AWAIT_JOB + "send(b'L', b'a line')\nsend(b'E', b'There is no sound in it.')")
        with wav.open("rb") as file, pytest.raises(JobRefusedError, match=r"There is no sound in it\."):
            await run(server, MediaJob("probe", file.fileno(), Limits(MEMORY, 60, 60)), bytes.decode)
        assert len(pids_in(pids)) == 1

    async def test_outputs_writable_up_to_their_limit(self, server: ForkServer, wav: Path, tmp_path: Path) -> None:
        """The limit holds for what a child writes, and no job writes where it was given nothing."""
        script = "import os, sys\nfrom roughy_box.media.worker.confine import limit_output, settle_in\n"
        script += "settle_in('x')\nlimit_output(1000)\nos.write(int(sys.argv[1]), bytes(5000))\n"
        script += "os.write(int(sys.argv[1]), bytes(5000))"
        with (tmp_path / "out").open("wb") as out:
            fd = out.fileno()
            done = subprocess.run([sys.executable, "-c", script, str(fd)], pass_fds=[fd], capture_output=True)
        assert done.returncode != 0
        assert (tmp_path / "out").stat().st_size == 1000

    async def test_probe_cancelled_kills_child(
        self, server: ForkServer, wav: Path, stand_in: Callable[[str], Path]
    ) -> None:
        pids = stand_in(AWAIT_JOB + HANG)
        task = asyncio.create_task(probe_file(server, wav, timeout=None, memory_limit=MEMORY))
        await until(lambda: bool(pids_in(pids)))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not any(map(runs, pids_in(pids))))
        assert len(pids_in(pids)) == 1

    @pytest.mark.parametrize("delay", [0, 0.001, 0.002, 0.005, 0.01, 0.02])
    async def test_probe_cancelled_any_time_leaves_nothing(self, delay: float, server: ForkServer, wav: Path) -> None:
        await server.start()
        for _ in range(10):
            task = asyncio.create_task(prepare(server, wav))
            await asyncio.sleep(delay)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert await prepare(server, wav) == Preparation(WAV, 2000)
        await until(lambda: named("media-probe") == set())

    async def test_probe_many_at_once_all_prepared(self, server: ForkServer, tmp_path: Path) -> None:
        files = [make_wav(tmp_path / f"{number}.wav", 1 + number % 3) for number in range(30)]
        outcomes = await asyncio.gather(*(prepare(server, file) for file in files))
        assert outcomes == [Preparation(WAV, 1000 + number % 3 * 1000) for number in range(30)]

    async def test_probe_without_fork_prepared(
        self, server: ForkServer, wav: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fork_server_module, "CAN_FORK", False)
        await server.start()
        assert not named("media-fork")
        assert await prepare(server, wav) == Preparation(WAV, 2000)
        child = await server.child("media-probe")
        assert title(child.pid) == "media-probe"
        await child.end()
        assert not runs(child.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="server on Linux alone")
class TestForkServer:
    @pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU])
    async def test_child_killed_status_reported(self, how: signal.Signals, server: ForkServer) -> None:
        child = await server.child("media-probe")
        os.kill(child.pid, how)
        assert await child.channel.receive() is None
        assert await child.status() == -how
        assert not child.is_alive()
        assert not runs(child.pid)
        await child.end()

    async def test_child_line_closed_exits_zero(self, server: ForkServer) -> None:
        child = await server.child("media-waveform")
        child.channel.close()
        assert await child.status() == 0
        await child.end()

    async def test_child_unknown_name_does_not_start(self, server: ForkServer) -> None:
        with pytest.raises(ChildError, match="status 1"):
            await server.child("media-detect")

    async def test_child_stopped_killed_at_end(self, server: ForkServer) -> None:
        child = await server.child("media-probe")
        os.kill(child.pid, signal.SIGSTOP)
        await child.end()
        assert not runs(child.pid)

    async def test_children_share_one_fork_server(self, server: ForkServer) -> None:
        await server.start()
        (origin,) = named("media-fork")
        some = [await server.child("media-probe") for _ in range(3)]
        assert named("media-probe") == {child.pid for child in some}
        assert all(parent(child.pid) == origin for child in some)
        await asyncio.gather(*(child.end() for child in some))
        assert named("media-fork") == {origin}

    async def test_fork_server_many_jobs_leaks_nothing(self, server: ForkServer, wav: Path) -> None:
        await prepare(server, wav)
        (origin,) = named("media-fork")
        before = [descriptors(pid) for pid in (origin, os.getpid())]
        for _ in range(30):
            await prepare(server, wav)
        await until(lambda: descriptors(origin) <= before[0] and descriptors(os.getpid()) <= before[1])
        assert len(descendants(origin)) == 1

    async def test_fork_server_dead_replaced(self, server: ForkServer, wav: Path) -> None:
        await server.start()
        (origin,) = named("media-fork")
        os.kill(origin, signal.SIGKILL)
        assert await asyncio.gather(prepare(server, wav), prepare(server, wav)) == [Preparation(WAV, 2000)] * 2
        assert len(named("media-fork")) == 1
        assert not runs(origin)

    async def test_fork_server_dead_while_idle_reaped(self, server: ForkServer) -> None:
        await server.start()
        (origin,) = named("media-fork")
        os.kill(origin, signal.SIGKILL)
        await until(lambda: not Path(f"/proc/{origin}").exists())

    @pytest.mark.parametrize("delay", [0, 0.002, 0.1], ids=["at its start", "soon", "later"])
    async def test_probe_fork_server_killed_prepared(self, delay: float, server: ForkServer, tmp_path: Path) -> None:
        long = tmp_path / "a.flac"
        long.write_bytes(long_sound(900))
        task = asyncio.create_task(prepare(server, long))
        await until(lambda: bool(named("media-probe")))
        (origin,), (pid,) = named("media-fork"), named("media-probe")
        os.kill(pid, signal.SIGSTOP)  # so that it cannot end before
        await asyncio.sleep(delay)
        os.kill(origin, signal.SIGKILL)
        # And once more: that is no fault of the media, however often it happens.
        await until(lambda: bool(named("media-probe") - {pid}))
        os.kill(*named("media-fork"), signal.SIGKILL)
        assert isinstance(await task, Preparation)
        await until(lambda: not runs(pid))

    async def test_fork_server_dead_at_start_replaced(self, server: ForkServer) -> None:
        task = asyncio.create_task(server.child("media-probe"))
        await until(lambda: bool(children()))
        os.kill(*children(), signal.SIGKILL)
        assert (await task).is_alive()

    async def test_fork_server_hanging_replaced(
        self, server: ForkServer, wav: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await server.start()
        (origin,) = named("media-fork")
        os.kill(origin, signal.SIGSTOP)
        monkeypatch.setattr(fork_server_module, "_FORK_SECONDS", 1.0)
        assert await prepare(server, wav) == Preparation(WAV, 2000)
        assert not runs(origin)

    async def test_fork_server_hanging_child_end_returns(
        self, server: ForkServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(children_module, "_END_SECONDS", 0.3)
        monkeypatch.setattr(fork_server_module, "_FORK_SECONDS", 1.0)
        child = await server.child("media-probe")
        (origin,) = named("media-fork")
        os.kill(origin, signal.SIGSTOP)
        await child.end()
        await (await server.child("media-probe")).end()
        await until(lambda: not runs(child.pid) and not runs(origin))

    async def test_probe_fork_server_lost_too_often_raises(self, server: ForkServer, tmp_path: Path) -> None:
        long = tmp_path / "a.flac"
        long.write_bytes(long_sound(900))
        task = asyncio.create_task(prepare(server, long))
        killed: set[int] = set()
        while not task.done():
            if named("media-probe") and (origins := named("media-fork") - killed):
                killed |= origins
                for origin in origins:  # or a child that was just born and still goes by that name
                    with suppress(ProcessLookupError):
                        os.kill(origin, signal.SIGKILL)
            await asyncio.sleep(0.002)
        with pytest.raises(ChildError, match="media-fork"):
            await task

    async def test_draw_fork_server_killed_drawn(self, server: ForkServer, tmp_path: Path) -> None:
        long = tmp_path / "a.flac"
        long.write_bytes(long_sound(900))
        task = asyncio.create_task(
            draw(server, long, "waveform", duration_ms=900_000, timeout=None, memory_limit=MEMORY)
        )
        await until(lambda: bool(named("media-waveform")))
        os.kill(*named("media-fork"), signal.SIGKILL)
        assert await task

    async def test_fork_server_silent_raises(self, server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
        silent = OBEDIENT + HANG
        monkeypatch.setattr(frozen, "command", lambda: [sys.executable, "-c", silent])
        monkeypatch.setattr(fork_server_module, "_FORK_SECONDS", 0.3)
        with pytest.raises(ChildError, match="media-fork does not answer"):
            await server.child("media-probe")
        await until(lambda: not children())

    async def test_fork_request_short_of_descriptors_refused(self) -> None:
        origin = await children_module.start("media-fork")
        ours, theirs = socket.socketpair()
        with ours, theirs:
            await origin.channel.send(Frame(JOB, 0, b"media-probe"), [theirs.fileno()])
            ours.settimeout(20)
            answer = await asyncio.to_thread(ours.recv, 64)
        assert answer[0:1] == RESULT
        assert NUMBER.unpack(answer[HEADER.size :]) == (-errno.EMFILE,)
        await origin.end()

    async def test_child_no_descriptors_left_raises(self, server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
        await server.start()

        def none_left() -> None:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

        monkeypatch.setattr(socket, "socketpair", none_left)
        with pytest.raises(ChildError, match="Too many open files"):
            await server.child("media-probe")


async def prepare(server: ForkServer, path: Path) -> Preparation | Failure:
    return await probe_file(server, path, timeout=None, memory_limit=MEMORY)


def named(name: str) -> set[int]:
    """Our media processes of that name."""
    return {pid for child in children() for pid in descendants(child) if title(pid) == name}


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def descriptors(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def children() -> set[int]:
    """The processes that the test has started and that were not reaped yet."""
    return started() - _others


def started() -> set[int]:
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that ended meanwhile
            found.update(map(int, (task / "children").read_text().split()))
    return found


def may_have_users_of_its_own() -> bool:
    """Whether the system gives a process a user namespace."""
    script = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000))"
    return subprocess.run([sys.executable, "-c", script]).returncode == 0


async def test_child_sending_endlessly_can_be_ended(tmp_path: Path, stand_in: Callable[[str], Path]) -> None:
    flooded = tmp_path / "flooded"
    # More than the server reads ahead and the pipe holds, so the reader has stopped.
    flood = "line.sendall(b'x' * {})"
    stand_in(f"{OBEDIENT}{flood.format(150_000)}\nopen({str(flooded)!r}, 'w')\n{flood.format(10_000_000)}")
    child = await children_module.start("media-detect")
    await until(flooded.exists)
    async with asyncio.timeout(10):
        await child.end()
    assert not children()


async def test_child_started_without_fork(detector: Detector) -> None:
    """A fork would hold the event loop up for as long as the kernel needs to mark every page of ours."""
    server: list[int] = []
    os.register_at_fork(before=lambda: server.append(1))
    await detector.start()
    assert children()
    assert not server


class TestConfinement:
    async def test_environment_of_child_has_no_secrets(
        self, detector: Detector, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ROUGHY_BOX_SERVER_SECRET", "hush")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        pid = await living(detector)
        names = {entry.partition(b"=")[0].decode() for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")}
        assert "PATH" in names
        assert not {name for name in names if "SECRET" in name or name.startswith("ROUGHY_BOX")}

    async def test_limits_of_detector_hold(self, detector: Detector) -> None:
        pid = await living(detector)
        limits = Path(f"/proc/{pid}/limits").read_text()
        wanted = {"Max core file size": "0", "Max file size": "0", "Max open files": "64"}
        wanted["Max address space"] = str(1024**3)
        for name, value in wanted.items():
            line = next(line for line in limits.splitlines() if line.startswith(name))
            assert line[len(name) :].split()[:2] == [value, value]
        assert os.getpriority(os.PRIO_PROCESS, pid) in (cpu_priority.RECEIVING.grouped, cpu_priority.RECEIVING.alone)
        assert os.getsid(pid) == os.getsid(0)
        assert os.getpgid(pid) == pid
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        assert os.readlink(f"/proc/{pid}/fd/2") == "/dev/null"

    async def test_priority_of_probe_below_server(self, server: ForkServer) -> None:
        pid = (await server.child("media-probe")).pid
        priority = cpu_priority.PREPARING
        assert os.getpriority(os.PRIO_PROCESS, pid) in (priority.grouped, priority.alone)
        assert os.getsid(pid) == os.getsid(0)

    async def test_descriptors_of_probe_only_its_own(self, server: ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
        first, second = [await server.child("media-probe") for _ in range(2)]
        held = [{os.readlink(path) for path in Path(f"/proc/{child.pid}/fd").iterdir()} for child in (first, second)]
        assert [len(each) for each in held] == [2, 2]
        assert held[0] & held[1] == {"/dev/null"}
        assert b"SECRET" not in Path(f"/proc/{first.pid}/environ").read_bytes()
        limits = Path(f"/proc/{first.pid}/limits").read_text().splitlines()
        for name, value in {"Max core file size": "0", "Max open files": "64"}.items():
            assert next(line for line in limits if line.startswith(name))[len(name) :].split()[:2] == [value, value]
        assert next(line for line in limits if line.startswith("Max file size")).split()[3] == "0"
        (origin,) = named("media-fork")
        assert len({os.readlink(f"/proc/{pid}/ns/net") for pid in (first.pid, second.pid, origin)}) == 1
        users = {os.readlink(f"/proc/{pid}/ns/user") for pid in (first.pid, second.pid, origin)}
        assert len(users) == (3 if may_have_users_of_its_own() else 1)

    async def test_descriptors_of_detector_standard_only(self, detector: Detector, tmp_path: Path) -> None:
        with (tmp_path / "database").open("w") as database:
            os.set_inheritable(database.fileno(), True)
            pid = await living(detector)
            assert {name for name in os.listdir(f"/proc/{pid}/fd") if int(name) < 3} == {"0", "1", "2"}
            assert str(tmp_path / "database") not in {
                os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")
            }

    def test_cpu_limit_counts_from_now(self) -> None:
        script = (
            "from roughy_box.media.worker.confine import limit_cpu\nfor _ in range(3): limit_cpu(0)\nwhile True: pass"
        )
        assert subprocess.run([sys.executable, "-c", script], timeout=30).returncode == -signal.SIGXCPU

    def test_child_loads_nothing_of_server(self) -> None:
        script = """
            import sys
            import roughy_box.media.worker.main
            heavy = {"av", "magic", "asyncio"} & set(sys.modules)
            import roughy_box.media.worker.detect, roughy_box.media.worker.probe.measure
            heavy |= {"sanic", "tortoise", "click", "asyncio", "apscheduler"} & set(sys.modules)
            sys.exit(" ".join(heavy) or 0)
        """
        subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)

    def test_server_loads_no_media_library(self) -> None:
        script = "import sys, roughy_box.media.prober; sys.exit(' '.join({'av', 'magic'} & set(sys.modules)) or 0)"
        subprocess.run([sys.executable, "-c", script], check=True)

    async def test_children_server_killed_end(self, tmp_path: Path) -> None:
        script = """
            import asyncio
            from roughy_box.media.detector import Detector
            from roughy_box.media.fork_server import ForkServer
            from tests.media.test_children import parent
            async def main():
                detector, server = Detector(), ForkServer()
                await detector.start()
                probing, drawing = await server.child("media-probe"), await server.child("media-waveform")
                print(detector.pid, parent(probing.pid), probing.pid, drawing.pid, flush=True)
                await asyncio.sleep(600)
            asyncio.run(main())
        """
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(script), stdout=subprocess.PIPE
        )
        assert server.stdout
        pids = [int(pid) for pid in (await server.stdout.readline()).split()]
        assert len(pids) == 4
        for stopped in pids[::2]:
            os.kill(stopped, signal.SIGSTOP)
        server.kill()
        await server.wait()
        await until(lambda: not any(map(runs, pids)))


async def test_child_kept_by_kernel_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Gone):
        def is_alive(self) -> bool:
            return True

        def kill(self) -> None:
            """Without effect, as when the disk hangs."""

        async def status(self) -> int:
            return await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(children_module, "_END_SECONDS", 0.05)
    monkeypatch.setattr(children_module, "START_SECONDS", 0.05)
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs, pytest.raises(ChildError, match="it hangs"):
        async with asyncio.timeout(10):
            await Child.ready("stand-in", Stuck(), ours)


class Gone:
    """A process that has ended."""

    pid = 2**22 + 1
    is_lost = False

    def is_alive(self) -> bool:
        return False

    def kill(self) -> None:
        raise AssertionError

    async def status(self) -> int:
        return 0


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_descriptors_never_closed_twice(loop: str) -> None:
    """The second time it would be that of another's file, and what is written there would be lost."""
    run_loop: Callable[[Awaitable[None]], None] = pytest.importorskip(loop).run
    over, victims = threading.Event(), list[OSError]()

    def open_and_close() -> None:
        while not over.is_set():
            descriptor = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fstat(descriptor)
                os.close(descriptor)
            except OSError as error:
                victims.append(error)

    async def come_and_go() -> None:
        for _ in range(1000):
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            with theirs:
                theirs.sendall(Frame(READY, 0, b"").pack() + b"more")
                child = await Child.ready("stand-in", Gone(), ours)
                await child.end()

    others = [threading.Thread(target=open_and_close) for _ in range(4)]
    for other in others:
        other.start()
    try:
        run_loop(come_and_go())
    finally:
        over.set()
        for other in others:
            other.join()
    assert not victims


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_children_on_both_event_loops_work(loop: str, wav: Path) -> None:
    run_loop: Callable[[Awaitable[None]], None] = pytest.importorskip(loop).run

    async def main() -> None:
        detector, server = Detector(), ForkServer()
        await detector.start()
        await server.start()
        assert (await detector.detect(wav.read_bytes())).kind == WAV
        assert await prepare(server, wav) == Preparation(WAV, 2000)
        task = asyncio.create_task(prepare(server, wav))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.close()
        await detector.close()
        assert not children()

    run_loop(main())


@pytest.mark.parametrize(
    ("timeout", "computing", "waiting"), [(None, 80.0, 320.0), (5.0, 5.0, 5.0)], ids=["by size", "configured"]
)
def test_limits_of_large_file_grow(timeout: float | None, computing: float, waiting: float) -> None:
    limits = Limits.of(10**9, timeout, memory=1)
    assert (limits.computing, limits.waiting, limits.silence) == (computing, waiting, 120.0)
