"""The custom fields of a ticket as sections of it: 根本原因, 暫定対応, 再発防止.

A field whose name a heading could have is a section under that heading, behind the description. The reading knows one
text, the description with the fields below it; `FieldPlace` says which lines of it are whose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.markup.outline import read_units
from kb.markup.parse import MAX_PARSED_BYTES, iter_blocks
from kb.markup.units import Unit, UnitForm, make_unit
from kb.model.document import Document
from kb.model.facts import Confidence, FieldPlace, Role
from kb.reading.sections.heading_words import lookup_heading
from kb.reading.sections.heads import SectionHead
from kb.reading.sections.section import Section
from kb.reading.verdicts.incidents import PageIncident
from kb.text.fold import fold_text
from kb.text.lines import encode, replace_surrogates, truncate_bytes

_LEVEL = 1
"""Of a field's heading: no heading of the description is above it."""


@dataclass(frozen=True, slots=True)
class TicketText:
    """A body with custom fields below it: its units, where each field begins, and sections of those without a word."""

    body: bytes
    units: tuple[Unit, ...] = ()
    places: tuple[FieldPlace, ...] = ()
    empty: tuple[Section, ...] = ()


def append_fields(document: Document, body: bytes) -> TicketText:
    """Return the body of a document with its custom fields that are sections."""
    units: list[Unit] = []
    places: list[FieldPlace] = []
    empty: list[Section] = []
    pieces, size, lines = [body], len(body), body.count(b"\n") + 1
    table = _MANY_TABLES
    for name, value in _list_sections(document):
        label, text = " ".join(name.split()), truncate_bytes(encode(value), MAX_PARSED_BYTES)
        start = size + 1
        begin = start + len(encode(label)) + 1
        heading = make_unit(UnitForm.HEADING, label, start, level=_LEVEL, gap=True)
        assert heading is not None  # a name that means something is not blank
        places.append(FieldPlace(name, lines + 2))
        pieces += (encode(label), text)
        size, lines = begin + len(text), lines + 2 + text.count(b"\n")
        if not value.strip():
            if section := _make_empty_section(heading):
                empty.append(section)
            continue
        units.append(heading)
        units += _shift_units(read_units(text, iter_blocks(text, document.markup)), begin, table)
        table += _MANY_TABLES
    return TicketText(b"\n".join(pieces), tuple(units), tuple(places), tuple(empty))


_MANY_TABLES = 1_000_000
"""Tables of a text are counted from 1; those of the fields are counted from here."""


def _list_sections(document: Document) -> Iterator[tuple[str, str]]:
    """Yield names and values of the fields with a name that opens a section."""
    for written, value in document.custom_fields:
        name = replace_surrogates(written)
        if is_section_name(name):
            yield name, replace_surrogates(value)


def is_section_name(name: str) -> bool:
    """Whether a custom field of this name is a section of its ticket."""
    meaning = lookup_heading(fold_text(" ".join(name.split())))
    return meaning is not None and set(meaning.roles) != {Role.OTHER}


def _make_empty_section(heading: Unit) -> Section | None:
    meaning = lookup_heading(heading.text)
    if meaning is None or meaning.weak:
        return None
    head = SectionHead(meaning, heading.text, f"h{_LEVEL}", _LEVEL, len(heading.text))
    roles = tuple(role for role in meaning.roles if role is not Role.OTHER)
    return Section(roles, head, heading, heading.start, heading.end, confidence=Confidence.HIGH)


def _shift_units(units: Sequence[Unit], start: int, table: int) -> Iterator[Unit]:
    """Yield the units of a field as they stand in the whole text."""
    for number, unit in enumerate(units):
        yield replace(
            unit,
            start=unit.start + start,
            end=unit.end + start,
            table=unit.table and unit.table + table,
            gap=unit.gap or not number,
        )


def add_empty_fields(incident: PageIncident, empty: Sequence[Section]) -> None:
    """Give an incident the fields nobody has filled in, for what it says nowhere else."""
    for section in empty:
        for role in section.roles:
            if not incident.sections.get(role):
                incident.sections[role] = [section]
                incident.claims.setdefault(role, [])
