"""Actions of a page without an incident's section on prevention: what stands under names for what is still to be done.

An action is one by its section, whatever the page. Pages that say how such sections are written, or what to do when
something breaks, have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import chain

from kb.markup.blocks import CheckBox
from kb.model.facts import Confidence, Item, PageKind, Role
from kb.reading.claims.attributes import peel, read_attribute_line
from kb.reading.claims.items import read_items
from kb.reading.claims.read_claims import claims_of, read_claims, read_measures
from kb.reading.pages.other_shapes import find_other_shape, is_template
from kb.reading.sections.section import Claim, Section
from kb.reading.verdicts.action_sections import read_assigned, read_labelled, read_led, read_planned
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

WITHOUT_ACTIONS = frozenset({PageKind.RUNBOOK, PageKind.FAQ, PageKind.INDEX, PageKind.NOTICE, PageKind.DESIGN})
"""Kinds of pages that tell of other pages, of what is done each time, or of what may be built."""
_GENERAL = frozenset({PageKind.TEMPLATE, PageKind.TEACHING})
"""Kinds of pages that tell of measures in general: what stands below a head for them is an example."""
_KINDS = read_words("kb.reading", "lexicon/pages/kind.toml").for_search
_AHEAD = frozenset({Role.PREVENTION, Role.FIX_PERM})
_GUIDING = frozenset({PageKind.FAQ, PageKind.INDEX, PageKind.OTHER})


def read_actions(
    kind: PageKind,
    found: Sequence[Section],
    lines: LineIndex,
    near: date | None,
    *,
    trouble: bool = False,
    headed: bool = True,
) -> list[Item]:
    """The actions of a page's sections, none where they describe or repeat what such sections are for.

    `trouble`: the page tells of trouble, so that its measures may stand below any head. `headed`: a head may be one
    over actions; without any they are those of lists with names and days alone.
    """
    if kind in WITHOUT_ACTIONS:
        return []
    troubled = _tells_trouble(found)
    if kind in _GENERAL:
        return [] if troubled else read_assigned((each for each in found if not each.roles), lines, near)
    trouble = trouble or kind is PageKind.INCIDENT or troubled
    named = kind is not PageKind.OTHER
    read = (
        [_read_section(section, lines, near, named=named, trouble=trouble) for section in found]
        if headed
        else [[] for _ in found]
    )
    items = list(chain.from_iterable(read))
    items += read_assigned((section for section, some in zip(found, read, strict=True) if not some), lines, near)
    if not items or is_template(found):
        return []
    shape = find_other_shape(found, claims_of(found))
    if shape and shape[0] in _GUIDING and shape[1] >= 3.0:
        return []
    return items


def _read_section(section: Section, lines: LineIndex, near: date | None, *, named: bool, trouble: bool) -> list[Item]:
    if _is_ahead(section, named=named):
        return read_items(Role.PREVENTION, read_measures(section), lines, near)
    return (
        read_planned(section, lines, near, trouble=trouble)
        or read_led(section, lines, near)
        or read_labelled(section, lines, near)
    )


def _tells_trouble(found: Sequence[Section]) -> bool:
    """Whether a page has a section on a cause, under a head that is sure."""
    return any(
        Role.CAUSE in section.roles and not section.weak and section.confidence is Confidence.HIGH for section in found
    )


def _is_ahead(section: Section, *, named: bool) -> bool:
    """Whether a section is named for what is to come.

    A bare 対策 may be a rule, 次回 the next meeting, a word at the beginning of a line a definition or a remark in
    passing: what is not surely a heading on prevention counts by an owner, a day, a state or a box, and on pages that
    are `named` for another kind not at all, but for 対策 under a heading.
    """
    head = section.head
    if head is None or head.style == "||":
        return False
    said = read_claims(section)
    if not (section.measure or _AHEAD.intersection(section.roles)):
        return False
    inline = head.style == "bare" or head.style.endswith((":", "--"))
    if not (section.weak or inline) and section.confidence is Confidence.HIGH:
        return not all(_KINDS.defines.search(claim.text) and not _is_assigned(claim) for claim in said)
    if section.confidence is Confidence.LOW:
        return False
    if head.style == "bare" and not any(map(_names_who_or_when, said)):
        return False  # a glossary
    return not (named and (inline or not section.measure)) and any(map(_is_assigned, said))


def _is_assigned(claim: Claim) -> bool:
    beside = peel(claim.text)
    return _names_who_or_when(claim) or bool(claim.state or beside.states or beside.labelled)


def _names_who_or_when(claim: Claim) -> bool:
    beside = peel(claim.text)
    return bool(
        claim.owner
        or claim.due
        or claim.box is not CheckBox.NONE
        or beside.owners
        or beside.days
        or read_attribute_line(claim.text)
    )
