"""A title by patterns: the rules somebody wrote, one after the other, and nothing besides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.changes.plan import Key, Verb
from kb.changes.propose.places import README, SPLIT, apart, below, is_readme, is_split
from kb.changes.propose.post import Answer, Post, change, from_to
from kb.lang import t

LONGEST = 255
"""Code points of a title that is tried: esa's titles are no longer."""

LONG = t(f"{LONGEST} 文字を超える題名", f"titles of more than {LONGEST} characters")


@dataclass(frozen=True, slots=True)
class Retitling:
    """What matches in a title becomes `to` (`\\1`, `\\g<name>`), wherever it stands, in the posts below `place`.

    The patterns are the caller's to limit: those here are run as they are.
    """

    match: re.Pattern[str]
    to: str
    place: str = ""

    def of(self, title: str) -> str:
        """The title with it applied."""
        return self.match.sub(self.to, title)


def retitle(post: Post, rules: Sequence[Retitling], folders: Sequence[str] = ()) -> Answer:
    """The title a post would have by all rules that are about its place, in their order."""
    asked = [rule for rule in rules if not rule.place or below(rule.place, post.category) is not None]
    if not asked:
        return None
    if len(post.title) > LONGEST:
        return LONG
    title = post.title
    used: list[Retitling] = []
    for rule in asked:
        made = rule.of(title)
        if made != title:
            title = made
            used.append(rule)
        if len(title) > LONGEST:
            return LONG
    if title == post.title:
        return None
    if is_readme(post.title):
        return README
    if is_split(post):
        return SPLIT
    why = apart(post, folders, used[0].place)
    if why is not None:
        return why
    first, more = used[0], len(used) - 1
    because = (
        t("題名の規則", "title rule") if not more else t(f"題名の規則（ほか {more}）", f"title rule (and {more} more)")
    )
    pattern = first.match.pattern
    reason = t(f"題名が「{pattern}」に当たります。", f'the title matches "{pattern}".')
    to = first.to or str(t("（消す）", "(nothing)"))
    return change(post, Verb.RETITLE, {Key.TITLE: title}, from_to(pattern, to, because), str(reason))


def grows(rule: Retitling, title: str) -> bool:
    """Whether a rule changes the title it made again, so that every run would."""
    once = rule.of(title)
    return once != title and rule.of(once) != once
