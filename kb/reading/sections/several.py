"""Tell several incidents on one page apart where no heading does: the same names of sections come round again.

事象, 原因, 対応, 再発防止, and then 事象 once more: with a rule between, below lines that name each incident in a
decoration of their own (■ 5/3 …), or below nothing. Reports on one incident (第 1 報, 続報) repeat the names as well,
and stay one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.markup.units import Unit, UnitForm
from kb.model.facts import Confidence, Role
from kb.reading.sections.section import JUDGED_ROLES, Section
from kb.reading.sections.skeleton import read_loose_head
from kb.text.lazy_pattern import compile_lazy

_LEAST = 2
"""Judged roles that each round has."""
_REPORTS = compile_lazy("第?\\s?[0-9一二三四五六七八九十]{1,3}\\s?報(?!告)|[続速]報|最終報|中間報告|追記")


def is_report(text: str) -> bool:
    """Whether a line names one of the reports on an incident: 第 2 報, 【続報】."""
    return _REPORTS.search(text) is not None


def part_rounds(found: Sequence[Section]) -> list[Section]:
    """The same sections, those of a second round of names in a part of their own."""
    starts = _find_starts(found)
    if not starts:
        return list(found)
    above = [found[at - 1] for at in starts if at]
    if any(is_report(name) for each in above for name in _names_above(each)):
        return list(found)
    title = _find_title(found, starts[0])
    style = _style_of(title)
    out: list[Section] = []
    part = 0
    for index, section in enumerate(found):
        if index in starts[1:]:
            part += 1
            last = out[-1]
            if title and last.units and _style_of(last.units[-1]) == style:
                named = last.units.pop()
                last.end = min(last.end, named.start)
                out.append(Section((), None, None, named.start, named.end, [named], part))
        section.part = part
        out.append(section)
    return out


def _find_starts(found: Sequence[Section]) -> list[int]:
    """Where rounds begin: at each section named as the first one, when every round has judged roles of its own."""
    if found and found[-1].part:
        return []  # headings have told them apart
    named = [
        index
        for index, section in enumerate(found)
        if section.roles and section.head and not section.weak and section.confidence is Confidence.HIGH
    ]
    if not named:
        return []
    first = found[named[0]]
    assert first.head is not None
    starts = [index for index in named if _is_alike(found[index], first)]
    if len(starts) < 2 or Role.TIMELINE in first.roles:
        return []
    rounds = zip(starts, [*starts[1:], len(found)], strict=True)
    for start, end in rounds:
        roles = _roles_of(found[start:end])
        if len(roles & JUDGED_ROLES) < _LEAST:
            return []
        opener = found[start].head
        again = opener is not None and opener.label == first.head.label
        if not again and len(roles & JUDGED_ROLES & _roles_of(found[starts[0] : starts[1]])) < _LEAST:
            return []  # 復旧 (when) and 対応 (how) of one form, not of two incidents
    return starts


def _roles_of(sections: Sequence[Section]) -> set[Role]:
    return {role for section in sections for role in section.roles}


def _is_alike(section: Section, first: Section) -> bool:
    return (
        section.roles == first.roles
        and section.head is not None
        and first.head is not None
        and section.head.style == first.head.style
    )


_NAME = 40


def _names_above(section: Section) -> Iterator[str]:
    """What may name the round that begins below a section: its own head when it is empty, or its last line."""
    if section.units:
        yield section.units[-1].text[:_NAME]
    if section.head and not section.roles:
        yield section.head.label[:_NAME]


def _find_title(found: Sequence[Section], start: int) -> Unit | None:
    """The line right above the first round, which may name its incident."""
    above = found[start - 1] if start else None
    if above is None or above.roles or not above.units:
        return None
    return above.units[-1] if _style_of(above.units[-1]) else None


def _style_of(unit: Unit | None) -> str:
    """The decoration of a line that may be a name; "" for plain text."""
    if unit is None or unit.form is UnitForm.CODE or unit.table:
        return ""
    head = read_loose_head(unit, None)
    return head.style if head is not None and head.value == len(unit.text) else ""
