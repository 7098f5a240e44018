"""Numbers of payment cards and My Numbers (個人番号), each with its check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.personal.spots import CARD_WORDS, CARD_WORDS_AFTER, MY_NUMBER_WORDS, THING_WORDS, Spot
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_CARD = detection_rule(
    "card", Rank.STRUCTURED, t("カード番号の範囲と検査数字", "an issuer's range and the check digit")
)
_CHECKED = detection_rule("my-number", Rank.SURE, t("マイナンバーの検査用数字", "the check digit of a My Number"))
TEST_NUMBERS = frozenset(read_words("kb.secrets", "words/personal.toml").words("card_test_numbers"))
"""Numbers that payment services publish for tests; nobody holds them.

Sources: docs.stripe.com/testing, docs.pay.jp/v1/testcard, docs.omise.co/ja/api-testing,
ja.doc.komoju.com/docs/test-cards, developer.paypal.com/braintree/docs/reference/general/testing and
developer.authorize.net/hello_world/testing_guide.html.
"""


class Issuer(NamedTuple):
    """A brand: ranges of first digits, each written with as many digits as count, and the lengths of its numbers."""

    name: str
    ranges: tuple[tuple[str, str], ...]
    lengths: tuple[int, ...]


ISSUERS = (
    Issuer("visa", (("4", "4"),), (16, 18, 19)),
    Issuer("mastercard", (("51", "55"), ("2221", "2720")), (16,)),
    Issuer("american-express", (("34", "34"), ("37", "37")), (15,)),
    Issuer("diners-club", (("300", "305"), ("36", "36"), ("38", "39")), (14, 16, 19)),
    Issuer("discover", (("6011", "6011"), ("644", "649"), ("65", "65")), (16, 19)),
    Issuer("jcb", (("3528", "3589"),), (16, 17, 18, 19)),
    Issuer("unionpay", (("620", "626"), ("6282", "6292"), ("810", "817")), (16, 17, 18, 19)),
)
"""Source: the table of payment forms use (github.com/braintree/credit-card-type, src/lib/card-types.ts, MIT).

Left out: Maestro, whose numbers are any of twelve to nineteen digits that begin with 5 or 6; JCB's 1800 and
2131 and UnionPay's of fourteen and fifteen digits, which are too like the numbers of other things; brands
that are not accepted in Japan.
"""


def find_issuer(digits: str) -> str:
    """The brand whose number this may be, "" for none."""
    for issuer in ISSUERS:
        if len(digits) in issuer.lengths and any(
            first <= digits[: len(first)] <= last for first, last in issuer.ranges
        ):
            return issuer.name
    return ""


# Card numbers: an issuer's range and length, and the Luhn check. One number in ten passes that by chance, so a bare run
# of digits needs a word for cards beside it, or the groups of an embossed card.

_CARD_NUMBER = compile_lazy(
    r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-.])(?:"
    r"\d{4}(?P<by>[ \-‐–−ー])(?:\d{4}(?P=by)\d{4}(?P=by)\d{4}(?:(?P=by)\d{3})?|\d{6}(?P=by)\d{4,5})"
    r"|\d{14,19})(?![0-9A-Za-z_])(?![-.‐–−ー][0-9A-Za-z])",
    re.ASCII,
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_PLACES = ("word", "column", "above")
"""What `Spot.find_name` tells of, as findings call it."""


def passes_luhn(digits: str) -> bool:
    """Whether the digits pass the check of ISO/IEC 7812-1, annex B: every second from the right counts double."""
    return sum(_DOUBLED[int(d)] if n % 2 else int(d) for n, d in enumerate(reversed(digits))) % 10 == 0


def find_cards(spot: Spot) -> Iterator[Candidate]:
    """The cards in a line or cell."""
    for found in _CARD_NUMBER.finditer(spot.line.text):
        digits = "".join(filter(str.isdigit, found[0]))
        brand = find_issuer(digits)
        if not brand or digits in TEST_NUMBERS or not passes_luhn(digits) or len(set(digits[4:-1])) == 1:
            continue
        named = spot.find_name(found.start(), CARD_WORDS)
        if named != 0 and THING_WORDS.search(spot.before(found.start())):
            continue
        if named is None and CARD_WORDS_AFTER.search(spot.line.text, found.end(), found.end() + 24):
            named = 0
        doubts: tuple[str, ...] = ()
        if named is not None:
            sure = Confidence.HIGH if named < 2 or found["by"] else Confidence.MEDIUM
        elif found["by"]:
            sure = Confidence.MEDIUM
        else:
            sure, doubts = Confidence.LOW, ("no-word",)
        how = "groups" if named is None else _PLACES[named]
        yield propose(spot.line, found.span(), SecretKind.CARD, sure, _CARD, f"{brand}/{how}", doubts)


# My Numbers: twelve digits, the last of which checks the others. One in ten passes by chance, so a word must say so.

_MY_NUMBER = compile_lazy(
    r"(?<![0-9A-Za-z_])(?<![0-9A-Za-z][-.])(?:\d{12}|\d{4}(?P<between>[ \-‐–−ー])\d{4}(?P=between)\d{4})"
    r"(?![0-9A-Za-z_])(?![-.‐–−ー ][0-9])",
    re.ASCII,
)


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


def find_my_numbers(spot: Spot) -> Iterator[Candidate]:
    """The My Numbers in a line or cell."""
    text = spot.line.text
    for found in _MY_NUMBER.finditer(text):
        digits = "".join(filter(str.isdigit, found[0]))
        if not is_my_number(digits) or _made_up(digits):
            continue
        named = spot.find_name(found.start(), MY_NUMBER_WORDS)
        if named is None or (named and THING_WORDS.search(spot.before(found.start()))):
            continue
        sure = Confidence.HIGH if named < 2 else Confidence.MEDIUM
        yield propose(spot.line, found.span(), SecretKind.MY_NUMBER, sure, _CHECKED, _PLACES[named])


def _made_up(digits: str) -> bool:
    """Whether eleven digits are one repeated, or count up, as in examples."""
    first = digits[:-1]
    return len(set(first)) == 1 or first == "12345678901"
