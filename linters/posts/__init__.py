"""PST: posts that are not where, or not what, others would look for.

Ages and owners are those of people: what kb moved or marked is no fresher for it, and nobody's else.
"""

from __future__ import annotations

from collections.abc import Collection
from fnmatch import fnmatchcase

from kb.lang import Text
from kb.lint.rules import Hit
from kb.model import Confidence, Entry, Kind
from kb.reading.content import content_of
from linters.incident.titles import title_span

POSTS = frozenset({Kind.POST, Kind.FILE})
SET_ASIDE = ("Archived", "Templates")
"""Top categories of what nobody works on. Source: esa API v1 documentation, special names."""


def set_aside(category: str) -> bool:
    """Whether a category is one of archived posts or templates."""
    return category.partition("/")[0] in SET_ASIDE


def personal_folder(category: str, globs: Collection[str]) -> str:
    """The personal folder a category is, or stands in; "" when it is nobody's."""
    parts = category.split("/")
    for glob in globs:
        wild = glob.strip("/").split("/")
        if len(parts) >= len(wild) and all(map(fnmatchcase, parts, wild)):
            return "/".join(parts[: len(wild)])
    return ""


def owner_of(folder: str) -> str:
    """Whose folder it is, as names are compared."""
    return folder.rpartition("/")[2].strip().casefold()


def hit(entry: Entry, says: Text, confidence: Confidence, reason: str) -> Hit:
    """A hit on a post as a whole."""
    content = content_of(f"{entry.category}/{entry.title}")
    return Hit(says, title_span(entry.title), confidence, part="title", content=content, reason=reason)
