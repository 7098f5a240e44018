"""A place by rules: which posts go where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from kb.model.plan import Key, Verb
from kb.plan.propose.post import (
    ARCHIVE,
    README,
    SPLIT,
    Answer,
    Post,
    apart,
    below,
    called,
    change,
    day_in,
    from_to,
    is_plain,
    is_readme,
    is_split,
)
from kb.text.lang import Text, t

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


# Out of the way: posts nobody has touched for long, or nobody needs, go below Archived.


@dataclass(frozen=True, slots=True)
class Archiving:
    """Which posts: below `place`, last edited by a person `days` ago or longer (0: whenever), with such a title."""

    place: str = ""
    days: int = 0
    title: re.Pattern[str] | None = None


def archive(post: Post, what: Archiving, folders: Sequence[str], today: date, zone: ZoneInfo) -> Answer:
    """The same category below Archived, `Archived` itself where there is none: as esa's own archiving does."""
    if what.place and below(what.place, post.category) is None:
        return None
    if below(ARCHIVE, post.category) is not None:
        return None
    if what.title is not None and not what.title.search(post.title):
        return None
    last = day_in(post.human_at or post.updated_at, zone)
    if what.days and (last is None or (today - last).days < what.days):
        return None
    if is_readme(post.title):
        return README
    why = apart(post, folders, what.place)
    if why is not None:
        return why
    place = f"{ARCHIVE}/{post.category}" if post.category else ARCHIVE
    top = what.place if what.place and is_plain(what.place) else post.category.partition("/")[0]
    group = from_to(called(top), f"{ARCHIVE}/{top}" if top else ARCHIVE, _because_archive(what))
    reason = t(f"最後の編集は {last} です。", f"last edited on {last}.") if last else _because_archive(what)
    return change(post, Verb.ARCHIVE, {Key.CATEGORY: place}, group, str(reason))


def _because_archive(what: Archiving) -> Text:
    ja, en = [], []
    if what.days:
        ja.append(f"{what.days} 日以上編集がないため")
        en.append(f"no edit for {what.days} days or more")
    if what.title is not None:
        ja.append(f"題名が「{what.title.pattern}」に当たるため")
        en.append(f'the title matches "{what.title.pattern}"')
    if not ja:
        ja.append(f"{what.place} にあるため")
        en.append(f"it is in {what.place}")
    return t("、".join(ja), ", ".join(en))


# A title by patterns: the rules somebody wrote, one after the other, and nothing besides.


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
