"""The shape of a value, and named filters that say why a value is no credential."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum

from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/values.toml")
_PLAIN = read_words("kb.secrets", "words/plain.toml")


def _words(name: str) -> frozenset[str]:
    return frozenset(_PLAIN.words(name))


SENTENCE_WORDS = _words("sentence_words")
SENTENCE_ONLY = (SENTENCE_WORDS - _words("syllables") - {"correct", "long"}) | _words("sentence_only")
ACCOUNT_NAMES = _words("account_names")
COMMON_ACCOUNT_NAMES = _words("common_account_names")
DEFAULT_PASSWORDS = _words("default_passwords")
ROLE_NAMES = _words("role_names")

_LETTER = compile_lazy(r"[A-Za-z]")
_DIGIT = compile_lazy(r"[0-9]")
_INNER = compile_lazy(r"[a-z][A-Z]")
_MARK = compile_lazy(r"[!#$%&*+=?@^~]")
_JOINT = compile_lazy(r"[-_.]")
_PIN = compile_lazy(r"[A-Z#*]?\d(?:[\d-]{2,14})[#*]?")
_CLASSES = tuple(map(re.compile, ("[a-z]", "[A-Z]", "[0-9]", r"[!#$%&*+=?@^~]")))
_DIGEST = compile_lazy(r"[0-9a-f]{32,128}")
_PRODUCT = compile_lazy(
    r"[A-Z][A-Za-z]*[-_ ]?v?\d{1,4}|[A-Za-z]+\d{1,3}[A-Z]?|[A-Z]{1,5}\d*[-_]\w{1,6}"
    r"|[a-z]+\d{0,3}(?:-[a-z]+\d{0,3}){0,4}(?:-\d{1,3})?"
    r"|(?:[A-Za-z][A-Za-z-]{0,30}v?)?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-.+]\w{1,12}){0,3}"
)
"""Names of products, tickets, hosts and versions: Windows11, OAuth2, INC-1023, web-prd-03, 16.2-1.pgdg22."""
_NUMBERED = compile_lazy(r"[A-Z][a-z]{2,}[-_](?!19|20)\d{3,4}")
_SISTER = compile_lazy(r"([a-z]{3,20}_)(?!p(?:ass|w))[a-z]{3,20}(?:_[a-z]{2,20}){0,3}")
"""A name of a program whose first word others share: kura_table."""
_MADE = compile_lazy(r"[0-9a-f]{32,128}|[0-9A-F]{32,128}|[A-Za-z0-9+/]{40,200}={0,2}")

_PREFIXED = compile_lazy(r"(?!pk_)[a-z]{2,8}_(?:[a-z]{2,8}_)?(?P<random>[A-Za-z0-9]{20,64})")


class ValueStrength(IntEnum):
    """How much a value resembles a credential."""

    NONE = 0  # too short, or punctuation
    WORD = 1  # a word or a number: what `guest` and `1234` are, and most other things too
    MIXED = 2  # words joined by marks, or a capital inside: `keihi-shoki`, `blueWhale`
    STRONG = 3  # letters with digits or with marks that words do not have


def measure_strength(value: str) -> ValueStrength:
    """How much a value resembles a credential, by its characters alone."""
    if len(value) < 3:
        return ValueStrength.NONE
    letters, digits = _LETTER.search(value), _DIGIT.search(value)
    if letters and (digits or _MARK.search(value)):
        return ValueStrength.STRONG
    if letters and (_INNER.search(value) or _JOINT.search(value, 1, len(value) - 1)):
        return ValueStrength.MIXED
    if letters or digits:
        return ValueStrength.MIXED if digits and _MARK.search(value) else ValueStrength.WORD
    return ValueStrength.NONE


def looks_strong(value: str) -> bool:
    """Whether a value has letters with digits, or with marks that words do not have."""
    return measure_strength(value) is ValueStrength.STRONG


def looks_secret(value: str) -> bool:
    """Whether a value has three sorts of characters, as little but passwords has; not Windows11, Office365."""
    sorts = sum(bool(each.search(value)) for each in _CLASSES)
    joined = bool(_DIGIT.search(value) and re.search(r"[a-z][-_.]|[-_.][a-z]", value))
    return len(value) >= 6 and sorts + joined >= 3 and not _PRODUCT.fullmatch(value)


def is_product(value: str) -> bool:
    """Whether a value is written as names of products, hosts and tickets are: Windows11, web-prd-03."""
    return bool(_PRODUCT.fullmatch(value))


def is_word_with_number(value: str) -> bool:
    """Whether a value is a word and a number as people join them: Suzume-5521, where products have a year."""
    return bool(_NUMBERED.fullmatch(value))


def is_digest(value: str) -> bool:
    """Whether a value is the hexadecimal of a hash."""
    return bool(_DIGEST.fullmatch(value))


def are_alike(one: str, other: str) -> bool:
    """Whether two words are built alike, as two hosts, standards or kinds are: web01, web02; User-Std1, User-Adv2."""
    if one == other:
        return False
    if (head := _SISTER.fullmatch(one)) and _SISTER.fullmatch(other) and other.startswith(head[1]):
        return True  # kura_table / kura_view
    numbered = [re.sub(r"\d+", "0", word).lower() for word in (one, other)]
    heads = [word.split(".")[0] for word in (one, other) if "." in word]
    if len(heads) == 2 and heads[0] == heads[1]:
        return True  # order.created / order.cancelled
    built = [re.sub("[a-z]+", "a", re.sub("[A-Z]+", "A", re.sub(r"\d+", "0", word))) for word in (one, other)]
    same = built[0] == built[1] and ("A" in built[0] or built[0].endswith("_0a"))  # clicks_72h / views_24h
    return (numbered[0] == numbered[1] and "0" in numbered[0]) or same


def is_pin(value: str) -> bool:
    """Whether a value could be typed on a number pad: three digits and more, dashes between them."""
    return bool(_PIN.fullmatch(value)) and sum(char.isdigit() for char in value) >= (4 if value[0].isalpha() else 3)


def is_made_up(value: str) -> bool:
    """Whether a value is the hexadecimal or base64 of a key, without a word in it."""
    return bool(_MADE.fullmatch(value)) and looks_like_token(value)


def is_prefixed_token(value: str) -> bool:
    """Whether a value has the shape vendors give to tokens: whose and for what, then three sorts of characters."""
    found = _PREFIXED.fullmatch(value)
    return found is not None and all(each.search(found["random"]) for each in _CLASSES[:3])


def looks_like_token(value: str) -> bool:
    """Whether a machine may have made a value: sixteen characters and more of at least two sorts, no words."""
    if len(value) < 16 or not _DIGIT.search(value) or not _LETTER.search(value):
        return False
    return not re.search(r"[^\w\-+/=.~:|]", value, re.ASCII)


# Filters look at the whole value and at its clause, never for a stop word inside the value: a strong password may well
# contain `hook` or `test`.

_MASKED = compile_lazy(_TABLE["masked"], re.I)
_PLACEHOLDER = compile_lazy(_TABLE["placeholder"], re.I)
_VARIABLE = compile_lazy(_TABLE["variable"], re.S)
_CAPITALS = frozenset({"PASSWORD", "PASSWD", "PASS", "PWD", "PASSPHRASE", "SECRET", "TOKEN", "KEY", "VALUE", "STRING"})
_VARIABLE_NAME = compile_lazy(r"%[A-Za-z_]\w*%")
_VAULTS = compile_lazy(_TABLE.group("vaults") + "(?:[ _-]?\\d{1,4})?(?:参照|管理|認証)?", re.I)
_STANDARD = compile_lazy(_TABLE["standard"], re.I)
"""Names of standards and of versions, which letters, digits and marks make look like passwords."""
_PATH = compile_lazy(_TABLE["path"])
_RELATIVE = compile_lazy(r"(?:[\w.@-]+/){2,}[\w.*@-]*")
_NAMES_ONLY = compile_lazy(r"(?:[a-z]{2,14}\d{0,3}[/_.-]){1,6}[a-z]{2,14}\d{0,3}")
_MIXED_WORD = compile_lazy(r"(?<![A-Za-z0-9])[A-Z][A-Za-z]{0,12}\d[a-z]{1,12}(?![A-Za-z0-9])")
_URL = compile_lazy(r"[A-Za-z][A-Za-z0-9+.-]*://.*|www\..*|mailto:.*")
_HASH = compile_lazy(_TABLE["hash"], re.I | re.S)
_DATE = compile_lazy(_TABLE["dates"])
_NUMBER = compile_lazy(r"[\d.,]+[%~\-+]?\d*|v?\d+(?:\.\d+){1,3}|\d+(?:ms|s|m|h|d|kb|mb|gb|px|days?|bits?)", re.I)
_CALL = compile_lazy(_TABLE["call"])
_ITSELF = compile_lazy(_TABLE["itself"])
_ADDRESS = compile_lazy(r"[a-z][\w.+-]*@|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|@[a-z][\w.-]*(?:/[\w.-]+)?")
_HOST = compile_lazy(_TABLE["host"])
_UUID = compile_lazy(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[CRU][0-9a-f]{32}")
"""A UUID, and who somebody, a room or a group is on LINE."""
_EXAMPLE = compile_lazy(r".*EXAMPLE.*|put your .*")
_ATTRIBUTE = compile_lazy(r"[A-Za-z_][\w:.-]*=[\"'].*")
_MEASURE = compile_lazy(
    r"[$¥€£]\d[\d.,]{0,12}(?:/\w{1,8})?"
    r"|(?:[a-z][a-z()\d]{0,11}=)[<>~]?\d[\d.,]{0,12}(?:[nµu]?s|ms|m|h|%|[kKMGT]i?[Bb]?|rps|/s)?"
)
"""A price, and a figure with its name and unit: $0.15/1M, avg=240ms."""
_TICKET = compile_lazy(r"[Nn]o\.\d{1,5}|#\d{1,3}|#\d{5,7}|[A-Z]{2,6}-\d{1,6}")
_OPTION = compile_lazy(r"--?[a-zA-Z][\w-]*(?:=.*|:\$.*)?|/[a-zA-Z]+[:=].*|\\|[|&;<>]+")
_TRUNCATED = compile_lazy(r".*(?:\.{3}|…)(?:.*)")

_UNIT = compile_lazy(r"\s*" + _TABLE.group("unit"))
_ELSEWHERE = compile_lazy(r"[\s」』\"'`)]*" + _TABLE.group("elsewhere"))

_CUT = compile_lazy(r"[\"'`]?(?:\.{2}|…)")
_SAID_EXAMPLE = compile_lazy(_TABLE["said_example"], re.I)

_LEVELS = compile_lazy(r"[ ]?[/>:][ ]?")


def _is_in_vault(value: str) -> bool:
    """Whether a value is the way to an entry of a vault: KeePass/NW/SNMPv3."""
    parts = _LEVELS.split(value, maxsplit=2)
    return len(parts) > 1 and all(parts) and _VAULTS.fullmatch(parts[0]) is not None


_VALUE: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("masked", _MASKED.fullmatch),
    ("hash", _HASH.fullmatch),
    ("variable", lambda value: _VARIABLE.fullmatch(value) and not looks_strong(_without_names(value))),
    ("placeholder", _PLACEHOLDER.fullmatch),
    ("vault", lambda value: _VAULTS.fullmatch(value.rstrip("#>:/"))),  # and what stands in it
    ("vault", _is_in_vault),
    ("placeholder", lambda value: value in _CAPITALS),
    ("word", lambda value: value.lower().rstrip(".!?") in SENTENCE_WORDS),
    ("standard", _STANDARD.fullmatch),
    ("url", _URL.fullmatch),
    ("path", lambda value: _PATH.fullmatch(value) and not _is_dotted(value)),
    (
        "path",
        lambda value: _RELATIVE.fullmatch(value) and (_NAMES_ONLY.fullmatch(value) or not looks_like_token(value)),
    ),
    ("date", _DATE.fullmatch),
    ("address", _ADDRESS.fullmatch),
    ("host", _HOST.fullmatch),
    ("example", _EXAMPLE.fullmatch),
    ("attribute", _ATTRIBUTE.fullmatch),
    ("measure", _MEASURE.fullmatch),
    ("truncated", _TRUNCATED.fullmatch),
    ("option", _OPTION.fullmatch),
    ("ticket", _TICKET.fullmatch),
    ("named-after-itself", _ITSELF.fullmatch),
)
MAX_FILTERED = 400
"""Characters of a value filters look at; nobody types a longer password."""


def _is_dotted(value: str) -> bool:
    """Whether what ends like a file has digits between letters and capitals, as no name of one has: nara.St0re.key."""
    return "/" not in value and "\\" not in value and value.count(".") >= 2 and bool(_MIXED_WORD.search(value))


def _without_names(value: str) -> str:
    if not value.startswith("%") or value.startswith("%{") or _VARIABLE_NAME.search(value):
        return ""
    return value


def find_refusal(value: str, after: str = "", *, code: bool = False) -> str:
    """The name of the filter that refuses a value, "" when none does.

    `after` is the text right behind the value, of which the first words count; `code`: the value stands
    bare in source text, where a call or a member access is one.
    """
    value = value[:MAX_FILTERED]
    for name, says in _VALUE:
        if says(value):
            return name
    if code and _CALL.fullmatch(value.rstrip("=")):  # base64 may end with two
        return "code"
    if _CUT.match(after):
        return "truncated"
    if _SAID_EXAMPLE.match(after):
        return "example"
    if value[:1].isdigit() and _NUMBER.fullmatch(value) and _UNIT.match(after):
        return "policy"
    if (
        after
        and (not looks_strong(value) or (is_product(value) and not is_word_with_number(value)))
        and _ELSEWHERE.match(after[:40])
    ):
        return "elsewhere"
    return ""


def is_slashed_value(value: str) -> bool:
    """Whether a value with slashes is no path all the same: Kawa/Mon/77, of several sorts and led by no vault."""
    if not _RELATIVE.fullmatch(value) or _PATH.fullmatch(value):
        return False
    return looks_secret(value) and len(value) <= 24 and not _VAULTS.fullmatch(value.split("/")[0])


def is_number(value: str) -> bool:
    """Whether a value is a plain number, version or size."""
    return bool(_NUMBER.fullmatch(value[:MAX_FILTERED]))


def names_vault(value: str) -> bool:
    """Whether a value is the name of a place credentials are kept in, or of another way in."""
    return bool(_VAULTS.fullmatch(value))


def counts_something(after: str) -> bool:
    """Whether what follows counts something: 文字, 桁, 回."""
    return bool(_UNIT.match(after))


def is_uuid(value: str) -> bool:
    """Whether a value is a UUID, which names things more often than it opens them."""
    return bool(_UUID.fullmatch(value))
