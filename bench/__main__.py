"""Measure Roughy Box and its peers and write the results to ``bench/RESULTS.md``.

    python -m bench [SCENARIO ...] [--quick] [--rounds N] [--size-mib N] [--out FILE] [--merge]

Without names all scenarios run; with names the page is only printed, unless --out names a file.
The page is written after every scenario, so that a failure costs only the failed one.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import time
import traceback
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path

from bench import bars, install, report
from bench.lab import MIB, Lab, make_source
from bench.servers import MAKERS

SCENARIOS = (
    *("uploads", "at_once", "small_chunks", "creates", "downloads"),
    *("preparation", "meanwhile", "busy_machine", "verdict", "startup", "big_box"),
    *("cuts", "exports", "renders", "webhooks", "live_events", "console"),
)
MEASURED = install.CACHE / "measured.pickle"
HOW = (
    "Made by `make bench`: in rounds of shuffled order, medians; `x` is the median of the ratios within each round, "
    "above 1 is faster. The client runs on the same cores, over loopback. CPU is that of the server and its children; "
    "memory is that of the serving process."
)


def main() -> None:
    arguments = _arguments()
    missing = install.install()
    servers = [name for name in MAKERS if name not in missing]
    with tempfile.TemporaryDirectory(dir=install.CACHE) as folder:
        size, deadline = arguments.size_mib * MIB, time.monotonic() + arguments.minutes * 60
        lab = Lab(Path(folder), servers, arguments.rounds, size, deadline, arguments.quick)
        make_source(lab.source, lab.size)
        how = [HOW, *missing.values()]
        sections = pickle.loads(MEASURED.read_bytes()) if arguments.merge else {}
        try:
            for name in arguments.scenarios or SCENARIOS:
                sections[name] = _measured(name, lab)
                MEASURED.write_bytes(pickle.dumps(sections))
                page = _publish(sections, how, arguments.out)
        finally:
            lab.close()
    print(page)


def _measured(name: str, lab: Lab) -> report.Section:
    began, (busy, _, _) = time.monotonic(), os.getloadavg()
    scenario = import_module(f"bench.scenarios.{name}")
    try:
        section: report.Section = scenario.run(lab)
    except Exception:
        traceback.print_exc()
        section = report.Section(name, "This failed; nothing was measured.", [])
    section.text += (
        f" (Revision {report.revision()}; at most {lab.rounds} rounds, a source of {lab.size // MIB} MiB; "
        f"load average at the start {busy:.1f}.)"
    )
    print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    return section


def _publish(sections: Mapping[str, report.Section], how: Iterable[str], out: Path | None) -> str:
    """Write the page and its picture if requested; return the page."""
    ordered = [sections[name] for name in SCENARIOS if name in sections]
    groups = [group for section in ordered for group in section.bars]
    picture = f"{out.stem.lower()}.svg" if out and groups else ""
    page = report.markdown(ordered, how, picture)
    if out:
        out.write_text(page)
    if out and picture:
        out.with_name(picture).write_text(bars.draw(groups))
    return page


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", choices=[*SCENARIOS, []], help=", ".join(SCENARIOS))
    parser.add_argument("--quick", action="store_true", help="smaller and fewer; for a first impression")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--size-mib", type=int, help="of the uploaded file")
    parser.add_argument("--minutes", type=float, help="no further round begins after this time")
    parser.add_argument("--out", type=Path, help="the page to write")
    parser.add_argument("--merge", action="store_true", help="keep the other sections of the previous run")
    arguments = parser.parse_args()
    if not arguments.scenarios and not arguments.out:
        arguments.out = install.HERE / "RESULTS.md"
    usual = {"rounds": 2, "size_mib": 256, "minutes": 2.5} if arguments.quick else {}
    for name, value in ({"rounds": 5, "size_mib": 1024, "minutes": 15} | usual).items():
        if getattr(arguments, name) is None:
            setattr(arguments, name, value)
    return arguments


if __name__ == "__main__":
    main()
