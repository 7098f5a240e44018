"""Why a proposal came out empty: a category nobody writes in, a name nobody has. Most often a slip of the keys."""

from __future__ import annotations

from collections.abc import Iterable

from kb.changes.propose.places import below
from kb.console import talk
from kb.lang import t
from kb.mirror import heads
from kb.mirror.store import Mirror


def tell_unknown(mirror: Mirror, places: Iterable[str] = (), author: str = "") -> None:
    """Name the categories (or globs) no post of the mirror stands in, and an author who wrote none."""
    empty, unknown = {place: place.strip("/") for place in places if place.strip("/ ")}, author
    for post in heads.posts(mirror):
        empty = {place: bare for place, bare in empty.items() if below(bare, post.category) is None}
        unknown = "" if post.author == unknown else unknown
    for place in empty:
        talk(
            str(
                t(
                    f"「{place}」とその下には、記事が 1 件もありません。分類の名前を確かめてください。",
                    f'no post stands in "{place}" or below it: check the name of the category.',
                )
            )
        )
    if unknown:
        talk(
            str(
                t(
                    f"「{unknown}」さんが作った記事はありません。screen_name で指定してください。",
                    f'"{unknown}" made no post: give a screen_name.',
                )
            )
        )
