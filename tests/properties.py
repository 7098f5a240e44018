"""How many examples a property is tried with: each run draws others.

`make torture` draws three times as many as `make test`, and `make quick` a tenth of them.
"""

from __future__ import annotations

import os

SHARES = {"whole": 1.0, "few": 1 / 30}
SHARE = SHARES.get(os.environ.get("KB_EXAMPLES", ""), 1 / 3)


def examples(number: int) -> int:
    """Return `number` in the long run, else a share of it."""
    return max(int(number * SHARE), 1)
