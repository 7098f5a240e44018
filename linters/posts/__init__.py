"""PST: posts that are not where, or not what, others would look for.

Ages and owners are those of people: what kb moved or marked is no fresher for it, and nobody's else.
"""

from __future__ import annotations

from kb.model.document import Kind

POSTS = frozenset({Kind.POST, Kind.FILE})
SET_ASIDE = ("Archived", "Templates")
"""Top categories of what nobody works on. Source: esa API v1 documentation, special names."""


def is_set_aside(category: str) -> bool:
    """Return whether a category is an archive or holds templates."""
    return category.partition("/")[0] in SET_ASIDE


def folder_owner(folder: str) -> str:
    """Return the owner of a personal folder, folded for comparison."""
    return folder.rpartition("/")[2].strip().casefold()
