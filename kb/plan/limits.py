"""Limits on one run: what was measured, the limit, and the flag that states it.

They guard against a plan larger than its user believes, so they are passed by stating the number of changes (`--allow
340`), never by a bare `--force`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from kb.model.document import Source
from kb.model.plan import Change, ChangeKey, group_by_target, merge_values
from kb.text.lang import Text, count_noun, t


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of one run: targets; percent of a top category's posts; posts shipped; tickets closed.

    A share counts only above `least_share` posts: half of four posts is no mass change.
    """

    changes: int = 200
    share: int = 30
    least_share: int = 20
    shipped: int = 20
    closed: int = 50


class Limit(StrEnum):
    """Which limit was exceeded."""

    CHANGES = "changes"
    SHARE = "share"
    SHIPPED = "shipped"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ExceededLimit:
    """An exceeded limit: what was measured and the maximum (percent for a share), and how to go on."""

    limit: Limit
    measured: int
    most: int
    what: Text
    next_step: Text


def find_exceeded_limits(
    accepted: Iterable[Change],
    sizes: Mapping[str, int],
    allow: int | None = None,
    *,
    categories: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> tuple[ExceededLimit, ...]:
    """Return the limits these changes exceed; none when `allow` covers all targets written to.

    `sizes` are the posts of each top category and all below it. `categories` places targets whose changes do not tell
    (`esa:5` → `運用/手順`); others count for no category.
    """
    limits = limits or Limits()
    targets = {target: each for target, each in group_by_target(accepted).items() if merge_values(each)}
    if (allow or 0) >= len(targets):
        return ()
    found = (
        *_check_targets(targets, limits),
        *_check_shares(targets, sizes, categories or {}, limits),
        *_check_shipped(targets, limits),
        *_check_closed(targets, limits),
    )
    return found


def top_category(category: str) -> str:
    """Return the top category of a path, "" for none."""
    return category.strip("/").partition("/")[0]


def _allow_hint(targets: Mapping[str, object]) -> Text:
    """Return the flag that states the number of all targets written to."""
    number = len(targets)
    posts = sum(target.startswith(Source.ESA.value) for target in targets)
    parts = [
        *([t(f"記事 {posts} 件", count_noun(posts, "post"))] if posts else ()),
        *([t(f"チケット {number - posts} 件", count_noun(number - posts, "ticket"))] if number > posts else ()),
    ]
    both = t(f"、合わせて {number} 件", f", {number} in all") if len(parts) > 1 else t("", "")
    what = t("と".join(each.ja for each in parts), " and ".join(each.en for each in parts))
    return t(
        f"{what.ja}{both.ja}を送るなら、内容を確かめたうえで --allow {number} を付けてください。",
        f"to send {what.en}{both.en}, once you have looked at them: --allow {number}.",
    )


def _check_targets(targets: Mapping[str, tuple[Change, ...]], limits: Limits) -> Iterator[ExceededLimit]:
    if len(targets) > limits.changes:
        yield ExceededLimit(
            Limit.CHANGES,
            len(targets),
            limits.changes,
            t(
                f"{len(targets)} 件を変更しようとしています（一度に送るのは {limits.changes} 件まで）。",
                f"{len(targets)} targets would be changed (at most {limits.changes} in one run).",
            ),
            _allow_hint(targets),
        )


def _check_shares(
    targets: Mapping[str, tuple[Change, ...]], sizes: Mapping[str, int], categories: Mapping[str, str], limits: Limits
) -> Iterator[ExceededLimit]:
    counts: dict[str, int] = defaultdict(int)
    for target, changes in targets.items():
        if changes[0].source is Source.ESA:
            said = (str(each.before[ChangeKey.CATEGORY]) for each in changes if ChangeKey.CATEGORY in each.before)
            counts[top_category(next(said, categories.get(target, "")))] += 1
    for name, count in sorted(counts.items()):
        size = sizes.get(name, 0)
        if name and count > limits.least_share and count * 100 > size * limits.share:
            share = min(100, count * 100 // max(size, count))
            yield ExceededLimit(
                Limit.SHARE,
                share,
                limits.share,
                t(
                    f"「{name[:60]}」の記事 {size} 件のうち {count} 件（{share} %）を変更しようとしています"
                    f"（上限は {limits.share} %）。",
                    f'{count} of the {size} posts in "{name[:60]}" ({share} %) would be changed '
                    f"(at most {limits.share} %).",
                ),
                _allow_hint(targets),
            )


def _check_shipped(targets: Mapping[str, tuple[Change, ...]], limits: Limits) -> Iterator[ExceededLimit]:
    count = sum(merge_values(each).get(ChangeKey.WIP) is False for each in targets.values())
    if count > limits.shipped:
        yield ExceededLimit(
            Limit.SHIPPED,
            count,
            limits.shipped,
            t(
                f"{count} 件の WIP を外そうとしています（上限は {limits.shipped} 件）。",
                f"{count} posts would no longer be WIP (at most {limits.shipped}).",
            ),
            _allow_hint(targets),
        )


def _check_closed(targets: Mapping[str, tuple[Change, ...]], limits: Limits) -> Iterator[ExceededLimit]:
    closing = {
        each
        for target, changes in targets.items()
        for change in changes
        if ChangeKey.STATUS in merge_values([change])  # whatever its kind: a file may claim anything
        for each in (target, *change.along)
    }
    if len(closing) > limits.closed:
        yield ExceededLimit(
            Limit.CLOSED,
            len(closing),
            limits.closed,
            t(
                f"{len(closing)} 件のチケットを終了にしようとしています（上限は {limits.closed} 件）。",
                f"{len(closing)} tickets would be closed (at most {limits.closed}).",
            ),
            _allow_hint(targets),
        )
