"""Escape `/` and `#` in the titles sent to esa, and read them back.

esa reads a `/` in a name as a category and ` #x` as a tag; `&#47;` and `&#35;` keep them letters (esa API v1, names).
Answers may show either form, so both count as equal.
"""

from __future__ import annotations

_ENTITIES = (("&#35;", "#"), ("&#47;", "/"))
"""`#` first: the entity of `/` contains one."""


def unescape_title(name: str) -> str:
    """Return a name as people read it."""
    for entity, letter in _ENTITIES:
        name = name.replace(entity, letter)
    return name


def escape_title(title: str) -> str:
    """A title as esa must be told it, so that every letter of it stays a letter."""
    title = unescape_title(title)
    for entity, letter in _ENTITIES:
        title = title.replace(letter, entity)
    return title
