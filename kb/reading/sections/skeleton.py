"""The skeleton of a page: the run of heads of one style that its sections hang on.

Heads the lexicon explains come from `kb.reading.sections.heads`. A team's own words (「どうしのいだか」, 「先々」)
look like any other line; what gives them away is that they stand where the page's heads stand, in
the same decoration. So a page's lines are read loosely, grouped by style, and the one style that
speaks most for an incident report is believed as a whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import Role
from kb.reading.sections.heading_words import lookup_heading, score_cues
from kb.reading.sections.heads import (
    LINE_RANK,
    MARK,
    NUMBERED,
    NUMBERS,
    PLAIN_RANK,
    SectionHead,
    describe_mark,
    describe_number,
)
from kb.reading.sections.section import Lined
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

MAX_HEADING, MAX_ENGLISH_HEADING = 32, 56
"""Letters of a heading in an unexplained style; one in English takes more of them."""


def limit_heading(label: str) -> int:
    """How many letters a heading like this may have."""
    return MAX_ENGLISH_HEADING if label.isascii() else MAX_HEADING


_RE = read_words("kb.reading", "lexicon/sections/heads.toml").compiled
_PUNCTUATED = compile_lazy("[。、;]|[,.]\\s")
_OPENERS = frozenset("*_<【《〈〔[≪（(「")
_VALUED = compile_lazy("(?P<label>[^:\\t\\n]{1,20}?)\\s*(?P<by>:(?!//)|\\t|\\s{2,})\\s*(?=\\S|\\Z)")
_GAP = compile_lazy("[:\\t]|\\s\\s")
_SLASH = "／"
_SIGN = compile_lazy("[─―—→⇒=>»|▶▷·•]|\\.\\.|\\s[-–/]\\s")
_ARROWED = compile_lazy("[→⇒➡]\\s*")
_AROUND = compile_lazy(
    "(?P<sign>[―—–─━═=~〜·・…\\-])(?P=sign)*\\s*(?P<label>[^―—–─━═=~〜·・…\\-\\s].*?)\\s*(?P=sign)+\\Z"
)
"""--- どうしてか ---: the same sign at both ends."""
_RULED = 80
"""Columns of such a line."""
_QUESTION = compile_lazy("[Qq問][0-9]*\\s*[.:)）、]?\\s*")


def read_loose_head(unit: Unit, below: Unit | None) -> SectionHead | None:
    """How a line would open a section if its page's heads looked like it; None when it cannot."""
    text = unit.text
    if unit.form not in (UnitForm.LINE, UnitForm.ITEM, UnitForm.HEADING) or not text or unit.table:
        return None
    if unit.form is UnitForm.HEADING:
        return SectionHead(None, text, f"h{unit.level}", unit.level, len(text))
    style = ""
    at = 0
    first = text[0]
    if first in "Qq問" and (found := _QUESTION.match(text)):
        if text[0] in "Qq" or found.end() > 1:
            style, at = "Q", found.end()
            if len(text) <= limit_heading(text) + at:  # a question ends as a sentence does
                return _make_head(unit, text[at:].rstrip("。"), style, len(text))
    elif not first.isalnum() and text[-1] == first and len(text) < _RULED and (around := _AROUND.match(text)):
        label = around["label"]
        if len(label) <= limit_heading(label) and not _PUNCTUATED.search(label):
            return _make_head(unit, label, around["sign"] * 2, len(text))
    elif not first.isalpha() and (mark := MARK.match(text)):
        style, at = describe_mark(mark["mark"]), mark.end()
    elif first in "→⇒➡" and (arrow := _ARROWED.match(text)):
        style, at = "→", arrow.end()
    elif first in NUMBERS and (number := NUMBERED.match(text)):
        style, at = describe_number(number[0]), number.end()
    elif unit.number:
        style = unit.number
    elif unit.form is UnitForm.LINE and unit.box is CheckBox.OPEN and below is not None and not below.box:
        style = "□"  # over lines that are no boxes of a list
    elif unit.form is UnitForm.ITEM:
        style = ("1" if unit.bullet is Bullet.NUMBER else "-") + str(unit.level)
    rest = text[at:]
    if not rest or len(rest) > 400:
        return None
    if rest[0] in _OPENERS and (wrapped := _RE.loosely_wrapped.match(rest)):
        label = wrapped["label"].strip(" :")
        if wrapped["open"] in _QUOTES and _PARTICLE.match(rest, wrapped.end()):
            return None  # 「約束」の多くは…
        if len(label) <= limit_heading(label) and not label.isdigit():
            return _make_head(unit, label, style + wrapped["open"], at + wrapped.end())
    if _GAP.search(rest) and (valued := _VALUED.match(rest)):
        label = valued["label"].strip()
        if not _PUNCTUATED.search(label) and not label[-1:].isdigit():
            return _make_head(unit, label, style + ":", at + valued.end())
    if _SIGN.search(rest) and (signed := _RE.signed.match(rest)):
        label = signed["label"].strip()
        if label and not label[-1].isdigit():
            return _make_head(unit, label, f"{style}{signed['by'].strip()[0]}:", at + signed.end())
    if _SLASH in unit.raw and (slashed := _SLASHED.match(rest)):  # なぜか／合否の印の意味が…
        return _make_head(unit, slashed["label"], f"{style}/:", at + slashed.end())
    if style and _WIDE in unit.raw and (parted := _split_at_wide_blank(unit, at)):
        return _make_head(unit, parted[0], style + ":", parted[1])
    if not style and unit.form is UnitForm.LINE and (spaced := _find_spaced(rest)):
        return _make_head(unit, spaced["label"], " :", spaced.end())
    if not style and rest[0] in _ASKING and (asked := _ASKED.match(rest)):
        return _make_head(unit, asked["label"], "か。", asked.end())
    if len(rest) > limit_heading(rest) or _PUNCTUATED.search(rest.rstrip("。")) or rest.endswith("。"):
        return None
    if style:
        over = (
            unit.form is UnitForm.ITEM
            and below is not None
            and below.form is UnitForm.ITEM
            and below.level > unit.level
        )
        return _make_head(unit, rest, style + ":" if over else style, len(text))
    if (
        unit.form is UnitForm.LINE
        and below is not None
        and below.form is UnitForm.LINE
        and (below.indent >= unit.indent + 2 or below.text.startswith(":"))
    ):
        return _make_head(unit, rest, "bare", len(text))
    return None


def _find_spaced(text: str) -> re.Match[str] | None:
    """A word with cues and one blank behind it; a name the lexicon calls weak needs a wide one."""
    found = _SPACED.match(text) if " " in text[:_SHORT] else None
    if not found or not score_cues(found["label"]):
        return None
    key = lookup_heading(found["label"])
    return None if key and key.weak else found


_SHORT = 6
_SPACED = compile_lazy("(?P<label>[^\\s\\x00-\\x7f。、「」・()]{1,5})\\s(?=\\S)")
"""訳 再送の印を送っていなかった"""
_SLASHED = compile_lazy("(?P<label>[^/:。、]{2,14})/(?=[^\\s/])")
_QUOTES = frozenset("「『")
_PARTICLE = compile_lazy("[はをがにのともへでや、。]")
_WIDE = "\u3000"
_ASKING = frozenset("などいだ何今次誰こ再")
# どうして起きたか。鍵の期限が…: a question that its own paragraph answers.
_ASKED = compile_lazy("(?P<label>[^。、?:\\s]{3,18}か)[。?]\\s*(?=\\S)")


def _split_at_wide_blank(unit: Unit, at: int) -> tuple[str, int] | None:
    """`●わけ　調べたが…`: the label before the first full-width blank behind the mark, and where its text begins."""
    for found in re.finditer(_WIDE, unit.raw):
        size = len(fold_text(unit.raw[: found.start()]).strip())
        label = unit.text[at:size].strip()
        if size <= at or not label:
            continue
        if len(label) > _LABEL or _PUNCTUATED.search(label) or label[-1].isdigit():
            return None
        return label, size + len(unit.text[size:]) - len(unit.text[size:].lstrip())
    return None


_LABEL = 20


def _make_head(unit: Unit, label: str, style: str, value: int) -> SectionHead:
    rank = PLAIN_RANK + max(unit.level, 1) if unit.form is UnitForm.ITEM else LINE_RANK
    return SectionHead(None, label, style, rank if style != "bare" else PLAIN_RANK, min(value, len(unit.text)))


_RUN = 4
"""Heads of one distinctive style that are a skeleton although few of their words are known."""


def _is_distinct(style: str) -> bool:
    """Whether a style is more than that of any list."""
    return style not in ("11", "-1", "12", "-2", ":", "bare")


def complete_skeleton(lined: Sequence[Lined]) -> list[Lined] | None:
    """The same lines, where loose heads of the page's main style have become heads too.

    None when no style speaks for a report: then unexplained heads stay what they are.
    """
    groups: defaultdict[str, list[int]] = defaultdict(list)
    points: defaultdict[str, float] = defaultdict(float)
    loose: dict[int, SectionHead] = {}
    seen: defaultdict[str, set[object]] = defaultdict(set)
    for index, (head, unit) in enumerate(lined):
        if unit.table or unit.form in (UnitForm.CODE, UnitForm.RULE):
            continue
        under, below = lined[index + 1] if index + 1 < len(lined) else (None, None)
        found = read_loose_head(unit, below if under is None or under.key is None else None)
        if head is not None and head.key is not None:
            style = "h" if head.heading else found.style if found else head.style
            if head.key.roles not in seen[style]:
                seen[style].add(head.key.roles)
                points[style] += 0.5 if head.key.weak or head.key.roles == (Role.OTHER,) else 2.0
            groups[style].append(index)
            continue
        if found is None and head is None:
            continue
        found = head or found
        assert found is not None
        style = "h" if found.heading else found.style
        loose[index] = found
        groups[style].append(index)
        if found.value == len(unit.text) and style.endswith(":") and style != ":":
            groups[style[:-1]].append(index)  # over a list of its own, or a label without text
        if not (said := score_cues(found.label)):
            continue
        best = max(said, key=lambda role: said[role])
        if best is not Role.OTHER and said[best] >= 2.0 and best not in seen[style]:
            seen[style].add(best)
            points[style] += 1.0
    if not points:
        return None
    main = max(points, key=lambda style: (points[style], style == "h"))
    runs = len(groups[main]) >= _RUN and _is_distinct(main)
    if points[main] < (1.0 if runs else 2.0) or len(groups[main]) < 2:
        return None
    out = list(lined)
    for index in groups[main]:
        if index in loose:
            out[index] = (loose[index], lined[index][1])
    return out
