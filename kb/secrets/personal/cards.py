"""Numbers of payment cards: an issuer's range and length, and the check of Luhn.

One number in ten passes that check by chance, so a bare run of digits is a card only where a word says so, or
where it stands in the groups cards are embossed with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import STRUCTURED, Candidate
from kb.secrets.personal.issuers import FOR_TESTS, issuer_of
from kb.secrets.personal.spots import Spot
from kb.secrets.personal.words import CARD, CARD_AFTER, THING

_NUMBER = re.compile(
    r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-.])(?:"
    r"\d{4}(?P<by>[ \-‐–−ー])(?:\d{4}(?P=by)\d{4}(?P=by)\d{4}(?:(?P=by)\d{3})?|\d{6}(?P=by)\d{4,5})"
    r"|\d{14,19})(?![0-9A-Za-z_])(?![-.‐–−ー][0-9A-Za-z])",
    re.ASCII,
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PLACES = ("word", "column", "above")


def passes_luhn(digits: str) -> bool:
    """Whether the digits pass the check of ISO/IEC 7812-1, annex B: every second from the right counts double."""
    return sum(_DOUBLED[int(d)] if n % 2 else int(d) for n, d in enumerate(reversed(digits))) % 10 == 0


def embossed(spot: Spot) -> Iterator[Candidate]:
    """The cards in a line or cell."""
    for found in _NUMBER.finditer(spot.line.text):
        digits = "".join(filter(str.isdigit, found[0]))
        brand = issuer_of(digits)
        if not brand or digits in FOR_TESTS or not passes_luhn(digits) or len(set(digits[4:-1])) == 1:
            continue
        told = next((place for place, words in enumerate(spot.told(found.start())) if CARD.search(words)), None)
        if told != 0 and THING.search(spot.before(found.start())):
            continue
        if told is None and CARD_AFTER.search(spot.line.text, found.end(), found.end() + 24):
            told = 0
        doubts: tuple[str, ...] = ()
        if told is not None:
            sure = Confidence.HIGH if told < 2 or found["by"] else Confidence.MEDIUM
        elif found["by"]:
            sure = Confidence.MEDIUM
        else:
            sure, doubts = Confidence.LOW, ("no-word",)
        start, end = spot.line.offset(found.start()), spot.line.offset(found.end())
        how = "groups" if told is None else _PLACES[told]
        yield Candidate(start, end, SecretKind.CARD, sure, "card", f"{brand}/{how}", STRUCTURED, doubts)
