"""The effort of the fuzz tests: small and repeatable by default, large and random in a soak.

ROUGHY_BOX_TESTS_ROUNDS is the number of examples of a soak; what a failed one was made of is printed.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.configuration import set_hypothesis_home_dir

SOAK = os.environ.get("ROUGHY_BOX_TESTS_ROUNDS")

# Its cache of characters and constants belongs with the other caches.
set_hypothesis_home_dir(Path(__file__).parents[2] / ".cache" / "hypothesis")


def rounds(short: int, share: float = 1.0) -> int:
    """Return the number of examples: ``short``, in a soak ``share`` of its rounds if that is more."""
    return max(short, round(int(SOAK) * share)) if SOAK else short


def effort(short: int, share: float = 1.0, *, shrink: bool = True, **options: Any) -> settings:
    """Settings for ``rounds(short, share)`` examples; a busy machine never fails them.

    ``shrink``: whether a failed example is tried smaller and smaller, which takes long where each one waits.
    """
    phases = {*Phase} - {Phase.explain, Phase.reuse} - (set() if shrink else {Phase.shrink})
    return settings(
        max_examples=rounds(short, share),
        derandomize=not SOAK,
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=phases,
        **options,
    )
