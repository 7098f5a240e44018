"""esa's search language, as far as kb asks in it (esa API v1, search options)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from kb.sources.call import Page

PER_PAGE = 100
"""The most rows esa gives at once (esa API v1, pagination)."""

LONGEST_QUERY = 4000
"""Bytes of a query as it travels: a Japanese character takes nine, and servers cut URLs near 8 KB."""

_JOIN = " OR "


def is_ascending_above(page: Page, number: int) -> bool:
    """Whether a page is what `number:>N` in ascending order must give; if not, it was ignored."""
    for row in page:
        if row["number"] <= number:
            return False
        number = row["number"]
    return True


def in_categories(categories: Iterable[str | None]) -> Iterator[str]:
    """Queries that together match every post of `categories` (None: posts in none).

    They may match more, so the caller filters; "" matches everything, for a name the language
    cannot say.
    """
    terms = [_term(category) for category in sorted(categories, key=lambda name: name or "")]
    if "" in terms:
        yield ""
        return
    group: list[str] = []
    for term in terms:
        if group and len(quote(_JOIN.join([*group, term]))) > LONGEST_QUERY:
            yield _JOIN.join(group)
            group = []
        group.append(term)
    if group:
        yield _JOIN.join(group)


def below(category: str) -> str:
    """A query that matches every post of a category and below it; it may match more."""
    prefix = category.partition('"')[0].rstrip()
    return f'in:"{prefix}"' if prefix else ""


def _term(category: str | None) -> str:
    if category is None:
        return "on:/"
    if '"' not in category:
        return f'on:"{category}"'
    return below(category)  # a quote cannot be quoted; what stands in front of it is a prefix, and `in:` takes those
