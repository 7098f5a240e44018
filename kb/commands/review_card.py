"""How `kb review` shows a group and its changes: eighty columns, foreign text made safe, secrets masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from kb.changes.bundles import Bundle
from kb.changes.collide import Collision
from kb.changes.consequences.words import VERBS
from kb.changes.marked import differences
from kb.changes.plan import Change
from kb.console import clip, columns, paint, safe, width, wrap
from kb.lang import Text, t
from kb.model import Confidence
from kb.secrets.shown import shown_text

SAMPLES = 3
"""Changes a group is shown by."""

GROUPS = 5
"""Groups that are named where several are decided on at once."""

TROUBLES = 3
"""Sentences on what is the matter with it."""

PAGE = 10
"""Changes `d` shows at a time."""

_WIDEST = 100  # columns of a line people like to read

_LEVELS: dict[Confidence, Text] = {
    Confidence.HIGH: t("高", "high"),
    Confidence.MEDIUM: t("中", "medium"),
    Confidence.LOW: t("低", "low"),
}


def room() -> int:
    """Columns of a line."""
    return min(columns(), _WIDEST)


def seen(text: str) -> str:
    """Foreign text on one line, without what steers a terminal and without secrets."""
    return safe(shown_text(text))


def card(
    unit: Bundle, changes: Sequence[Change], number: int, total: int, troubles: Sequence[Collision] = ()
) -> Iterator[str]:
    """The lines that show what is decided at once: what, how many, why, a few of its changes, what is the matter.

    `changes` are those of its groups as they stand now.
    """
    head = f"{number}/{total} {VERBS[changes[0].kind]} {_count(len(changes))}"
    ruler = "─" * max(0, room() - width(head) - 1)
    yield f"{paint(head, 'bold')} {paint(ruler, 'dim')}"
    for line in lines_of(seen(unit.label) or "-", room()):
        yield paint(line, "bold")
    yield from _groups(unit)
    yield from _wrapped(str(_state(changes)))
    yield from _reasons(changes)
    for at, change in enumerate(changes[:SAMPLES], 1):
        yield from shown(change, at)
    if len(changes) > SAMPLES:
        rest = len(changes) - SAMPLES
        yield str(t(f"  … ほか {rest} 件（d で差分、l で 1 件ずつ）", f"  ... {rest} more (d: all, l: one by one)"))
    yield from _notes(changes)
    yield from _troubles(troubles)


def _troubles(troubles: Sequence[Collision]) -> Iterator[str]:
    """What is the matter, the first few, and each way on once; what will be refused before what is only said."""
    told: set[Text] = set()
    for trouble in sorted(troubles, key=lambda each: not each.refused)[:TROUBLES]:
        yield from _wrapped(f"{'!' if trouble.refused else '*'} {seen(str(trouble.what))}", "  ")
        if trouble.next_step is not None and trouble.next_step not in told:
            yield from _wrapped(f"  → {seen(str(trouble.next_step))}", "    ")
            told.add(trouble.next_step)
    if len(troubles) > TROUBLES:
        rest = len(troubles) - TROUBLES
        yield str(t(f"  … ほか {rest} 件", f"  ... {rest} more"))


def shown(change: Change, number: int, total: int = 0, *, reason: bool = False) -> Iterator[str]:
    """One change: what it is called, and each value as it is and as it would be. `-` before what is not sent."""
    sign = " " if change.accept else "-"
    place = f"{number}/{total}" if total else f"{number}."
    yield from _wrapped(f"{sign} {place} {change.target} {seen(change.title)}".rstrip(), "     ")
    for label, words in differences(change):
        yield from _wrapped(f"     {label}: {seen(words)}", "       ")
    if change.warning:
        yield from _wrapped(f"     ! {seen(change.warning)}", "       ")
    if reason and change.reason:
        yield from _wrapped(f"     {t('理由', 'why')}: {seen(change.reason)}", "       ")


def page(changes: Sequence[Change], first: int) -> Iterator[str]:
    """Some changes of a group from number `first` on, with their values, and how to see the next."""
    for number, change in enumerate(changes[first - 1 : first - 1 + PAGE], first):
        yield from shown(change, number)
    after = first + PAGE
    if after <= len(changes):
        yield str(t(f"  … 続きは d {after}（全 {len(changes)} 件）", f"  ... more: d {after} (of {len(changes)})"))


def row(group: str, changes: Sequence[Change], number: int, *, decided: bool, digits: int) -> Iterator[str]:
    """One group in a list: its number, whether it was decided on, how many of it are sent, its words."""
    on = sum(each.accept for each in changes)
    state = t("決定", "decided") if decided else t("未定", "open   ")
    head = f"{number:>{digits}} {state} {on:>4}/{len(changes):<4} "
    for count, line in enumerate(lines_of(seen(group) or "-", max(20, room() - width(head)))):
        yield (head if not count else " " * width(head)) + line


def _groups(unit: Bundle) -> Iterator[str]:
    """The groups that are put together, each with the numbers of its changes."""
    first = 1
    for name, changes in unit.groups[:GROUPS] if len(unit.groups) > 1 else ():
        last = first + len(changes) - 1
        yield clip(f"  {first}-{last} {seen(name)}" if last > first else f"  {first} {seen(name)}", room())
        first = last + 1
    if len(unit.groups) > GROUPS:
        rest = len(unit.groups) - GROUPS
        yield str(t(f"  … ほか {rest} グループ", f"  ... {rest} more groups"))


def _count(number: int) -> Text:
    return t(f"{number} 件", str(number))


def _state(changes: Sequence[Change]) -> Text:
    """How sure kb is, and what stands in the file of it now."""
    levels = Counter(each.confidence for each in changes)
    ja = "、".join(f"{_LEVELS[level].ja} {levels[level]}" for level in sorted(levels, reverse=True))
    en = ", ".join(f"{_LEVELS[level].en} {levels[level]}" for level in sorted(levels, reverse=True))
    on = sum(each.accept for each in changes)
    edited = sum(each.edited for each in changes)
    also = t(f"、直した案 {edited}", f", edited {edited}") if edited else t("", "")
    return t(
        f"確かさ: {ja}　今は: 送る {on}、送らない {len(changes) - on}{also.ja}",
        f"confidence: {en}   now: send {on}, leave {len(changes) - on}{also.en}",
    )


def _reasons(changes: Iterable[Change]) -> Iterator[str]:
    reasons = Counter(each.reason for each in changes if each.reason)
    most = reasons.most_common(2)
    for reason, count in most:
        number = f"（{count}）" if len(reasons) > 1 else ""
        yield from _wrapped(f"{t('理由', 'why')}: {seen(reason)}{number}", "  ")
    if len(reasons) > len(most):
        more = len(reasons) - len(most)
        yield str(t(f"  ほかの理由 {more} 通り", f"  {more} other reasons"))


def _notes(changes: Iterable[Change]) -> Iterator[str]:
    notes = Counter(each.note for each in changes if each.note)
    for note, _ in notes.most_common(1):
        more = t(f"（ほか {len(notes) - 1} 通り）", f" ({len(notes) - 1} others)") if len(notes) > 1 else t("", "")
        yield from _wrapped(f"{t('注記', 'note')}: {seen(note)}{more}", "  ")


def lines_of(text: str, wide: int) -> Iterator[str]:
    """A text as lines of at most `wide` columns; a word that is longer is broken."""
    for line in wrap(text, wide):
        piece = ""
        for character in line:
            if width(piece + character) > wide:
                yield piece
                piece = ""
            piece += character
        yield piece


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """A line as lines of the terminal, those after the first set in by `indent`."""
    lead = text[: len(text) - len(text.lstrip(" "))]
    first, *rest = lines_of(text.lstrip(" "), max(20, room() - max(len(lead), len(indent))))
    yield lead + first
    yield from (indent + line for line in rest)
