"""The API held to its own OpenAPI document by schemathesis: valid and broken requests, single and in sequences.

It works for a fixed time, and writes down how to repeat what it found.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.fuzz.effort import SOAK, rounds
from tests.harness import Api, LiveBox, wait_until
from tests.media_bytes import wav

# Small announcements, so that no number of them fills the disk; keys are checked without end.
SETTINGS = {"UPLOADS_MAX_SIZE": "1MiB", "UPLOADS_MAX_OPEN": "1000000", "SERVER_FAILED_KEYS": "1000000"}
SECONDS = rounds(20, share=0.6)
# Signs that it got beyond the doors.
REACHED = {
    "POST /v1/projects 201",
    "POST /v1/assets 201",
    "GET /v1/projects 200",
    "GET /v1/assets 200",
    "POST /v1/webhook-endpoints 201",
    "POST /v1/webhook-endpoints 202",
    "HEAD /v1/uploads 200",
    "GET /files/projects 200",
}

# TUS wants 412 for its version (and 405 where a POST names no method), and a 413 is an answer to too much.
# JSON Schema takes 64.0 for an integer, the contract does not: hence the 422.
CHECKS = """
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 405, 412, 415, 422]
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 405, 409, 410, 413, 416, 422]
[checks.ensure_resource_availability]
enabled = false  # it does not know that the asset goes with its upload, and both with the project
[[operations]]
include-operation-id = "override_method"  # what else it needs depends on the method that is meant
checks.positive_data_acceptance.enabled = false
checks.negative_data_rejection.enabled = false
[[operations]]
include-operation-id = "send_chunk"  # the contract's 400 for a first chunk of under 64 bytes, which no schema can tell
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 404, 409, 410, 413]
[[operations]]
include-operation-id = "stream_events"  # its answer does not end
enabled = false
[[operations]]
include-tag = ["Preflight", "Uploads"]  # a preflight looks at no id, and a cancelled upload can be cancelled again
checks.use_after_free.enabled = false
"""


def test_schemathesis_no_failures(fresh_box: Callable[..., LiveBox], tmp_path: Path) -> None:
    box = fresh_box(SETTINGS, credits=1_000_000)
    config, report = tmp_path / "schemathesis.toml", tmp_path / "report.har"
    config.write_text(CHECKS)
    seed = str(random.randrange(2**32) if SOAK else 1)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    options = ["--max-time", str(SECONDS), "--seed", seed, "--no-color", "--continue-on-failure"]
    options += ["--generation-database", "none", "--report", "har", "--report-har-path", str(report)]
    key = ["--header", f"Authorization: Bearer {box.key}"]
    environ = os.environ | {
        "SCHEMATHESIS_HOOKS": "tests.fuzz.schemathesis_hooks",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "THERE": json.dumps(furnish(box)),
    }
    address = f"{box.url}/v1/openapi.json"
    done = subprocess.run(
        [*command, address, *options, *key], cwd=tmp_path, env=environ, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    assert "Traceback" not in box.log()
    assert reached(report) >= REACHED


def furnish(box: LiveBox) -> dict[str, object]:
    """Put something into a box that requests can be led to: path, query and body by the path of the document."""
    api = Api(box)
    # Files readable without a key are put where no request can delete them.
    other = Api(box, box.cli("account", "add", "other", "--credits", "5")["api_key"])
    with api.http, other.http:
        project_id = api.project()
        asset_id, _ = api.asset(len(wav(0.05)), project_id)
        ready = other.upload(wav(1))
        urls = wait_until(lambda: (now := other.get(ready["id"]))["waveform_url"] and now)
        wish = {"url": "https://nowhere.invalid/", "event_types": ["asset.ready"]}
        endpoint_id = api.http.post("/v1/webhook-endpoints", json=wish).json()["id"]
        delivery_id = api.http.post(f"/v1/webhook-endpoints/{endpoint_id}/test").json()["id"]
    endpoint = {"endpoint_id": endpoint_id}
    file, waveform = urlsplit(urls["download_url"]), urlsplit(urls["waveform_url"])
    name = {"project_id": ready["project_id"], "name": f"{ready['id']}.wav"}
    return {
        "/v1/projects/{project_id}": {"path": {"project_id": project_id}},
        "/v1/assets": {"body": {"project_id": project_id}},
        "/v1/assets/{asset_id}": {"path": {"asset_id": asset_id}},
        "/v1/webhook-endpoints/{endpoint_id}": {"path": endpoint},
        "/v1/webhook-endpoints/{endpoint_id}/rotate": {"path": endpoint},
        "/v1/webhook-endpoints/{endpoint_id}/test": {"path": endpoint},
        "/v1/webhook-endpoints/{endpoint_id}/deliveries": {"path": endpoint},
        "/v1/webhook-endpoints/{endpoint_id}/deliveries/{delivery_id}/retry": {
            "path": endpoint | {"delivery_id": delivery_id}
        },
        "/v1/uploads/{upload_id}": {"path": {"upload_id": asset_id}},
        "/files/projects/{project_id}/{name}": {"path": name, "query": dict(parse_qsl(file.query))},
        "/files/artifacts/{name}": {
            "path": {"name": f"{ready['id']}.json"},
            "query": dict(parse_qsl(waveform.query)),
        },
    }


def reached(report: Path) -> set[str]:
    """Return the statuses of the answers, by method and kind of path."""
    seen = set()
    for entry in json.loads(report.read_text())["log"]["entries"]:
        folders = "/".join(urlsplit(entry["request"]["url"]).path.split("/")[:3])
        seen.add(f"{entry['request']['method']} {folders} {entry['response']['status']}")
    print(*sorted(seen), sep="\n")
    return seen
