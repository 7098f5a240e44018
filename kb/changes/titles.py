"""Titles and fields of esa and Redmine as they are compared, and as they travel.

esa takes a `/` in a name for a category and ` #x` for a tag; as `&#47;` and `&#35;` both are letters
(esa API v1, names). Whether answers show the entity or the letter is not documented, so both are
taken for the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from kb.changes import bodies
from kb.changes.plan import Key, Value, Values

_ENTITIES = (("&#35;", "#"), ("&#47;", "/"))
"""The `#` first: the entity of a `/` holds one."""


def read_title(name: str) -> str:
    """A name as people read it."""
    for entity, letter in _ENTITIES:
        name = name.replace(entity, letter)
    return name


def sent_title(title: str) -> str:
    """A title as esa must be told it, so that every letter of it stays a letter."""
    title = read_title(title)
    for entity, letter in _ENTITIES:
        title = title.replace(letter, entity)
    return title


def same(key: str, one: Value, other: Value) -> bool:
    """Whether two values of a key are the same: no matter entities, the order of tags, what is around a section.

    Of a person the number counts, whatever they are called by now.
    """
    if key == Key.TITLE:
        return read_title(str(one)) == read_title(str(other))
    if key == Key.BODY:
        return bodies.same(str(one), str(other))
    if key == Key.ASSIGNEE:
        return str(one).rpartition("#")[2] == str(other).rpartition("#")[2]
    if isinstance(one, tuple) and isinstance(other, tuple):
        return sorted(one) == sorted(other)
    return one == other


def differing(expected: Values, now: Mapping[str, Value]) -> tuple[str, ...]:
    """The keys of `expected` that have another value now."""
    return tuple(key for key, value in expected.items() if key not in now or not same(key, value, now[key]))
