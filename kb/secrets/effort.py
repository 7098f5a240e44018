"""How much of a text is looked at line by line: all that people write, and an end to what is made to cost.

A line with a credential's word takes some tenths of a millisecond, and so does each further word on
it. A megabyte of nothing else would take many seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb.secrets.lexicon import labels

MOST_LINES = 5_000
"""Lines with a word of a rule that are looked at; `kb.reading` reads as many lines of a page."""

MOST_LABELS = 2_500
"""Labels beyond the first few of their line that are looked at, in all lines together."""

MOST_WORDS = 2_000
"""Words of a value's shape, beside what other rules propose, that are weighed."""

FEW = 4
"""Labels of a line that cost nothing of that."""


@dataclass(slots=True)
class Effort:
    """What has been spent on one text."""

    lines: int = 0
    labels: int = 0

    def affords(self, line: str, *, labelled: bool) -> bool:
        """Whether one more line may be looked at; if so it is counted. `labelled`: it has a label's word."""
        if self.lines >= MOST_LINES or self.labels >= MOST_LABELS:
            return False
        self.lines += 1
        if labelled:
            self.labels += max(0, len(labels(line)) - FEW)
        return True
