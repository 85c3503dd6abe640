"""Values that schemathesis cannot guess: chunks of media, and ids and signatures of existing resources.

It loads this module by name (SCHEMATHESIS_HOOKS). What is there is told by THERE, as JSON: path and query
parameters by their names, and the project of new assets.
"""

from __future__ import annotations

import itertools
import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext
from schemathesis.generation.meta import TestPhase

from tests.api.answers import GHOST
from tests.harness import CHUNK_TYPE
from tests.media_bytes import wav

CONTENT = wav(0.05)
THERE = json.loads(os.environ["THERE"])

schemathesis.openapi.media_type(
    CHUNK_TYPE, st.sampled_from([CONTENT, CONTENT[:100], CONTENT[:10], b""]) | st.binary(max_size=300)
)
_turns = itertools.count()


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Lead every other valid request to something that is there; what is there must stay."""
    there = THERE.get(case.path, {})
    path = there.get("path", {})
    if "DELETE" in (case.method, (case.headers or {}).get("X-HTTP-Method-Override")):
        is_there = path and path.items() <= case.path_parameters.items()
        case.path_parameters.update(dict.fromkeys(path, GHOST) if is_there else {})
    elif is_valid(case) and next(_turns) % 2:
        case.path_parameters.update(path)
        case.query.update(there.get("query", {}))
        if isinstance(case.body, dict):
            case.body.update(there.get("body", {}))


def is_valid(case: Case) -> bool:
    """Return whether a request is valid and not a step of a sequence."""
    return not case.meta or (case.meta.generation.mode.is_positive and case.meta.phase.name is not TestPhase.STATEFUL)
