"""Places: globs of kb.toml, folders that belong to one person, the levels of a category. Light: reports load it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from kb.text.patterns import compile_words


@lru_cache(maxsize=256)
def compile_glob(written: str) -> re.Pattern[str]:
    """A glob on `category/title`: `*` stays in one folder, `**` does not; a bare folder means all in it."""
    out = ""
    once = re.sub("\\*{3,}", "**", re.sub("(?:\\*\\*/){2,}", "**/", written))  # a dozen would be tried in every order
    for piece in re.split("(\\*\\*/|\\*\\*|\\*|\\?)", once):
        out += {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))
    return compile_words(out if "*" in written or "?" in written else f"{out}(?:/.*)?", re.S)


def matches_glob(written: str, place: str) -> bool:
    """Whether a glob of kb.toml means a place, `category/title`."""
    return compile_glob(written).fullmatch(place) is not None


def is_limited(category: str, limited: Iterable[str]) -> bool:
    """Whether a category, or one it is in, is among those only a part of the team may read, given as globs."""
    return any(matches_glob(each, category) or matches_glob(each, f"{category}/-") for each in limited)


def find_personal_folder(category: str, globs: Collection[str]) -> str:
    """The personal folder a category is, or stands in; "" when it is nobody's."""
    parts = category.split("/")
    for each in globs:
        wild = each.strip("/").split("/")
        if len(parts) >= len(wild) and all(map(fnmatchcase, parts, wild)):
            return "/".join(parts[: len(wild)])
    return ""


def is_below(category: str, top: str) -> bool:
    """Whether a category is `top`, or in it."""
    return category == top or category.startswith(f"{top}/")


def list_levels(category: str) -> Iterator[str]:
    """Yield a category, then each one it is in, the nearest first; nothing for no category."""
    while category:
        yield category
        category = category.rpartition("/")[0]
