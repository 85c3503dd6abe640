"""``version``."""

from __future__ import annotations

import platform
from importlib import metadata

from roughy_box import __version__
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command


@command(group, "version")
def version(session: Session) -> None:
    """Show the versions of the program and of its libraries. Needs no box."""
    from roughy_box.media import libraries
    from roughy_box.storage import inspection

    found = libraries.inspect()
    facts = {
        "version": __version__,
        "schema": inspection.LATEST_SCHEMA,
        "python": platform.python_version(),
        "sqlite": inspection.LIBRARY,
        "libmagic": found.libmagic,
        "pyav": found.pyav,
        "ffmpeg": found.ffmpeg,
        "ffmpeg_libraries": found.ffmpeg_libraries,
        "ffmpeg_license": found.ffmpeg_license,
        "sanic": _distribution("sanic"),
        "tortoise_orm": _distribution("tortoise-orm"),
        "system": platform.platform(),
    }
    if session.as_json:
        output.document(facts)
    else:
        libraries_of = " ".join(f"{name} {number}" for name, number in found.ffmpeg_libraries.items())
        output.pairs(
            {"Roughy Box": f"{__version__}, schema {facts['schema']}"}
            | {
                "Python": f"{facts['python']} on {facts['system']}",
                "SQLite": facts["sqlite"],
                "libmagic": facts["libmagic"] or "missing",
                "PyAV": facts["pyav"] or "missing",
                "FFmpeg": f"{facts['ffmpeg'] or 'missing'}, {facts['ffmpeg_license'] or 'license unknown'}",
                "": libraries_of,
                "Sanic": facts["sanic"] or "unknown",
                "Tortoise ORM": facts["tortoise_orm"] or "unknown",
            }
        )


def _distribution(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # not packed into the standalone program
        return None
