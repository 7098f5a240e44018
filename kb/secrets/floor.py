"""Which values are looked for in other texts: strong ones, that are nothing but a secret wherever they stand. Pure.

A word, a number, a date, a host or a version that was taken for a password would be masked all over the team's pages.
"""

from __future__ import annotations

import re

from kb.secrets.filters import number, refusal
from kb.secrets.known import LEAST, LONGEST
from kb.secrets.oddity import staged
from kb.secrets.words import COMMON, DEFAULTS, KNOWN, ROLES, SPOKEN

_ASCII = re.compile("[!-~]+")
_LETTER = re.compile("[A-Za-z]")
_MIXED = re.compile(r"[0-9]|[a-z][A-Z]|[!#$%&*+=?^~]")
_NUMBERED = re.compile(r"(?P<word>[A-Za-z]+)[-_.]?[0-9]{0,4}[!?.]?")
_DOMAIN = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,10}(?::[0-9]+)?")
_NAME = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_ASSIGNED = re.compile(r"-{0,2}[A-Za-z][\w.-]*=.*")
_INNER = re.compile("[a-z][A-Z]")
_WORDS = re.compile(r"[A-Za-z]+(?:[-_./:][A-Za-z]+)*")
_DICTIONARY = COMMON | DEFAULTS | KNOWN | ROLES | SPOKEN | frozenset({"hoge", "secret", "welcome", "letmein", "qwerty"})
_VERSION = re.compile(r"[A-Za-z-]{0,30}v?[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}(?:[-.+]\w{1,12}){0,3}")


def is_strong(value: str) -> bool:
    """Whether a value, of one width, may be masked wherever it stands."""
    if not (LEAST <= len(value) <= LONGEST and _ASCII.fullmatch(value) and _MIXED.search(value)):
        return False
    if len(_LETTER.findall(value)) < 2 or (_WORDS.fullmatch(value) and not _INNER.search(value)):
        return False
    numbered = _NUMBERED.fullmatch(value)
    if numbered and numbered["word"].lower() in _DICTIONARY:
        return False
    if any(each.fullmatch(value) for each in (_DOMAIN, _NAME, _ASSIGNED, _VERSION)) or staged(value):
        return False
    return not (number(value) or refusal(value))
