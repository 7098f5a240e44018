"""What a whole section says, one judge a role. Judges read claims and return a `Judgement`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.model import Confidence, Verdict

if TYPE_CHECKING:
    from kb.reading.claims import Claim


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, the claim that decided it (None for an empty section), and by which test."""

    verdict: Verdict
    claim: Claim | None = None
    reason: str = ""
    confidence: Confidence = Confidence.MEDIUM
