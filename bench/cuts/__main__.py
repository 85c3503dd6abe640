"""Measure how good cuts are.

    python -m bench.cuts [--group KIND] [--case NAME] [--way WAY] [--quick] [--lost] [--cost SECONDS] [--out PAGE]

What was made and heard is kept in a temporary folder: a second run plans again and nothing else.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import report
from bench.cuts import cost
from bench.cuts.cases import cases
from bench.cuts.run import FOLDER, Run
from bench.cuts.section import put, section
from bench.cuts.ways import WAYS


def main() -> None:
    """The command."""
    arguments = _arguments()
    chosen = [case for case in cases() if arguments.group in (None, case.kind) and arguments.case in (None, case.name)]
    ways = [way for way in WAYS if arguments.way in (None, way.name)]
    run = Run(chosen[::3] if arguments.quick else chosen, ways, shows_lost=arguments.lost)
    run.measure()
    made = section(run.results, run.missing)
    if arguments.cost:
        made.tables.append(cost.table(run.recordings, ways, arguments.cost, FOLDER))
    if arguments.out:
        put(made, arguments.out)
    print(report.section_markdown(made))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--group", choices=sorted({case.kind for case in cases()}), help="cases of one kind alone")
    parser.add_argument("--case", choices=[case.name for case in cases()], help="one case alone")
    parser.add_argument("--way", choices=[way.name for way in WAYS], help="one way to hear alone")
    parser.add_argument("--quick", action="store_true", help="every third case; for a first impression")
    parser.add_argument("--lost", action="store_true", help="name the lines that are not as they should be")
    parser.add_argument("--cost", type=float, metavar="SECONDS", help="measure the cost of a recording so long, too")
    parser.add_argument("--out", type=Path, help="the page whose section is replaced")
    return parser.parse_args()


if __name__ == "__main__":
    main()
