"""Where a value that was found stands on its page once more: in a command, a listing, a sentence below its table."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.masking.known import read_escaped, unescape_value
from kb.secrets.page.candidates import Candidate, Rank, detection_rule
from kb.secrets.page.text_page import TextPage
from kb.secrets.scoring.entropy import is_strong, score_oddity
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_REPEATED = detection_rule("repeated", Rank.SCORED, t("同じページの同じ値", "the same value elsewhere on the page"))

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
