"""A report in other clothes: its labels one behind another on a line, or the whole of it in a fence.

【事象】…【原因】…【対応】… and ① 起きたこと：… ② わけ：… are as many lines to a reader, and so is YAML that is all a
page holds. Units are made anew from the lines they stand on, each with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from kb.markup.units import Unit, UnitForm, count_bytes, make_unit, strip_bullet
from kb.model.facts import Role
from kb.reading.sections.heading_words import lookup_heading
from kb.reading.sections.section import JUDGED_ROLES, SCENE_ROLES
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy

_BRACKETS = {"【": "】", "〔": "〕", "[": "]", "<": ">", "＜": "＞", "《": "》", "「": "」", "(": ")", "（": "）"}
_LABELLED = {
    opening: compile_lazy(f"(?P<at>\\{opening})(?P<label>[^\\{opening}\\{closing}。、]{{1,14}})\\{closing}")
    for opening, closing in _BRACKETS.items()
}
_MARKED = compile_lazy("(?:\\A|(?<=[\\s。]))(?P<at>[■◆●▼▶◎○・])\\s?(?P<label>[^■◆●▼▶◎○・\\s:：。、]{1,14})[\\s:：]")
_NUMBERED = compile_lazy("(?P<at>[①-⑨⑴-⑼❶-❾]|[(（][1-9１-９][)）])\\s?(?P<label>[^①-⑨⑴-⑼❶-❾:：。、]{1,14})[:：]")
_PARTED = compile_lazy(
    "(?:\\A|[/／|｜;；\u3000。、]\\s{0,4}|\\s{2,8})(?P<at>)(?P<label>[^\\s:：/／|｜;；。、]{1,12})\\s*[:：→]"
)
_COLONS = compile_lazy("[:：→]")
_LEAST = 3
"""Labels on one line."""
_SHORTEST = 24


def part_labels(units: Sequence[Unit]) -> Iterator[Unit]:
    """The units, where a line that holds three labels or more becomes a line for each."""
    for unit in units:
        places = _find_labels(unit) if len(unit.raw) >= _SHORTEST else ()
        if not places:
            yield unit
            continue
        ends = [*places[1:], len(unit.raw)]
        for begin, end in zip([0, *places[1:]], ends, strict=True):
            piece = make_unit(
                UnitForm.LINE if unit.form is UnitForm.CODE else unit.form,
                unit.raw[begin:end].rstrip(" 　/／|｜;；、"),
                unit.start + count_bytes(unit.raw[:begin]),
                level=unit.level,
                gap=unit.gap and begin == 0,
                quote=unit.quote,
            )
            if piece:
                piece.bullet, piece.box = unit.bullet, unit.box if begin == 0 else piece.box
                piece.number = unit.number
                yield strip_bullet(piece) if unit.number and begin else piece


def _find_labels(unit: Unit) -> Sequence[int]:
    """Where the labels of a line begin, three at least; nothing for a line with fewer."""
    if unit.table or unit.form not in (UnitForm.LINE, UnitForm.ITEM):
        return ()
    raw = unit.raw
    first = raw[0]
    if first in _LABELLED and raw.count(first) >= _LEAST:
        return _places(_LABELLED[first].finditer(raw), known=True)
    if unit.number and (found := _places(_NUMBERED.finditer(raw), known=False, least=_LEAST - 1)):
        return (0, *found)
    if first in "■◆●▼▶◎○・" and raw.count(first) >= _LEAST:
        return _places(_MARKED.finditer(raw), known=True)
    if len(_COLONS.findall(raw)) >= _LEAST:
        return _places(_PARTED.finditer(raw), known=True)
    return ()


def _places(labels: Iterable[re.Match[str]], *, known: bool, least: int = _LEAST) -> Sequence[int]:
    found = list(labels)
    if len(found) < least:
        return ()
    if known and len({role for each in found for role in _read_roles(each["label"])}) < least:
        return ()
    return [each.start("at") for each in found]


def _read_roles(label: str) -> Iterator[Role]:
    """The roles of a report that a label has; 担当 and 状態 are fields of a measure."""
    meaning = lookup_heading(fold_text(label).strip())
    return (role for role in meaning.roles if role in _TOLD) if meaning else iter(())


_TOLD = JUDGED_ROLES | set(SCENE_ROLES)
_REMARKS = 2
"""Lines beside a fence that is all a page holds."""


def open_fence(units: Sequence[Unit]) -> list[Unit] | None:
    """The lines of a fence that is all a page holds, as lines of a page; None where there is more beside it."""
    code = sum(unit.form is UnitForm.CODE for unit in units)
    if code < _LEAST or len(units) - code > _REMARKS:
        return None
    out: list[Unit] = []
    for unit in units:
        if unit.form is not UnitForm.CODE:
            out.append(unit)
        elif made := make_unit(UnitForm.LINE, unit.raw, unit.start, level=unit.level, gap=unit.gap, quote=unit.quote):
            made.indent = unit.indent
            out.append(strip_bullet(made, unit.indent))
    return out
