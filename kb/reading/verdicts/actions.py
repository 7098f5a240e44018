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
from kb.reading.sections.evidence import looks_like_measures
from kb.reading.sections.section import Claim, Section
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex
from kb.text.word_tables import read_words

WITHOUT_ACTIONS = frozenset(
    {
        PageKind.TEMPLATE,
        PageKind.RUNBOOK,
        PageKind.TEACHING,
        PageKind.FAQ,
        PageKind.INDEX,
        PageKind.NOTICE,
        PageKind.DESIGN,
    }
)
"""Kinds of pages that tell of measures in general, of other pages, or of what may be built."""
_RE = read_words("kb.reading", "lexicon/verdicts/actions.toml").compiled
_KINDS = read_words("kb.reading", "lexicon/pages/kind.toml").for_search
_HEADING = compile_lazy("h[1-6]")
_AHEAD = frozenset({Role.PREVENTION, Role.FIX_PERM})
_GUIDING = frozenset({PageKind.FAQ, PageKind.INDEX, PageKind.OTHER})


def read_actions(kind: PageKind, found: Sequence[Section], lines: LineIndex, near: date | None) -> list[Item]:
    """The actions of a page's sections, none where they describe or repeat what such sections are for."""
    if kind in WITHOUT_ACTIONS:
        return []
    sections = [section for section in found if _is_ahead(section, named=kind is not PageKind.OTHER)]
    if not sections or is_template(found):
        return []
    shape = find_other_shape(found, claims_of(found))
    if shape and shape[0] in _GUIDING and shape[1] >= 3.0:
        return []
    return list(chain.from_iterable(read_items(Role.PREVENTION, read_measures(each), lines, near) for each in sections))


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
        return _is_titled(head.style, head.label) and _are_measures(section, said)
    inline = head.style == "bare" or head.style.endswith((":", "--"))
    if not (section.weak or inline) and section.confidence is Confidence.HIGH:
        return not all(_KINDS.defines.search(claim.text) and not _is_assigned(claim) for claim in said)
    if section.confidence is Confidence.LOW:
        return False
    if head.style == "bare" and not any(map(_names_who_or_when, said)):
        return False  # a glossary
    return not (named and (inline or not section.measure)) and any(map(_is_assigned, said))


def _are_measures(section: Section, said: Sequence[Claim]) -> bool:
    """Whether half of the lines name an owner, a day or a state, or one does and the others are planned like it."""
    assigned = sum(map(_is_assigned, said))
    return 2 * assigned >= max(len(said), 2) or (assigned > 0 and looks_like_measures(section.units))


def _is_titled(style: str, label: str) -> bool:
    """Whether a heading of the markup has a word for what is to come: 再発防止のためにやること."""
    return _HEADING.fullmatch(style) is not None and _RE.ahead.search(label) is not None


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
