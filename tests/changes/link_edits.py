"""What the tests of links share."""

from __future__ import annotations

from collections.abc import Iterable

from kb.plan.links.rewrite import LinkEdit
from kb.plan.sections.places import replace_spans


def apply_link_edits(text: str, edits: Iterable[LinkEdit]) -> str:
    """Return a text with these edits made at once."""
    return replace_spans(text, sorted((each.start, each.start + len(each.before), each.after) for each in edits))
