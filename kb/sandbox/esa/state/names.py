"""Parse a name as esa does: `category/title #tag`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from kb.text.lazy_pattern import compile_lazy

_TAG = compile_lazy(r" +#([^\s#]+)")
_ENTITY = compile_lazy("&#(?:35|47);")
"""Entities that keep a `#` or `/` in a title literal (esa API v1 documentation)."""


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A parsed name. `category` is None where the name has none."""

    name: str
    category: str | None
    tags: tuple[str, ...]


def parse_name(text: str, *, category_given: bool, decode: bool) -> ParsedName:
    """Parse a name; a `/` separates only when no category comes beside it.

    `decode` turns the two entities in the title into their characters.
    """
    tags = tuple(_TAG.findall(text))
    rest = _TAG.sub("", text).strip()
    place, slash, title = ("", "", rest) if category_given else rest.rpartition("/")
    if decode:
        title = _ENTITY.sub(lambda found: "#" if found[0] == "&#35;" else "/", title)
    return ParsedName(title.strip(), place.strip("/") if slash else None, tags)
