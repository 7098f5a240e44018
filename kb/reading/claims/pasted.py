"""What was pasted below the words of a section, or ends them: none of its claims.

Who said what and when, the lines of a log or a trace, and the caption over them; commands and settings; who wrote the
page, and its versions; 以上 at the end of a letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm
from kb.reading.phrases.asides import is_about_page, is_typed_for_machine, opens_history
from kb.reading.phrases.log_lines import is_caption, is_log_line
from kb.text.lazy_pattern import compile_lazy

_SPOKEN = compile_lazy(
    "[\\[(]?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?[\\])]?\\s+"
    "(?P<who>[^\\s:、。()]{1,12}(?: [^\\s:、。()]{1,6})?)\\s*:\\s*\\S"
)
_LOGGED = compile_lazy("\\[?[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[ T][0-9]{2}:|\\[?[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\\b")
_LETTER_ENDS = compile_lazy("以\\s*上[。.]?|敬\\s*具|草\\s*々")
_ENDING = frozenset("以敬草")
_CLOCK = frozenset("[(0123456789")
_PASTED = 3
"""Lines by two people that make a conversation."""


def drop_pasted(units: Sequence[Unit], *, course: bool = False, deeds: bool = False) -> list[Unit]:
    """The units of a section without what ends or is pasted below its own words.

    `course`: the section tells what happened when, which a log may do as well. `deeds`: it tells what was done, which
    commands and settings do as well.
    """
    units = _drop_asides(units, deeds=course or deeds)
    out: list[Unit] = []
    for spoken, run in groupby(units, _is_spoken):
        lines = list(run)
        if out and spoken and len(lines) >= _PASTED:
            names = {found["who"] for line in lines if (found := _SPOKEN.match(line.text))}
            if len(names) > 1:
                continue
        for unit in lines:
            if out and unit.text[:1] in _ENDING and _LETTER_ENDS.fullmatch(unit.text.strip()):
                return out
            if course or not _is_logged(unit):
                out.append(unit)
    return out if course else _drop_captions(units, out)


def _drop_asides(units: Sequence[Unit], *, deeds: bool) -> Sequence[Unit]:
    """The units without lines that are no words of the section; a command may be all that it says."""
    kept: list[Unit] = []
    typed: list[Unit] = []
    for unit in units:
        if unit.form is UnitForm.LINE and unit.bullet is Bullet.NONE and unit.box is CheckBox.NONE:
            if opens_history(unit.text):
                break
            if is_about_page(unit.text):
                continue
            if not deeds and is_typed_for_machine(unit.text):
                typed.append(unit)
                continue
        kept.append(unit)
    return kept or typed


def _is_spoken(unit: Unit) -> bool:
    return unit.text[:1] in _CLOCK and unit.form is not UnitForm.CELL and _SPOKEN.match(unit.text) is not None


def _is_logged(unit: Unit) -> bool:
    if unit.form is UnitForm.CODE and _LOGGED.match(unit.text):
        return True
    return unit.form is not UnitForm.CELL and is_log_line(unit.text)


def _drop_captions(units: Sequence[Unit], kept: list[Unit]) -> list[Unit]:
    """The units kept, without lines that only name what is pasted right below them."""
    evidence = {
        id(above)
        for above, below in pairwise(units)
        if (below.form is UnitForm.CODE or _is_logged(below)) and above.form is not UnitForm.CODE
    }
    if not evidence:
        return kept
    return [unit for unit in kept if not (id(unit) in evidence and is_caption(unit.text))]
