"""What detectors propose, how proposals are resolved into secrets, and how much of a text is searched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.mask import classify_length
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.scoring.labels import find_labels
from kb.text.lang import Text


class Rank(IntEnum):
    """How particular a detection rule is. Of proposals that overlap, the one of the higher rank stays."""

    SCORED = -1  # no layout, only words and shapes
    GENERAL = 0  # how people write in lines and sentences
    STRUCTURED = 1  # a table, a pair
    PARTICULAR = 2  # the syntax of one program or format
    SURE = 3  # the value itself says what it is


class DetectionRule(NamedTuple):
    """What a detector found a value by: its name in findings, and the words that explain it."""

    name: str
    rank: Rank
    words: Text


DETECTION_RULES: dict[str, DetectionRule] = {}
"""The rules of the detectors that are loaded; `kb.secrets.find.load_detection_rules` loads all."""


def detection_rule(name: str, rank: Rank, words: Text) -> DetectionRule:
    """Register a rule, so that people can read what it found a value by."""
    rule = DETECTION_RULES[name] = DetectionRule(name, rank, words)
    return rule


class Candidate(NamedTuple):
    """A stretch of the body that a rule takes for a secret."""

    start: int
    end: int
    kind: SecretKind
    confidence: Confidence
    rule: DetectionRule
    context: str = ""
    doubts: tuple[str, ...] = ()
    keyword: tuple[int, int] | None = None


def propose(
    line: TextLine,
    span: tuple[int, int],
    kind: SecretKind,
    confidence: Confidence,
    rule: DetectionRule,
    context: str,
    doubts: tuple[str, ...] = (),
    keyword: tuple[int, int] | None = None,
) -> Candidate:
    """Make a candidate of a stretch of a line; `keyword` is the stretch that announced it."""
    start, end = map(line.offset, span)
    place = (line.offset(keyword[0]), line.offset(keyword[1])) if keyword else None
    return Candidate(start, end, kind, confidence, rule, context, doubts, place)


# Resolving candidates: one secret per place, by the most particular detector.


def resolve_candidates(candidates: Iterable[Candidate], page: TextPage) -> tuple[Secret, ...]:
    """The credentials in the order of the text. Where proposals overlap, rank decides, then certainty, then length."""
    kept: list[Candidate] = []
    ordered = sorted(
        candidates, key=lambda each: (-each.rule.rank, -each.confidence, each.start - each.end, each.start)
    )
    by_bucket: dict[int, list[tuple[int, int]]] = {}
    for each in ordered:
        if not 0 <= each.start < each.end <= len(page.body):
            continue
        buckets = range(each.start >> 8, ((each.end - 1) >> 8) + 1)
        if any(start < each.end and each.start < end for bucket in buckets for start, end in by_bucket.get(bucket, ())):
            continue
        kept.append(each)
        for bucket in buckets:
            by_bucket.setdefault(bucket, []).append((each.start, each.end))
    kept.sort(key=lambda each: each.start)
    return tuple(_secret(each, page) for each in kept)


def _secret(each: Candidate, page: TextPage) -> Secret:
    return Secret(
        each.kind,
        page.span(each.start, each.end),
        each.confidence,
        classify_length(each.end - each.start),
        each.rule.name,
        each.context,
        each.doubts,
        page.span(*each.keyword) if each.keyword else None,
    )


# Limits. A line with a sign costs some tenths of a millisecond, and so does each further word on it: a megabyte of
# nothing else would take many seconds.

MAX_LINES = 5_000
"""Lines with a sign that are searched; `kb.reading` reads as many lines of a page."""

LARGE = 1_000_000
"""Characters of a text that people may have written; machines write larger ones."""

MIN_LINES = 1_000
"""Lines of the largest text that are searched."""

LONG = 500
"""Characters of a line that count as another line."""

MAX_LABELS = 2_500
"""Labels beyond the first few of their line that are searched, in all lines together."""

MAX_WORDS = 2_000
"""Words with the shape of a value that are scored."""

MAX_NUMBERED = 20_000
"""Lines with a number, and as many with a town, that are searched for personal data; and numbers in them."""

MAX_ROWS = 20_000
"""Headings and first lines of a paragraph that are read for what they say of the lines below."""

FEW = 4
"""Labels of a line that do not count."""

PAIRS = 6
"""Pairs of words, as a name and its password are, that are searched per line."""


def limit_lines(size: int) -> int:
    """How many lines with a sign are searched in a text of so many characters."""
    return max(MIN_LINES, MAX_LINES - max(0, size - LARGE) // 300)


def limit_rows(size: int) -> int:
    """How many headings and first lines are read in a text of so many characters."""
    return MAX_ROWS * limit_lines(size) // MAX_LINES


@dataclass(slots=True)
class SearchBudget:
    """What may be spent on the lines of one text, and what has been."""

    most: int = MAX_LINES
    lines: int = 0
    labels: int = 0
    pairs: int = 0

    def affords(self, line: str, *, labelled: bool) -> bool:
        """Count one more line, and its labels where it is `labelled`; return False where the budget is spent."""
        if self.lines >= self.most or self.labels >= MAX_LABELS:
            return False
        self.lines += 1 + len(line) // LONG
        if labelled:
            self.labels += max(0, len(find_labels(line)) - FEW)
        return True

    def affords_pair(self) -> bool:
        """Count one more pair of words; return False where the budget is spent."""
        self.pairs += 1
        return self.pairs <= self.most * PAIRS
