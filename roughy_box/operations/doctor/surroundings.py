"""Checks of what a box depends on: configuration, libraries, media children, clock."""

from __future__ import annotations

import asyncio
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from roughy_box import __version__
from roughy_box.base import clock, frozen
from roughy_box.base.certificate import Certificate
from roughy_box.config.options import OPTIONS, Config
from roughy_box.domain.asset import Failure
from roughy_box.domain.errors import SetupError
from roughy_box.domain.findings import Finding
from roughy_box.media import encoders, libraries
from roughy_box.media.children import ChildError
from roughy_box.media.detector import Detector
from roughy_box.media.fork_server import ForkServer
from roughy_box.media.prober import probe_file
from roughy_box.media.render_output import X264
from roughy_box.operations.doctor.findings import Context, shell
from roughy_box.operations.speech.listing import listing
from roughy_box.storage import inspection

REINSTALL = (
    "A part of the program is damaged. Install it again."
    if frozen.IS_FROZEN
    else "Reinstall the libraries: pip install --force-reinstall av python-magic pylibmagic"
)
RELEASED = 1_704_067_200 * clock.SECOND  # 2024-01-01; a correct clock shows more
SILENT_WAV = (
    b"RIFF\x44\x04\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
    b"data\x20\x04\x00\x00" + bytes(1056)
)


def check_configuration(context: Context) -> Iterator[Finding]:
    """Report the settings with their sources; check the files they name."""
    config = context.config
    context.facts |= {
        "version": __version__,
        "config_file": str(config.path) if config.path else None,
        "settings": {row.name: _setting(config, row.section, row.key, row.secret) for row in OPTIONS},
    }
    secrets = [row.name for row in OPTIONS if row.secret and config.sources[row.name] == "file"]
    if config.path and secrets:
        mode = stat.S_IMODE(config.path.stat().st_mode)
        if mode & 0o077:
            problem = f"{config.path} holds {' and '.join(secrets)} and can be read by others ({mode:04o})"
            yield Finding("configuration", problem, shell("chmod", "600", config.path))
    if config.server.tls_cert and config.server.tls_key:
        yield from _check_certificate(config.server.tls_cert, config.server.tls_key)


def _check_certificate(chain: Path, key: Path) -> Iterator[Finding]:
    try:
        if Certificate(chain, key).is_expired():
            remedy = "Renew it. A running server loads the new one without a restart."
            yield Finding("configuration", f"the certificate in {chain} has expired", remedy)
    except SetupError as error:
        yield Finding("configuration", str(error), "Correct it, or put a matching pair of PEM files there.")


def check_libraries(context: Context) -> Iterator[Finding]:
    """Check that SQLite, libmagic and PyAV are present and new enough."""
    found = libraries.inspect()
    context.facts |= {
        "sqlite": inspection.LIBRARY,
        "libmagic": found.libmagic,
        "pyav": found.pyav,
        "ffmpeg": found.ffmpeg,
        "formats": found.formats,
    }
    if inspection.LIBRARY_IS_TOO_OLD:
        yield Finding("database", f"SQLite {inspection.LIBRARY} is too old", "Use a Python with 3.37 or newer.")
    elif inspection.LIBRARY_HAS_RESET_RACE:
        context.notes.append(
            f"SQLite {inspection.LIBRARY} has a rare bug when several processes checkpoint a database "
            "(fixed in 3.51.3). Here only the server does; keep other programs from writing to box.db."
        )
    for problem in found.problems:
        yield Finding("media", problem, REINSTALL)
    if not found.problems:
        yield from asyncio.run(_try_children(context.config))


def check_speech(context: Context) -> Iterator[Finding]:
    """Check the recognizers that are set, and note the languages that cuts miss."""
    found = listing(context.config)
    context.facts["recognizers"] = [row.name for row in found.rows if row.is_ready]
    for problem in found.problems:
        yield Finding("speech", problem, "'roughy-box speech' says what it lacks.")
    if found.missing:
        context.notes.append(found.missing)


def check_rendering(context: Context) -> Iterator[Finding]:
    """Check the encoder that is set, and name those of devices that work here."""
    working = asyncio.run(_working_encoders())
    context.facts["encoders"] = [X264, *working]
    wanted = context.config.rendering.encoder
    if wanted in encoders.DEVICES and wanted not in working:
        problem = f"rendering.encoder is {wanted}, which does not work here; renders are encoded by x264"
        remedy = "Let the box reach its device (docs/operations.md, Renders), or set rendering.encoder to x264 or auto."
        yield Finding("rendering", problem, remedy)


async def _working_encoders() -> list[str]:
    if not any(is_there() for is_there in encoders.DEVICES.values()):
        return []
    async with ForkServer() as forks:
        return await encoders.working(forks)


def check_clock(context: Context) -> Iterator[Finding]:
    """Check that the clock was ever set: a wrong one would expire everything, or nothing."""
    now = clock.now()
    context.facts["clock"] = clock.iso(now)
    if now < RELEASED:
        yield Finding("clock", f"the clock shows {clock.iso(now)}", "Set it: timedatectl set-ntp true")


def _setting(config: Config, section: str, key: str, is_secret: bool) -> dict[str, object]:
    value = getattr(getattr(config, section), key)
    if is_secret and value:
        value = "********"
    elif isinstance(value, tuple):
        value = [str(each) for each in value]
    elif isinstance(value, Path):
        value = str(value)
    return {"value": value, "source": config.sources[f"{section}.{key}"]}


async def _try_children(config: Config) -> list[Finding]:
    """Detect and prepare a WAV file, as if it were an upload."""
    try:
        problems = await asyncio.gather(_try_detector(), _try_prober(config))
    except ChildError as error:
        return [Finding("media", str(error), REINSTALL)]
    return [Finding("media", problem, REINSTALL) for problem in problems if problem]


async def _try_detector() -> str | None:
    detector = Detector()
    try:
        verdict = await detector.detect(SILENT_WAV)
    finally:
        await detector.close()
    return None if verdict.kind else "libmagic or PyAV does not recognize a WAV file"


async def _try_prober(config: Config) -> str | None:
    try:
        with tempfile.NamedTemporaryFile() as file:
            file.write(SILENT_WAV)
            file.flush()
            limit = config.processing.memory_limit
            async with ForkServer() as forks:
                verdict = await probe_file(forks, Path(file.name), timeout=None, memory_limit=limit)
    except OSError:
        return None  # no folder for temporary files, which the box itself never needs
    return f"a WAV file cannot be prepared: {verdict.message}" if isinstance(verdict, Failure) else None
