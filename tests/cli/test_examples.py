"""``example``: every file is there, printed verbatim, and valid for its program."""

from __future__ import annotations

import configparser
import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from roughy_box.cli.example import EXAMPLES
from tests.cli.shell import Shell

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "roughy_box" / "integrations"


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_named_is_printed_verbatim(shell: Shell, name: str) -> None:
    file, description = EXAMPLES[name]
    content = (FOLDER / file).read_text(encoding="utf-8")
    assert shell.run("example", name).out == content
    assert shell.json("example", name) == {
        "name": name,
        "file": file,
        "description": description,
        "content": content,
    }


def test_example_without_name_lists_all(shell: Shell) -> None:
    listed = shell.json("example")["examples"]
    assert {each["name"]: (each["file"], each["description"]) for each in listed} == EXAMPLES
    lines = shell.run("example").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == [*EXAMPLES]


def test_example_unknown_name_lists_available(shell: Shell) -> None:
    assert all(name in shell.run("example", "apache").refused("Unknown example") for name in EXAMPLES)


def test_examples_are_in_the_package() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    patterns = [each.strip() for each in setup["options.package_data"]["roughy_box.integrations"].split(",")]
    packed = {path for pattern in patterns for path in FOLDER.glob(pattern)}
    assert packed == {path for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"}
    assert {FOLDER / file for file, _ in EXAMPLES.values()} <= packed


# Not with needs(): it comes with the whole of Prometheus alone, too much for every run of the tests.
@pytest.mark.skipif(shutil.which("promtool") is None, reason="not installed here: promtool, of Prometheus")
def test_alert_rules_pass_promtool() -> None:
    rules = FOLDER / EXAMPLES["alerts"][0]
    done = subprocess.run(["promtool", "check", "rules", str(rules)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_have_summary_and_remedy() -> None:
    (group,) = yaml.safe_load((FOLDER / EXAMPLES["alerts"][0]).read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
    assert len({rule["alert"] for rule in group["rules"]}) == len(group["rules"])


def test_dashboard_is_complete() -> None:
    """Grafana needs unique ids, panels that do not overlap, and the chosen source."""
    dashboard = json.loads((FOLDER / EXAMPLES["grafana"][0]).read_text(encoding="utf-8"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [place for panel in panels for place in cells(panel["gridPos"])]
    assert len(set(places)) == len(places)
    assert {variable["name"] for variable in dashboard["templating"]["list"]} == {"datasource", "job", "instance"}
    for panel in panels:
        for target in panel.get("targets", ()):
            assert target["datasource"]["uid"] == "${datasource}", panel["title"]


def cells(place: dict[str, int]) -> list[tuple[int, int]]:
    assert place["x"] + place["w"] <= 24
    return [(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])]
