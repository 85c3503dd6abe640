"""The data folder: is it the right one, is it whole, is there room on its disk."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial

from roughy_box.config.values import format_size
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import FOLDERS, LEFT_BEHIND, RESTORE, Case, Finding, Mend, shell, status
from roughy_box.storage.folder import MARKER, SECRET_SIZE, read_marker
from roughy_box.storage.volume import mount_of, refusal, space_of

FEW_FILES = 1000


def check_volume(case: Case) -> Iterator[Finding]:
    """The kind of disk, and what it has left."""
    mount = mount_of(case.root)
    case.facts["file_system"] = mount.kind if mount else None
    if mount and mount.is_network:
        remedy = "Stop the server, move the folder to a disk of this machine, and set storage.data_dir to it."
        yield Finding("disk", refusal(case.root, mount), remedy)
    if mount and mount.is_memory:
        case.notes.append(f"{case.root} is in memory ({mount.kind}): all of it is gone when the machine restarts.")
    if not os.path.isdir(case.root):
        return
    space = space_of(case.root)
    case.facts |= {"free_bytes": space.free, "total_bytes": space.size}
    reserve = case.config.storage.reserve
    if space.free < reserve:
        yield Finding(
            "disk",
            f"only {format_size(space.free)} are free, less than storage.reserve ({format_size(reserve)})",
            f"Free some space (see '{shell('df', '-h', case.root)}'), delete assets, or lower storage.reserve.",
        )
    if space.free_files is not None and space.free_files < FEW_FILES:
        problem = f"the file system can take only {space.free_files} more files"
        yield Finding("disk", problem, f"Delete files that are not needed (see '{shell('df', '-i', case.root)}').")


def check_marker(case: Case) -> Iterator[Finding]:
    """Whether this is the box, and not the empty place where its disk should be mounted."""
    case.facts |= {"data_dir": str(case.root), "box": None, "served": case.is_served}
    try:
        case.facts["box"] = read_marker(case.root)
    except (FileNotFoundError, NotADirectoryError):
        yield _no_box(case)
    except OSError as error:
        remedy = f"Check who may read it ('{shell('ls', '-ld', case.root)}') and its disk ('{shell('df', case.root)}')."
        yield Finding("folder", f"{case.root / MARKER} cannot be read: {error.strerror}", remedy)
    except ValueError:
        yield Finding("folder", f"{case.root / MARKER} is damaged", RESTORE)


def check_contents(case: Case) -> Iterator[Finding]:
    """The parts of the folder besides the database."""
    for name in FOLDERS:
        path = case.root / name
        if not path.is_dir():
            make = Mend(partial(repairs.make_folder, path), beside_server=True)
            yield Finding("folder", f"{path} is missing", shell("mkdir", path), make)
        elif path.is_symlink():
            problem = f"{path} is a symbolic link, which backups do not follow"
            yield Finding("folder", problem, "Move the real folder to its place; set storage.data_dir to move the box.")
    devices = {(case.root / name).stat().st_dev for name in FOLDERS if (case.root / name).is_dir()}
    if len(devices) > 1:
        problem = "incoming and media are on different disks; finished uploads cannot be moved from one to the other"
        yield Finding("folder", problem, f"Unmount the disk below {case.root}; give the whole folder one disk.")
    yield from _check_secret(case)
    yield from _check_leftovers(case)


def _no_box(case: Case) -> Finding:
    mounted = f"check with '{shell('df', case.root)}' that its disk is mounted and storage.data_dir is right"
    if os.path.isfile(case.root / "box.db"):
        problem = f"{case.root} has a database but no {MARKER}, which says that it is whole and which box it is"
        return Finding("folder", problem, f"First {mounted}. {RESTORE}")
    problem = f"there is no box in {case.root}: {MARKER} is missing"
    return Finding("folder", problem, f"If there should be one, {mounted}. 'roughy-box init' makes a new box.")


def _check_secret(case: Case) -> Iterator[Finding]:
    path = case.root / "secret"
    found = status(path)
    if found is None or found.st_size < SECRET_SIZE:
        problem = f"{path} is damaged ({found.st_size} bytes)" if found else f"{path} is missing"
        what = "writes a new one; download addresses given out before stop working"
        yield case.mendable("folder", problem, what, partial(repairs.new_secret, path))


def _check_leftovers(case: Case) -> Iterator[Finding]:
    for path in (*case.root.glob(".*.new"), *case.root.glob("derived/.*.new")):
        found = status(path)
        if found and (not case.is_served or found.st_mtime < time.time() - LEFT_BEHIND):
            problem = f"{path} was left by an interrupted write"
            yield Finding("folder", problem, shell("rm", path), Mend(partial(repairs.remove, path), True))
    for path in sorted(case.root.glob("box.db.before-*")):
        size = format_size(path.stat().st_size)
        case.notes.append(f"{path} ({size}) is the database before an update; delete it once you are content.")
