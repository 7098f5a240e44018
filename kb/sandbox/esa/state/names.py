"""How esa reads a name somebody sends: `category/title #tag`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r" +#([^\s#]+)")
_ENTITY = re.compile("&#(?:35|47);")
"""What keeps a `#` or `/` in a title from being read (esa API v1 documentation)."""


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What a name says. `category` is None where the name says nothing of it."""

    name: str
    category: str | None
    tags: tuple[str, ...]


def parse_name(text: str, *, category_given: bool, decode: bool) -> ParsedName:
    """The parts of a name; a `/` separates only when no category comes beside it.

    `decode` turns the two entities into the characters they stand for, in the title alone.
    """
    tags = tuple(_TAG.findall(text))
    rest = _TAG.sub("", text).strip()
    place, slash, title = ("", "", rest) if category_given else rest.rpartition("/")
    if decode:
        title = _ENTITY.sub(lambda found: "#" if found[0] == "&#35;" else "/", title)
    return ParsedName(title.strip(), place.strip("/") if slash else None, tags)
