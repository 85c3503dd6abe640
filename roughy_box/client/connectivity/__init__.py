"""The connectivity check: a client of the public API that finds faults of the proxy in between.

It makes the calls that clients make, in a project of its own that is deleted again. No upload is ever finished, so
nothing is prepared or charged.

    connection  a box answers, with a trusted certificate, and the key gets through
    addresses   the addresses it gives out are those it is reached at; its clock; ranges of a download
    chunks      headers and methods, body limits, buffering, pauses, early answers

A server is not trusted before it is known to be a box: it does not get the key, and time and memory are bounded
(:mod:`.wire`).
"""

from __future__ import annotations

from roughy_box.client.connectivity import addresses, chunks, connection
from roughy_box.client.connectivity.findings import Finding, Report, Stop
from roughy_box.client.connectivity.visit import Visit, clean_up
from roughy_box.client.connectivity.wire import Deadline

__all__ = ["Finding", "Report", "examine"]

VISIT = 25.0  # seconds for all calls; the pauses come on top
# Seconds of silence in the middle of a chunk. The long ones stay below the 60 s after which the box itself
# gives up, and together exceed the minute that some proxies allow for a whole request.
PAUSES = (5.0,)
LONG_PAUSES = (20.0, 55.0)


def examine(url: str, key: str, *, slow: bool = False) -> Report:
    """Run all checks at ``url``; with ``slow``, also pauses of up to a minute. Errors: ValueError."""
    report = Report()
    pauses = LONG_PAUSES if slow else PAUSES
    with Visit(url, key, report.facts, Deadline(VISIT + sum(pauses))) as visit:
        try:
            for check in (
                connection.check_connection(visit),
                connection.check_key(visit),
                addresses.check_addresses(visit),
                chunks.check_chunks(visit, pauses, report.notes),
                addresses.check_downloads(visit, report.notes),
            ):
                for finding in check:
                    report.findings.append(finding)
        except Stop as stop:
            report.findings.append(stop.finding)
            report.notes.append("The checks after that one were skipped.")
        finally:
            report.notes += clean_up(visit)
    return report
