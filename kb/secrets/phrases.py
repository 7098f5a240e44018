"""A value of several words: a passphrase, an app's password in groups of four. Pure.

Any rest of a line may be one, so that words of a sentence, vaults and marks of other things say no.
"""

from __future__ import annotations

import re

from kb.model import SecretKind
from kb.secrets.filters import vault
from kb.secrets.lexicon import Label, Weight
from kb.secrets.separators import Bond, Separator
from kb.secrets.shapes import Strength, strength
from kb.secrets.values import Value
from kb.secrets.words import SENTENCE

PHRASED = re.compile(
    r"パスフレーズ|passphrase|pass_phrase|psk|事前共有鍵|事前共有キー"
    r"|(?:アプリ|アプリケーション|app)[ _-]?(?:パスワード|password)",
    re.I,
)
"""Labels of what has several words as often as one."""

_RUN = re.compile(r"[!-~]{1,60}(?:[ \u3000]{1,2}[!-~]{1,60}){1,9}(?=[ \t]*(?:$|[。(|、]|です|でした))")
_GROUPS = re.compile(r"[A-Za-z0-9]{4}(?: [A-Za-z0-9]{4}){3,7}")
_WORD = re.compile(r"(?:[A-Za-z]+(?:['-][a-z]+)?|\d{1,4}[A-Za-z]?|[A-Za-z0-9]+(?:[<>=~*+&-]+[A-Za-z0-9]+)?)[!?]?")


def phrase_at(text: str, at: int, end: int, *, likely: bool) -> Value | None:
    """The phrase that stands at a place and goes on to the end of its clause. `likely`: its label says phrase."""
    at += len(text[at:end]) - len(text[at:end].lstrip(" \t\u3000"))
    found = _RUN.match(text[:end], at)
    if found and phrase(found[0], likely=likely):
        return Value(at, found.end(), "", found.end())
    return None


def phrase(value: str, *, likely: bool) -> bool:
    """Whether several words are a value by their look."""
    words = value.split()
    if len(words) < 2 or len(value) > 80:
        return False
    low = [word.lower().strip(".,!") for word in words]
    if any(word in SENTENCE or vault(word) for word in low):
        return False
    if _GROUPS.fullmatch(value):
        return True
    if not all(map(_WORD.fullmatch, words)):
        return False
    digits = any(re.search(r"\d", word) for word in words)
    if likely:
        return len(words) >= 3 or digits
    named = sum(word[0].isupper() for word in words)
    return digits and len(words) >= 3 and not named


def worded(text: str, label: Label, sep: Separator, *, likely: bool) -> Value | None:
    """A value of several words to the end of the line, or to the quote the whole assignment stands in."""
    if sep.bond is not Bond.MARK or label.kind in (SecretKind.PIN, SecretKind.API_TOKEN):
        return None
    end = len(text)
    if found := _WHOLLY_QUOTED.search(text, max(0, label.start - 60), sep.end):
        end = text.find(found["quote"], sep.end)
        inside = text[sep.end : end]
        if end > 0 and found["sure"] and inside.isascii() and 0 < inside.count(" ") < 8 and len(inside) < 60:
            return Value(sep.end, end, "", end + 1)
    if label.weight < Weight.STRONG:
        return None
    return phrase_at(text, sep.end, end if end > 0 else len(text), likely=likely)


_WHOLLY_QUOTED = re.compile(
    r"(?P<sure>(?:Environment=|(?:-e|--env|ENV|export)[ =]))?(?P<quote>[\"'])[A-Za-z_][\w.]{0,60}=$"
)


def half(text: str, value: Value) -> bool:
    """Whether a bare value is but the first word of more, which was no phrase."""
    word, rest = text[value.start : value.end], text[value.after :]
    return not value.quote and strength(word) < Strength.STRONG and re.match(r" [A-Za-z0-9]+(?: |$)", rest) is not None
