"""Labels: words that announce a credential, and the words around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from kb.model.secret import SecretKind
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/labels.toml")
_CREDENTIALS = read_words("kb.secrets", "words/credentials.toml")


def _compile(name: str) -> re.Pattern[str]:
    return compile_words(_TABLE[name], re.I)


USER_WORDS = _compile("user_words")
LOGIN_WORDS = _compile("login_words")
ACCOUNT_WORDS = _compile("account_words")
BASIC_AUTH_WORDS = compile_lazy(_TABLE["basic_auth"], re.I)
WIRELESS_WORDS = _compile("wireless")
_ASIDE = _compile("aside")


def is_aside(text: str) -> bool:
    """Whether a heading with a credential's name speaks of something else: a policy, a screen, how to change it."""
    return bool(_ASIDE.search(text))


# A label counts only right before a separator, a value or the end of its cell: `パスワード変更日` and `password_policy`
# are other things. Patterns are read without case on folded text (NFKC).

_LABELS_BY_NAME = _CREDENTIALS.section("labels")
_CORES = "|".join(f"(?P<{name}>{words})" for name, words in _CREDENTIALS.section("cores").items())
ANY_LABEL = compile_words(_CORES, re.I)
"""What every label holds: lines without it are not searched for labels."""

_AFTER_IDENTIFIER = compile_lazy("(?:[_.-]?" + _TABLE.group("stages") + ")?(?![A-Za-z0-9_])")
_AFTER = compile_lazy(
    r"(?:(?:変更[前後])?の(?:値|文字列|中身)|文字列|\d{1,2}(?![A-Za-z0-9.-])|[ \t](?:\d|[A-Z])(?=[ \t]*[:=→|)」】]))"
)
_NOTE = compile_lazy(_TABLE["note"])

_BEFORE, _BEHIND = 22, 40
"""How far a label may reach to either side of the word it is made of."""
_NOT_ONE = _compile("not_one")
_ITS_ID = compile_lazy(r"[ _-]?id(?![a-z])", re.I)
_VALUE = compile_lazy(r"(?=[!-~]{0,48}\d)[!-~]{0,48}[A-Za-z]-[!-~]{0,48}|(?=[!-~]{0,48}[!#$%&*+?@^~])[!-~]{1,48}")
"""What is no name though it may hold the word for one: ops-pw-46."""

_DECORATION = " \t\u3000*_`@~+:=.,、。・-■◆●○▼▽◇□★☆※#>「」『』\"'【】[]()<>→|"
_WHOLE = compile_lazy(
    "(?:[ぁ-んァ-ヶー一-龠々A-Za-z0-9/ _.+&・()-]{0,24}?(?:の|用|向け|[ _.-])?)" + _TABLE.group("owners") + "?"
)


class Weight(IntEnum):
    """How much a word says by itself."""

    FAINT = 1  # KEY, 鍵: only beside an SSID or the like
    WEAK = 2  # パス, pass, トークン: needs a value of the right shape
    STRONG = 3  # パスワード: takes any value no filter refuses


@dataclass(frozen=True, slots=True)
class Label:
    """A word that announces a credential, and where it stands in its line."""

    kind: SecretKind
    weight: Weight
    name: str
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands in its line."""
        return self.start, self.end


_KINDS = {
    "otp": (SecretKind.OTP_SECRET, Weight.STRONG),
    "shared": (SecretKind.SHARED_KEY, Weight.STRONG),
    "token": (SecretKind.API_TOKEN, Weight.STRONG),
    "password": (SecretKind.PASSWORD, Weight.STRONG),
    "pin": (SecretKind.PIN, Weight.STRONG),
    "pass": (SecretKind.PASSWORD, Weight.WEAK),
    "bare": (SecretKind.API_TOKEN, Weight.WEAK),
    "faint": (SecretKind.SHARED_KEY, Weight.FAINT),
}


def _label(*names: str) -> re.Pattern[str]:
    return compile_words("|".join(f"(?P<{name}>{_LABELS_BY_NAME[name]})" for name in names), re.I)


_LABELS = {
    "code": _label("otp", "pin", "password", "pass"),
    "key": _label("otp", "shared", "token", "pin", "password", "faint"),
    "token": _label("otp", "shared", "token", "password", "bare"),
    "pass": _label("otp", "shared", "pin", "password", "pass"),
}
"""The labels there may be around a word they are made of: fewer patterns at a time."""


@lru_cache(maxsize=512)  # the lines above a value are asked again and again
def find_labels(text: str) -> tuple[Label, ...]:
    """The labels in a line, in order, each up to where what belongs to its name ends."""
    return tuple(_labels(text))


def _labels(text: str) -> Iterator[Label]:
    at = 0
    while core := ANY_LABEL.search(text, at):
        pattern = _LABELS[core.lastgroup or "code"]
        found = pattern.search(text, max(at, core.start() - _BEFORE), core.end() + _BEHIND)
        if found is None:
            at = core.end()
            continue
        name = str(found.lastgroup)
        kind, weight = _KINDS[name]
        end = found.end()
        if text[end - 1].isascii():
            after = _AFTER_IDENTIFIER.match(text, end)
            if not after:
                at = found.start() + 1
                continue
            end = after.end()
        at = found.end()
        if after := _AFTER.match(text, end):
            end = after.end()
        yield Label(kind, weight, name, found.start(), end)


_TAG = compile_lazy(r"<[^<>]{0,40}>|\{\{\w+\(")
_TAKEN_OUT = compile_lazy(r"[<(\[【※]|\{\{|桁|文字")
"""What every tag and note has."""

MAX_WHOLE = 190
"""Characters of a line that detectors read as a whole; a part of a longer one may begin within a word."""


def list_label_patterns() -> Iterator[str]:
    """Yield patterns of one of which a line has a match that has a label in it."""
    yield from _LABELS_BY_NAME.values()


def list_label_words() -> Iterator[str]:
    """Yield the pattern that every label has a match of."""
    yield _CORES


def strip_notes(text: str) -> set[str]:
    """What a line is read as when tags and notes are taken out of it, besides the line itself."""
    if not _TAKEN_OUT.search(text):
        return set()
    plain = _TAG.sub("", text)
    return {plain, _NOTE.sub("", text), _NOTE.sub("", plain)} - {text}


def is_misnamed(text: str, label: Label) -> bool:
    """Whether what stands beside a token's or key's name makes it another thing: 主キー, max_token, 公開鍵, キーID."""
    if label.kind is SecretKind.PASSWORD:
        return False
    if _ITS_ID.match(text, label.end):
        return True
    before = text[max(0, label.start - 14) : label.start]
    return any(found.end() == len(before) for found in _NOT_ONE.finditer(before))


def read_whole_label(text: str) -> Label | None:
    """The label a cell or a line is, when it is nothing but one: 初期パスワード, `PW（変更前）`, DB_PASSWORD."""
    bare = _NOTE.sub("", text).strip(_DECORATION) if "(" in text else text.strip(_DECORATION)
    if not 2 <= len(bare) <= 48 or _VALUE.fullmatch(bare):
        return None
    bare = _NOTE.sub("", bare).strip(_DECORATION)
    best = None
    for label in find_labels(bare):
        if label.end >= len(bare.rstrip()) and not is_misnamed(bare, label):
            best = label
            break
    if best is None:
        return None
    before = bare[: best.start]
    return best if _WHOLE.fullmatch(before) and not re.search(r"[はがをにでとも](?=[^の])", before[-3:]) else None


def find_note_end(text: str, at: int) -> int:
    """Where a note in brackets behind a label ends, `at` when there is none: パスワード（共通）."""
    found = _NOTE.match(text, at)
    return found.end() if found else at
