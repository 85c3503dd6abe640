"""``init``: the files it creates, its output, the files it leaves alone."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.harness import PROGRAM


def tree(folder: Path) -> dict[str, int]:
    """Return every file below a folder with its permissions."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_init_fresh_box_as_json(shell: Shell) -> None:
    facts = shell.json("init", "--credits", "7", "--account", "nightly")

    assert list(facts) == ["config", "data_dir", "account", "api_key", "balance"]
    assert facts["config"] == str(shell.folder / "roughy-box.toml")
    assert facts["data_dir"] == str(shell.folder / "roughy-box-data")
    assert (facts["account"], facts["balance"]) == ("nightly", 7)
    assert facts["api_key"].startswith("sk_")
    assert shell.json("ledger")["items"][0]["delta"] == 7


def test_init_without_credits_no_entry(shell: Shell) -> None:
    assert shell.json("init")["balance"] == 0
    assert shell.json("ledger")["items"] == []


def test_init_private_files_have_mode_0600(shell: Shell) -> None:
    shell.json("init")
    modes = tree(shell.folder)
    assert modes.pop("roughy-box.toml") == 0o600
    assert {name: modes[f"roughy-box-data/{name}"] for name in ("secret", "box.db", "box.json")} == {
        "secret": 0o600,
        "box.db": 0o600,
        "box.json": 0o600,
    }
    assert all(name.startswith("roughy-box-data/") for name in modes)


def test_init_key_shown_once_never_stored(shell: Shell) -> None:
    shown = shell.run("init")
    assert shown.status == 0
    key = next(word for word in shown.out.split() if word.startswith("sk_"))
    again = shell.run("init", "--if-needed")
    listed = shell.run("key", "list")

    assert shown.out.count(key) == 1
    assert key not in again.out + listed.out
    for path in shell.folder.rglob("*"):
        assert path.is_dir() or key.encode() not in path.read_bytes(), path


def test_init_off_terminal_has_no_colors(shell: Shell) -> None:
    shown = shell.run("init", "--credits", "3")
    assert "3 credits" in shown.out
    assert "roughy-box serve" in shown.out
    assert "\x1b" not in shown.out


def test_init_second_run_fails_unchanged(box_shell: Shell) -> None:
    before = {name: (box_shell.folder / name).read_bytes() for name in tree(box_shell.folder) if "box.db" not in name}
    box_shell.run("init", "--credits", "5").refused("is already a box")
    assert before == {name: (box_shell.folder / name).read_bytes() for name in before}
    assert box_shell.json("balance")["balance"] == 10


def test_init_if_needed_is_repeatable(shell: Shell) -> None:
    first = shell.json("init", "--if-needed", "--credits", "4")
    second = shell.json("init", "--if-needed", "--credits", "4")
    assert first["api_key"]
    assert second == first | {"api_key": None}
    assert [key["revoked_at"] for key in shell.json("key", "list")["items"]] == [None]


def test_init_data_dir_written_to_config(shell: Shell, tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "deep"
    facts = shell.json("init", "--data-dir", str(elsewhere))
    assert facts["data_dir"] == str(elsewhere)
    assert str(elsewhere) in (shell.folder / "roughy-box.toml").read_text()
    assert not (shell.folder / "roughy-box-data").exists()
    assert shell.json("balance")["balance"] == 0


def test_init_relative_data_dir_from_working_folder(shell: Shell) -> None:
    assert shell.json("init", "--data-dir", "footage")["data_dir"] == str(shell.folder / "footage")


@pytest.mark.parametrize("how", ["option", "environment"])
def test_init_config_path_chosen(shell: Shell, tmp_path: Path, how: str) -> None:
    path = tmp_path / "etc" / "box.toml"
    option = ["--config", str(path)] if how == "option" else []
    if how == "environment":
        shell.environ["ROUGHY_BOX_CONFIG"] = str(path)
    facts = shell.json("init", *option)
    assert facts["config"] == str(path)
    # Relative paths start at the folder of the file they stand in.
    assert facts["data_dir"] == str(path.parent / "roughy-box-data")
    assert shell.json("balance", *option)["balance"] == 0


def test_init_existing_config_used_unchanged(shell: Shell) -> None:
    config = shell.folder / "roughy-box.toml"
    config.write_text('[storage]\ndata_dir = "mine"\n')
    assert shell.json("init")["data_dir"] == str(shell.folder / "mine")
    assert config.read_text() == '[storage]\ndata_dir = "mine"\n'


def test_init_config_of_other_folder_refused(shell: Shell) -> None:
    (shell.folder / "roughy-box.toml").write_text('[storage]\ndata_dir = "mine"\n')
    shell.run("init", "--data-dir", "other").refused("roughy-box.toml", "mine", "other", "storage.data_dir")
    assert [path.name for path in shell.folder.iterdir()] == ["roughy-box.toml"]


def test_init_foreign_folder_refused_unchanged(shell: Shell) -> None:
    holiday = shell.folder / "holiday"
    holiday.mkdir()
    (holiday / "beach.jpg").write_bytes(b"sun")
    shell.run("init", "--data-dir", "holiday").refused("beach.jpg", "--data-dir")
    assert [path.name for path in holiday.iterdir()] == ["beach.jpg"]
    assert not (shell.folder / "roughy-box.toml").exists()


def test_init_empty_folder_accepted(shell: Shell) -> None:
    (shell.folder / "empty").mkdir()
    assert shell.json("init", "--data-dir", "empty")["api_key"]


def test_init_interrupted_can_be_repeated(shell: Shell) -> None:
    half = shell.folder / "half"
    (half / "incoming").mkdir(parents=True)
    (half / "secret").write_bytes(b"old")
    (half / "box.db").write_bytes(b"half a database")
    shell.json("init", "--data-dir", "half")
    assert shell.json("doctor")["ok"]


def test_init_file_in_place_of_folder_refused(shell: Shell) -> None:
    (shell.folder / "taken").write_text("a file")
    shell.run("init", "--data-dir", "taken").refused("taken")


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that not even root may write to")
def test_init_unwritable_folder_refused(shell: Shell) -> None:
    shell.run("init", "--data-dir", "/proc/roughy-box").refused("/proc/roughy-box", "cannot be used")


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines"])
def test_init_bad_account_name_can_be_repeated(shell: Shell, name: str) -> None:
    shell.run("init", "--account", name).refused("1 to 100")
    assert shell.json("init", "--if-needed")["api_key"]


def test_init_negative_credits_usage_error(shell: Shell) -> None:
    assert "--credits" in shell.run("init", "--credits", "-1").refused()
    assert list(shell.folder.iterdir()) == []


@pytest.mark.parametrize("left", ["box.db", "media", "incoming"])
def test_init_box_without_marker_not_recreated(shell: Shell, left: str) -> None:
    shell.json("init", "--data-dir", "kept", "--credits", "7")
    kept = shell.folder / "kept"
    (kept / "box.json").unlink()
    if left != "box.db":
        (kept / "box.db").unlink()
        (kept / left / "another" / "s").mkdir(parents=True)
        (kept / left / "another" / "s" / "take.mp4").write_bytes(b"the only copy")

    def content() -> dict[Path, bytes]:
        # Looking into a database makes its shared memory file.
        return {path: path.read_bytes() for path in kept.rglob("*") if path.is_file() and "box.db-" not in path.name}

    before = content()
    for arguments in (["init"], ["init", "--if-needed"]):
        shell.run(*arguments).refused("without its marker")
    assert "init'" not in shell.run("serve").refused("box.json is missing")
    assert content() == before


def init_at_once(shell: Shell, *options: str) -> list[subprocess.CompletedProcess[str]]:
    """Run four processes of ``init`` at the same time."""
    running = [
        subprocess.Popen(
            [*PROGRAM, "init", *options, "--json"],
            cwd=shell.folder,
            env=shell.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    ended = [(each, *each.communicate()) for each in running]
    return [subprocess.CompletedProcess(each.args, each.returncode, out, err) for each, out, err in ended]


def test_inits_at_once_one_makes_the_box(shell: Shell) -> None:
    done = init_at_once(shell, "--credits", "5")
    assert sorted(each.returncode for each in done) == [0, 1, 1, 1]
    for each in done:
        if each.returncode:
            assert len(each.stderr.splitlines()) == 1, each.stderr
            assert "IntegrityError" not in each.stderr
    assert [each["balance"] for each in shell.json("account", "list")["items"]] == [5]


def test_inits_if_needed_at_once_all_succeed(shell: Shell) -> None:
    done = init_at_once(shell, "--if-needed")
    assert [each.returncode for each in done] == [0] * 4
    assert len(shell.json("key", "list")["items"]) == 1
