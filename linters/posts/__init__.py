"""PST: posts that are not where, or not what, others would look for.

Ages and owners are those of people: what kb moved or marked is no fresher for it, and nobody's else.
"""

from __future__ import annotations

from kb.model.document import Kind
from kb.model.facts import Confidence
from kb.model.page import Entry
from kb.rules.registry import Hit
from kb.text.fold import content_of
from kb.text.globs import personal_folder
from kb.text.lang import Text
from linters.incident.titles import title_span

__all__ = ["POSTS", "SET_ASIDE", "hit", "owner_of", "personal_folder", "set_aside"]

POSTS = frozenset({Kind.POST, Kind.FILE})
SET_ASIDE = ("Archived", "Templates")
"""Top categories of what nobody works on. Source: esa API v1 documentation, special names."""


def set_aside(category: str) -> bool:
    """Whether a category is one of archived posts or templates."""
    return category.partition("/")[0] in SET_ASIDE


def owner_of(folder: str) -> str:
    """Whose folder it is, as names are compared."""
    return folder.rpartition("/")[2].strip().casefold()


def hit(entry: Entry, says: Text, confidence: Confidence, reason: str) -> Hit:
    """A hit on a post as a whole."""
    content = content_of(f"{entry.category}/{entry.title}")
    return Hit(says, title_span(entry.title), confidence, part="title", content=content, reason=reason)
