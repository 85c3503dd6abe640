"""``webhook``: endpoints by the terminal of the box, also while it is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from roughy_box.cli import webhook
from roughy_box.domain.webhook import EventType
from tests.cli.shell import Shell
from tests.harness import LiveBox, serving
from tests.webhooks.receiver import Receiver, receiving

URL = "https://93.184.216.34/hook"


def test_endpoint_added_listed_removed(box_shell: Shell) -> None:
    events = ("--event", "asset.ready") * 2
    made = box_shell.json("webhook", "add", URL, *events, "--description", "Archive")
    assert (made["url"], made["event_types"], made["description"]) == (URL, ["asset.ready"], "Archive")
    assert made["secret"].startswith("whsec_")
    every = box_shell.run("webhook", "add", URL)
    assert [line.split()[0] for line in every.out.splitlines()] == ["id", "events", "secret"]
    listed = box_shell.json("webhook", "list")["items"]
    assert listed[1] == {name: value for name, value in made.items() if name != "secret"}
    assert listed[0]["event_types"] == [*EventType]
    assert made["id"] in box_shell.run("webhook", "list").out
    assert box_shell.json("webhook", "deliveries", made["id"]) == {"total": 0, "items": []}
    assert box_shell.json("webhook", "remove", made["id"]) == {"id": made["id"]}
    assert "is deleted" in box_shell.run("webhook", "remove", listed[0]["id"]).out
    assert box_shell.json("webhook", "list") == {"items": []}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "https://169.254.169.254/"), "The url leads to 169.254.169.254, which is a metadata service"),
        (("add", "http://127.0.0.1:8750/"), "The url leads to this box: no deliveries go there."),
        (("add", "nonsense"), "The url must be a URL such as"),
        (("add", URL, "--event", "asset.gone"), "'asset.gone' is not one of"),
        (("add", URL, "--description", "a\nb"), "The description must not contain control characters."),
        (("add", URL, "--account", "nobody"), "There is no account named"),
        (("test", "nonsense"), "'roughy-box webhook list' shows their ids."),
        (("remove", "019de802-6b11-7f4e-a9d3-50c1e7a2b944"), "There is no webhook endpoint with that id."),
        (("deliveries", "x\x1b[31m"), "There is no webhook endpoint with that id."),
    ],
)
def test_bad_arguments_refused(box_shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    box_shell.run("webhook", *arguments).refused(words)
    assert box_shell.json("webhook", "list") == {"items": []}


def test_test_without_server_waits_for_one(box_shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "PATIENCE", 0.0)
    made = box_shell.json("webhook", "add", URL)
    box_shell.run("webhook", "test", made["id"]).refused("not delivered: No server is running")
    (waiting,) = box_shell.json("webhook", "deliveries", made["id"])["items"]
    assert (waiting["event_type"], waiting["state"]) == ("endpoint.test", "pending")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    with serving(tmp_path_factory.mktemp("served")) as box:
        yield box


def test_test_delivered_by_running_server(served: LiveBox, tmp_path: Path) -> None:
    shell = Shell(tmp_path, {"ROUGHY_BOX_CONFIG": served.environ["ROUGHY_BOX_CONFIG"]})
    with receiving() as receiver:
        _delivered_then_failed(shell, receiver)


def _delivered_then_failed(shell: Shell, receiver: Receiver) -> None:
    made = shell.json("webhook", "add", receiver.url("/a?b=c"))
    assert shell.run("webhook", "test", made["id"]).out == "Delivered: the receiver answered 204.\n"
    assert shell.json("webhook", "test", made["id"])["last_status"] == 204
    receiver.answers = lambda _: 500
    shell.run("webhook", "test", made["id"]).refused("The test was not delivered: The receiver answered 500.")
    table = shell.run("webhook", "deliveries", made["id"], "--limit", "2").out.splitlines()
    assert "The receiver answered 500." in table[1]
    assert table[-1] == "1 older deliveries; use --limit to show them."
