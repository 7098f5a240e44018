"""Where a value that was found stands once more: in a command, a listing, a sentence below its table, elsewhere."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kb.model.facts import Confidence
from kb.model.secret import Secret, SecretKind
from kb.secrets.masking.known import read_escaped, unescape_value
from kb.secrets.masking.mask import classify_length, locate_secrets
from kb.secrets.masking.registry import get_known
from kb.secrets.page.candidates import Candidate, Rank, detection_rule
from kb.secrets.page.text_page import TextPage
from kb.secrets.scoring.entropy import is_strong, score_oddity
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import Span, find_line_starts, find_place

_REPEATED = detection_rule("repeated", Rank.SCORED, t("同じページの同じ値", "the same value elsewhere on the page"))

KNOWN = detection_rule("known", Rank.SCORED, t("ほかのところで見つかった値", "a value that was found elsewhere"))

_KINDS = {SecretKind.PASSWORD, SecretKind.BASIC_AUTH, SecretKind.SHARED_KEY, SecretKind.CONNECTION_STRING}
_LEAST = 2.0
"""How odd a value is that stands for nothing else wherever it stands (`score_oddity`)."""

_MOST, _MOST_PLACES = 40, 200
"""Values of a page that are looked for, and places of each that are told."""

_GOES_BACK = compile_lazy(r"[A-Za-z0-9_.-]$")
_GOES_ON = compile_lazy(r"[A-Za-z0-9_-]|\.[A-Za-z0-9]")

_OVERLAPPING = 12
"""Candidates that begin before a place and may still reach it."""


def find_repeated(found: Iterable[Candidate], page: TextPage) -> Iterator[Candidate]:
    """The other places of the values found for sure. A value that could be a name is not looked for."""
    taken = sorted(found, key=lambda each: each.start)
    values: dict[str, Candidate] = {}
    for each in taken:
        value = page.body[each.start : each.end]
        sure = each.kind in _KINDS and each.rule.rank >= Rank.GENERAL and each.confidence >= Confidence.MEDIUM
        fresh = sure and value not in values and len(values) < _MOST
        if fresh and is_strong(value) and score_oddity(value) >= _LEAST:
            values[value] = each
    starts = [each.start for each in taken]
    told = dict.fromkeys(values, 0)
    for value, start, end in _find_places(values, page.body):
        told[value] += 1
        at = bisect_left(starts, end)
        if told[value] <= _MOST_PLACES and not any(
            other.end > start for other in taken[max(0, at - _OVERLAPPING) : at]
        ):
            each = values[value]
            yield Candidate(start, end, each.kind, Confidence.MEDIUM, _REPEATED, each.rule.name)


def _find_places(values: Iterable[str], body: str) -> Iterator[tuple[str, int, int]]:
    """Yield where values stand that are no part of a longer word, as typed and then escaped (`%23`, `&#35;`).

    The escapes of a page are undone once for all of them.
    """
    typed = {value: unescape_value(value) for value in values}
    for value, plain in typed.items():
        for each in dict.fromkeys((value, plain)):
            yield from ((value, start, end) for start, end in _find_alone(each, body))
    for begin, text, places in read_escaped(body) if typed else ():
        for value, plain in typed.items():
            yield from ((value, begin + places[start], begin + places[end]) for start, end in _find_alone(plain, text))


def _find_alone(value: str, body: str) -> Iterator[tuple[int, int]]:
    at = body.find(value)
    while at >= 0:
        end = at + len(value)
        if not _GOES_BACK.search(body, max(0, at - 1), at) and not _GOES_ON.match(body, end):
            yield at, end
        at = body.find(value, end)


def add_known_copies(text: str, found: tuple[Secret, ...]) -> tuple[Secret, ...]:
    """The credentials of a text, in order, with the places in it of values that were found elsewhere, escaped or not.

    One that was found in part is told whole.
    """
    known = get_known().places(text)
    if not known:
        return found
    starts = find_line_starts(text)
    placed = sorted((*place, number) for number, place in enumerate(locate_secrets(text, found)))
    begins, ends = [begin for begin, *_ in placed], [end for _, end, _ in placed]
    told = dict(enumerate(found))
    for start, end in known:
        here = placed[bisect_right(ends, start) : bisect_left(begins, end)]
        if any(begin < start or end < other for begin, other, _ in here):
            continue
        span = Span(*find_place(starts, start), *find_place(starts, end))
        copy = Secret(SecretKind.PASSWORD, span, Confidence.MEDIUM, classify_length(end - start), KNOWN.name)
        for *_, number in here[:1]:
            own = told[number]
            copy = replace(own, span=span, length=copy.length, confidence=max(own.confidence, copy.confidence))
        for *_, number in here:
            del told[number]
        told[len(found) + start] = copy
    return tuple(sorted(told.values(), key=lambda each: (each.span.line, each.span.column)))
