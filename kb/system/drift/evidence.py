"""Why something is said of a running system. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb.text.lang import Text


@dataclass(frozen=True, slots=True, order=True)
class Evidence:
    """Why something is said: the snapshot or file, when it was taken, and what stands there."""

    source: str
    taken_at: str
    what: Text = field(compare=False)
