"""One week of a team's knowledge, as every format of `kb report` shows it. Plain values, no page text.

A Week is made for an audience: what not every reader may see is in no list and no figure; `left_out` counts
it. Long lists are truncated and say how long they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from kb.model.document import RawDocId, Visibility
from kb.model.finding import Severity
from kb.model.masked import Masked
from kb.reports.drift.model import DriftWeek
from kb.reports.hot_spots import HotSpot
from kb.text.lang import Text

MAX_LISTED = 500
"""Rows of one list that a Week holds; faces show as many of them as they have room for."""


@dataclass(frozen=True, slots=True)
class WeekSpan:
    """A week: its ISO name, Monday and Sunday, and the time covered, from `begins` until before `until`.

    `partial`: it is not over. An extended week covers what came after its Sunday, up to now.
    """

    name: str
    start: date
    end: date
    begins: datetime
    until: datetime
    partial: bool = False


@dataclass(frozen=True, slots=True)
class WeekRow:
    """Something to look at (a finding, measure, ticket or suppression) and its page.

    Texts are one line, printable, without secrets. `code` and `rule` are "" if it is no finding. `owner` falls
    back to the steward, then "". `since` is the day first seen, `due` the day it is due or ends (ISO dates, ""
    for none).
    """

    doc: RawDocId
    title: Masked
    url: str
    place: Masked
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
    """A list: the total, and the first rows. `command` is the kb command that shows all."""

    total: int = 0
    rows: tuple[WeekRow, ...] = ()
    command: str = ""


@dataclass(frozen=True, slots=True)
class FindingMoves:
    new: int = 0
    fixed: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class TallyRow:
    """Changes and open findings under a heading: a rule's code, a place, an owner.

    `key` is for programs, `label` for people. Owners are sorted by name: no one is ranked.
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
        return FindingMoves(self.new.total, self.fixed.total, self.back.total)


class MoveCause(StrEnum):
    """What made findings come or go besides people's work."""

    RULES = "rules"  # a rule is new, was changed, or is gone
    READER = "reader"  # kb reads pages differently than before
    SETTINGS = "settings"  # kb.toml classifies pages differently
    FIRST = "first"  # a source was read for the first time
    DOCUMENTS = "documents"  # documents went or were hidden, or are there again
    ASIDE = "aside"  # findings were set aside, or no longer are


@dataclass(frozen=True, slots=True)
class UnattendedMoves:
    """Findings that came and went without people's work. `codes` are the rules concerned."""

    cause: MoveCause
    came: int
    went: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source: its documents, when it was last read to the end (UTC, "" for never), and its state.

    If its last sync `failed`, none of its findings count as fixed; `why` is the error's first sentence. A
    `lacking` one was never read to its end into this mirror, and is in no figure.
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
    """A share: 97 of 142 incident pages without a finding. `before` is the same at the week's start.

    `aside` are the pages that are not counted since people set their findings aside: those are not mended.
    """

    key: str
    label: Text
    count: int
    of: int
    before: int | None = None
    aside: int = 0


@dataclass(frozen=True, slots=True)
class TodayTask:
    """A task for today: a sentence, why it comes first, the page ("" for none) and the command.

    `kind` is for programs. `minutes` are an estimate, 0 for none; `owner` is who would do it, "" if it is not known.
    """

    what: Text
    why: Text
    url: str = ""
    command: str = ""
    kind: str = ""
    minutes: int = 0
    owner: str = ""


@dataclass(frozen=True, slots=True)
class IncidentBar:
    """A bar of an incident chart: a month, a kind of cause, a node. `open` of `count` are open."""

    key: str
    label: Text
    count: int
    open: int = 0


@dataclass(frozen=True, slots=True)
class EventMark:
    """An event of kb.toml that may explain the figures. Never a person's."""

    day: str
    kind: str
    label: Text


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """An incident page. `since` of its row is the day it happened; the rest are the keys it is counted under.

    `standing` is open, done or record; `cause` and `nodes` are keys of bars.
    """

    row: WeekRow
    standing: str
    cause: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IncidentCharts:
    """Incident pages by month (the last thirteen, oldest first), kind of cause, and node.

    `pages` are the first of `total`, newest first.
    """

    months: tuple[IncidentBar, ...] = ()
    causes: tuple[IncidentBar, ...] = ()
    nodes: tuple[IncidentBar, ...] = ()
    marks: tuple[EventMark, ...] = ()
    total: int = 0
    pages: tuple[IncidentPage, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretCount:
    """How many credentials of one kind are written down and not set aside; a Week never holds places.

    `rotated` ones were changed since: only their text is left to remove.
    """

    kind: str
    label: Text
    open: int
    settled: int = 0
    rotated: int = 0


@dataclass(frozen=True, slots=True)
class Repair:
    """A command that proposes edits, and how many findings they would fix."""

    command: str
    label: Text
    findings: int


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One week of the trend: what was open at its end, and its changes. `partial`: it is not over."""

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

    `today` are its tasks, of which `done_today` more are done already, and `pinned` stands beside them until it is.
    `audience` are its readers; `member` is who it is made for, "" for the team. `open` counts open findings,
    `aside` those that people set aside; `shares` have denominators, and `settled` is the one that rises: preventions
    open when the workspace began. `expired_marks` are posts whose owners `kb plan share --expired` asks. `trend` is
    oldest first. Of the first week `lead` says what hurts, and `beginning` how to begin; other weeks have neither.
    `drift` is None where no snapshot was collected.
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
    aside: int = 0
    left_out: LeftOut = LeftOut()
    changed: WeekChanges = WeekChanges()
    otherwise: tuple[UnattendedMoves, ...] = ()
    sources: tuple[SourceState, ...] = ()
    shares: tuple[WeekShare, ...] = ()
    settled: WeekShare | None = None
    pinned: TodayTask | None = None
    today: tuple[TodayTask, ...] = ()
    done_today: int = 0
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
    expired_marks: int = 0
    repairs: tuple[Repair, ...] = ()
    trend: tuple[TrendPoint, ...] = ()
    lead: tuple[Text, ...] = ()
    beginning: TodayTask | None = None
    drift: DriftWeek | None = None
    links: Mapping[str, str] = field(default_factory=dict)
