"""Checks of the data folder: its disk, its marker, its parts."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from roughy_box.config.values import format_size
from roughy_box.domain.findings import Finding
from roughy_box.operations.doctor import repairs
from roughy_box.operations.doctor.findings import FOLDERS, LEFT_BEHIND, RESTORE, Context, Repairable, shell, status
from roughy_box.storage import renders
from roughy_box.storage.folder import MARKER, SECRET_SIZE, read_marker
from roughy_box.storage.volume import mount_of, refusal, space_of

FEW_FILES = 1000
_LISTENING = ".heard.new"


def check_volume(context: Context) -> Iterator[Finding]:
    """Check the kind of disk and its free space."""
    mount = mount_of(context.root)
    context.facts["file_system"] = mount.kind if mount else None
    if mount and mount.is_network:
        remedy = "Stop the server, move the folder to a disk of this machine, and set storage.data_dir to it."
        yield Finding("disk", refusal(context.root, mount), remedy)
    if mount and mount.is_memory:
        context.notes.append(f"{context.root} is in memory ({mount.kind}): a restart of the machine loses all of it.")
    if not os.path.isdir(context.root):
        return
    space = space_of(context.root)
    context.facts |= {"free_bytes": space.free, "total_bytes": space.size}
    reserve = context.config.storage.reserve
    if space.free < reserve:
        yield Finding(
            "disk",
            f"only {format_size(space.free)} are free, less than storage.reserve ({format_size(reserve)})",
            f"Free some space (see '{shell('df', '-h', context.root)}'), delete assets, or lower storage.reserve.",
        )
    if space.free_files is not None and space.free_files < FEW_FILES:
        problem = f"the file system can take only {space.free_files} more files"
        yield Finding("disk", problem, f"Delete files that are not needed (see '{shell('df', '-i', context.root)}').")


def check_marker(context: Context) -> Iterator[Finding]:
    """Check that this is the box, not the empty folder where its disk should be mounted."""
    context.facts |= {"data_dir": str(context.root), "box": None, "served": context.is_served}
    try:
        context.facts["box"] = read_marker(context.root)
    except (FileNotFoundError, NotADirectoryError):
        yield _no_box(context)
    except OSError as error:
        rights, disk = shell("ls", "-ld", context.root), shell("df", context.root)
        remedy = f"Check who may read it ('{rights}') and its disk ('{disk}')."
        yield Finding("folder", f"{context.root / MARKER} cannot be read: {error.strerror}", remedy)
    except ValueError:
        yield Finding("folder", f"{context.root / MARKER} is damaged", RESTORE)


def check_parts(context: Context) -> Iterator[Finding]:
    """Check the parts of the folder other than the database."""
    for name in FOLDERS:
        path = context.root / name
        if not path.is_dir():
            make = partial(repairs.make_folder, path)
            yield Repairable("folder", f"{path} is missing", shell("mkdir", path), make, while_served=True)
        elif path.is_symlink():
            problem = f"{path} is a symbolic link, which backups do not follow"
            yield Finding("folder", problem, "Move the real folder to its place; set storage.data_dir to move the box.")
    devices = {(context.root / name).stat().st_dev for name in FOLDERS if (context.root / name).is_dir()}
    if len(devices) > 1:
        problem = "incoming and media are on different disks; finished uploads cannot be moved from one to the other"
        yield Finding("folder", problem, f"Unmount the disk below {context.root}; keep the whole folder on one disk.")
    yield from _check_secret(context)
    yield from _check_leftovers(context)


def _may_be_written(path: Path) -> bool:
    return path.name.endswith(_LISTENING) or path.parent.parent.name == renders.FOLDER


def _no_box(context: Context) -> Finding:
    mounted = f"check with '{shell('df', context.root)}' that its disk is mounted and storage.data_dir is right"
    if os.path.isfile(context.root / "box.db"):
        problem = f"{context.root} has a database but no {MARKER}, which identifies a complete box"
        return Finding("folder", problem, f"First {mounted}. {RESTORE}")
    problem = f"there is no box in {context.root}: {MARKER} is missing"
    return Finding("folder", problem, f"If there should be one, {mounted}. 'roughy-box init' creates a new box.")


def _check_secret(context: Context) -> Iterator[Finding]:
    path = context.root / "secret"
    found = status(path)
    if found is None or found.st_size < SECRET_SIZE:
        problem = f"{path} is damaged ({found.st_size} bytes)" if found else f"{path} is missing"
        what = "writes a new one; download URLs issued before stop working"
        yield context.repairable("folder", problem, what, partial(repairs.new_secret, path))


def _check_leftovers(context: Context) -> Iterator[Finding]:
    for path in (
        *context.root.glob(".*.new"),
        *context.root.glob("derived/.*.new"),
        *context.root.glob("renders/*/.*.new"),
    ):
        found = status(path)
        is_old = found is not None and found.st_mtime < time.time() - LEFT_BEHIND
        # A listening is written at its end, hours after its file was opened; a child that waits writes nothing.
        if found and (not context.is_served or (is_old and not _may_be_written(path))):
            problem = f"{path} was left by an interrupted write"
            yield Repairable("folder", problem, shell("rm", path), partial(repairs.remove, path), while_served=True)
    for path in sorted(context.root.glob("box.db.before-*")):
        size = format_size(path.stat().st_size)
        context.notes.append(f"{path} ({size}) is the database before an upgrade; delete it once you are content.")
