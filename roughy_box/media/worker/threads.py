"""The number of threads that libraries of numbers start, which they read once, when they are loaded."""

from __future__ import annotations

import os

_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")


def limit_threads(count: int) -> None:
    """Have libraries that are loaded from now on start no more than ``count`` threads."""
    for name in _VARIABLES:
        os.environ[name] = str(max(1, count))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
