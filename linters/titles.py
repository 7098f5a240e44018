"""Hits on titles."""

from __future__ import annotations

from kb.model.facts import Confidence
from kb.model.finding import Edit
from kb.model.page import Entry
from kb.rules.registry import Hit
from kb.text.fold import hash_content
from kb.text.lang import Text
from kb.text.lines import Span


def title_span(title: str) -> Span:
    """Return the span of a whole title."""
    lines = title.split("\n")
    return Span(1, 1, len(lines), len(lines[-1]) + 1)


def title_hit(
    entry: Entry,
    says: Text,
    confidence: Confidence,
    reason: str,
    edits: tuple[Edit, ...] = (),
    *,
    placed: bool = False,
    evidence: Text | None = None,
    day: str = "",
) -> Hit:
    """Return a hit on the title of a document: the same until the title changes, or its category if `placed`."""
    content = hash_content(f"{entry.category}/{entry.title}" if placed else entry.title)
    span = title_span(entry.title)
    return Hit(
        says, span, confidence, part="title", content=content, reason=reason, edits=edits, evidence=evidence, day=day
    )
