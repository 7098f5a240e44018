"""Limits on one run: what was measured, the limit, and the flag that states it.

They guard against a plan larger than its user believes, so they are passed by stating the number of changes (`--allow
340`), never by a bare `--force`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, group_by_target, merge_values
from kb.plan.sections.places import is_place_edit
from kb.settings.kb_toml import PlanSettings
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
    return tuple(
        ExceededLimit(limit, what, _allow_hint(targets))
        for limit, what in _exceeded(targets, sizes, categories or {}, limits)
    )


def top_category(category: str) -> str:
    """Return the top category of a path, "" for none."""
    return category.strip("/").partition("/")[0]


def _allow_hint(targets: _Targets) -> Text:
    """Return the flag that states the number of all targets written to."""
    number = len(targets)
    posts = sum(target.startswith(Source.ESA.value) for target in targets)
    parts = [t(f"記事 {posts:,} 件", count_noun(posts, "post"))] if posts else []
    if number > posts:
        parts.append(t(f"チケット {number - posts:,} 件", count_noun(number - posts, "ticket")))
    what = join_texts(parts, "と", " and ")
    both = t(f"、合わせて {number:,} 件", f", {number:,} in all") if len(parts) > 1 else t("", "")
    return t(
        f"{what.ja}{both.ja}を送るなら、内容を確かめたうえで --allow {number} を付けてください。",
        f"to send {what.en}{both.en}, once you have looked at them: --allow {number}.",
    )


def _exceeded(
    targets: _Targets, sizes: Mapping[str, int], categories: Mapping[str, str], limits: PlanSettings
) -> Iterator[tuple[Limit, Text]]:
    if len(targets) > (most := limits.most_changes):
        yield (
            Limit.CHANGES,
            t(
                f"{len(targets):,} 件を変更しようとしています（一度に送るのは {most:,} 件まで）。",
                f"{len(targets):,} targets would be changed (at most {most:,} in one run).",
            ),
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
            )
    shipped = sum(merge_values(each).get(ChangeKey.WIP) is False for each in targets.values())
    if shipped > (most := limits.most_shipped):
        yield (
            Limit.SHIPPED,
            t(
                f"{shipped:,} 件の WIP を外そうとしています（上限は {most:,} 件）。",
                f"{shipped:,} posts would no longer be WIP (at most {most:,}).",
            ),
        )
    closed = len(_find_closing(targets))
    if closed > (most := limits.most_closed):
        yield (
            Limit.CLOSED,
            t(
                f"{closed:,} 件のチケットを終了にしようとしています（上限は {most:,} 件）。",
                f"{closed:,} tickets would be closed (at most {most:,}).",
            ),
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
