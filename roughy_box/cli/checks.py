"""``doctor``."""

from __future__ import annotations

import sys
from dataclasses import asdict

from roughy_box.cli import group, output
from roughy_box.cli.frame import Session, command


@command(group, "doctor")
async def doctor(session: Session) -> None:
    """Check the box: disk, permissions, database, ledger, files, media libraries.

    Exits with 1 when something is wrong. Works while the server runs.
    """
    from roughy_box.services import doctor as service
    from roughy_box.services.box import open_for_command

    config = session.load()
    async with open_for_command(config) as folder:
        findings = [finding async for finding in service.examine(folder)]
    if session.as_json:
        output.document({"ok": not findings, "findings": [asdict(finding) for finding in findings]})
    elif findings:
        output.table(("check", "problem", "what to do"), [(each.check, each.problem, each.remedy) for each in findings])
    else:
        output.done("The box is well.")
    if findings:
        sys.exit(1)
