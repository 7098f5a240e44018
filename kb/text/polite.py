"""Humble and polite Japanese → the plain form judges look at.

Politeness changes the words of a sentence and nothing of what it says: 停止しておりました is 停止して
いました, ご連絡させていただきます is 連絡します. Judges match plain forms only, so each class of verbs
needs no second spelling. Applied to folded text; places are not kept.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FORMS = (
    (re.compile("(?:させ|し)て(?:いただ|頂)(?:[いき](?=[たてまつ])|く)"), "し"),
    (re.compile("(?:いた|致)し(?=ま|て|た|か)"), "し"),
    (re.compile("(?<=[てで])おり(?=ま[すしせ])"), "い"),
    (re.compile("(?<=[てで])おり(?=[、,])"), "いて"),
    (re.compile("(?<=[てで])おら(?=ず|な)"), "い"),
    (re.compile("ござい(?=ま)"), "あり"),
    (re.compile("(?<=[一-龠])申し上げ(?=[まるたて])"), "し"),
    (re.compile("につきまして(?=[は、も])"), "について"),
    (re.compile("お(?=気[をに])"), ""),
    (re.compile("(?:(?<![ぁ-ん一-龠ァ-ヶ])|(?<=[のをにがはもてで]))[おご御](?=[一-龠]{2})"), ""),
    (re.compile("(?<=[ぁ-ん][てで])(?=ま[すし])"), "い"),
    (re.compile("(?<=[っいしんちりけれえげべめせ][てで])(?=る(?:[^ぁ-ん]|た|と|の|ん|\\Z)|た(?:[^ぁ-ん]|\\Z))"), "い"),
)
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}
_MIXED = re.compile("[ぁ-ゟ一-龠々]")


@lru_cache(maxsize=256)  # each test of a claim asks anew
def to_plain_form(text: str) -> str:
    """The text without humble verbs, honorific prefixes and the contractions of speech (固まってた)."""
    for pattern, form in _FORMS:
        text = pattern.sub(form, text)
    return text


def to_hiragana(text: str) -> str:
    """A text that knows no hiragana (ﾄｸﾆﾅｼ) in hiragana; "" when it is not one."""
    return "" if text.isascii() or _MIXED.search(text) else text.translate(_KATAKANA)
