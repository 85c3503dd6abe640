"""``/metrics``: what is counted is what happened, who may read it, and that the examples ask for what is there."""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from roughy_box import integrations
from tests.api.answers import refused
from tests.api.wire import MIB, wav
from tests.harness import Api, LiveBox, serving, wait_until

ROOT = Path(__file__).parents[2]
PLAIN = (sys.executable, str(ROOT / "tests" / "plain_path.py"))
TOKEN = "a-token-of-monitoring"


class Reading:
    """One answer of ``/metrics``."""

    def __init__(self, text: str) -> None:
        self.families = {family.name: family for family in text_string_to_metric_families(text)}
        self._samples = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float:
        """The value of one sample, 0 if there is none."""
        return self._samples.get((f"roughy_box_{name}", frozenset(labels.items())), 0.0)

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self._samples} | {
            f"{family.name}{suffix}"
            for family in self.families.values()
            for suffix in ({"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""]))
        }


def read(box: LiveBox, **headers: str) -> Reading:
    answer = httpx.get(f"{box.url}/metrics", headers=headers, verify=False)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Reading(answer.text)


def test_missing_data_folder_is_a_metric_not_a_failure(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    box.data_dir.rename(box.folder / "elsewhere")
    reading = wait_until(lambda: (now := read(box))("readiness_check", check="folder") == 0 and now)
    assert reading("ready") == 0
    assert "roughy_box_volume_free_bytes" not in reading.names
    (box.folder / "elsewhere").rename(box.data_dir)
    wait_until(lambda: read(box)("ready") == 1)


@pytest.fixture(scope="module")
def counted_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveBox]:
    """A box whose every request is one of these tests'."""
    with serving(tmp_path_factory.mktemp("counted")) as box:
        yield box


@pytest.fixture
def own(counted_box: LiveBox) -> Iterator[Api]:
    api = Api(counted_box)
    with api.http:
        yield api


def grown(box: LiveBox, before: Reading, name: str, by: float, **labels: str) -> None:
    """Wait until a count has grown by so much; never by more."""
    wait_until(lambda: read(box)(name, **labels) - before(name, **labels) >= by)
    assert read(box)(name, **labels) - before(name, **labels) == by


@pytest.mark.parametrize("way", ["direct", "plain"])
def test_bytes_are_counted_by_way(fresh_box: Callable[..., LiveBox], way: str) -> None:
    box = fresh_box(program=PLAIN if way == "plain" else None)
    api, content = Api(box), wav(3 * MIB)
    with api.http:
        before = read(box)
        asset_id, url = api.asset(len(content))
        # The framework takes the head of the first chunk; the direct way takes what comes after.
        assert api.patch(url, 0, content[:MIB]).status_code == 204
        assert api.patch(url, MIB, content[MIB:]).status_code == 204
        api.settled(asset_id)
        after = read(box)
        received = {each: received_by(before, after, each) for each in ("direct", "plain")}
        assert sum(received.values()) == len(content)
        assert (received["direct"] > 0) is (way == "direct")
        download = api.get(asset_id)["download_url"]
        assert api.http.get(download).content == content
        grown(box, before, "download_sent_bytes_total", len(content), way=way)
        # Too few for the direct way.
        assert api.http.get(download, headers={"Range": "bytes=10-19"}).content == content[10:20]
        grown(box, before, "download_sent_bytes_total", 10 + len(content) * (way == "plain"), way="plain")


def received_by(before: Reading, after: Reading, way: str) -> float:
    return after("upload_received_bytes_total", way=way) - before("upload_received_bytes_total", way=way)


def test_requests_are_counted_by_route_and_class(own: Api, counted_box: LiveBox) -> None:
    before = read(counted_box)
    for _ in range(3):
        own.http.get(f"/v1/assets/{own.asset(1000)[0]}")
    own.http.get("/v1/assets/nothing")
    own.http.get("/v1/nothing")
    own.http.request("BREW", "/v1/nothing")
    own.http.get("/")
    after = read(counted_box)

    def by(**labels: str) -> float:
        return after("http_requests_total", **labels) - before("http_requests_total", **labels)

    assert by(method="GET", route="/v1/assets/{asset_id}", status="2xx") == 3
    assert by(method="GET", route="/v1/assets/{asset_id}", status="4xx") == 1
    assert by(method="GET", route="none", status="4xx") >= 1
    assert by(method="other", route="none", status="4xx") == 1
    assert by(method="GET", route="console", status="2xx") >= 1
    took = after("http_request_duration_seconds_count", method="GET", route="/v1/assets/{asset_id}")
    assert took - before("http_request_duration_seconds_count", method="GET", route="/v1/assets/{asset_id}") == 4


def test_client_paths_never_become_labels(own: Api, counted_box: LiveBox) -> None:
    for number in range(20):
        own.http.get(f"/secret/{number}")
        own.http.get(f"/v1/assets/secret{number}")
        own.http.request(f"SECRET{number}", "/v1/assets")
    assert "secret" not in httpx.get(f"{counted_box.url}/metrics").text.lower()


def test_errors_are_counted_by_code(own: Api, counted_box: LiveBox) -> None:
    before = read(counted_box)
    _, url = own.asset(1000)
    own.patch(url, 7, b"x")
    own.http.post("/v1/projects", json={})
    after = read(counted_box)
    for code in ("offset_mismatch", "validation_error"):
        assert after("http_errors_total", code=code) - before("http_errors_total", code=code) == 1
    # There before the first of them: to Prometheus an increase from nothing is not an increase.
    assert 'code="internal_error"} 0.0' in httpx.get(f"{counted_box.url}/metrics").text


def test_uploads_are_counted_by_outcome(own: Api, counted_box: LiveBox) -> None:
    before = read(counted_box)
    own.upload(wav(1000))
    own.patch(own.asset(1000)[1], 0, random.Random(1).randbytes(1000))
    own.http.delete(own.asset(1000)[1], headers={"Tus-Resumable": "1.0.0"})
    own.http.delete(f"/v1/assets/{own.asset(1000)[0]}")
    project = own.project()
    own.asset(1000, project)
    own.http.delete(f"/v1/projects/{project}")
    _, url = own.asset(1_000_000)
    own.patch(url, 0, wav(1_000_000)[:400])
    after = read(counted_box)

    def by(name: str, **labels: str) -> float:
        return after(name, **labels) - before(name, **labels)

    outcomes = {"completed": 1, "rejected": 1, "cancelled": 1, "deleted": 2, "expired": 0}
    assert {outcome: by("uploads_total", outcome=outcome) for outcome in outcomes} == outcomes
    assert by("uploads_started_total") == 6
    assert by("uploads_open") == 1
    assert by("uploads_outstanding_bytes") == 1_000_000 - 400


def test_preparations_are_counted_and_timed(own: Api, counted_box: LiveBox) -> None:
    before = read(counted_box)
    assert own.upload(wav(1000))["state"] == "ready"
    # The state is visible a moment before the job is counted.
    grown(counted_box, before, "preparations_total", 1, outcome="ready")
    grown(counted_box, before, "preparation_duration_seconds_count", 1, type="audio")
    after = read(counted_box)
    assert after("preparation_running") == after("preparation_waiting") == 0


def test_expired_upload_is_counted(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"UPLOADS_INITIAL_EXPIRY": "1s"})
    api = Api(box)
    with api.http:
        api.asset(1000)
    wait_until(lambda: read(box)("uploads_total", outcome="expired") == 1)


def test_event_loop_lag_is_measured(counted_box: LiveBox) -> None:
    before = read(counted_box)
    wait_until(lambda: read(counted_box)("event_loop_lag_seconds_count") > before("event_loop_lag_seconds_count") + 5)
    wait_until(lambda: read(counted_box)("event_loop_lag_max_seconds") > 0)


def test_state_of_the_box_is_exposed(counted_box: LiveBox) -> None:
    reading = read(counted_box)
    assert reading("ready") == 1
    assert reading("volume_size_bytes") > reading("volume_free_bytes") > reading("volume_reserve_bytes") == 1024**3
    assert reading("database_size_bytes", file="main") > 0
    assert reading("http_connections") >= 1
    for check in ("serving", "database", "folder", "disk", "scheduler", "media"):
        assert reading("readiness_check", check=check) == 1


def test_inconsistent_ledger_is_exposed(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    wait_until(lambda: read(box)("ledger_consistent") == 1)
    box.stop()
    with closing(sqlite3.connect(box.data_dir / "box.db")) as database, database:
        database.execute("DROP TRIGGER account_balance_from_ledger")
        database.execute("UPDATE account SET balance = balance + 1")
    box.start()
    wait_until(lambda: read(box)("ledger_checked_timestamp_seconds"))
    assert read(box)("ledger_consistent") == 0
    assert "the ledger breaks its rules: the balance of account studio differs" in box.log()


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Via": "1.1 proxy"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Host": "rebound.example:8750"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_proxies_and_pages_are_refused(shared_box: LiveBox, headers: dict[str, str]) -> None:
    for method in ("GET", "HEAD"):
        answer = httpx.request(method, f"{shared_box.url}/metrics", headers=headers, verify=False)
        refused(answer, "forbidden")


def test_trusted_proxies_are_refused(proxied_box: LiveBox) -> None:
    for forwarded in ("203.0.113.7", "127.0.0.1", "203.0.113.7, 127.0.0.1"):
        answer = httpx.get(f"{proxied_box.url}/metrics", headers={"X-Forwarded-For": forwarded}, verify=False)
        refused(answer, "forbidden")
    assert read(proxied_box)("ready") == 1


def test_token_grants_access(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"METRICS_TOKEN": TOKEN})
    stranger = {"X-Forwarded-For": "203.0.113.7"}
    read(box, **stranger, Authorization=f"Bearer {TOKEN}")
    for wrong in ("Bearer", "Bearer a", f"Basic {TOKEN}", f"Bearer {box.key}"):
        answer = httpx.get(f"{box.url}/metrics", headers={**stranger, "Authorization": wrong}, verify=False)
        refused(answer, "forbidden")
    assert TOKEN not in box.log()


def test_metrics_can_be_switched_off(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box({"METRICS_ENABLED": "false"})
    refused(httpx.get(f"{box.url}/metrics", verify=False), "not_found")


def test_examples_and_readme_name_existing_metrics(counted_box: LiveBox) -> None:
    # The ledger is exposed once it was checked.
    reading = wait_until(lambda: "roughy_box_ledger_consistent" in (now := read(counted_box)).names and now)
    exported = reading.names
    folder = Path(str(integrations.__file__)).parent
    for file in ("grafana-dashboard.json", "prometheus-alerts.yml"):
        asked = set(re.findall(r"\b(?:roughy_box|process)_[a-z_]+", (folder / file).read_text(encoding="utf-8")))
        assert asked - exported == set(), file
    manual = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(roughy_box_[a-z_]+)", manual))
    families = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in reading.families.values()
        if family.name.startswith("roughy_box_")
    }
    assert told == families
    assert all(family.documentation for family in reading.families.values())


def test_job_failed_for_the_box_is_counted_as_retried(fresh_box: Callable[..., LiveBox]) -> None:
    box = fresh_box()
    asset = Api(box).upload(wav(1000))
    box.stop()
    (path,) = (box.data_dir / "media").rglob(f"{asset['id']}.wav")
    path.unlink()
    with closing(sqlite3.connect(box.data_dir / "box.db")) as database, database:
        database.execute("UPDATE artifact SET state = 'pending', size_bytes = NULL WHERE kind = 'waveform'")
    box.start()
    wait_until(lambda: read(box)("job_retries_total", kind="waveform") == 1)
    assert read(box)("jobs_running", kind="waveform") == 0
    assert read(box)("job_retries_total", kind="prepare") == 0
