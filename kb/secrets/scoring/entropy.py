"""How unlike anything that has a name a word is: 0 for hosts, versions, products, files; 3 for what people make up.

Nothing here knows what a word stands beside. A password may look like a host, and then its surroundings must say more.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.secrets.masking.known import MAX_LENGTH, MIN_LENGTH
from kb.secrets.scoring.filters import (
    ACCOUNT_NAMES,
    COMMON_ACCOUNT_NAMES,
    DEFAULT_PASSWORDS,
    ROLE_NAMES,
    SENTENCE_WORDS,
    ValueStrength,
    find_refusal,
    is_number,
    is_slashed_value,
    is_uuid,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import ANY_LABEL
from kb.secrets.scoring.passphrases import is_passphrase
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/values.toml")

MIN_ODD, MAX_ODD = 5, 64

_MARK = compile_lazy(r"[!#$%&*+=?@^~<>]")
_JOINED = compile_lazy(r"[+&]")
_ABBREVIATED = compile_lazy(r"[A-Z]?[a-z]{1,3}\.?\d{0,2}|\d{1,4}")
_WORDS = compile_lazy(r"[A-Za-z]{2,}")
_TURNS = compile_lazy(r"(?<=[A-Za-z])[0-9]|(?<=[0-9])[A-Za-z]")
_LEET = compile_lazy(r"[A-Za-z][013457][A-Za-z]")
_SYLLABLES = compile_lazy(
    r"(?:(?:[kgsztdnhbpmrywjfc]|[kgsztcnhbpmr][hy]|ts|n|kk|tt|pp|ss)?[aeiou]|n(?![a-z])){2,12}", re.I
)
"""A Japanese word in Latin letters."""

_ROMAJI = _SYLLABLES.pattern
_JAPANESE = compile_lazy(rf"{_ROMAJI}[-_]?\d{{2,4}}|{_ROMAJI}(?:[-_.]{_ROMAJI}){{1,5}}[-_]?\d{{1,4}}", re.I)
_SENTENCE = compile_lazy(rf"{_ROMAJI}(?:[-_.]{_ROMAJI}){{2,6}}", re.I)
_SHORT = compile_lazy(r"[a-z]{2,6}[-_]?\d{1,3}")
_CAPITALS = compile_lazy(r"[A-Z0-9]{1,24}(?:[-_./][A-Z0-9]{1,24}){0,6}[a-z]?")
"""Models, tickets, error codes: RTX1220, ORA-01017, E1042-AUTH."""
_VERSION = compile_lazy(r"[^!#$%&*+=?@^~]*\d\.\d[^!#$%&*+=?@^~]*")
_UNITS = compile_lazy(r"\d{1,6}[A-Za-z]{1,5}(?:/[A-Za-z]{1,5})?|\d{4}[QHFq][1-4]")
_KEYS = compile_lazy(_TABLE["keystrokes"], re.I)
_NUMBERED = compile_lazy(r"[A-Za-z]{0,4}#\d{1,7}|[A-Za-z]{5,12}#(?:\d|\d{3,7})|[A-Za-z]+\+{1,2}|[A-Z]#")
_PLACED = compile_lazy(r"[a-z][\w.-]{0,30}@[a-z][\w.-]{0,60}")
"""A unit with its instance, a name at a host."""
_SETTING = compile_lazy(
    r"-{0,2}[a-z][a-z0-9_.-]{0,40}=[\w.,:/-]{0,60}|[A-Z][A-Z0-9_]{1,40}=[\w.,:/-]{0,60}|\w{0,40}[a-z][A-Z]\w{0,40}=.*"
    r"|[A-Z]{2,20}[a-z]\w{0,40}=.*|[A-Z][A-Z0-9_]{2,40}=.*|\w{1,30}[<>]=?\d{1,6}|\d{1,3}(?:\.\d{1,2})?%\w{0,8}"
    r"|(?:[A-Z][A-Za-z0-9]{1,30}::)?(?:[A-Z][a-z0-9]{1,20}){2,5}#[a-z]{2,30}(?:_[a-z0-9]{1,20}){0,4}[?!]?"
    r"|[a-z]{1,4}\d[a-z]{0,3}\.\d{0,3}[a-z]{2,10}|[A-Z][a-z]{1,11}\.(?:js|ts|io|NET)\d{0,3}|\w{1,40}=/.*|\w{1,40}:.*|[a-z]{1,20}[A-Z]\w{1,30}\.\d{1,4}|[\w-]{1,40}\.[\w.-]{1,60}=.*"
)
_HEX = compile_lazy(r"(?:0x)?(?:[0-9a-f]{6,64}|[0-9A-F]{6,64})")
_CODE = compile_lazy(r"[\\|{}()\[\]\"';,`]|://|^-|&[a-z]{2,6};|%[0-9A-F]{2}|<[a-z/]|:")
_STANDARD = compile_lazy("(?:(?<![a-z])" + _TABLE.group("standard_names") + r"[-_ ]?v?\d{1,5}(?!\d))", re.I)
_HOST = compile_lazy(r"[a-z]+\d{0,4}[a-z]?(?:[-.][a-z]*\d{0,4}[a-z]?){0,5}")
_IDENTIFIER = compile_lazy(
    r"[a-z][a-z0-9]*(?:_[a-z0-9]+){1,6}|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+){1,6}|[a-z]{2,12}[A-Z][a-z]+\d?"
)
_TITLED = compile_lazy(
    r"(?:[A-Z][a-z]*){1,4}\d{0,2}(?:[-_.](?:[A-Z][A-Za-z]*)?\d{0,3}){0,2}|[A-Z]{2,6}[-_][A-Z]?[a-z]+\d{0,3}"
)
"""Words with a capital each and a number: KeePass2, Box7-2, Infra-Prod2."""
_ONE_DIGIT = compile_lazy(r"[A-Z][a-z]{1,8}\d")
_EDITION = compile_lazy(r"[A-Z][a-z]{1,20}(?:19|20)\d\d")
_PERSON = compile_lazy(r"[a-z]{2,12}[-_.][a-z]\d?|[A-Z][a-z]{1,12}[-_.][A-Z]\d?|[a-z][-_.][a-z]{2,12}\d?")
"""A family name and an initial, as accounts of people are made."""
_ISSUE = compile_lazy(
    r"[A-Z][A-Za-z]{1,4}-\d{3,6}|\S{1,40}[-_.]v\d{1,3}|(?:pass|fail|ok|ng|skip)(?:ed)?[-_]\S{0,40}|#[a-z]{1,12}(?:[-_][a-z0-9]{1,12}){1,4}",
    re.I,
)
"""A file with its version, the result of a test, a channel."""
_TWO_TITLES = compile_lazy(r"[A-Z][a-z]{2,}[-_.][A-Z][a-z]{2,}")
_STAGED = compile_lazy("(?:[a-z0-9]{1,12}[-_]){0,3}" + _TABLE.group("staged") + r"\d{0,3}[a-z]?(?:[-_][a-z0-9]{1,6})?")
"""Servers by what they are for and where: web-prd-03."""
_WIRELESS = compile_lazy(r"(?=.*(?:wi-?fi|wlan|ssid)).*|[A-Za-z][\w-]{0,20}[-_]?[25]G(?:Hz)?[-_]?\w{0,3}", re.I)
_ITSELF = compile_lazy(
    r"[a-z0-9]+(?:[_.-][a-z0-9]+){0,6}|[A-Z0-9]+(?:[_.-][A-Z0-9]+){0,6}|[a-z]+(?:[A-Z][a-z0-9]+){1,4}"
)
_DIGITS = compile_lazy(r"[#*]?\d{4,8}[#*]?|\d{1,2}(?:-\d{1,2}){2,3}|[A-Z#*]\d{4,6}[#*]?")
_YEAR = compile_lazy(r"(?:19|20)\d\d(?:[01]\d(?:[0-3]\d)?)?")
_CLOCK = compile_lazy(r"(?:0[5-9]|1\d|2[0-3])[0-5]0|(?:80|443|8080|8443|3389|5432|3306|8000|3000|1433|1521|1812|5060)")

_TICKET = compile_lazy(r"#\d+")
_DESK = compile_lazy(r"0(?:120|800|570|990|[5789]0)")  # of the 電気通信番号計画
_CODES = compile_lazy(
    r"[A-Z0-9]{4,8}(?:-[A-Z0-9]{4,8}){1,5}|[a-z0-9]{4,6}(?:-[a-z0-9]{4,6}){1,5}|[A-Z2-7]{16,64}|[a-z0-9]{8,12}|\d{8}"
)


@lru_cache(maxsize=4096)
def score_oddity(value: str) -> float:
    """How unlike a name, a measure or a piece of code a word is, from 0 to 3."""
    if is_passphrase(value):
        return 3
    if not MIN_ODD <= len(value) <= MAX_ODD or not _WORDS.search(value) or is_uuid(value) or is_number(value):
        return 0
    why = find_refusal(value, code=True)
    if why and not (why == "path" and is_slashed_value(value)):
        return 0
    if is_named(value) or (ANY_LABEL.search(value) and _ITSELF.fullmatch(value)):  # db_password_v2
        return 0
    made_up = _made_up(value)
    if made_up >= 1.5 and any(map(_romaji, _WORDS.findall(value))):
        made_up += 0.5
    if "/" in value:
        made_up -= 1
    return max(0.0, min(3.0, made_up))


def is_named(value: str) -> bool:
    """Whether a word is written as what has a name or a measure is."""
    whole = (
        _STAGED,
        _PERSON,
        _ISSUE,
        _CAPITALS,
        _VERSION,
        _UNITS,
        _KEYS,
        _NUMBERED,
        _PLACED,
        _SETTING,
        _HEX,
        _WIRELESS,
    )
    return (
        any(each.fullmatch(value) for each in whole)
        or _CODE.search(value) is not None
        or (_STANDARD.search(value) is not None and not _MARK.search(value))
    )


def is_staged_name(value: str) -> bool:
    """Whether a word is written as servers are called by what they are for and where: web-prd-03."""
    return _STAGED.fullmatch(value) is not None


def _made_up(value: str) -> float:
    digits, letters = re.search(r"\d", value), _WORDS.search(value)
    if _joins_names(value):
        return 0.5
    if _MARK.search(value.strip("!?*+~=")) and letters:
        return 3 if digits or re.search("[A-Z]", value) else 2
    if _MARK.search(value):
        return 2.5 if digits else 1 if measure_strength(value.strip("!?*+~=")) is ValueStrength.MIXED else 0
    if not looks_strong(value):
        return 1 if _SENTENCE.fullmatch(value) else 0.5 if measure_strength(value) is ValueStrength.MIXED else 0
    turns = len(_TURNS.findall(value))
    if turns >= 5 and len(value) >= 10:
        return 3
    if _HOST.fullmatch(value) or _IDENTIFIER.fullmatch(value):
        if _LEET.search(value) and turns < 4:
            return 2
        return 1.5 if _JAPANESE.fullmatch(value) else 0 if _SHORT.fullmatch(value) else 1
    if _EDITION.fullmatch(value) and not _romaji(value[:-4]):
        return 0.5
    if _ONE_DIGIT.fullmatch(value):
        return 0.5
    if _TITLED.fullmatch(value):
        return 1.5 if _TWO_TITLES.match(value) or _JAPANESE.fullmatch(value) else 1
    if looks_secret(value):
        return 2.5
    return 2 if _LEET.search(value) or turns >= 3 else 1.5


def _joins_names(value: str) -> bool:
    """Whether plus signs or ampersands join words and numbers that have a name each: PEM+DER2, R&D, Rev.3+fix2."""
    parts = [part for part in _JOINED.split(value) if part]
    if len(parts) < 2 or any(map(_romaji, _WORDS.findall(value))):
        return False
    return all(
        any(each.fullmatch(part) for each in (_CAPITALS, _SHORT, _VERSION, _UNITS, _ABBREVIATED, _NUMBERED))
        for part in parts
    )


def _romaji(word: str) -> bool:
    return len(word) >= 4 and _SYLLABLES.fullmatch(word) is not None


def score_digits(value: str) -> float:
    """How much digits look like what is typed on a pad or dialled, from 0 to 2.5.

    No year, no hour, no port; no ticket (#1204), and no beginning of telephone numbers (0120).
    """
    if not _DIGITS.fullmatch(value) or _TICKET.fullmatch(value) or _DESK.fullmatch(value):
        return 0
    if _YEAR.fullmatch(value) or _CLOCK.fullmatch(value):
        return 0.5
    return 2.5 if "-" in value or value[0] in "#*" or value[-1] in "#*" else 1.5


def score_code(value: str) -> float:
    """How much a word looks like a code for the day a second factor is lost, or its seed."""
    return 2.5 if _CODES.fullmatch(value) and re.search(r"\d", value) and not _YEAR.match(value) else 0


# Values that may be masked in other texts: strong ones. A word, a date or a host taken for a password would be masked
# all over the team's pages.

_ASCII = compile_lazy("[!-~]+")
_LETTER = compile_lazy("[A-Za-z]")
_MIXED = compile_lazy(r"[0-9]|[a-z][A-Z]|[!#$%&*+=?^~]")
_NUMBERED_WORD = compile_lazy(r"(?P<word>[A-Za-z]+)[-_.]?[0-9]{0,4}[!?.]?")
_DOMAIN = compile_lazy(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,10}(?::[0-9]+)?")
_NAME = compile_lazy(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*")
_ASSIGNED = compile_lazy(r"-{0,2}[A-Za-z][\w.-]*=.*")
_PADDED = compile_lazy(r"(?=.*[a-z][A-Z])(?:[A-Za-z0-9+/]{4})+[A-Za-z0-9+/]{2}(?:==|[A-Za-z0-9+/]=)")
"""Base64 that ends in its padding, RFC 4648: what looks like the name of an empty assignment."""
_INNER = compile_lazy("[a-z][A-Z]")
_PLAIN_WORDS = compile_lazy(r"[A-Za-z]+(?:[-_./:][A-Za-z]+)*")
_DICTIONARY = (
    COMMON_ACCOUNT_NAMES
    | DEFAULT_PASSWORDS
    | ACCOUNT_NAMES
    | ROLE_NAMES
    | SENTENCE_WORDS
    | frozenset({"hoge", "secret", "welcome", "letmein", "qwerty"})
)
_VERSION_NUMBER = compile_lazy(r"[A-Za-z-]{0,30}v?[0-9]{1,4}(?:\.[0-9]{1,4}){1,3}(?:[-.+]\w{1,12}){0,3}")


_REFUTED = ("path", "address", "option", "measure", "variable")
"""Filters that say what a value is where it stands alone, and no value between a name and a host is."""


def is_strong(value: str, *, in_address: bool = False) -> bool:
    """Whether a value, of one width, may be masked wherever it stands.

    One that stands `in_address`, between a name and a host, may have the shape of an assignment or of a name at a host,
    and of several sorts of characters also that of a path or of a domain.
    """
    if not value.isascii():
        return is_passphrase(value)
    if not (MIN_LENGTH <= len(value) <= MAX_LENGTH and _ASCII.fullmatch(value) and _MIXED.search(value)):
        return False
    if len(_LETTER.findall(value)) < 2 or (_PLAIN_WORDS.fullmatch(value) and not _INNER.search(value)):
        return False
    numbered = _NUMBERED_WORD.fullmatch(value)
    if numbered and numbered["word"].lower() in _DICTIONARY:
        return False
    if any(each.fullmatch(value) for each in (_DOMAIN, _VERSION_NUMBER)) or is_staged_name(value):
        return in_address and looks_secret(value)
    if not (in_address or _PADDED.fullmatch(value)) and any(each.fullmatch(value) for each in (_NAME, _ASSIGNED)):
        return False
    why = find_refusal(value)
    return not (is_number(value) or (why and not (in_address and why in _REFUTED and looks_secret(value))))
