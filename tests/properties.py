"""How many examples a property is tried with: each run draws others, and `make torture` draws three times as many."""

from __future__ import annotations

import os

WHOLE = os.environ.get("KB_EXAMPLES") == "whole"


def examples(number: int) -> int:
    """Return `number` in the long run, else a third of it."""
    return number if WHOLE else number // 3
