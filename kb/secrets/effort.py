"""How much of a text is looked at line by line: all that people write, and an end to what is made to cost.

A line with a credential's word takes some tenths of a millisecond, and so does each further word on
it. A megabyte of nothing else would take many seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb.secrets.lexicon import labels

MOST_LINES = 5_000
"""Lines with a word of a rule that are looked at; `kb.reading` reads as many lines of a page."""

LARGE = 1_000_000
"""Characters of a text that people may have written. Larger ones, which machines write, cost much by their size."""

LEAST_LINES = 1_000
"""Lines that are looked at of the largest."""

LONG = 500
"""Characters of a line that cost as much as another line."""

MOST_LABELS = 2_500
"""Labels beyond the first few of their line that are looked at, in all lines together."""

MOST_WORDS = 2_000
"""Words of a value's shape, beside what other rules propose, that are weighed."""

MOST_NUMBERED = 20_000
"""Lines with a number as long as a telephone's, and as many with a town, that are looked at for personal data; and
numbers in them."""

MOST_ROWS = 20_000
"""Lines that may say something of those below them, headings and the first of a stretch, that are read for that."""

FEW = 4
"""Labels of a line that cost nothing of that."""

PAIRS = 6
"""Words with a word behind them, as a name stands before its password, that are looked at for each line that is."""


def most_lines(size: int) -> int:
    """How many lines with a word of a rule are looked at in a text of so many characters."""
    return max(LEAST_LINES, MOST_LINES - max(0, size - LARGE) // 300)


def most_rows(size: int) -> int:
    """How many lines that may say something of those below them are read in a text of so many characters."""
    return MOST_ROWS * most_lines(size) // MOST_LINES


@dataclass(slots=True)
class Effort:
    """What has been spent on one text."""

    most: int = MOST_LINES
    lines: int = 0
    labels: int = 0
    pairs: int = 0

    def affords(self, line: str, *, labelled: bool) -> bool:
        """Whether one more line may be looked at; if so it is counted. `labelled`: it has a label's word."""
        if self.lines >= self.most or self.labels >= MOST_LABELS:
            return False
        self.lines += 1 + len(line) // LONG
        if labelled:
            self.labels += max(0, len(labels(line)) - FEW)
        return True

    def affords_pair(self) -> bool:
        """Whether one more word with a word behind it may be looked at; if so it is counted."""
        self.pairs += 1
        return self.pairs <= self.most * PAIRS
