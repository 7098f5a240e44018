"""My Numbers (個人番号): twelve digits of which the last checks the others.

One number of twelve digits in ten passes that check by chance, so a word must say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import SURE, Candidate
from kb.secrets.personal.spots import Spot
from kb.secrets.personal.words import MY_NUMBER, THING

_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-.])(?:\d{12}|\d{4}(?P<between>[ \-‐–−ー])\d{4}(?P=between)\d{4})"
    r"(?![0-9A-Za-z_])(?![-.‐–−ー ][0-9])",
    re.ASCII,
)
_PLACES = ("word", "column", "above")


def is_my_number(digits: str) -> bool:
    """Whether the last of twelve digits checks the others.

    With P(n) the n-th of the first eleven from the right, and Q(n) = n + 1 up to the sixth, n - 5 from the
    seventh on: 11 - (ΣP(n)Q(n) mod 11), and 0 where that remainder is 0 or 1.
    Source: 平成26年総務省令第85号, article 5 (law.e-gov.go.jp, 426M60000008085), by which article 8 of
    the order in force of the My Number Act (平成26年政令第155号) has the check digit computed.
    """
    total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(digits[:-1]), 1))
    rest = total % 11
    return int(digits[-1]) == (0 if rest <= 1 else 11 - rest)


def numbered(spot: Spot) -> Iterator[Candidate]:
    """The My Numbers in a line or cell."""
    text = spot.line.text
    for found in _NUMBER.finditer(text):
        digits = "".join(filter(str.isdigit, found[0]))
        if not is_my_number(digits) or _made_up(digits):
            continue
        told = next((place for place, words in enumerate(spot.told(found.start())) if MY_NUMBER.search(words)), None)
        if told is None or (told and THING.search(spot.before(found.start()))):
            continue
        sure = Confidence.HIGH if told < 2 else Confidence.MEDIUM
        start, end = spot.line.offset(found.start()), spot.line.offset(found.end())
        yield Candidate(start, end, SecretKind.MY_NUMBER, sure, "my-number", _PLACES[told], SURE)


def _made_up(digits: str) -> bool:
    """Whether eleven digits are one repeated, or count up, as in examples."""
    first = digits[:-1]
    return len(set(first)) == 1 or first == "12345678901"
