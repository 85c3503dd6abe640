"""``doctor``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import Any

import click

from roughy_box.base.text import all_printable, printable
from roughy_box.cli import group, output
from roughy_box.cli.command import Session, command
from roughy_box.cli.connection import find_key
from roughy_box.config.options import OPTIONS
from roughy_box.config.values import format_duration, format_size, parse_size
from roughy_box.domain.errors import SetupError

_ARROW = "  -> "


@command(group, "doctor")
@click.option("--repair", is_flag=True, help="Repair what can be repaired without losing data, and list the repairs.")
@click.option("--deep", is_flag=True, help="Read every file and verify its checksum; as slow as the disk.")
@click.option("--url", help="Check the connection instead: upload to this address, through the proxy.")
@click.option("--key", help="The API key for --url, instead of client.key or $ROUGHY_BOX_CLIENT_KEY.")
@click.option("--slow", is_flag=True, help="With --url: pause for up to a minute while uploading, to find timeouts.")
def doctor(session: Session, repair: bool, deep: bool, url: str | None, key: str | None, slow: bool) -> None:
    """Check the box: configuration, disk, permissions, database, ledger, files, media libraries, clock.

    Exits with 1 if it finds problems. Works while the server runs, and also when the box cannot be opened.

    With --url, from any machine: check the connection to the box. It sends parts of uploads in ways that show which
    setting of a reverse proxy is wrong, and deletes them again; nothing is charged.
    """
    if url is not None:
        if repair or deep:
            raise click.UsageError("--repair and --deep check the box itself; leave them out with --url.")
        _check_connection(session, url, key, slow)
        return
    if key is not None or slow:
        raise click.UsageError("--key and --slow belong to --url.")
    from roughy_box.operations import doctor as service

    try:
        config = session.load()
    except SetupError as error:
        if not session.as_json:
            raise
        report = service.without_configuration(str(error))
    else:
        with output.progress_bar("reading all files") if deep else nullcontext() as progress:
            report = service.examine(config, repair=repair, deep=progress)
    if session.as_json:
        output.document(report.as_document())
    else:
        _show(report.as_document())
    if report.findings:
        sys.exit(1)


def _check_connection(session: Session, url: str, key: str | None, slow: bool) -> None:
    from roughy_box.client import connectivity

    try:
        # It contains text of the server, which need not be a box.
        report = all_printable(connectivity.examine(url, find_key(key, session.load()), slow=slow).as_document())
    except ValueError as error:
        raise SetupError(f"The address or the API key {error}.") from None
    if session.as_json:
        output.document(report)
    else:
        facts = {name: value for name, value in report["facts"].items() if name != "notes" and value is not None}
        output.pairs(facts)
        _show_outcome(report)
    if not report["ok"]:
        sys.exit(1)


def _show(report: dict[str, Any]) -> None:
    facts = report["facts"]
    output.pairs(_facts(facts))
    _show_settings(facts["settings"])
    _show_outcome(report)


def _show_outcome(report: dict[str, Any]) -> None:
    for note in report["facts"]["notes"]:
        click.echo(f"note: {printable(note)}")
    click.echo()
    for repaired in report["repaired"]:
        output.done(f"repaired: {repaired['did']}")
    for finding in report["findings"]:
        problem, remedy = printable(finding["problem"]), printable(finding["remedy"])
        click.echo(f"{click.style(finding['check'], fg='red')}: {problem}\n{_ARROW}{remedy}")
    if report["ok"]:
        output.done("No problems found.")


def _facts(facts: dict[str, Any]) -> dict[str, object]:
    lines: dict[str, object] = {
        "Roughy Box": facts["version"],
        "configuration": facts["config_file"] or "no file",
        "data folder": facts["data_dir"],
        "box": f"{facts['box']}, schema {facts.get('schema', 'unknown')}",
        "server": "running" if facts["served"] else "not running",
        "disk": _disk(facts),
    }
    if facts.get("assets"):
        kinds = facts["assets"].items()
        total = sum(of["bytes"] for _, of in kinds)
        lines["assets"] = ", ".join([*(f"{of['count']} {state}" for state, of in kinds), format_size(total)])
        if facts.get("without_checksum"):
            lines["checksums"] = f"{facts['without_checksum']} missing; a running server computes them"
    lines |= {
        "libraries": f"SQLite {facts['sqlite']}, libmagic {facts['libmagic'] or 'missing'}, "
        f"PyAV {facts['pyav'] or 'missing'}, FFmpeg {facts['ffmpeg'] or 'missing'}",
        "formats": " ".join(facts["formats"]),
        "recognizers": " ".join(facts["recognizers"]) or "none",
        "encoders": " ".join(facts["encoders"]),
        "clock": facts["clock"],
    }
    return lines


def _disk(facts: dict[str, Any]) -> str:
    kind = facts["file_system"] or "of unknown kind"
    if "free_bytes" not in facts:
        return str(kind)
    return f"{kind}, {format_size(facts['free_bytes'])} of {format_size(facts['total_bytes'])} free"


def _show_settings(settings: dict[str, dict[str, Any]]) -> None:
    """Show the settings that were set, and the number of all others."""
    rows = [
        (row.name, _written(settings[row.name]["value"], row.written), settings[row.name]["source"])
        for row in OPTIONS
        if settings[row.name]["source"] != "default"
    ]
    if rows:
        output.table(("setting", "value", "from"), rows)
    click.echo(f"{len(settings) - len(rows)} settings have their default values.")


def _written(value: object, default: object) -> str:
    """Return a value as the configuration file would write it; the default shows which are sizes or durations."""
    if isinstance(value, float):
        return format_duration(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int) and isinstance(default, str):
        try:
            parse_size(default)
        except ValueError:
            return str(value)
        return format_size(value)
    return str(value)
