"""A section of a page with its role, and the claims made in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb.markup.blocks import CheckBox
from kb.markup.units import Unit
from kb.model.facts import Confidence, Role
from kb.reading.sections.heads import SectionHead

JUDGED_ROLES = frozenset({Role.CAUSE, Role.FIX, Role.FIX_TEMP, Role.FIX_PERM, Role.PREVENTION})
SCENE_ROLES = (Role.SUMMARY, Role.IMPACT, Role.DETECTION, Role.TIMELINE)
"""Roles that only have to be told; the others get a verdict on what is told."""

Lined = tuple[SectionHead | None, Unit]


@dataclass(slots=True)
class Section:
    """A stretch of a page under one head. `roles` is empty for one kb has no name for.

    `start` and `end` are bytes, the head included. `part` counts the incidents of a page.
    """

    roles: tuple[Role, ...]
    head: SectionHead | None
    opener: Unit | None
    start: int
    end: int
    units: list[Unit] = field(default_factory=list)
    part: int = 0
    weak: bool = False
    measure: bool = False
    confidence: Confidence = Confidence.HIGH  # in its roles
    above: frozenset[str] = frozenset()  # styles of heads seen before this section
    outer: tuple[str, ...] = ()  # styles of the heads it stands below
    inner: str = ""  # style of the heads that are parts of it, though they rank higher
    said: list[Claim] | None = None  # filled by `kb.reading.claims.read_claims.read_claims`, once
    struck: list[Claim] = field(default_factory=list)  # its measures that are struck out, filled with `said`

    @property
    def judged(self) -> bool:
        """Whether one of its roles gets a verdict."""
        return not JUDGED_ROLES.isdisjoint(self.roles)


@dataclass(slots=True, unsafe_hash=True)  # nobody changes one; freezing it takes as long as all else of making it
class Claim:
    """One thing a section says. `text` is folded and plain; `start` and `end` are bytes.

    `item` numbers the list item, row or line it is a part of; `state`, `owner` and `due` are the
    words of a table's columns, or `state` the sub-heading it stands under (完了 / 未着手); `aside`
    what other columns and lines below it say. `parent`: deeper items follow. `content`: a picture or, with `code`,
    code.
    `gap`: a blank line or another block stands before it. `row`: a row of a table. `under` is the sub-heading above
    it, `until` the byte where the last of its labels ends, `block` the section. `title`: a sub-heading that is a
    measure. `tickets` are those of a column or label of their own.
    """

    text: str
    start: int
    end: int
    item: int
    level: int = 0
    box: CheckBox = CheckBox.NONE
    bullet: bool = False
    state: str = ""
    owner: str = ""
    due: str = ""
    parent: bool = False
    content: bool = False
    aside: str = ""
    code: bool = False
    gap: bool = False
    row: bool = False
    under: str = ""
    until: int = 0
    block: int = 0
    title: bool = False
    tickets: tuple[str, ...] = ()

    @property
    def picture(self) -> bool:
        """Whether it says something that cannot be read: code only shows where something comes from."""
        return self.content and not self.code
