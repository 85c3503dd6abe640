"""Two servers on one data folder: there is always exactly one."""

from __future__ import annotations

import json
import signal
import subprocess

from tests.faults.outcomes import is_sound
from tests.harness import PATIENCE, PROGRAM, Api, LiveBox
from tests.media_bytes import wav


def start(box: LiveBox) -> subprocess.Popen[str]:
    """One more server on the folder of a box, wherever it finds a port."""
    command = [*PROGRAM, "serve", "--port", "0", "--json"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, env=box.environ, cwd=box.folder, text=True, **pipes)


def refusal(server: subprocess.Popen[str]) -> str:
    """Return the output of a server that must not run."""
    said, complaint = server.communicate(timeout=PATIENCE)
    assert server.returncode == 1
    assert not said
    assert "Traceback" not in complaint
    return complaint


def test_second_server_refused_first_undisturbed(fresh_box, rounds, report_fault):
    fault = report_fault("F23", "second server on a data folder")
    box = fresh_box()
    api = Api(box)
    for _ in range(rounds(1, share=0.05)):
        content = wav(2)
        asset_id, url = api.asset(len(content))
        assert api.patch(url, 0, content[:1000]).status_code == 204
        complaint = refusal(start(box))
        fault.rounds += 1
        assert f"Another server is already running on {box.data_dir}" in complaint
        assert api.patch(url, 1000, content[1000:]).status_code == 204
        assert api.settled(asset_id)["state"] == "ready"
    is_sound(api)


def test_servers_start_together_one_serves(prepared_box, rounds, report_fault):
    fault = report_fault("F23", "three servers started at the same moment")
    box = prepared_box()
    for _ in range(rounds(1, share=0.05)):
        servers = [start(box) for _ in range(3)]
        try:
            # Two end by themselves; the third one's announcement is the only line of all three.
            announced = [line for server in servers if (line := server.stdout.readline())]
            fault.rounds += 1
            fault.lost += len(announced) != 1
            assert len(announced) == 1
            box.url = json.loads(announced[0])["address"]
            assert Api(box).upload(wav(1))["state"] == "ready"
            (serving,) = (server for server in servers if server.poll() is None)
            # A dead server leaves nothing behind that would keep the next one out.
            serving.send_signal(signal.SIGKILL)
            serving.wait()
        finally:
            for server in servers:
                server.kill()
                server.communicate()
        assert [server.returncode for server in servers if server is not serving] == [1, 1]
    box.start()
    assert Api(box).http.get("/v1/assets").json()["total"] == fault.rounds
    is_sound(Api(box))
