"""Globs of kb.toml on places, and folders that belong to one person. Light: lists and reports load it too."""

from __future__ import annotations

import re
from collections.abc import Collection
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


def find_personal_folder(category: str, globs: Collection[str]) -> str:
    """The personal folder a category is, or stands in; "" when it is nobody's."""
    parts = category.split("/")
    for each in globs:
        wild = each.strip("/").split("/")
        if len(parts) >= len(wild) and all(map(fnmatchcase, parts, wild)):
            return "/".join(parts[: len(wild)])
    return ""
