"""``backup`` and ``restore`` of renders: with their files, or without them, to be made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from uuid6 import uuid7

from tests.cli.saved import change, manifest_of, nothing_else, rows, terminal_with_copy, used_box, verified
from tests.cli.shell import Shell
from tests.harness import LiveBox

CONTENT = b"a finished file"


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> LiveBox:
    return used_box(tmp_path_factory)


@pytest.fixture
def shell(pattern: LiveBox, tmp_path: Path) -> Shell:
    return terminal_with_copy(pattern, tmp_path)


def completed(data: Path) -> Path:
    """Add a completed render to a box and return its file."""
    render_id = uuid7()
    (asset,) = rows(data, "SELECT id FROM asset WHERE state = 'ready' ORDER BY seq LIMIT 1")
    change(
        data,
        f"""INSERT INTO render (id, account_id, asset_id, request, output, format, estimate, created_at)
            SELECT '{render_id}', account_id, id, '{"0" * 64}', '{{}}', 'mp3', 20, 1
            FROM asset WHERE id = '{asset["id"]}'""",
        f"INSERT INTO render_plan VALUES ('{render_id}', '[[0, 1]]', '{{}}')",
        "UPDATE render SET state = 'processing', started_at = 1",
        f"UPDATE render SET state = 'completed', completed_at = 2, size_bytes = {len(CONTENT)}, duration_ms = 1",
    )
    path = data / "renders" / asset["id"] / f"{render_id}.mp3"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path


@pytest.mark.parametrize("option", [(), ("--copy",)])
def test_backup_render_restored(shell: Shell, option: tuple[str, ...]) -> None:
    path = completed(shell.folder / "data").relative_to(shell.folder / "data")
    shell.json("backup", "backup", *option)
    assert str(path) in manifest_of(shell.folder / "backup")
    again = shell.json("backup", "backup", *option)
    assert (again["copied"], again["linked"], again["problems"]) == (0, 0, [])
    shell.json("restore", "backup", "--data-dir", "restored")
    assert (shell.folder / "restored" / path).read_bytes() == CONTENT
    assert [row["state"] for row in rows(shell.folder / "restored", "SELECT state FROM render")] == ["completed"]


def without_them(shell: Shell, path: Path) -> list[str]:
    shell.json("backup", "backup", "--without-renders")
    return []


def lost_file(shell: Shell, path: Path) -> list[str]:
    path.unlink()
    return problems_of(shell)


def shortened_file(shell: Shell, path: Path) -> list[str]:
    path.write_bytes(CONTENT[:-1])
    return problems_of(shell)


def problems_of(shell: Shell) -> list[str]:
    outcome = shell.run("backup", "backup", "--json")
    assert outcome.status == 1
    return [problem["problem"] for problem in json.loads(outcome.out)["problems"]]


@pytest.mark.parametrize(
    ("do", "problems"),
    [
        (without_them, []),
        (lost_file, ["is missing or damaged in the box"]),
        (shortened_file, ["is missing or damaged in the box"]),
    ],
)
def test_backup_without_render_made_again(
    shell: Shell, do: Callable[[Shell, Path], list[str]], problems: list[str]
) -> None:
    data = shell.folder / "data"
    path = completed(data)
    shell.json("backup", "backup")
    assert do(shell, path) == problems
    assert not [name for name in manifest_of(shell.folder / "backup") if name.startswith("renders/")]
    nothing_else(shell.folder / "backup")
    verified(shell.folder / "backup")
    shell.json("restore", "backup", "--data-dir", "restored")
    (row,) = rows(shell.folder / "restored", "SELECT state, size_bytes, started_at FROM render")
    assert row == {"state": "pending", "size_bytes": None, "started_at": None}
    assert not (shell.folder / "restored" / "renders").exists()
