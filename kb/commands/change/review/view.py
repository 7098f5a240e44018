"""Show groups, changes and the outcome in `kb review`: eighty columns, foreign text safe, secrets masked."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.sitting import card_width, mask_line, wrap_bullet, wrap_indented, wrap_text
from kb.console.terminal import paint
from kb.execute.plan_store import undecided_groups
from kb.model.facts import Confidence
from kb.model.plan import Change, Plan
from kb.plan.collide.board import Collision
from kb.plan.groups import GroupBundle, count_owned, diff_values, is_owned
from kb.plan.impact.sentences import VERB_LABELS, describe_impact
from kb.text.display import clip, display_width, sanitize
from kb.text.lang import Text, count_noun, join_texts, t

if TYPE_CHECKING:
    from kb.execute.preflight.check import ApplyForecast
    from kb.plan.limits import ExceededLimit


MAX_SAMPLES = 3
"""Changes shown of a group."""

MAX_GROUPS = 5
"""Groups of a bundle that are named."""

MAX_TROUBLES = 3
"""Collisions that are shown."""

PAGE_SIZE = 10
"""Changes `d` shows at a time."""

_LEVELS: dict[Confidence, Text] = {
    Confidence.HIGH: t("高", "high"),
    Confidence.MEDIUM: t("中", "medium"),
    Confidence.LOW: t("低", "low"),
}


def format_group_card(
    unit: GroupBundle, changes: Sequence[Change], number: int, total: int, troubles: Sequence[Collision] = ()
) -> Iterator[str]:
    """Yield the lines of a card: what, how many, why, a few of the changes, what is wrong with them.

    `changes` are those of its groups as they stand now.
    """
    head = f"{number}/{total} {VERB_LABELS[changes[0].kind]} {t(f'{len(changes):,} 件', str(len(changes)))}"
    ruler = "─" * max(0, card_width() - display_width(head) - 1)
    yield f"{paint(head, 'bold')} {paint(ruler, 'dim')}"
    for line in wrap_text(mask_line(unit.label) or "-", card_width()):
        yield paint(line, "bold")
    yield from _groups(unit)
    yield from wrap_indented(str(_state(changes)))
    yield from _reasons(changes)
    for at, change in enumerate(changes[:MAX_SAMPLES], 1):
        yield from format_change(change, at)
    if len(changes) > MAX_SAMPLES:
        rest = len(changes) - MAX_SAMPLES
        yield str(t(f"  … ほか {rest:,} 件（d で差分、l で 1 件ずつ）", f"  ... {rest:,} more (d: all, l: one by one)"))
    yield from _notes(changes)
    yield from _troubles(troubles)


def _troubles(troubles: Sequence[Collision]) -> Iterator[str]:
    """List the first few collisions, refused ones first, each next step once."""
    told: set[Text] = set()
    for trouble in sorted(troubles, key=lambda each: not each.refused)[:MAX_TROUBLES]:
        yield from wrap_indented(f"{'!' if trouble.refused else '*'} {mask_line(str(trouble.what))}", "  ")
        if trouble.next_step is not None and trouble.next_step not in told:
            yield from wrap_indented(f"  → {mask_line(str(trouble.next_step))}", "    ")
            told.add(trouble.next_step)
    if len(troubles) > MAX_TROUBLES:
        rest = len(troubles) - MAX_TROUBLES
        yield str(t(f"  … ほか {rest:,} 件", f"  ... {rest:,} more"))


def format_change(change: Change, number: int, total: int = 0, *, reason: bool = False) -> Iterator[str]:
    """Yield a change with each value before and after; `-` marks what is not sent."""
    sign = " " if change.accept else "-"
    place = f"{number}/{total}" if total else f"{number}."
    yield from wrap_indented(f"{sign} {place} {change.target} {sanitize(change.title)}".rstrip(), "     ")
    for label, words in diff_values(change):
        yield from wrap_indented(f"     {label}: {mask_line(words)}", "       ")
    if change.warning:
        yield from wrap_indented(f"     ! {mask_line(change.warning)}", "       ")
    if reason and change.reason:
        yield from wrap_indented(f"     {t('理由', 'why')}: {mask_line(change.reason)}", "       ")


def format_page(changes: Sequence[Change], first: int) -> Iterator[str]:
    """Yield a page of a group's changes from number `first` on, and how to see the next."""
    for number, change in enumerate(changes[first - 1 : first - 1 + PAGE_SIZE], first):
        yield from format_change(change, number)
    after = first + PAGE_SIZE
    if after <= len(changes):
        yield str(t(f"  … 続きは d {after}（全 {len(changes):,} 件）", f"  ... more: d {after} (of {len(changes):,})"))


def format_group_row(
    group: str, changes: Sequence[Change], number: int, *, decided: bool, digits: int
) -> Iterator[str]:
    """Yield a group's row: number, whether it is decided, how many of it are sent, its name."""
    on = sum(each.accept for each in changes)
    state = t("決定", "decided") if decided else t("未定", "open   ")
    if is_owned(changes):
        state = t("本人", "owner  ")
    head = f"{number:>{digits}} {state} {on:>4}/{len(changes):<4} "
    for count, line in enumerate(wrap_text(mask_line(group) or "-", max(20, card_width() - display_width(head)))):
        yield (head if not count else " " * display_width(head)) + line


def _groups(unit: GroupBundle) -> Iterator[str]:
    """Yield the bundled groups, each with the numbers of its changes."""
    first = 1
    for name, changes in unit.groups[:MAX_GROUPS] if len(unit.groups) > 1 else ():
        last = first + len(changes) - 1
        yield clip(
            f"  {first}-{last} {mask_line(name)}" if last > first else f"  {first} {mask_line(name)}", card_width()
        )
        first = last + 1
    if len(unit.groups) > MAX_GROUPS:
        rest = len(unit.groups) - MAX_GROUPS
        yield str(t(f"  … ほか {rest:,} グループ", f"  ... {rest:,} more groups"))


def _state(changes: Sequence[Change]) -> Text:
    """Return how sure kb is, and what the file says now."""
    levels = sorted(Counter(each.confidence for each in changes).items(), reverse=True)
    sure = join_texts(t(f"{_LEVELS[level].ja} {count}", f"{_LEVELS[level].en} {count}") for level, count in levels)
    on = sum(each.accept for each in changes)
    edited = sum(each.edited for each in changes)
    also = t(f"、直した案 {edited}", f", edited {edited}") if edited else t("", "")
    return t(
        f"確かさ: {sure.ja}　今は: 送る {on}、送らない {len(changes) - on}{also.ja}",
        f"confidence: {sure.en}   now: send {on}, leave {len(changes) - on}{also.en}",
    )


def _reasons(changes: Iterable[Change]) -> Iterator[str]:
    reasons = Counter(each.reason for each in changes if each.reason)
    most = reasons.most_common(2)
    for reason, count in most:
        number = f"（{count}）" if len(reasons) > 1 else ""
        yield from wrap_indented(f"{t('理由', 'why')}: {mask_line(reason)}{number}", "  ")
    if len(reasons) > len(most):
        more = len(reasons) - len(most)
        yield str(t(f"  ほかの理由 {more:,} 通り", f"  {more:,} other reasons"))


def _notes(changes: Iterable[Change]) -> Iterator[str]:
    notes = Counter(each.note for each in changes if each.note)
    for note, _ in notes.most_common(1):
        more = t(f"（ほか {len(notes) - 1:,} 通り）", f" ({len(notes) - 1:,} others)") if len(notes) > 1 else t("", "")
        yield from wrap_indented(f"{t('注記', 'note')}: {mask_line(note)}{more}", "  ")


MAX_REFUSALS = 8
"""Refusals that are shown."""


def format_outcome(foresight: ApplyForecast) -> Iterator[str]:
    """Yield the consequences of what is accepted, and the reasons not to send it."""
    for line in describe_impact(foresight.consequences):
        yield from wrap_bullet(f"- {mask_line(str(line))}")
    for remark in foresight.remarks:
        yield from wrap_bullet(f"* {mask_line(str(remark.what))}")
    against: list[Collision | ExceededLimit] = [*foresight.refused, *foresight.over]
    for at, refused in enumerate(against[:MAX_REFUSALS], 1):
        yield from wrap_bullet(f"! {mask_line(str(refused.what))}")
        after = against[at].next_step if at < min(MAX_REFUSALS, len(against)) else None
        if refused.next_step is not None and refused.next_step != after:  # one way on for several stands below them
            yield from wrap_bullet(f"  → {mask_line(str(refused.next_step))}")
    more = len(against) - MAX_REFUSALS
    if more > 0:
        yield str(t(f"! ほかに送れないものが {more:,} 件あります。", f"! and {more:,} more that cannot be sent."))


def format_next_step(
    plan: Plan, path: Path, foresight: ApplyForecast | None, *, per_day: int | None, without_note: bool
) -> Iterator[Text]:
    """Yield how many groups are left, and the next command."""
    left = [changes for _, changes in undecided_groups(plan)]
    file = shlex.quote(str(path))
    owned, people = count_owned(plan)
    if owned:
        yield t(
            f"ほかに {owned:,} 件は、書いた本人（{people:,} 人）に聞くものです。",
            f"{count_noun(owned, 'more change')} for their owners ({people:,}) to decide on.",
        )
    doubtful = not any(each.accept for changes in left for each in changes)
    if left and not (doubtful and plan.accepted):
        command = f"kb review {file}"
        groups = count_noun(len(left), "group")
        yield t(f"残り {len(left):,} グループ。続きは: {command}", f"{groups} left. To go on: {command}")
        return
    if not plan.accepted:
        yield t("送る変更はありません。", "there is nothing to send.")
        return
    if foresight is not None and foresight.refused:
        yield t(
            f"送れない変更を直してから: kb review {file}（または {file} を編集）",
            f"mend what cannot be sent: kb review {file}, or edit {file}",
        )
        return
    words = ["kb apply", file]
    if foresight is not None and foresight.allowance:
        words.append(f"--allow {foresight.allowance}")
    words += [f"--per-day {per_day}"] * bool(per_day) + ["--without-note"] * without_note
    command = " ".join(words)
    if left:
        yield t(
            f"未定の {len(left):,} グループは送りません（kb review {file} で決められます）。",
            f"{count_noun(len(left), 'group')} nobody has decided on: not sent (kb review {file}).",
        )
    yield t(f"次は: {command}", f"next: {command}")
