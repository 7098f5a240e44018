"""A value of several words: a passphrase, an app's password in groups of four. Pure.

Any rest of a line may be one, so that words of a sentence, vaults and marks of other things say no.
"""

from __future__ import annotations

import re

from kb.secrets.filters import vault
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
