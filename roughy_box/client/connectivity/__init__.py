"""Is the way to a box well? A client of the public API that looks for what a proxy in between does wrong.

Everything is tried the way clients do it, in a project of its own that is deleted again. No upload is
ever finished, so that nothing is prepared and nothing charged.

    connection  does a box answer there, with a certificate to trust, and does the key get through
    addresses   are the addresses it gives out those it is reached at; its clock
    chunks      headers and methods, body limits, buffering, pauses, early answers
    downloads   ranges, of an asset that is ready already

Whoever answers is a stranger until it is known to be a box, and gets neither the key nor more than a while (deadline)
and a little memory (answers).
"""

from __future__ import annotations

from roughy_box.client.connectivity import addresses, chunks, connection, downloads
from roughy_box.client.connectivity.cleaning import clean_up
from roughy_box.client.connectivity.deadline import VISIT, Deadline
from roughy_box.client.connectivity.findings import Finding, Report, Stop
from roughy_box.client.connectivity.visit import Visit

__all__ = ["Finding", "Report", "examine"]

# Seconds of silence in the middle of a chunk. The long ones stay below the 60 s after which the box itself
# gives up, and together go beyond the minute that some proxies allow for a whole request.
PAUSES = (5.0,)
LONG_PAUSES = (20.0, 55.0)


def examine(url: str, key: str, *, slow: bool = False) -> Report:
    """Try everything at ``url`` that can be tried; with ``slow``, also pauses of up to a minute. Errors: ValueError."""
    report = Report()
    pauses = LONG_PAUSES if slow else PAUSES
    with Visit(url, key, report.facts, Deadline(VISIT + sum(pauses))) as visit:
        try:
            for check in (
                connection.check_connection(visit),
                connection.check_key(visit),
                addresses.check_addresses(visit),
                chunks.check_chunks(visit, pauses, report.notes),
                downloads.check_downloads(visit, report.notes),
            ):
                for finding in check:
                    report.findings.append(finding)
        except Stop as stop:
            report.findings.append(stop.finding)
            report.notes.append("What comes after that could not be tried.")
        finally:
            report.notes += clean_up(visit)
    return report
