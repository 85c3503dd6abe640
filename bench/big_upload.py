"""Send a sparse file of many GiB through the whole path: create, upload, prepare, download.

    python bench/big_upload.py [--gib 10] [--chunk-mib 50] [--chunked] [--folder DIR]

Start a separate box in a temporary folder and print, for each step, the time and the server's
memory: resident before, peak after. The peak must not grow with the file.
The folder needs as much free space as the file is large, as the server's copy is not sparse.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

BLOCK = 1024**2
PROGRAM = [sys.executable, "-m", "roughy_box"]


def sparse_wav(path: Path, size: int) -> None:
    """Write a WAV header (RF64, as 32 bits cannot hold such a length) and then a hole."""
    data = size - 104
    header = b"RF64\xff\xff\xff\xffWAVEds64" + (28).to_bytes(4, "little")
    header += (size - 8).to_bytes(8, "little") + data.to_bytes(8, "little") + (data // 4).to_bytes(8, "little")
    header += bytes(4) + b"fmt " + (16).to_bytes(4, "little")
    header += b"\x01\x00\x02\x00" + (48000).to_bytes(4, "little") + (192000).to_bytes(4, "little") + b"\x04\x00\x10\x00"
    header += b"JUNK" + (16).to_bytes(4, "little") + bytes(16)
    header += b"data\xff\xff\xff\xff"
    assert len(header) == 104
    with path.open("wb") as file:
        file.write(header)
        file.truncate(size)


def memory(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process, current and peak, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Vm")}
    return int(values["VmRSS"]) / 1024, int(values["VmHWM"]) / 1024


def blocks(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end:
            block = file.read(min(BLOCK, end - start))
            start += len(block)
            yield block


def digest(chunks: Iterator[bytes]) -> str:
    total = hashlib.blake2b()
    for chunk in chunks:
        total.update(chunk)
    return total.hexdigest()


def run(folder: Path, size: int, chunk: int, chunked: bool) -> None:
    source = folder / "source.wav"
    sparse_wav(source, size)
    environ = {**os.environ, "ROUGHY_BOX_CONFIG": str(folder / "roughy-box.toml"), "ROUGHY_BOX_LOG_LEVEL": "warning"}
    init = [*PROGRAM, "init", "--credits", "1000000", "--data-dir", str(folder / "data"), "--json"]
    key = json.loads(subprocess.run(init, env=environ, check=True, capture_output=True).stdout)["api_key"]
    server = subprocess.Popen([*PROGRAM, "serve", "--port", "0", "--json"], env=environ, stdout=subprocess.PIPE)
    try:
        assert server.stdout
        address = json.loads(server.stdout.readline())["address"]
        client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=600)
        with client:
            measure(client, server.pid, source, size, chunk, chunked)
    finally:
        server.terminate()
        server.wait()


def measure(client: httpx.Client, pid: int, source: Path, size: int, chunk: int, chunked: bool) -> None:
    def report(step: str, since: float) -> None:
        seconds = time.perf_counter() - since
        resident, peak = memory(pid)
        rate = size / seconds / 1024**2
        print(f"{step:10} {seconds:8.1f} s  {rate:8.0f} MiB/s  resident {resident:6.1f} MiB  peak {peak:6.1f} MiB")

    print(f"{size / 1024**3:.1f} GiB in chunks of {chunk / 1024**2:.0f} MiB, {'chunked' if chunked else 'with length'}")
    report("idle", time.perf_counter() - 1)
    project = client.post("/v1/projects", json={"name": "big"}).json()["id"]
    created = client.post("/v1/assets", json={"project_id": project, "size_bytes": size})
    asset, url = created.json()["id"], created.headers["Location"]
    started = time.perf_counter()
    for start in range(0, size, chunk):
        end = min(start + chunk, size)
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(start),
            "Content-Type": "application/offset+octet-stream",
        }
        if not chunked:
            headers["Content-Length"] = str(end - start)
        answer = client.patch(url, content=blocks(source, start, end), headers=headers)
        assert answer.status_code == 204, answer.text
    report("upload", started)
    started = time.perf_counter()
    while (state := client.get(f"/v1/assets/{asset}").json())["state"] == "processing":
        time.sleep(0.1)
    report("prepare", started)
    assert state["state"] == "ready", state
    print(f"           plays {state['duration_seconds']} s")
    started = time.perf_counter()
    with client.stream("GET", state["download_url"]) as download:
        got = digest(download.iter_bytes(BLOCK))
    report("download", started)
    assert got == digest(blocks(source, 0, size)), "the download differs from the source"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gib", type=float, default=10)
    parser.add_argument("--chunk-mib", type=float, default=50)
    parser.add_argument("--chunked", action="store_true", help="send without Content-Length")
    parser.add_argument("--folder", help="where to work; needs the file's size as free space")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        size = int(arguments.gib * 1024**3) // 4 * 4
        run(Path(folder), size, int(arguments.chunk_mib * 1024**2), arguments.chunked)


if __name__ == "__main__":
    main()
