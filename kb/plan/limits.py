"""Limits on one run: what was measured, the limit, and the flag that states it.

They guard against a plan larger than its user believes, so they are passed by stating the number of changes (`--allow
340`), never by a bare `--force`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, group_by_target, merge_values
from kb.plan.impact.estimate import parse_person_id
from kb.plan.propose.new_ticket import MOST_CREATED, MOST_EACH_DAY
from kb.plan.sections.places import is_place_edit
from kb.settings.plan_tables import PlanSettings
from kb.text.lang import Text, count_noun, join_texts, t

_DEFAULTS = PlanSettings()

MIN_SHARE = 20
"""Posts up to which a share does not count: half of four posts is no mass change."""


class Limit(StrEnum):
    """Which limit was exceeded."""

    CHANGES = "changes"
    SHARE = "share"
    SHIPPED = "shipped"
    CLOSED = "closed"
    CREATED = "created"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """An exceeded limit: what was measured and the maximum, and how to go on."""

    limit: Limit
    what: Text
    next_step: Text


_Targets: TypeAlias = Mapping[str, tuple[Change, ...]]


def find_exceeded_limits(
    accepted: Iterable[Change],
    sizes: Mapping[str, int],
    allow: int | None = None,
    *,
    categories: Mapping[str, str] | None = None,
    limits: PlanSettings = _DEFAULTS,
) -> tuple[ExceededLimit, ...]:
    """Return the limits these changes exceed; none when `allow` covers all targets written to.

    `sizes` are the posts of each top category and all below it. `categories` places targets whose changes do not tell
    (`esa:5` → `運用/手順`); others count for no category.
    """
    targets = {target: each for target, each in group_by_target(accepted).items() if merge_values(each)}
    if (allow or 0) >= len(targets):
        return ()
    found = list(_exceeded(targets, sizes, categories or {}, limits))
    hint = _allow_hint(targets, min((most for _, _, most in found if most), default=0))
    return tuple(ExceededLimit(limit, what, hint) for limit, what, _ in found)


@dataclass(frozen=True, slots=True)
class MadeBefore:
    """The tickets that were made: how many by the run that is gone on with, and today for whom (ids in Redmine)."""

    by_run: int = 0
    today: Mapping[int, int] = field(default_factory=dict)


def find_exceeded_creations(
    accepted: Iterable[Change], made: MadeBefore, limits: PlanSettings = _DEFAULTS
) -> Iterator[ExceededLimit]:
    """Yield the limits that tickets to be made exceed: those of kb.toml and of a run, and those of one person's day.

    No flag lifts these: each ticket is somebody's work.
    """
    new = [each for each in accepted if each.creates]
    most = min(max(0, limits.create_limit), MOST_CREATED)
    if new and not most:
        yield ExceededLimit(
            Limit.CREATED,
            t(
                f"チケットを {len(new):,} 件作ろうとしていますが、kb.toml で認められていません。",
                f"{count_noun(len(new), 'ticket')} would be made, which kb.toml does not allow.",
            ),
            t(
                f"作ってよければ、kb.toml の [plan] に create_limit = {min(len(new), MOST_CREATED)} と書いてください"
                f"（多くて {MOST_CREATED}）。",
                f"if they may be, write create_limit = {min(len(new), MOST_CREATED)} under [plan] in kb.toml (at most "
                f"{MOST_CREATED}).",
            ),
        )
    elif len(new) + made.by_run > most:
        yield ExceededLimit(
            Limit.CREATED,
            t(
                f"チケットを {len(new) + made.by_run:,} 件作ろうとしています（1 回に作るのは {most:,} 件まで）。",
                f"{len(new) + made.by_run:,} tickets would be made (at most {most:,} in one run).",
            ),
            t(
                "残りを accept = false にして、次の回に送ってください。",
                "set accept = false on the rest, and make them another time.",
            ),
        )
    counts = Counter(parse_person_id(str(each.after.get(ChangeKey.ASSIGNEE, ""))) for each in new)
    for person, count in sorted(counts.items()):
        if person and count + made.today.get(person, 0) > MOST_EACH_DAY:
            names = (str(each.after[ChangeKey.ASSIGNEE]) for each in new)
            name = next(each for each in names if parse_person_id(each) == person)
            total = count + made.today.get(person, 0)
            yield ExceededLimit(
                Limit.EACH,
                t(
                    f"今日 {name[:60]} に渡すチケットが {total:,} 件になります（1 人 1 日 {MOST_EACH_DAY:,} 件まで）。",
                    f"{name[:60]} would be given {total:,} tickets today (at most {MOST_EACH_DAY} a day for a person).",
                ),
                t(
                    "その人の分を accept = false にして、明日送ってください。",
                    "set accept = false on theirs, and make them tomorrow.",
                ),
            )


def top_category(category: str) -> str:
    """Return the top category of a path, "" for none."""
    return category.strip("/").partition("/")[0]


def _allow_hint(targets: _Targets, most: int) -> Text:
    """Return the flag that states the number of all targets written to, and how to send `most` a day (0: not)."""
    number = len(targets)
    posts = sum(target.startswith(Source.ESA.value) for target in targets)
    parts = [t(f"記事 {posts:,} 件", count_noun(posts, "post"))] if posts else []
    if number > posts:
        parts.append(t(f"チケット {number - posts:,} 件", count_noun(number - posts, "ticket")))
    what = join_texts(parts, "と", " and ")
    both = t(f"、合わせて {number:,} 件", f", {number:,} in all") if len(parts) > 1 else t("", "")
    split = t("", "")
    if number > most > 0:
        flags = f"--allow {number} --per-day {most}"
        split = t(
            f"分けるなら {flags} です（今日 {most:,} 件、残りは次の日から）。",
            f" To split them: {flags} ({most:,} today, the rest on other days).",
        )
    return t(
        f"{what.ja}{both.ja}を送るなら、内容を確かめたうえで --allow {number} を付けてください。{split.ja}",
        f"to send {what.en}{both.en}, once you have looked at them: --allow {number}.{split.en}",
    )


def _exceeded(
    targets: _Targets, sizes: Mapping[str, int], categories: Mapping[str, str], limits: PlanSettings
) -> Iterator[tuple[Limit, Text, int]]:
    """Yield each exceeded limit, its sentence, and how many a day would keep to it (0: parting does not help)."""
    if len(targets) > (most := limits.most_changes):
        yield (
            Limit.CHANGES,
            t(
                f"{len(targets):,} 件を変更しようとしています（一度に送るのは {most:,} 件まで）。",
                f"{len(targets):,} targets would be changed (at most {most:,} in one run).",
            ),
            most,
        )
    for name, count in sorted(_count_by_category(targets, categories).items()):
        size, most = sizes.get(name, 0), limits.most_share
        if name and count > MIN_SHARE and count * 100 > size * most:
            share = min(100, count * 100 // max(size, count))
            yield (
                Limit.SHARE,
                t(
                    f"「{name[:60]}」の記事 {size:,} 件のうち {count:,} 件（{share} %）を変更しようとしています"
                    f"（上限は {most} %）。",
                    f'{count:,} of the {size:,} posts in "{name[:60]}" ({share} %) would be changed '
                    f"(at most {most} %).",
                ),
                0,
            )
    shipped = sum(merge_values(each).get(ChangeKey.WIP) is False for each in targets.values())
    if shipped > (most := limits.most_shipped):
        yield (
            Limit.SHIPPED,
            t(
                f"{shipped:,} 件の WIP を外そうとしています（上限は {most:,} 件）。",
                f"{shipped:,} posts would no longer be WIP (at most {most:,}).",
            ),
            most,
        )
    closed = len(_find_closing(targets))
    if closed > (most := limits.most_closed):
        yield (
            Limit.CLOSED,
            t(
                f"{closed:,} 件のチケットを終了にしようとしています（上限は {most:,} 件）。",
                f"{closed:,} tickets would be closed (at most {most:,}).",
            ),
            most,
        )


def _count_by_category(targets: _Targets, categories: Mapping[str, str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for target, changes in targets.items():
        if changes[0].source is Source.ESA and not all(map(is_place_edit, changes)):
            said = (str(each.before[ChangeKey.CATEGORY]) for each in changes if ChangeKey.CATEGORY in each.before)
            counts[top_category(next(said, categories.get(target, "")))] += 1
    return counts


def _find_closing(targets: _Targets) -> set[str]:
    """Return the tickets whose status changes, whatever the verb (a file may claim anything), and those along."""
    return {
        each
        for target, changes in targets.items()
        for change in changes
        if ChangeKey.STATUS in merge_values([change])
        for each in (target, *change.along)
    }
