"""A section → claims: its sentences, items and table rows, each with its place and state words.

A section is judged as a whole, but what it says is a list of claims. Code and pictures are kept as such: a picture
shows what a judge cannot read, code is the deed of a fix and the evidence of anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, groupby, islice

from kb.markup.blocks import Bullet, CheckBox
from kb.markup.units import Unit, UnitForm
from kb.model.facts import ItemState, Role
from kb.reading.claims.attributes import is_note, peel, read_attribute_line
from kb.reading.claims.deeds import is_deed
from kb.reading.claims.inline import MAX_SENTENCES, as_ticket_ref, split_sentences, strip_inline_markup
from kb.reading.claims.names import is_titled_name
from kb.reading.claims.pasted import drop_pasted
from kb.reading.claims.pieces import (
    Attributes,
    divide_owner,
    find_ticket_keys,
    peel_state,
    read_line_label,
    split_labels,
    trim_value,
)
from kb.reading.claims.rows import read_rows
from kb.reading.claims.states import find_stated, read_state_cell, read_state_heading
from kb.reading.claims.wraps import join_texts, join_wrapped
from kb.reading.phrases.asides import is_address, lists_related
from kb.reading.phrases.placeholder import find_placeholder, is_guidance
from kb.reading.sections.drawn_tables import draw_tables
from kb.reading.sections.heads import NUMBERS, read_head
from kb.reading.sections.section import Claim, Section
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_ARROWS = ("→", "⇒", "⇨", "➡", "->", "=>")


_PLANNED_ROLES = frozenset({Role.PREVENTION, Role.FIX_PERM})
_DONE_ROLES = frozenset({Role.FIX, Role.FIX_TEMP})


def holds_measures(section: Section) -> bool:
    """Whether a section is one that measures stand in, by its head."""
    return section.measure or not _PLANNED_ROLES.isdisjoint(section.roles)


def read_claims(section: Section) -> list[Claim]:
    """The claims of a section, in its order. Read once; asking again costs nothing."""
    if section.said is None:
        section.said = _attach_attributes(_section_claims(section), measures=holds_measures(section))
    return section.said


def read_measures(section: Section) -> list[Claim]:
    """The claims of a section with those that are struck out, as the measures they were."""
    said = read_claims(section)
    if not section.struck:
        return said
    struck = {claim.start: claim for claim in section.struck}
    rest = [claim for claim in said if claim.item not in struck]
    return sorted((*rest, *struck.values()), key=lambda claim: claim.start)


def claims_of(sections: Iterable[Section]) -> list[Claim]:
    """The claims of several sections, in the order of the page."""
    return list(iter_claims(sections))


def iter_claims(sections: Iterable[Section]) -> Iterator[Claim]:
    """As `claims_of`, read as far as they are asked for."""
    return chain.from_iterable(map(read_claims, sections))


def _section_claims(section: Section) -> list[Claim]:
    out: list[Claim] = []
    state, under = "", ""
    measures = holds_measures(section)
    said = drop_pasted(
        section.units, course=Role.TIMELINE in section.roles, deeds=not _DONE_ROLES.isdisjoint(section.roles)
    )
    for table, group in groupby(
        draw_tables(said) if measures else said,
        lambda unit: unit.table if unit.form is UnitForm.CELL and unit.table else 0,
    ):
        units = list(group)
        if table and not (section.opener and section.opener.table == table):
            out.extend(read_rows(units, state, under, section.start))
            continue
        lines = join_wrapped(units) if measures else [[unit] for unit in units]
        for index, line in enumerate(lines):
            unit = line[0]
            if label := _read_subheading(unit) or (measures and _read_term(lines, index)):
                state, under = read_state_heading(label), label
                if measures and unit.text[0] != "※" and (titled := _is_measure_heading(label, lines, index + 1)):
                    text = _NUMBERED.sub("", strip_inline_markup(label))
                    claim = Claim(
                        text, unit.start, unit.end, unit.start, under=under, block=section.start, title=titled
                    )
                    out.append(claim)
                continue
            below = lines[index + 1][0] if index + 1 < len(lines) else None
            parent = bool(
                below
                and unit.form is UnitForm.ITEM
                and below.level > unit.level
                and below.form in (UnitForm.ITEM, UnitForm.LINE)
            )
            if unit.struck and measures and (struck := _read_struck(unit, state, under, section.start)):
                section.struck.append(struck)
            out.extend(_line_claims(line, state, under, parent, section.start))
    if measures and out and _is_title(section, out):
        out[0] = replace(out[0], title=True)
    return out


def _is_title(section: Section, said: Sequence[Claim]) -> bool:
    """Whether the heading of a section says its one measure, and prose below it how: ### 恒久対応: 上限を上げる"""
    head, opener = section.head, section.opener
    if head is None or opener is None or not head.heading or not opener.start <= said[0].start < opener.end:
        return False
    listed = any(claim.bullet or claim.row or claim.box is not CheckBox.NONE for claim in said)
    return len(said) > 1 and not listed and is_deed(said[0].text)


_NUMBERED = compile_lazy("(?:[0-9]{1,2}[.)、]|[(][0-9]{1,2}[)])\\s*")
_MAX_BELOW = 20
"""Lines of prose below a sub-heading that is a measure."""


def _is_measure_heading(label: str, lines: Sequence[Sequence[Unit]], start: int) -> bool:
    """Whether a sub-heading is a measure itself: below it stand its labels and notes, or prose on who does it."""
    labels = prose = 0
    for line in islice(lines, start, start + _MAX_BELOW):
        if _read_subheading(line[0]):
            break
        fields, rest = split_labels(line[0].text)
        if (fields and not rest) or is_note(line[0].text):
            labels += bool(fields)
        elif line[0].form is UnitForm.LINE and line[0].box is CheckBox.NONE and line[0].bullet is Bullet.NONE:
            prose += 1
        else:
            return False
    return labels > 0 if not prose else is_deed(label)


_RE = read_words("kb.reading", "lexicon/claims/read_claims.toml").compiled


def _attach_attributes(said: list[Claim], *, measures: bool = False) -> list[Claim]:
    """The claims, where lines on owner, day, state and ticket belong to the measure above them."""
    out: list[Claim] = []
    for claim in said:
        if measures:
            claim = _put_content_first(claim)
            if _is_for_page(claim, out):
                continue
        fields = _read_fields(claim, measures=measures) if out and not claim.content and not claim.row else None
        if not fields:
            out.append(claim)
            continue
        at = _find_labelled(out, claim) if measures else len(out) - 1
        for kind, value in fields:
            if kind == "owner":
                out[at] = replace(out[at], owner=value)
            elif kind == "due":
                out[at] = replace(out[at], due=value)
            elif kind == "state":
                keys = tuple(key for words in _INSIDE.findall(value) for key in find_ticket_keys(words))
                out[at] = replace(out[at], state=value, tickets=(*out[at].tickets, *keys))
            else:
                aside, keys = f"{out[at].aside} {as_ticket_ref(value)}", tuple(find_ticket_keys(value))
                out[at] = replace(out[at], aside=aside.strip(), tickets=(*out[at].tickets, *keys))
        out[at] = replace(out[at], until=max(out[at].until, claim.end))
    return out


def _is_for_page(claim: Claim, out: Sequence[Claim]) -> bool:
    """Whether a paragraph of its own behind the measures has to do with all of the page, and is none of them.

    An address may be where the measures stand that are still to be found here.
    """
    if not out or not claim.gap or claim.bullet or claim.row:
        return False
    if is_address(claim.text):
        return not all(find_placeholder(each.text) for each in out)
    return lists_related(claim.text)


def _put_content_first(claim: Claim) -> Claim:
    """The claim, where a labelled measure behind its fields stands before them: 期限: 9/18 内容: 鍵を替える."""
    content = _RE.content.search(claim.text)
    if content is None or not content.start():
        return claim
    fields, rest = split_labels(claim.text[: content.start()])
    if not fields or rest:
        return claim
    return replace(claim, text=f"{claim.text[content.end() :]} {claim.text[: content.start()].strip()}")


_INSIDE = compile_lazy("[(\\[【]([^()\\[\\]【】]*)[)\\]】]")


def _read_fields(claim: Claim, *, measures: bool) -> list[tuple[str, str]]:
    """The labelled fields of a line that holds nothing else."""
    if measures:
        fields, rest = split_labels(claim.text)
        if fields:
            return [] if rest else [each for kind, value in fields for each in _read_value(kind, trim_value(value))]
        return read_line_label(claim.text)
    found = _RE.attribute.fullmatch(claim.text)
    if found is None:
        return []
    kind = next(name for name in ("owner", "due", "aside", "state") if found[name])
    return [(kind, found["value"])]


def _read_value(kind: str, value: str) -> list[tuple[str, str]]:
    """A labelled value, and the day that may stand beside an owner."""
    names, days = divide_owner(peel_state(value, Attributes())) if kind == "owner" else ("", [])
    return [("owner", names), *(("due", day) for day in days[-1:])] if days else [(kind, value)]


_FAR = 12
"""Lines of notes that stand between a measure and its label at most."""


def _find_labelled(out: Sequence[Claim], label: Claim) -> int:
    """Which claim a label belongs to: the last one above it that is no note, and of a list the one it is nested in."""
    last = len(out) - 1
    for index in range(last, max(-1, last - _FAR), -1):
        claim = out[index]
        if claim.content or is_note(claim.text):
            continue
        if label.bullet and claim.bullet and claim.level >= label.level and index and _is_nested(out, index, label):
            continue
        return index
    return last


def _is_nested(out: Sequence[Claim], index: int, label: Claim) -> bool:
    """Whether a label stands in a list below a measure, beside the claim `index`."""
    return any(each.bullet and each.level < label.level for each in out[max(0, index - _FAR) : index])


def _read_term(lines: Sequence[Sequence[Unit]], index: int) -> str:
    """A line that the next ones belong to: the term of a definition, or who does what is listed below (大野さん)."""
    unit = lines[index][0]
    below = lines[index + 1][0] if index + 1 < len(lines) else None
    if below is None or unit.defines or unit.form is not UnitForm.LINE or unit.bullet is not Bullet.NONE or unit.box:
        return ""
    if below.defines:
        return "" if read_attribute_line(below.text) or is_deed(unit.text) else unit.text
    return unit.text if below.form is UnitForm.ITEM and is_titled_name(unit.text) else ""


_BOLD = compile_lazy("(?P<mark>\\*\\*|__)(?P<words>[^*_。]{1,40})(?P=mark)\\s?:?")


def _read_subheading(unit: Unit) -> str:
    """The text of a sub-heading, which is no claim."""
    if unit.text.startswith(_ARROWS):
        return ""
    if unit.form is UnitForm.HEADING:
        return unit.text
    if unit.form is not UnitForm.LINE or (unit.text[:1].isalpha() and unit.text[0] not in NUMBERS):
        return ""  # so begins nothing decorated
    if bold := _BOLD.fullmatch(unit.text):
        return bold["words"]
    head = read_head(unit)
    if head and head.value >= len(unit.text) and head.style not in ("bare", ":") and not head.plain:
        if _is_measure_with_state(head.label):
            return ""
        tells = unit.text[0] == "※" and is_deed(head.label) and not is_guidance(unit, measure=False)
        return "" if tells else head.label
    return ""


def _is_measure_with_state(label: str) -> bool:
    """Whether what looks like a sub-heading is a measure with a state behind an arrow: ★端末の買い替え → 決裁待ち."""
    return "→" in label[1:] and bool((beside := peel(label)).core and beside.states)


def _read_struck(unit: Unit, state: str, under: str, block: int) -> Claim | None:
    """A measure that is struck out: what stands behind it says how it ended; nothing does where it was done.

    None for a struck day, and where another measure stands behind it.
    """
    rest = strip_inline_markup(unit.text)
    if read_attribute_line(unit.struck):
        return None
    stated = read_state_cell(rest) if rest else ItemState.UNSTATED
    if stated is ItemState.UNSTATED and rest:
        stated = find_stated(rest)
    told = rest if stated not in (ItemState.UNSTATED, ItemState.PLACEHOLDER) else "済"
    if told != rest and is_deed(rest):
        return None
    return Claim(
        *(strip_inline_markup(unit.struck), unit.start, unit.end, unit.start, unit.level),
        bullet=True,
        state=told or state,
        under=under,
        block=block,
    )


_LETTER = compile_lazy("[a-zA-Z][.)]\\s+(?=[^\\x00-\\x7f])")


def _shift(place: Callable[[int], int], by: int, index: int) -> int:
    return place(index + by)


def _line_claims(line: Sequence[Unit], state: str, under: str, parent: bool, block: int) -> Iterator[Claim]:
    unit, end = line[0], line[-1].end
    item = unit.start
    if unit.form is UnitForm.CODE:
        yield Claim(
            *(unit.text, unit.start, unit.end, item, unit.level), state=state, content=True, code=True, block=block
        )
        return
    text, at = join_texts(line)
    letter = _LETTER.match(text) if unit.bullet is Bullet.NONE else None
    if letter:  # a. b. c.
        text, place = text[letter.end() :], at
        at = partial(_shift, place, letter.end())
    whole = strip_inline_markup(text)
    if not whole:
        return
    defines = unit.defines and not (read_line_label(whole) or read_attribute_line(whole))
    bullet = letter is not None or defines or unit.bullet is not Bullet.NONE or unit.box is not CheckBox.NONE

    def make(said: str, start: int, end: int, content: bool = False) -> Claim:
        return Claim(
            *(said, start, end, item, unit.level, unit.box, bullet, state),
            parent=parent,
            content=content,
            gap=unit.gap,
            under=under,
            block=block,
        )

    if "[image]" in whole and not whole.strip("[image] "):
        yield make(whole, unit.start, end, content=True)
        return
    numbered, count = "②" in unit.raw, 1
    pieces = list(islice(split_sentences(text, numbered=numbered), MAX_SENTENCES))
    if len(pieces) < 2:
        yield make(whole, unit.start, end)
        return
    for begin, until in pieces:
        whole = text[begin:until]
        slashed = whole.endswith(("/ ", ")/", "]/", "】/"))
        piece = whole.rstrip("/ ") if slashed else whole
        if numbered and piece.startswith(str(count)):
            item += count > 1  # a measure of its own
            begin, piece, count = begin + 1, piece[1:], count + 1
        if said := strip_inline_markup(piece):
            yield make(said, at(begin), at(begin + len(piece)))
        item += slashed
