"""Spans in a title."""

from __future__ import annotations

from kb.text.lines import Span


def title_span(title: str) -> Span:
    """Return the span of a whole title."""
    lines = title.split("\n")
    return Span(1, 1, len(lines), len(lines[-1]) + 1)
