"""What stands between a label and its value."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import NamedTuple


class Bond(IntEnum):
    """How closely a separator ties a value to its label."""

    GAP = 1  # blanks alone: `PW abc`
    SPOKEN = 2  # は, を, is, was changed to
    LOOSE = 3  # は and a few more words
    BRACKET = 4  # 「…」 right behind the label
    MARK = 5  # a colon, an equals sign, an arrow


class Separator(NamedTuple):
    """A separator: where the value may begin, and how closely it is tied."""

    end: int
    bond: Bond


_B = r"[ \t\u3000]*"
_CLOSERS = re.compile(r"[\"'`*_@」』】\])>〉》〕～~+]{0,4}")
_TAGS = re.compile(r"(?:</?[a-z][a-z0-9]{0,10}(?:[ \t][^<>\n]{0,60})?>[ \t]*){1,4}", re.I)
_MARKS = "|".join(
    (
        r"<=>|[:=]>|:=|~(?=[ \t])|={1,2}(?!=)|::?|\?=",
        r"[-=~]{1,2}>|[→⇒⇨➡➔►▶»↓]|>{1,2}(?=[ \t]?[^\s>=])",
        r"\|(?=[ \t]|[^|\s])|\.{2,20}|・{2,20}|[—―–─━]{1,20}|-(?=[ \t])",
        r"(?:\|\||\?\?)=?(?=[ \t]*[\"'])|,(?=[ \t]*(?:[\"']|value\b))",
    )
)
_MARK = re.compile(rf"{_B}(?:{_MARKS})(?:{_B}(?:[:=>→⇒]|N(?=')))?{_B}")
_SPOKEN_JA = re.compile(
    r"[ \t]*(?:は|が|を|も|って|に(?=[「『\"])|として|:は)[ \t]*[、,]?[ \t]*"
    r"(?:(?:下記|次|以下)(?:の(?:とお|通)りです)?の?[。:]?)?[ \t]*"
)
_WORDS_JA = r"[^\x00-\x7f。「」『』、:→⇒\u3000]"
_LOOSE_JA = re.compile(
    r"[ \t]*(?:は|が|も|ですが|なのですが|については|を|には)[、,]?[ \t]*"
    rf"{_WORDS_JA}{{0,14}}?[、,(]?[ \t]*(?=[!-~「『])(?![-:=/→])"
)
_NAMED_RULE = re.compile(rf"[ \t]*(?:は|が){_WORDS_JA}{{0,8}}[A-Za-z0-9\u3040-\u9fff+＋]{{1,20}}\(")
_SPOKEN_EN = re.compile(
    r"[ \t]+(?:(?:for|of|on|to|to unlock)[ \t]+(?:the[ \t]+)?[\w.-]{1,30}[ \t]+(?:[\w.-]{1,20}[ \t]+)?)?"
    r"(?:is|was|are|has been|have been|had been|will be|got|gets)"
    r"(?:[ \t]+(?:now|currently|still|temporarily|set|reset|changed|updated|rotated)){0,3}"
    r"(?:[ \t]+(?:to|as|is|back to))?[ \t]*:?[ \t]*"
    r"|[ \t]+(?:(?:set|reset|changed|updated|rotated|now)[ \t]+)?(?:to|as)[ \t]+",
    re.I,
)
_ABOUT_EN = re.compile(
    r"[ \t]+(?:for|of|on|at|in|to)[ \t]+[^:=\n]{1,30}(?:['\"]?[:=][ \t]|://[^\s'\"]{1,80}['\"]?:[ \t])[ \t]{0,4}", re.I
)
_GAP = re.compile(r"[ \t\u3000]+")
_DOTTED = re.compile(r"\.[ \t]*[:=]")
_QUOTES = ("「", "『", "`", "【")


def separator(text: str, at: int) -> Separator | None:
    """The separator at the end of a label; None when the label goes on or stands alone."""
    following = text[at : at + 1]
    if not following:
        return None
    if tags := _TAGS.match(text, at):
        mark = _MARK.match(text, tags.end())
        return Separator(mark.end() if mark else tags.end(), Bond.MARK)
    opened = following != ">" or "<" in text[max(0, at - 24) : at]
    if (following == "%" and "%{" in text[:at]) or _DOTTED.match(text, at):  # `%{color:red}PW%`, `PW. :`
        at += 1
    if opened and following not in "「『(`【":
        at = _CLOSERS.match(text, at).end()  # type: ignore[union-attr]  # matches always
    if found := _MARK.match(text, at):
        tags = _TAGS.match(text, found.end())
        return Separator(tags.end() if tags else found.end(), Bond.MARK)
    if text.startswith(_QUOTES, at):
        return Separator(at, Bond.BRACKET)
    if found := _ABOUT_EN.match(text, at):
        return Separator(found.end(), Bond.SPOKEN)
    if found := _SPOKEN_EN.match(text, at):
        return Separator(found.end(), Bond.SPOKEN)
    if found := _SPOKEN_JA.match(text, at):
        following = text[found.end() : found.end() + 1]
        if following and (following.isascii() or following in "「『“‘"):
            return Separator(found.end(), Bond.SPOKEN)
    if found := _NAMED_RULE.match(text, at):
        return Separator(found.end() - 1, Bond.LOOSE)
    if found := _LOOSE_JA.match(text, at):
        return Separator(found.end(), Bond.LOOSE)
    if found := _GAP.match(text, at):
        return Separator(found.end(), Bond.GAP)
    if text.startswith("(", at):
        return Separator(at, Bond.GAP)
    return Separator(at, Bond.BRACKET) if text[at - 1] in "】]" and at < len(text) else None
