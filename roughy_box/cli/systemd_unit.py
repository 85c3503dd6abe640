"""The systemd unit: the template filled in for one installation."""

from __future__ import annotations

import pwd
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

import roughy_box
from roughy_box.base import frozen
from roughy_box.config.options import OPTIONS, Config
from roughy_box.domain.errors import SetupError

_STOP_MARGIN = 20  # seconds for writes that cannot be interrupted
_FILES_PER_CONNECTION = 4
_PRIVILEGED = 1024
# The manager of a user is not allowed these (systemd.exec(5)).
_SYSTEM_ONLY = re.compile(
    r"^(User|RequiresMountsFor|CapabilityBoundingSet|ProtectSystem|ProtectHome|PrivateTmp|PrivateDevices|ProtectProc"
    r"|ProtectKernelTunables|RemoveIPC)=",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Installation:
    """The facts about this machine that a unit contains."""

    program: list[str]
    environment: dict[str, str]
    config: Config
    user: str
    compiles: bool = False  # a recognizer is set up that compiles its computations

    @classmethod
    def of(cls, config: Config, environ: Mapping[str, str], user: str | None) -> Installation:
        """Return the installation that serves the box of ``config``. Errors: :class:`SetupError`."""
        from roughy_box.storage import folder

        root = config.storage.data_dir
        if not folder.is_box(root):
            raise SetupError(f"There is no box in {root} yet. Run 'roughy-box init' first.")
        program, environment = _program()
        settings = environment | _settings(config, environ)
        return cls(program, settings, config, _user(root, user), _compiles(config))

    def is_within(self, *folders: str) -> bool:
        """Return whether any file of the installation lies in one of ``folders``."""
        own = [self.config.path, self.config.storage.data_dir, self.config.server.tls_cert, self.config.server.tls_key]
        parts = [*filter(None, own), *map(Path, (self.program[0], sys.prefix, sys.base_prefix, roughy_box.__file__))]
        reached = {found for path in parts for found in (path, path.resolve())}
        return any(path.is_relative_to(folder) for path in reached for folder in folders)


def unit_name(name: str) -> str:
    """Return ``name`` as the name of a service. Errors: :class:`SetupError`."""
    stem = name.removesuffix(".service")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", stem):
        raise SetupError(f"{name!r} is not a valid name for a unit: use letters, digits, dots, '-' and '_'.")
    return f"{stem}.service"


def render(template: str, here: Installation, name: str, *, for_user: bool) -> str:
    """Return the unit, without paragraphs that do not apply. Errors: :class:`SetupError` for paths no unit can hold."""
    from roughy_box.http.serve import DRAIN

    words = _words(here, name, for_user=for_user) | {"drain": f"{DRAIN:.0f}", "stop": f"{DRAIN + _STOP_MARGIN:.0f}"}
    given = {key: value for key, value in words.items() if value is not None}
    paragraphs = []
    for paragraph in template.rstrip().split("\n\n"):
        header, line, rest = paragraph.partition("\n") if paragraph.startswith("[") else ("", "", paragraph)
        lacks = any(f"${key}" in rest for key in words.keys() - given.keys())
        if lacks or (for_user and _SYSTEM_ONLY.search(rest) and not header):
            rest = ""
        elif for_user:
            rest = "\n".join(each for each in rest.split("\n") if not _SYSTEM_ONLY.match(each))
        if header or rest:
            paragraphs.append(header + line + Template(rest).substitute(given))
    return "\n\n".join(paragraphs) + "\n"


def _words(here: Installation, name: str, *, for_user: bool) -> dict[str, str | None]:
    config = here.config
    root = str(config.storage.data_dir)
    has_port = config.server.port >= _PRIVILEGED
    arguments = [*here.program, "serve", *(["--config", str(config.path)] if config.path else [])]
    lines = [f"Environment={quoted(f'{key}={value}')}" for key, value in here.environment.items()]
    return {
        "install": _how_to_install(name, for_user=for_user),
        "data_dir": quoted(root),
        "data_dir_text": _plain(root),
        "network": None if for_user else "network-online.target",
        "command": _command(arguments),
        "speakers": "all" if frozen.is_one_file() else "main",
        "cache": name.removesuffix(".service") if frozen.is_one_file() else None,
        "environment": "\n".join(["# Settings of the environment in which this unit was printed.", *lines])
        if lines
        else None,
        "user": here.user,
        "files": str(_FILES_PER_CONNECTION * config.server.max_connections),
        "port_right": "" if has_port else f" but that to listen on port {config.server.port}",
        "capabilities": "" if has_port else "CAP_NET_BIND_SERVICE",
        "home": "read-only" if here.is_within("/home", "/root", "/run/user") else "yes",
        "tmp": None if here.is_within("/tmp", "/var/tmp") else "yes",
        "no_compiler": None if here.compiles else "yes",
        "compiler": "no" if here.compiles else None,
        "target": "default.target" if for_user else "multi-user.target",
    }


def quoted(word: str) -> str:
    """Quote a word of a setting for systemd.syntax(7).

    Settings differ in how they read a backslash, so none is written. Errors: :class:`SetupError`.
    """
    text = _plain(word)
    if re.fullmatch(r"[\w/.:=@,+%-]+", text):
        return text
    mark = next((mark for mark in "\"'" if mark not in text), None)
    if mark is None or "\\" in text:
        raise SetupError(f"A unit cannot hold {word!r}: it contains a backslash, or quotes of both kinds. Rename it.")
    return f"{mark}{text}{mark}"


def _plain(word: str) -> str:
    if not word.isprintable():
        raise SetupError(f"A unit cannot hold {word!r}: it contains control characters. Rename it.")
    return word.replace("%", "%%")


def _command(arguments: list[str]) -> str:
    if "$" in arguments[0]:
        raise SetupError(f"A unit cannot start {arguments[0]!r}: its path contains a '$'. Install it elsewhere.")
    return " ".join(quoted(argument).replace("$", "$$") for argument in arguments)


def _program() -> tuple[list[str], dict[str, str]]:
    """Return the command that starts this program, and the environment it needs."""
    if frozen.IS_FROZEN:
        return [sys.executable], {}
    for script in (Path(sys.argv[0]), Path(sys.executable).with_name("roughy-box")):
        if script.name == "roughy-box" and script.is_file():
            return [str(script.absolute())], {}
    # Run from a checkout: the package is here and not on the path of Python.
    return [sys.executable, "-P", "-m", "roughy_box"], {"PYTHONPATH": str(Path(roughy_box.__file__).parents[1])}


def _settings(config: Config, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that are not in the file, so that the unit serves the same box from any folder."""
    found = {}
    for row in OPTIONS:
        value = getattr(getattr(config, row.section), row.key)
        is_needed = config.sources[row.name] == row.variable or (row.name == "storage.data_dir" and not config.path)
        if is_needed and row.section != "client":
            found[row.variable] = str(value) if isinstance(value, Path) else environ[row.variable]
    return found


def _compiles(config: Config) -> bool:
    """Return whether faster-whisper has a model and may be used."""
    from roughy_box.services.recognition import setup_of
    from roughy_box.speech.whisper.recognizer import Whisper

    return config.speech.engine in ("auto", Whisper.name) and bool(Whisper().ready(setup_of(config)).offers)


def _user(root: Path, wanted: str | None) -> str:
    try:
        return pwd.getpwnam(wanted).pw_name if wanted else pwd.getpwuid(root.stat().st_uid).pw_name
    except KeyError:
        who = wanted or f"number {root.stat().st_uid}, the owner of {root},"
        raise SetupError(f"The user {who} does not exist here. Name the user that runs the box with --user.") from None


def _how_to_install(name: str, *, for_user: bool) -> str:
    again = f" --name {name.removesuffix('.service')}" if name != "roughy-box.service" else ""
    if for_user:
        lines = [
            "mkdir -p ~/.config/systemd/user",
            f"roughy-box systemd --user-unit{again} > ~/.config/systemd/user/{name}",
            f"systemctl --user daemon-reload && systemctl --user enable --now {name}",
            "loginctl enable-linger   # keep running after you log out",
        ]
    else:
        lines = [
            f"roughy-box systemd{again} | sudo tee /etc/systemd/system/{name}",
            f"sudo systemctl daemon-reload && sudo systemctl enable --now {name}",
        ]
    return "\n".join(f"#   {line}" for line in lines)
