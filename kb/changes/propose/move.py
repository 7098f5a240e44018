"""A place by rules: which posts go where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from kb.changes.plan import Key, Verb
from kb.changes.propose.places import README, SPLIT, apart, below, is_plain, is_readme, is_split
from kb.changes.propose.post import Answer, Post, called, change, day_in, from_to
from kb.lang import Text, t

YEAR, REST = "{year}", "{rest}"

YEARLESS = t("作成日が分からないもの", "without a day of creation")


@dataclass(frozen=True, slots=True)
class Moving:
    """Posts below `source` (a category or a glob) whose title matches and that carry the tag go to `target`.

    What is left out asks for nothing. `target` may hold `{year}`, of creation, and `{rest}`, what stands
    below `source`. One plain category to another keeps what is below it without saying so.
    """

    target: str
    source: str = ""
    title: re.Pattern[str] | None = None
    tag: str = ""

    @property
    def keeps(self) -> bool:
        """Whether what is below the source stays together: a category gets another name."""
        return bool(self.source) and is_plain(self.source) and not self.title and not self.tag

    def rest(self, post: Post) -> str | None:
        """What stands below the source where a post is one of those meant; None for another."""
        rest = below(self.source, post.category) if self.source else ""
        if rest is None or (self.tag and self.tag.casefold() not in {tag.casefold() for tag in post.tags}):
            return None
        return rest if self.title is None or self.title.search(post.title) else None


def move(post: Post, rules: Sequence[Moving], folders: Sequence[str], zone: ZoneInfo) -> Answer:
    """Where the first rule that means a post would put it."""
    for rule in rules:
        rest = rule.rest(post)
        if rest is not None:
            return _moved(post, rule, rest, folders, zone)
    return None


def _moved(post: Post, rule: Moving, rest: str, folders: Sequence[str], zone: ZoneInfo) -> Answer:
    day = day_in(post.created_at, zone)
    if YEAR in rule.target and day is None:
        return YEARLESS
    year = str(day.year) if day else ""
    place = place_of(rule, rest, year)
    if place == post.category or _there(post, rule, year):
        return None
    if is_readme(post.title) and not rule.keeps:
        return README
    why = apart(post, folders, rule.source)
    if why is not None:
        return why
    if is_split(post) and not place.endswith(" "):
        return SPLIT
    because = _because(rule)
    told = t(f"年は作成日 {day} から。", f" The year is that of creation, {day}.") if YEAR in rule.target else t("", "")
    reason = t(f"{because.ja}。{told.ja}", f"{because.en}.{told.en}")
    source, target = (rule.source, rule.target) if rule.keeps else (called(post.category), place)
    return change(post, Verb.MOVE, {Key.CATEGORY: place}, from_to(source, target, because), str(reason))


def _there(post: Post, rule: Moving, year: str) -> bool:
    """Whether a post is in the target or below it already, where that lies inside of what the rule looks through."""
    base = rule.target.replace(YEAR, year).partition(REST)[0].strip("/")
    inside = bool(base) and (not rule.source or below(rule.source, base) is not None)
    return inside and below(base, post.category) is not None


def place_of(rule: Moving, rest: str, year: str) -> str:
    """A rule's target for one post."""
    target = rule.target.strip("/").replace(YEAR, year)
    if REST in target:
        whole = target.replace(REST, rest)
        return "/".join(part for part in whole.split("/") if part)
    return f"{target}/{rest}" if rest and is_plain(rule.source) else target


def _because(rule: Moving) -> Text:
    """What a rule goes by, in a few words."""
    ja, en = [], []
    if rule.title is not None:
        ja.append(f"題名が「{rule.title.pattern}」に当たるため")
        en.append(f'the title matches "{rule.title.pattern}"')
    if rule.tag:
        ja.append(f"#{rule.tag} のため")
        en.append(f"it is tagged #{rule.tag}")
    if not ja:
        ja.append("分類を移す規則のため")
        en.append("a rule moves this category")
    return t("、".join(ja), ", ".join(en))
