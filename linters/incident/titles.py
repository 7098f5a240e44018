"""Places in a title, for findings on it."""

from __future__ import annotations

from kb.text.lines import Span


def title_span(title: str) -> Span:
    """The whole of a title."""
    lines = title.split("\n")
    return Span(1, 1, len(lines), len(lines[-1]) + 1)
