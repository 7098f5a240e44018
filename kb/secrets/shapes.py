"""What a value looks like: how much it resembles what people and machines choose as a credential."""

from __future__ import annotations

import re
from enum import IntEnum

_LETTER = re.compile(r"[A-Za-z]")
_DIGIT = re.compile(r"[0-9]")
_INNER = re.compile(r"[a-z][A-Z]")
_MARK = re.compile(r"[!#$%&*+=?@^~]")
_JOINT = re.compile(r"[-_.]")
_PIN = re.compile(r"[A-Z#*]?\d(?:[\d-]{2,14})[#*]?")
_NAMES = re.compile(r"[A-Za-z]+(?:[-_.][A-Za-z]+){0,6}")


class Strength(IntEnum):
    """How much a value resembles a credential."""

    NONE = 0  # too short, or punctuation
    WORD = 1  # a word or a number: what `guest` and `1234` are, and most other things too
    MIXED = 2  # words joined by marks, or a capital inside: `keihi-shoki`, `blueWhale`
    STRONG = 3  # letters with digits or with marks that words do not have


def strength(value: str) -> Strength:
    """How much a value resembles a credential, by its characters alone."""
    if len(value) < 3:
        return Strength.NONE
    letters, digits = _LETTER.search(value), _DIGIT.search(value)
    if letters and (digits or _MARK.search(value)):
        return Strength.STRONG
    if letters and (_INNER.search(value) or _JOINT.search(value, 1, len(value) - 1)):
        return Strength.MIXED
    if letters or digits:
        return Strength.MIXED if digits and _MARK.search(value) else Strength.WORD
    return Strength.NONE


_CLASSES = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", r"[!#$%&*+=?@^~]")))
_DIGEST = re.compile(r"[0-9a-f]{32,128}")
_PRODUCT = re.compile(
    r"[A-Z][A-Za-z]*[-_ ]?v?\d{1,4}|[A-Za-z]+\d{1,3}[A-Z]?|[A-Z]{1,5}\d*[-_]\w{1,6}"
    r"|[a-z]+\d{0,3}(?:-[a-z]+\d{0,3}){0,4}(?:-\d{1,3})?"
    r"|(?:[A-Za-z][A-Za-z-]{0,30}v?)?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-.+]\w{1,12}){0,3}"
)
"""Names of products, tickets, hosts and versions: Windows11, OAuth2, INC-1023, web-prd-03, 16.2-1.pgdg22."""


def secretive(value: str) -> bool:
    """Whether a value has three sorts of characters, as little but passwords has; not Windows11, Office365."""
    sorts = sum(bool(each.search(value)) for each in _CLASSES)
    joined = bool(_DIGIT.search(value) and re.search(r"[a-z][-_.]|[-_.][a-z]", value))
    return len(value) >= 6 and sorts + joined >= 3 and not _PRODUCT.fullmatch(value)


def product(value: str) -> bool:
    """Whether a value is written as names of products, hosts and tickets are: Windows11, web-prd-03."""
    return bool(_PRODUCT.fullmatch(value))


def digest(value: str) -> bool:
    """Whether a value is the hexadecimal of a hash."""
    return bool(_DIGEST.fullmatch(value))


def alike(one: str, other: str) -> bool:
    """Whether two words are built alike, as two hosts, standards or kinds are: web01, web02; User-Std1, User-Adv2."""
    if one == other:
        return False
    numbered = [re.sub(r"\d+", "0", word).lower() for word in (one, other)]
    built = [re.sub("[a-z]+", "a", re.sub("[A-Z]+", "A", re.sub(r"\d+", "0", word))) for word in (one, other)]
    return (numbered[0] == numbered[1] and "0" in numbered[0]) or (built[0] == built[1] and "A" in built[0])


def pin(value: str) -> bool:
    """Whether a value could be typed on a number pad: three digits and more, dashes between them."""
    return bool(_PIN.fullmatch(value)) and sum(char.isdigit() for char in value) >= (4 if value[0].isalpha() else 3)


def named(value: str) -> bool:
    """Whether a value is nothing but words and what joins them, as names of things are."""
    return bool(_NAMES.fullmatch(value))


_MADE = re.compile(r"[0-9a-f]{32,128}|[0-9A-F]{32,128}|[A-Za-z0-9+/]{40,200}={0,2}")


def made(value: str) -> bool:
    """Whether a value is the hexadecimal or base64 of a key, without a word in it."""
    return bool(_MADE.fullmatch(value)) and tokenish(value)


def tokenish(value: str) -> bool:
    """Whether a machine may have made a value: sixteen characters and more of at least two sorts, no words."""
    if len(value) < 16 or not _DIGIT.search(value) or not _LETTER.search(value):
        return False
    return not re.search(r"[^\w\-+/=.~:|]", value, re.ASCII)
