"""Propose moves, archiving and titles by rules a person wrote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from kb.model.plan import ChangeKey, Verb
from kb.plan.propose.post import (
    ARCHIVE_CATEGORY,
    README,
    SPLIT,
    PostHead,
    Proposal,
    display_category,
    group_title,
    is_plain_category,
    is_readme,
    is_split_title,
    propose_change,
    reason_to_skip,
    strip_matching_prefix,
)
from kb.text.dates import local_day
from kb.text.lang import Text, join_texts, t

YEAR, REST = "{year}", "{rest}"

UNKNOWN_YEAR = t("作成日が分からないもの", "without a day of creation")


@dataclass(frozen=True, slots=True)
class MoveRule:
    """Posts below `source` (a category or glob) with this title and tag go to `target`.

    An empty condition matches all. `target` may hold `{year}` (of creation) and `{rest}` (what is below `source`).
    Between two plain categories the rest is kept without saying so.
    """

    target: str
    source: str = ""
    title: re.Pattern[str] | None = None
    tag: str = ""

    @property
    def keeps(self) -> bool:
        """Whether what is below the source stays together, as in a rename."""
        return bool(self.source) and is_plain_category(self.source) and not self.title and not self.tag

    def rest(self, post: PostHead) -> str | None:
        """Return what is below the source for a matching post; None for others."""
        rest = strip_matching_prefix(self.source, post.category) if self.source else ""
        if rest is None or (self.tag and self.tag.casefold() not in {tag.casefold() for tag in post.tags}):
            return None
        return rest if self.title is None or self.title.search(post.title) else None


def propose_move(post: PostHead, rules: Sequence[MoveRule], folders: Sequence[str], zone: ZoneInfo) -> Proposal:
    """Propose a move by the first rule that matches the post."""
    for rule in rules:
        if (rest := rule.rest(post)) is not None:
            return _move_by_rule(post, rule, rest, folders, zone)
    return None


def _move_by_rule(post: PostHead, rule: MoveRule, rest: str, folders: Sequence[str], zone: ZoneInfo) -> Proposal:
    day = local_day(post.created_at, zone)
    if YEAR in rule.target and day is None:
        return UNKNOWN_YEAR
    year = str(day.year) if day else ""
    place = resolve_target(rule, rest, year)
    if place == post.category or _is_at_target(post, rule, year):
        return None
    if is_readme(post.title) and not rule.keeps:
        return README
    if why := reason_to_skip(post, folders, rule.source):
        return why
    if is_split_title(post) and not place.endswith(" "):
        return SPLIT
    because = _move_reason(rule)
    reason = t(f"{because.ja}。", f"{because.en}.")
    if YEAR in rule.target:
        reason = join_texts([reason, t(f"年は作成日 {day} から。", f"The year is that of creation, {day}.")], "", " ")
    source, target = (rule.source, rule.target) if rule.keeps else (display_category(post.category), place)
    twice = bool(year) and f"/{year}/{year}/" in f"/{place}/" and f"/{year}/{year}/" not in f"/{post.category}/"
    change = propose_change(
        post,
        Verb.MOVE,
        {ChangeKey.CATEGORY: place},
        group_title(source, target, because),
        str(reason),
        accept=not twice,
    )
    if not twice:
        return change
    doubled = t(f"移す先に年（{year}）が続けて 2 回入ります", f"the year {year} stands twice in a row in its new place")
    return replace(change, warning=str(doubled))


def _is_at_target(post: PostHead, rule: MoveRule, year: str) -> bool:
    """Whether a post is in the target already, where that is inside of the rule's source."""
    base = rule.target.replace(YEAR, year).partition(REST)[0].strip("/")
    inside = bool(base) and (not rule.source or strip_matching_prefix(rule.source, base) is not None)
    return inside and strip_matching_prefix(base, post.category) is not None


def resolve_target(rule: MoveRule, rest: str, year: str) -> str:
    """Return a rule's target for one post."""
    target = rule.target.strip("/").replace(YEAR, year)
    if REST in target:
        whole = target.replace(REST, rest)
        return "/".join(part for part in whole.split("/") if part)
    return f"{target}/{rest}" if rest and is_plain_category(rule.source) else target


def _move_reason(rule: MoveRule) -> Text:
    """Return a rule's conditions in a few words."""
    found = [_title_matches(rule.title)] if rule.title is not None else []
    if rule.tag:
        found.append(t(f"#{rule.tag} のため", f"it is tagged #{rule.tag}"))
    return join_texts(found or [t("分類を移す規則のため", "a rule moves this category")])


def _title_matches(pattern: re.Pattern[str]) -> Text:
    return t(f"題名が「{pattern.pattern}」に当たるため", f'the title matches "{pattern.pattern}"')


@dataclass(frozen=True, slots=True)
class ArchiveRule:
    """Posts below `place` with this title, last edited by a person `days` ago or longer (0: any time)."""

    place: str = ""
    days: int = 0
    title: re.Pattern[str] | None = None


def propose_archive(post: PostHead, what: ArchiveRule, folders: Sequence[str], today: date, zone: ZoneInfo) -> Proposal:
    """Propose to move a post to its category below Archived, as esa's own archiving does."""
    if what.place and strip_matching_prefix(what.place, post.category) is None:
        return None
    if strip_matching_prefix(ARCHIVE_CATEGORY, post.category) is not None:
        return None
    if what.title is not None and not what.title.search(post.title):
        return None
    last = local_day(post.human_at or post.updated_at, zone)
    if what.days and (last is None or (today - last).days < what.days):
        return None
    if is_readme(post.title):
        return README
    if why := reason_to_skip(post, folders, what.place):
        return why
    place = f"{ARCHIVE_CATEGORY}/{post.category}" if post.category else ARCHIVE_CATEGORY
    top = what.place if what.place and is_plain_category(what.place) else post.category.partition("/")[0]
    group = group_title(
        display_category(top), f"{ARCHIVE_CATEGORY}/{top}" if top else ARCHIVE_CATEGORY, _archive_reason(what)
    )
    reason = t(f"最後の編集は {last} です。", f"last edited on {last}.") if last else _archive_reason(what)
    return propose_change(post, Verb.ARCHIVE, {ChangeKey.CATEGORY: place}, group, str(reason))


def _archive_reason(what: ArchiveRule) -> Text:
    found = [t(f"{what.days} 日以上編集がないため", f"no edit for {what.days} days or more")] if what.days else []
    if what.title is not None:
        found.append(_title_matches(what.title))
    return join_texts(found or [t(f"{what.place} にあるため", f"it is in {what.place}")])


MAX_TITLE_LENGTH = 255
"""Code points of a title that is tried: esa's are no longer."""

TITLE_TOO_LONG = t(f"{MAX_TITLE_LENGTH:,} 文字を超える題名", f"titles of more than {MAX_TITLE_LENGTH:,} characters")


@dataclass(frozen=True, slots=True)
class RetitleRule:
    r"""Every match in titles below `place` becomes `to` (`\1`, `\g<name>`).

    The caller limits the patterns: they run as they are.
    """

    match: re.Pattern[str]
    to: str
    place: str = ""

    def of(self, title: str) -> str:
        """Return the title with the rule applied."""
        return self.match.sub(self.to, title)


def propose_retitle(post: PostHead, rules: Sequence[RetitleRule], folders: Sequence[str] = ()) -> Proposal:
    """Propose the title all matching rules make, applied in order."""
    asked = [rule for rule in rules if not rule.place or strip_matching_prefix(rule.place, post.category) is not None]
    if not asked:
        return None
    if len(post.title) > MAX_TITLE_LENGTH:
        return TITLE_TOO_LONG
    title = post.title
    used: list[RetitleRule] = []
    for rule in asked:
        before, title = title, rule.of(title)
        used += [rule] if title != before else []
        if len(title) > MAX_TITLE_LENGTH:
            return TITLE_TOO_LONG
    if title == post.title:
        return None
    if is_readme(post.title):
        return README
    if is_split_title(post):
        return SPLIT
    if why := reason_to_skip(post, folders, used[0].place):
        return why
    first, more = used[0], len(used) - 1
    because = (
        t("題名の規則", "title rule") if not more else t(f"題名の規則（ほか {more}）", f"title rule (and {more} more)")
    )
    pattern = first.match.pattern
    reason = t(f"題名が「{pattern}」に当たります。", f'the title matches "{pattern}".')
    to = first.to or str(t("（消す）", "(nothing)"))
    return propose_change(post, Verb.RETITLE, {ChangeKey.TITLE: title}, group_title(pattern, to, because), str(reason))


def is_growing(rule: RetitleRule, title: str) -> bool:
    """Whether a rule changes its own result again, so that every run would."""
    once = rule.of(title)
    return once != title and rule.of(once) != once
