"""A section → claims: its sentences, items and table rows, each with its place and state words.

A section is judged as a whole, but what it says is a list of claims. Code and pictures are kept as such: a picture
shows what a judge cannot read, code is the deed of a fix and the evidence of anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import ItemState, Role
from kb.reading.claims.pasted import drop_pasted
from kb.reading.claims.states import read_state_cell, read_state_heading
from kb.reading.sections.heads import NUMBERS, read_head
from kb.reading.sections.section import Claim, Section
from kb.reading.sections.tables import find_columns
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

# Bounded, and none may run over its own beginning: a line of nothing but `[` or `[a](` ends too.
_LINK = compile_lazy("(!?)\\[([^\\[\\]\\n]{0,1000})\\]\\([^)\\n]{0,2000}\\)")
_IMAGE = compile_lazy("<img\\b[^<>]{0,2000}>|![^\\s!|]+\\.(?:png|jpe?g|gif)!|\\[image\\]", re.I)
_TAG = compile_lazy("</?[a-z][^<>]{0,200}>", re.I)
_EMPHASIS = compile_lazy("\\*{1,3}|(?<![A-Za-z0-9])_{1,2}(?=\\S)|(?<=\\S)_{1,2}(?![A-Za-z0-9])|`+|%\\{[^{}]{0,200}\\}")
_MARKED = compile_lazy("[!\\[<*_`%]|:[a-z0-9_+-]+:")
"""What one of the patterns above, or a short code, needs; most lines have none of it."""
_EMOJI = {":white_check_mark:": "✅", ":heavy_check_mark:": "✅", ":ballot_box_with_check:": "☑", ":x:": "×"}
_SHORTCODE = compile_lazy(":[a-z0-9_+-]+:")
_END = compile_lazy("[。!?！？]+[)」』）]*|(?<!\\.)\\.(?=\\s+[A-Z*ぁ-んァ-ヶ一-龠])|;\\s")
MAX_CLAIM = 600
"""Characters of a claim that are read: no sentence is longer, a pasted log can be."""
MAX_SENTENCES = 2_000
"""Sentences of one line that are read."""
_OPEN, _CLOSE = "「『(（【[", "」』)）】]"
_MARKS = "■◆●▼▲◇○◎▶►▷※★☆・•>"

_ARROWS = ("→", "⇒", "⇨", "➡", "->", "=>")


def strip_inline_markup(text: str) -> str:
    """A folded line without inline markup; a picture becomes `[image]`."""
    if _MARKED.search(text):
        text = _IMAGE.sub("[image]", text)
        text = _LINK.sub(lambda found: "[image]" if found[1] else found[2], text)
        text = _SHORTCODE.sub(lambda found: _EMOJI.get(found[0], found[0]), text)
        text = _EMPHASIS.sub("", _TAG.sub("", text))
    return text.strip().lstrip(_MARKS).strip()[:MAX_CLAIM]


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where the sentences of a line begin and end; quotations and brackets are not split."""
    ends = {found.start(): found.end() for found in _END.finditer(text)}
    if " / " in text:
        ends |= _find_slashes(text)
    if not ends or (len(ends) == 1 and len(text) in ends.values()):
        yield 0, len(text)
        return
    start, depth = 0, 0
    for index, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(depth - 1, 0)
        if index in ends and depth == 0:
            yield start, ends[index]
            start = ends[index]
    if start < len(text):
        yield start, len(text)


_MAY_END = frozenset(")]】〕。うくすつぬむるぐぶただ")
_SLASH = compile_lazy("\\s/\\s")
_LEAST_BESIDE = 8
"""Characters on both sides of a slash that parts two sentences, rather than a sentence from its owner or day."""


def _find_slashes(text: str) -> dict[int, int]:
    """The slashes between the sentences of a cell or line: 検査を入れる(済) / 表を二つに分ける(未完)."""
    places = [found.start() for found in _SLASH.finditer(text)]
    around = zip([-3, *places], [*places, len(text)], strict=False)
    parts = [text[start + 3 : end] for start, end in around]
    if any(len(part) < _LEAST_BESIDE for part in parts) or len({part.isascii() for part in parts}) > 1:
        return {}  # names and days, or the same in another language
    if not all(part[-1] in _MAY_END for part in parts[:-1]):
        return {}  # two words for one thing
    return {start: start + 3 for start in places}


def read_claims(section: Section) -> list[Claim]:
    """The claims of a section, in its order. Read once; asking again costs nothing."""
    if section.said is None:
        section.said = _attach_attributes(_section_claims(section))
    return section.said


def claims_of(sections: Iterable[Section]) -> list[Claim]:
    """The claims of several sections, in the order of the page."""
    return [claim for section in sections for claim in read_claims(section)]


def _section_claims(section: Section) -> list[Claim]:
    out: list[Claim] = []
    state = ""
    for table, group in groupby(
        drop_pasted(section.units, course=Role.TIMELINE in section.roles),
        lambda unit: unit.table if unit.form is UnitForm.CELL and unit.table else 0,
    ):
        units = list(group)
        if table and not (section.opener and section.opener.table == table):
            out.extend(_row_claims(units, len(out), state))
            continue
        for index, unit in enumerate(units):
            if label := _read_subheading(unit):
                state = read_state_heading(label)
                continue
            below = units[index + 1] if index + 1 < len(units) else None
            parent = bool(
                below
                and unit.form is UnitForm.ITEM
                and below.level > unit.level
                and below.form in (UnitForm.ITEM, UnitForm.LINE)
            )
            out.extend(_unit_claims(unit, len(out), state, parent))
    return out


_RE = read_words("kb.reading", "lexicon/claims/read_claims.toml").compiled


def _attach_attributes(said: list[Claim]) -> list[Claim]:
    """The claims, where lines on owner, day, state and ticket belong to the measure above them."""
    out: list[Claim] = []
    for claim in said:
        found = _RE.attribute.fullmatch(claim.text) if out and not claim.content else None
        if found is None:
            out.append(claim)
        elif found["owner"]:
            out[-1] = replace(out[-1], owner=found["value"])
        elif found["due"]:
            out[-1] = replace(out[-1], due=found["value"])
        elif found["aside"]:
            out[-1] = replace(out[-1], aside=_as_ticket_ref(found["value"]))
        else:
            out[-1] = replace(out[-1], state=found["value"])
    return out


def _as_ticket_ref(value: str) -> str:
    """What a column or line for tickets says; a bare number is one."""
    return f"#{value}" if value.isdecimal() else value


def _read_subheading(unit: Unit) -> str:
    """The text of a sub-heading, which is no claim."""
    if unit.text.startswith(_ARROWS):
        return ""
    if unit.form is UnitForm.HEADING:
        return unit.text
    if unit.form is not UnitForm.LINE or (unit.text[:1].isalpha() and unit.text[0] not in NUMBERS):
        return ""  # so begins nothing decorated
    head = read_head(unit)
    if head and head.value >= len(unit.text) and head.style not in ("bare", ":") and not head.plain:
        return head.label
    return ""


def _unit_claims(unit: Unit, item: int, state: str, parent: bool) -> Iterator[Claim]:
    if unit.form is UnitForm.CODE:
        yield Claim(unit.text, unit.start, unit.end, item, unit.level, state=state, content=True, code=True)
        return
    whole = strip_inline_markup(unit.text)
    if not whole:
        return
    bullet = unit.bullet is not Bullet.NONE or unit.box is not CheckBox.NONE
    stands = (unit.level, unit.box, bullet, state, "", "", parent)
    if "[image]" in whole and not whole.strip("[image] "):
        yield Claim(whole, unit.start, unit.end, item, *stands, content=True)
        return
    pieces = list(islice(split_sentences(unit.text), MAX_SENTENCES))
    if len(pieces) < 2:
        yield Claim(whole, unit.start, unit.end, item, *stands)
        return
    at = unit.places()
    for start, end in pieces:
        piece = unit.text[start:end].removesuffix(" / ")
        if text := strip_inline_markup(piece):
            yield Claim(text, at(start), at(start + len(piece)), item, *stands)
        item += len(piece) < end - start


def _row_claims(units: list[Unit], item: int, state: str) -> Iterator[Claim]:
    """The rows of a table of measures, one claim each."""
    header = {unit.column: unit.text for unit in units if unit.row == 0}
    names = find_columns([header.get(column, "") for column in range(max(header, default=-1) + 1)])
    if "state" not in names and (column := _find_state_column(units, set(names.values()))) is not None:
        names["state"] = column
    dated, ticked = _read_state_column(units, names["state"]) if "state" in names else (False, False)
    for number, (row, group) in enumerate(groupby(units, lambda unit: unit.row)):
        cells: dict[int, list[Unit]] = {}
        for unit in group:
            cells.setdefault(unit.column, []).append(unit)
        if row == 0:
            continue
        text = {column: " ".join(strip_inline_markup(unit.text) for unit in found) for column, found in cells.items()}
        measure = names.get("measure", 0)
        if not names:
            measure = next((column for column, words in text.items() if len(words) > 3), 0)
        said = text.get(measure, "")
        if "measure" not in names:
            said = " ".join(words for column, words in text.items() if column not in names.values())
        if not any(text.values()):
            continue
        unit = cells.get(measure, next(iter(cells.values())))[0]
        last = cells.get(measure, [unit])[-1]
        box = next((u.box for found in cells.values() for u in found if u.box), CheckBox.NONE)
        field = {name: text.get(column, "") for name, column in names.items()}
        if dated and _DAY.fullmatch(field["state"]):
            field["state"] = "完了"
        elif ticked and not field["state"]:
            field["state"] = "未"
        yield Claim(
            *(said, unit.start, last.end, item + number, 1, box, True),
            state=field.get("state", "") or state,
            owner=field.get("owner", ""),
            due=field.get("due", ""),
            aside=_join_other_columns(cells, header, {measure, *names.values()}),
        )


def _find_state_column(units: list[Unit], taken: set[int]) -> int | None:
    """The column whose cells are states, whatever its head is called: 実績, どう."""
    cells: dict[int, list[str]] = {}
    for unit in units:
        if unit.row and unit.column and unit.column not in taken and unit.text.strip("-–— "):
            cells.setdefault(unit.column, []).append(strip_inline_markup(unit.text))
    return next((column for column, words in cells.items() if _are_states(words)), None)


def _are_states(words: Sequence[str]) -> bool:
    """Whether two of three words are states. Most columns are none, and their first cells show it."""
    others = len(words) // 3
    for word in words:
        if len(word) > _LONGEST_STATE or read_state_cell(word) is ItemState.UNSTATED:
            others -= 1
            if others < 0:
                return False
    return True


_DAY = compile_lazy("(?:[0-9]{4}[-/年])?[0-9]{1,2}[-/月][0-9]{1,2}日?")
_TICKS = frozenset("✓✔✅☑○◯●〇済完了xX")


def _read_state_column(units: Sequence[Unit], column: int) -> tuple[bool, bool]:
    """What the whole column says of its cells: a day in 完了日 is done, and no tick below ticks is not."""
    head = next((unit.text for unit in units if not unit.row and unit.column == column), "")
    filled = [cell for unit in units if unit.row and unit.column == column and (cell := strip_inline_markup(unit.text))]
    return bool(_RE.days_done.search(head)), bool(filled) and all(set(cell) <= _TICKS for cell in filled)


_LONGEST_STATE = 24
_TICKETS = compile_lazy("チケット|課題|redmine|issue|ticket", re.I)


def _join_other_columns(cells: dict[int, list[Unit]], header: dict[int, str], taken: set[int]) -> str:
    """What the other columns of a row say, addresses of links included."""
    said = {column: " ".join(unit.raw for unit in found) for column, found in cells.items() if column not in taken}
    named = {column: _TICKETS.search(header.get(column, "")) for column in said}
    return " ".join(_as_ticket_ref(words) if named[column] and column else words for column, words in said.items())
