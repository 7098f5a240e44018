"""Categories: whether one stands below another, and which posts are left alone unless somebody names their place.

A glob is written as in kb.toml: `*` and `?` stay in one folder, `**` does not. It means the categories it
matches and all below them.
"""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from kb.changes.propose.post import Post
from kb.lang import Text, t

ARCHIVE = "Archived"
TEMPLATES = "Templates"
LONGEST = 40
"""Folders of a category that are compared; what is deeper was made to be slow."""

SECRET_NAME = t(
    "題名・分類・タグに秘密の値がありそうなもの", "what seems to have a secret in its title, category or tags"
)
PERSONAL = t("個人のフォルダー", "in a person's folder")
ARCHIVED = t("アーカイブ済み", "archived")
TEMPLATE = t("テンプレート", "templates")
README = t("分類の README", "README of a category")
SPLIT = t("題名に「/」があり esa が分類と読んだもの", "titles with a slash that esa took for a category")


def below(glob: str, category: str) -> str | None:
    """What of a category stands below the part of it that a glob matches: "" for nothing; None where none matches.

    The shortest part that matches counts.
    """
    wanted, parts = glob.strip("/").split("/"), category.split("/")[:LONGEST] if category else []
    ends = {0}  # how many folders may be used up by what was looked at of the glob
    for number, piece in enumerate(wanted):
        if piece == "**":
            last = number == len(wanted) - 1
            ends = ends if last else set(range(min(ends, default=0), len(parts) + 1)) if ends else set()
        else:
            ends = {end + 1 for end in ends if end < len(parts) and _like(parts[end], piece)}
    if not ends or not glob.strip("/"):
        return None
    return "/".join(category.split("/")[min(ends) :])


def _like(folder: str, piece: str) -> bool:
    return fnmatchcase(folder, piece.replace("[", "[[]"))


def is_plain(glob: str) -> bool:
    """Whether a glob is the name of one category."""
    return not ("*" in glob or "?" in glob)


def root_of(glob: str) -> str:
    """What of a glob is written out, up to its first wildcard: `Users/*/x` begins in `Users`."""
    kept: list[str] = []
    for piece in glob.strip("/").split("/"):
        if not is_plain(piece):
            break
        kept.append(piece)
    return "/".join(kept)


def names(asked: str, folder: str) -> bool:
    """Whether somebody who asks for a place names a folder, rather than catch it with a wildcard."""
    root, top = root_of(asked), root_of(folder)
    return below(folder, root) is not None or bool(top and below(top, root) is not None)


def is_readme(title: str) -> bool:
    """Whether esa shows a post as the page of its category. Source: esa API v1 documentation, special names."""
    return title.strip().casefold().startswith("readme")


def is_split(post: Post) -> bool:
    """Whether the end of a post's category is the beginning of its title: 【完了】A / B, as esa reads it."""
    return post.category.endswith(" ")


def apart(post: Post, folders: Sequence[str], asked: str = "") -> Text | None:
    """Why a post is left alone: where it stands belongs to a person, or is no place of work. None for most.

    `folders` are globs of personal folders; who `asked` for a place by its name gets it.
    """
    if post.covered:
        return SECRET_NAME
    for place, why in ((ARCHIVE, ARCHIVED), (TEMPLATES, TEMPLATE)):
        if below(place, post.category) is not None and not names(asked, place):
            return why
    for folder in folders:
        if below(folder, post.category) is not None and not names(asked, folder):
            return PERSONAL
    return None
