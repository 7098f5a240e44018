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

MAX_LISTED = 500
"""Rows of one list that a Week holds; faces show as many of them as they have room for."""


@dataclass(frozen=True, slots=True)
class WeekRow:
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
class RowList:
    """A list: how many there are, and the first of them. `command` is the kb command that shows all."""

    total: int = 0
    rows: tuple[WeekRow, ...] = ()
    command: str = ""

    @property
    def cut(self) -> int:
        """How many are not among the rows."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class FindingMoves:
    """How many findings are new, mended and back."""

    new: int = 0
    fixed: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class TallyRow:
    """What moved, and what is open now, under one heading: a rule's code, a place, an owner.

    `key` is for programs, `label` for people. Owners stand in the order of their names: nobody is ranked.
    """

    key: str
    label: Text
    moved: FindingMoves
    open: int = 0


@dataclass(frozen=True, slots=True)
class WeekChanges:
    """What edits, tickets, members and days changed in the week."""

    new: RowList = RowList()
    fixed: RowList = RowList()
    back: RowList = RowList()
    by_rule: tuple[TallyRow, ...] = ()
    by_place: tuple[TallyRow, ...] = ()
    by_owner: tuple[TallyRow, ...] = ()

    @property
    def moved(self) -> FindingMoves:
        """The three figures."""
        return FindingMoves(self.new.total, self.fixed.total, self.back.total)


class MoveCause(StrEnum):
    """What besides people's work made findings come or go."""

    RULES = "rules"  # a rule is new, was changed, or is gone
    READER = "reader"  # kb reads pages otherwise than before
    SETTINGS = "settings"  # kb.toml says otherwise what pages are
    FIRST = "first"  # a source was read for the first time
    DOCUMENTS = "documents"  # documents went or were hidden, or are there again
    ASIDE = "aside"  # somebody set findings aside, or no longer does


@dataclass(frozen=True, slots=True)
class UnattendedMoves:
    """Findings that came and went in the week without anybody's doing. `codes` are the rules it is about."""

    cause: MoveCause
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
class WeekShare:
    """So many of so many: 97 of 142 incident pages without a finding. `before` is the same at the week's beginning."""

    key: str
    label: Text
    count: int
    of: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class TodayTask:
    """One thing to do today: a sentence, why it comes first, the page to open ("" for none) and the command."""

    what: Text
    why: Text
    url: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class IncidentBar:
    """One bar of a chart of incidents: a month, a kind of cause, a node. `open` of `count` are open."""

    key: str
    label: Text
    count: int
    open: int = 0


@dataclass(frozen=True, slots=True)
class EventMark:
    """An event of kb.toml: what happened on a day that may explain the figures. Never a person's."""

    day: str
    kind: str
    label: Text


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """An incident page. `since` of its row is the day it happened; the rest is what it is counted under.

    `standing` is open, done or record; `cause` and `nodes` are keys of bars.
    """

    row: WeekRow
    standing: str
    cause: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentCharts:
    """The incident pages: by month (the last thirteen, the oldest first), kind of cause and node.

    `pages` are the first of `total`, the newest first.
    """

    months: tuple[IncidentBar, ...] = ()
    causes: tuple[IncidentBar, ...] = ()
    nodes: tuple[IncidentBar, ...] = ()
    marks: tuple[EventMark, ...] = ()
    total: int = 0
    pages: tuple[IncidentPage, ...] = ()


@dataclass(frozen=True, slots=True)
class SpotSignal:
    """One thing that makes a node a hot spot: how bad (0: not at all), and in words. More sources give more of them."""

    key: str
    value: int
    label: Text


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A node that deserves attention, with what speaks for it, the heaviest first."""

    node: str
    weight: int
    signals: tuple[SpotSignal, ...]
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
class TrendPoint:
    """One week of the trend: what was open at its end, and what moved in it. `partial`: it is not over."""

    week: str
    end: str
    open: int
    moved: FindingMoves = FindingMoves()
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
    changed: WeekChanges = WeekChanges()
    otherwise: tuple[UnattendedMoves, ...] = ()
    sources: tuple[SourceState, ...] = ()
    shares: tuple[WeekShare, ...] = ()
    today: tuple[TodayTask, ...] = ()
    oldest: RowList = RowList()
    due: RowList = RowList()
    overdue: RowList = RowList()
    incidents: IncidentCharts = IncidentCharts()
    hot_spots: tuple[HotSpot, ...] = ()
    secrets: tuple[SecretCount, ...] = ()
    tickets: RowList = RowList()
    expiring: RowList = RowList()
    verified: WeekShare | None = None
    verified_before_edit: RowList = RowList()
    repairs: tuple[Repair, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
