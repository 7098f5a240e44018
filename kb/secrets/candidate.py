"""What one rule proposes, before the proposals of all rules are settled against each other."""

from __future__ import annotations

from typing import NamedTuple

from kb.model import Confidence, SecretKind


class Candidate(NamedTuple):
    """A stretch of the body one rule takes for a credential. `rank`: the more particular rule has the higher one."""

    start: int
    end: int
    kind: SecretKind
    confidence: Confidence
    rule: str
    context: str = ""
    rank: int = 0
    doubts: tuple[str, ...] = ()
    keyword: tuple[int, int] | None = None


LAST, GENERAL, STRUCTURED, PARTICULAR, SURE = -1, 0, 1, 2, 3
