"""Changes of a body → the body with them made. Pure.

    text, applied, skipped = apply(document.body, edits)

An edit is made only where the words it was decided on still stand. Two that touch the same words
are not both made: the first on the page wins, the other has its turn on the text as it is then.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from kb.lang import Text, t
from kb.model import Edit, Field, Span

ELSEWHERE = t("本文の修正ではありません", "it does not edit the body")
NOWHERE = t("位置が本文の外です", "its place lies outside the body")
OTHER_WORDS = t("その場所の言葉が変わっています", "the words at its place have changed")
THERE = t("もう入っています", "it is there already")
OVERLAPS = t(
    "ほかの修正と重なるため、次の実行で直します",
    "it overlaps another fix: the next run makes it",
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """An edit that was not made, and why: a clause without a full stop."""

    edit: Edit
    why: Text


class Applied(NamedTuple):
    """A text with edits made. Those of one fix are all in `applied`, or all in `skipped`."""

    text: str
    applied: tuple[Edit, ...]
    skipped: tuple[Skipped, ...]


class _Cut(NamedTuple):
    """An edit by characters of the text, which order edits: `start` ≤ `end`."""

    start: int
    end: int
    after: str


def apply(text: str, edits: Iterable[Edit | Sequence[Edit]]) -> Applied:
    """`text` with body edits made, all in one pass.

    A sequence among `edits` is one fix: its edits are made together or not at all. Positions are
    code points of `text`; line ends that an edit brings become those of the text.
    """
    starts = _line_starts(text)
    newline = "\r\n" if "\r\n" in text else "\n"
    made: list[_Cut] = []
    applied: list[Edit] = []
    skipped: list[Skipped] = []
    fixes = [(edit,) if isinstance(edit, Edit) else tuple(edit) for edit in edits]
    for fix, cuts in sorted(((fix, [_cut(text, starts, newline, edit) for edit in fix]) for fix in fixes), key=_first):
        why = next((each for each in cuts if isinstance(each, Text)), None) or _clash(cuts, made)
        if why is not None:
            skipped += (Skipped(edit, why) for edit in fix)
            continue
        for each in cuts:
            if isinstance(each, _Cut) and each not in _around(made, each):
                insort(made, each)
        applied += fix
    return Applied(_made(text, made), tuple(applied), tuple(skipped))


def _line_starts(text: str) -> list[int]:
    """Where each line begins: lines end with a line feed, as spans count them."""
    return [0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1])]


def _cut(text: str, starts: list[int], newline: str, edit: Edit) -> _Cut | Text:
    """An edit as a replacement in `text`, or why it cannot be made."""
    if edit.field is not Field.BODY or edit.span is None:
        return ELSEWHERE
    start, end = _range(text, starts, edit.span)
    if start < 0 or end < start:
        return NOWHERE
    if _unix(text[start:end]) != _unix(edit.before):
        return OTHER_WORDS
    after = _unix(edit.after).replace("\n", newline)
    if start == end and after.strip() and text.startswith(after, start):
        return THERE
    return _Cut(start, end, after)


def _range(text: str, starts: list[int], span: Span) -> tuple[int, int]:
    """Where a span begins and ends in `text`; (-1, -1) for one that is not wholly inside."""
    start = _index(text, starts, span.line, span.column)
    end = _index(text, starts, span.end_line, span.end_column)
    return (start, end) if start >= 0 and end >= 0 else (-1, -1)


def _index(text: str, starts: list[int], line: int, column: int) -> int:
    if not 1 <= line <= len(starts) or column < 1:
        return -1
    index = starts[line - 1] + column - 1
    last = starts[line] - 1 if line < len(starts) else len(text)
    return index if index <= last else -1


def _unix(words: str) -> str:
    return words.replace("\r\n", "\n")


def _first(fix: tuple[tuple[Edit, ...], list[_Cut | Text]]) -> tuple[int, int]:
    """What orders fixes: the place of their first edit. Those that cannot be made come last."""
    places = [(each.start, each.end) for each in fix[1] if isinstance(each, _Cut)]
    return min(places, default=(1 << 62, 0))


def _clash(edits: Iterable[_Cut | Text], made: Sequence[_Cut]) -> Text | None:
    """Whether one of these edits touches what another does; the very same edit is no clash."""
    mine: list[_Cut] = []
    for edit in edits:
        if isinstance(edit, _Cut):
            if any(edit != other and _touch(edit, other) for other in (*_around(made, edit), *mine)):
                return OVERLAPS
            mine.append(edit)
    return None


def _around(made: Sequence[_Cut], edit: _Cut) -> Sequence[_Cut]:
    """The edits of an ordered, disjoint series that could touch one: those from just before it to its end."""
    return made[max(0, bisect_left(made, edit) - 2) : bisect_left(made, _Cut(edit.end, edit.end + 1, "")) + 1]


def _touch(one: _Cut, other: _Cut) -> bool:
    """Whether two edits share words, or insert at the same place (whose order nobody said)."""
    if one.start == other.start:
        return True
    return one.start < other.end and other.start < one.end


def _made(text: str, edits: Sequence[_Cut]) -> str:
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += (text[at : edit.start], edit.after)
        at = edit.end
    return "".join((*pieces, text[at:]))
