"""Which lines may open a section, in whatever decoration: heading, bold, brackets, mark, `key: value`.

A head has a style; heads that look alike share it. One bold 原因 in a text means little, 原因 and
対応 in the same bold are the skeleton of a page: `kb.reading.sections.find_sections` counts that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters, digits

from kb.markup.blocks import Bullet
from kb.markup.units import Unit, UnitForm
from kb.reading.sections.heading_words import FILLERS, HeadingMeaning, lookup_heading
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

LINE_RANK = 7
PLAIN_RANK = 8


@dataclass(frozen=True, slots=True)
class SectionHead:
    """A line read as the opening of a section.

    `rank`: 1 to 6 for headings, 7 for decorated lines, 8 for plain ones, more for nested items.
    `value` is where in the unit's text the content begins that stands on the same line.
    """

    key: HeadingMeaning | None
    label: str
    style: str
    rank: int
    value: int

    @property
    def heading(self) -> bool:
        """A real heading, which needs no second one like it to be believed."""
        return self.rank < LINE_RANK

    @property
    def plain(self) -> bool:
        """Nothing but a colon or a line of its own sets it apart."""
        return self.rank >= PLAIN_RANK


_RE = read_words("kb.reading", "lexicon/sections/heads.toml").compiled
_PAIRS = {
    "【": "】",
    "《": "》",
    "〈": "〉",
    "〔": "〕",
    "[": "]",
    "≪": "≫",
    "「": "」",
    "『": "』",
    "(": ")",
    "<": ">",
}
_PAIRS |= {"〖": "〗", "〘": "〙", "〚": "〛", "⟦": "⟧", "«": "»", "{": "}", "“": "”"}
# Marks of headings. Other symbols may be bullets: they open a section only with a key, or as the page's style.
_HEAD_MARKS = frozenset("■◆●▼▲□◇○◎▶►▷◼◾➤➡★☆※§△/#*→")
_OPENERS = frozenset("【《〈〔[≪「『(*_<`〖〘〚⟦«{“")
MARK, NUMBERED = _RE.mark, _RE.numbered
_WIDE = compile_lazy("(?P<label>[^\\s:][^\\t\\n:]{0,20}?)(?:\\t|\\s{2,})\\s*(?=\\S)")
_SPACED = compile_lazy("(?P<label>\\S{1,20})\\s+(?=\\S)")
NUMBERS = frozenset("第一二三四五六七八九十〔【[(<" + digits + ascii_letters)
"""What `NUMBERED` begins with."""
_ENDS_LABEL = compile_lazy("[・:=→⇒|\\s.─―—>»;–−-]")
_SPACE = compile_lazy("\\s")
_SIGNS = compile_lazy("\\W+")
_AROUND = compile_lazy("(?P<sign>[―—–─━═=~〜·・…\\-*★☆◆◇]).*(?P=sign)\\Z")
"""―― 原因 ――: the same sign at both ends."""
_MIRRORED = compile_lazy(
    "(?P<sign>[^\\w\\s()\\[\\]{}<>「」【】*_`|#>-]{1,3})\\s?(?P<label>[^\\W\\d][^\\n、。]{0,13}?)\\s?(?P=sign)\\s*(?=[\\w「『【(])"
)
"""::原因:: 鍵の期限, ‖影響‖ 12 店"""
_CODE_BEHIND = compile_lazy("\\s+(?::[a-z0-9_+-]{2,32}:)+\\Z")
"""**原因** :mag:"""
_BARRED = compile_lazy("\\|\\s*(?P<label>[^|]{1,20}?)\\s*\\|\\s*(?=[^|\\s])")
_REMARK = compile_lazy("\\([^()]{1,16}\\)\\s*")
"""**原因** (必須)"""
_PICTURED = "\U0001f3f7"
_LONGEST_LABEL = 48
_MOST_MARKS = 8  # marks and numbers one behind another in front of a label
_MAY_END = compile_lazy("[・:=→⇒|.)\\s–—─―>»;−-]")  # without one of these, a long line has no label in front


@lru_cache(maxsize=512)  # numbers are few
def describe_number(number: str) -> str:
    """What a number in front of heads looks like, whichever it is: "1.1", "第1章", "一、"."""
    shape = re.sub("\\A[A-Za-z](?=[.)])", "a", re.sub("[0-9]+", "1", number.strip()))
    return re.sub("[一二三四五六七八九十]+", "一", re.sub("[IVX]+", "I", shape))


def describe_mark(mark: str) -> str:
    """What a mark in front of heads looks like; one picture is like another: 🔍, 🩹 and :wrench:."""
    first = mark[0]
    pictured = first >= "\U0001f000" or "\u2690" <= first <= "\u2793" or "\u23e9" <= first <= "\u23fa"
    return _PICTURED if pictured or (first == ":" and len(mark) > 2) else mark


def read_head(unit: Unit) -> SectionHead | None:
    """How a unit may open a section; None when it cannot."""
    text = unit.text
    if unit.form is UnitForm.HEADING:
        found = _read(text)
        if found and found[0] and found[3] < len(text):
            return SectionHead(found[0], found[1], f"h{unit.level}", unit.level, found[3])
        return SectionHead(lookup_heading(text), text, f"h{unit.level}", unit.level, len(text))
    if unit.form not in (UnitForm.LINE, UnitForm.ITEM) or not text:
        return None
    sign = _CODE_BEHIND.search(text) if text[-1] == ":" else None
    found = (
        (_read_slashed(text) if _WIDE_SLASH in unit.raw else None)
        or (_read_spread(text, repeated=True) if _WIDE_BLANK in unit.raw else None)
        or _read(text[: sign.start()] if sign else text)
        or (_read_spread(text) if _WIDE_BLANK in unit.raw else None)
    )
    if not found:
        return None
    key, label, style, value = found
    if sign and value == sign.start():
        value = len(text)
    if unit.form is UnitForm.ITEM:
        mark = "1" if unit.bullet is Bullet.NUMBER else "-"
        rank = PLAIN_RANK + max(unit.level, 1)
        return SectionHead(key, label, f"{mark}{unit.level}{style}", rank, value)
    if style.startswith("#"):
        return SectionHead(key, label, style, len(style.split(":")[0]), value)
    return SectionHead(key, label, style or "bare", PLAIN_RANK if style in ("", ":") else LINE_RANK, value)


def _read(text: str, deep: int = 0) -> tuple[HeadingMeaning | None, str, str, int] | None:
    """Key, label, style and where the content begins; None when the line is plain prose.

    Every line of every page comes here, and nearly all are prose: what a line begins with, and whether
    it holds a sign that ends a label at all, spare them the patterns.
    """
    if not text or deep > _MOST_MARKS:
        return None
    first = text[0]
    if len(text) > _LONGEST_LABEL and first.isalnum() and not _MAY_END.search(text, 0, _LONGEST_LABEL):
        return None
    if valued := _read_valued(text):
        return valued
    if len(text) <= _LONGEST_LABEL and (key := lookup_heading(text)):
        if (parted := _RE.defined.match(text)) and parted.end() < len(text) and _is_closed(parted["label"]):
            label, below = lookup_heading(parted["label"]), text[parted.end() :]
            beside = lookup_heading(below)
            told = beside is None and not _SIGNS.fullmatch(below) and not FILLERS.cover(below.casefold())
            if label and (told or _repeats_label(parted["by"], beside, label)):
                return label, parted["label"], ":", parted.end()
        style = _read_decoration(text)
        return key, text, style, len(text)
    if first in _OPENERS and (wrapped := _read_wrapped(text)):
        return wrapped
    if not first.isalpha() and (mark := MARK.match(text)):
        inner = _read(text[mark.end() :], deep + 1)
        if inner:
            return inner[0], inner[1], describe_mark(mark["mark"]) + inner[2].replace(":", ""), mark.end() + inner[3]
        rest = text[mark.end() :]
        if mark["mark"][0] in _HEAD_MARKS and len(rest) <= 30 and not re.search("[。、]", rest):
            return None, rest, describe_mark(mark["mark"]), len(text)
        return None
    if first in NUMBERS and (number := NUMBERED.match(text)):
        inner = _read(text[number.end() :], deep + 1)
        if inner and inner[0]:
            return inner[0], inner[1], describe_number(number[0]) + inner[2].replace(":", ""), number.end() + inner[3]
        return None
    if found := _ENDS_LABEL.search(text):
        return _read_labelled(text, spaced=found[0].isspace() or _SPACE.search(text) is not None)
    return None


_WIDE_BLANK, _WIDE_SLASH = "\u3000", "／"
_SLASHED = compile_lazy("(?P<label>[^/:。、]{2,14})/(?=[^\\s/])")


def _read_slashed(text: str) -> tuple[HeadingMeaning | None, str, str, int] | None:
    """`原因／鍵の期限が切れた`: a key behind which no second one stands, as in 原因／対策."""
    found = _SLASHED.match(text)
    key = lookup_heading(found["label"]) if found else None
    if not found or not key or lookup_heading(text[found.end() :]):
        return None
    return key, found["label"], "/:", found.end()


def _read_spread(text: str, *, repeated: bool = False) -> tuple[HeadingMeaning | None, str, str, int] | None:
    """`対策　上限を 20 に下げた`: a weak key, which needs the full-width blank behind it to be one.

    With `repeated` what stands behind the blank must be a key that says no more than the first: 再発防止　ToDo.
    """
    found = _SPACED.match(text)
    key = lookup_heading(found["label"]) if found and _is_japanese_word(found["label"]) else None
    if not found or not key or (repeated and not _repeats_label("", lookup_heading(text[found.end() :]), key)):
        return None
    return key, found["label"], ":", found.end()


def _repeats_label(by: str, beside: HeadingMeaning | None, label: HeadingMeaning) -> bool:
    """Whether what stands behind a label is its content though it could be one: 再発防止 := TODO."""
    return beside is not None and beside.weak and beside.roles == label.roles and by.strip() != "/"


def _read_labelled(text: str, *, spaced: bool) -> tuple[HeadingMeaning | None, str, str, int] | None:
    """`原因: …`, `原因  …`: a label and, behind a sign or a gap, its content on the same line."""
    for pattern in (_RE.defined, _WIDE, _SPACED) if spaced else (_RE.defined,):
        if found := pattern.match(text):
            label = found["label"]
            if not _is_closed(label):
                continue
            if pattern is _SPACED and not _is_japanese_word(label):
                continue
            key = lookup_heading(label)
            if key and (pattern is not _SPACED or not key.weak):
                return key, label, ":", found.end()
            if (
                pattern is _RE.defined
                and not key
                and found["by"] == ":"
                and len(label) <= 14
                and not re.search("[。、,]|[0-9]$", label)
            ):
                return None, label, ":", found.end()
    return None


def _read_valued(text: str) -> tuple[HeadingMeaning | None, str, str, int] | None:
    """`(影響) 問い合わせ 54 件`, `再発防止<tab>なし`: a key with its content, however short both are."""
    if text[0] in _OPENERS and (found := _read_wrapped(text)) and found[0]:
        rest = text[found[3] :]
        if len(rest) >= 2 and not FILLERS.cover(rest.casefold()):
            inner = lookup_heading(rest)
            if inner is None or (inner.weak and inner.roles == found[0].roles):  # 予防策: TODO
                return found
    if not text[0].isalnum() and (mirrored := _MIRRORED.match(text)) and (key := lookup_heading(mirrored["label"])):
        return key, mirrored["label"], mirrored["sign"] * 2, mirrored.end()
    if text[0] == "|" and (barred := _BARRED.match(text)) and (key := lookup_heading(barred["label"])):
        return None if lookup_heading(text[barred.end() :]) else (key, barred["label"], "|:", barred.end())
    if ("\t" in text or "  " in text) and (wide := _WIDE.match(text)) and (key := lookup_heading(wide["label"])):
        return key, wide["label"], ":", wide.end()
    return None


def _read_wrapped(text: str) -> tuple[HeadingMeaning | None, str, str, int] | None:
    found = _RE.wrapped.match(text)
    if not found or text[found.end("close") :].startswith("(") or _REMARK.fullmatch(text, found.end()):
        return None
    opening, closing = found["open"], found["close"]
    if closing != _PAIRS.get(opening, opening) and not (found["tag"] and closing == f"</{found['tag']}>"):
        return None
    label = found["label"].rstrip(":")
    key = lookup_heading(label)
    alone = found.end() == len(text)
    if key is None and not (alone and len(label) <= (56 if label.isascii() else 30) and opening not in "(「『[`«{<"):
        return None
    style = "<>" if found["tag"] else opening
    mark = MARK.match(label)
    return key, label, style + (describe_mark(mark["mark"]) if mark else ""), found.end()


def _read_decoration(text: str) -> str:
    """The opening decoration of a line that is a key as a whole."""
    if wrapped := _read_wrapped(text):
        return wrapped[2]
    if number := NUMBERED.match(text):
        return describe_number(number[0]) + _read_decoration(text[number.end() :]).replace(":", "")
    if mark := MARK.match(text):
        return describe_mark(mark["mark"]) + _read_decoration(text[mark.end() :])
    if around := _AROUND.match(text):
        return around["sign"] * 2
    return ":" if text.rstrip().endswith(":") else ""


def _is_closed(label: str) -> bool:
    """Whether a label ends outside of brackets: the colon of 原因（記入: 宮本） parts nothing."""
    return label.count("(") <= label.count(")")


def _is_japanese_word(label: str) -> bool:
    return bool(re.fullmatch("[^\\x00-\\x7f]{2,10}", label))
