"""One week of a team's knowledge: what every face of `kb report` tells. Plain values, no text of any page.

A Week is made for an audience: what not every one of its readers may see is not in it, in no list and in no
figure, and `left_out` says how much that is. Long lists are cut, and say how long they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from kb.model.document import DocId, Visibility
from kb.model.finding import Severity
from kb.text.lang import Text

SHOWN = 500
"""Rows of one list that a Week holds; faces show as many of them as they have room for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing somebody can look at: a finding, a measure, a ticket or a suppression, and the page it is on.

    Texts are one line, safe for a terminal, and hold no secret. `code` and `rule` are "" for what is no finding.
    `owner` is the name of who sees to it, the steward's where nobody else does, "" where there is neither.
    `since` is the day it was first seen and `due` the day it should be done or ends (ISO dates, "" for none).
    """

    doc: DocId
    title: str
    url: str
    place: str
    message: Text
    part: str = "body"
    code: str = ""
    rule: str = ""
    owner: str = ""
    severity: Severity = Severity.WARNING
    since: str = ""
    due: str = ""
    age_days: int | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list: how many there are, and the first of them. `command` is the kb command that shows all."""

    total: int = 0
    rows: tuple[Row, ...] = ()
    command: str = ""

    @property
    def cut(self) -> int:
        """How many are not among the rows."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many findings are new, mended and back."""

    new: int = 0
    fixed: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class Tallied:
    """What moved, and what is open now, under one heading: a rule's code, a place, an owner.

    `key` is for programs, `label` for people. Owners stand in the order of their names: nobody is ranked.
    """

    key: str
    label: Text
    moved: Moved
    open: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """What edits, tickets, members and days changed in the week."""

    new: Listed = Listed()
    fixed: Listed = Listed()
    back: Listed = Listed()
    by_rule: tuple[Tallied, ...] = ()
    by_place: tuple[Tallied, ...] = ()
    by_owner: tuple[Tallied, ...] = ()

    @property
    def moved(self) -> Moved:
        """The three figures."""
        return Moved(self.new.total, self.fixed.total, self.back.total)


class Cause(StrEnum):
    """What besides people's work made findings come or go."""

    RULES = "rules"  # a rule is new, was changed, or is gone
    READER = "reader"  # kb reads pages otherwise than before
    SETTINGS = "settings"  # kb.toml says otherwise what pages are
    FIRST = "first"  # a source was read for the first time
    DOCUMENTS = "documents"  # documents went or were hidden, or are there again
    ASIDE = "aside"  # somebody set findings aside, or no longer does


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Findings that came and went in the week without anybody's doing. `codes` are the rules it is about."""

    cause: Cause
    came: int
    went: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """One source: how much of it the mirror holds, when it was last read to the end (UTC, "" for never), how it stands.

    Where it `failed` its last sync, nothing of it is told as mended; `why` is the first sentence of the trouble.
    One that is `lacking` was never read to its end into this mirror, and is in no figure.
    """

    name: str
    label: str
    documents: int
    read_at: str
    failed: bool = False
    why: str = ""
    lacking: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many: 97 of 142 incident pages without a finding. `before` is the same at the week's beginning."""

    key: str
    label: Text
    count: int
    of: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do today: a sentence, why it comes first, the page to open ("" for none) and the command."""

    what: Text
    why: Text
    url: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart of incidents: a month, a kind of cause, a node. `open` of `count` are open."""

    key: str
    label: Text
    count: int
    open: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """An event of kb.toml: what happened on a day that may explain the figures. Never a person's."""

    day: str
    kind: str
    label: Text


@dataclass(frozen=True, slots=True)
class Page:
    """An incident page. `since` of its row is the day it happened; the rest is what it is counted under.

    `standing` is open, done or record; `cause` and `nodes` are keys of bars.
    """

    row: Row
    standing: str
    cause: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Incidents:
    """The incident pages: by month (the last thirteen, the oldest first), kind of cause and node.

    `pages` are the first of `total`, the newest first.
    """

    months: tuple[Bar, ...] = ()
    causes: tuple[Bar, ...] = ()
    nodes: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    total: int = 0
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that makes a node a hot spot: how bad (0: not at all), and in words. More sources give more of them."""

    key: str
    value: int
    label: Text


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A node that deserves attention, with what speaks for it, the heaviest first."""

    node: str
    weight: int
    signals: tuple[Signal, ...]
    command: str = ""


@dataclass(frozen=True, slots=True)
class SecretCount:
    """How many credentials of one kind are written down and not set aside; places are never in a Week.

    `rotated` ones were changed since: only their text is left to take off the pages.
    """

    kind: str
    label: Text
    open: int
    settled: int = 0
    rotated: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """A command that proposes edits, and how many findings they would mend."""

    command: str
    label: Text
    findings: int


@dataclass(frozen=True, slots=True)
class Point:
    """One week of the trend: what was open at its end, and what moved in it. `partial`: it is not over."""

    week: str
    end: str
    open: int
    moved: Moved = Moved()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not in a Week because not all its readers may see it."""

    documents: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Week:
    """One week. `name` is ISO (2026-W47), `start` and `end` its Monday and Sunday, `as_of` when it was made.

    `audience` are its readers; `member` is who it is made for, "" for the team. `open` is what is open now,
    by rule in Tallied order of weight; `shares` are denominators. `trend` is the oldest first.
    """

    name: str
    start: date
    end: date
    as_of: datetime
    team: str
    audience: Visibility = Visibility.PRIVATE
    member: str = ""
    steward: str = ""
    documents: int = 0
    open: int = 0
    left_out: LeftOut = LeftOut()
    changed: Changed = Changed()
    otherwise: tuple[Otherwise, ...] = ()
    sources: tuple[SourceState, ...] = ()
    shares: tuple[Share, ...] = ()
    today: tuple[Task, ...] = ()
    oldest: Listed = Listed()
    due: Listed = Listed()
    overdue: Listed = Listed()
    incidents: Incidents = Incidents()
    hot_spots: tuple[HotSpot, ...] = ()
    secrets: tuple[SecretCount, ...] = ()
    tickets: Listed = Listed()
    expiring: Listed = Listed()
    verified: Share | None = None
    verified_before_edit: Listed = Listed()
    repairs: tuple[Repair, ...] = ()
    trend: tuple[Point, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
