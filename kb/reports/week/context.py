"""What a report may say to its readers: a finding's own words may reveal a ticket they cannot open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from kb.lint.engine.world_builder import WorldBuilder
from kb.lint.people.audience import anonymize_finding, hide_folders
from kb.lint.people.ownership import Owner, Owners
from kb.lint.people.people import Person
from kb.lint.printable import document_id, safe_url, shown_title
from kb.mirror.store import Mirror
from kb.model.document import Visibility
from kb.model.facts import Item
from kb.model.finding import Finding
from kb.model.masked import Masked, reshape
from kb.model.page import Entry
from kb.reports.incidents.rows import Incident
from kb.reports.week.model import MAX_LISTED, RowList, WeekRow, WeekSpan
from kb.rules.codes import RECURRED
from kb.rules.registry import Rule, rule_text
from kb.rules.world import World
from kb.secrets.mask_document import mask_name
from kb.settings.kb_toml import Settings
from kb.text.dates import local_day
from kb.text.display import sanitize
from kb.text.lang import Text

_REMEMBERED = 20_000


@dataclass(slots=True)
class ReaderView:
    """Knows who may read what. `rules` are all rules by code; `names` finds people's names, `former` left the team."""

    audience: Visibility
    mirror: Mirror
    around: WorldBuilder
    rules: Mapping[str, Rule]
    names: re.Pattern[str]
    former: frozenset[str] = frozenset()
    _open: dict[int, bool] = field(default_factory=dict)

    def place(self, category: Masked) -> Masked:
        """Return a document's category; one passed on names nobody who left."""
        return category if self.audience <= Visibility.PRIVATE else hide_folders(category, self.former)

    def may_see(self, entry: Entry) -> bool:
        return entry.visibility >= self.audience

    def message(self, entry: Entry, finding: Finding) -> Text:
        """Return a finding's words; those passed on name no one.

        They are the rule's general ones if it looked at a ticket not every reader may see.
        """
        if self.audience <= Visibility.PRIVATE:
            return finding.full_message
        rule, title = self.rules.get(finding.code), self.title(finding.code)
        looked = rule is None or rule.join is not None
        if looked and not all(self._readable(number) for number in self.around.ticket_stamps(entry)):
            return title
        return anonymize_finding(finding, title, self.names).full_message

    def title(self, code: str) -> Text:
        """Return a rule's title; its code if it is unknown."""
        rule = self.rules.get(code)
        return rule_text(rule).title if rule is not None else Text(code, code)

    def _readable(self, number: int) -> bool:
        if number not in self._open:
            if len(self._open) >= _REMEMBERED:
                self._open.clear()
            seen = self.mirror.database.value(
                "SELECT visibility FROM documents WHERE source = 'redmine' AND kind = 'issue' AND number = ? "
                "AND state = 'live'",
                (number,),
            )
            self._open[number] = seen is None or seen >= self.audience
        return self._open[number]


@dataclass(frozen=True, slots=True)
class SeenDocument:
    """A document all readers may see, with the findings that count and those set aside.

    An incident page has its row in the list of past troubles and its world. `hidden_codes` are codes the history has
    open there but a missing source hides; `unsure` says that there are any.
    """

    entry: Entry
    open: tuple[Finding, ...]
    aside: tuple[Finding, ...]
    world: World | None = None
    incident: Incident | None = None
    hidden_codes: tuple[str, ...] = ()
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Whose week, which week, who reads it. `person` is the member it is for, None for the team."""

    settings: Settings
    now: datetime
    week: WeekSpan
    readers: ReaderView
    around: WorldBuilder
    owners: Owners
    person: Person | None = None

    @property
    def audience(self) -> Visibility:
        return self.readers.audience

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.settings.timezone)

    def day(self, moment: str) -> str:
        """Return the day of a UTC time in the team's zone, "" if invalid."""
        found = local_day(moment, self.zone)
        return found.isoformat() if found else ""

    def age(self, day: str) -> int | None:
        """Return the days since an ISO date, None without one."""
        return max(0, (self.today - date.fromisoformat(day)).days) if day else None

    def row(
        self, entry: Entry, message: Text, *, owner: Owner | None = None, since: str = "", due: str = ""
    ) -> WeekRow:
        """Return a row about a whole document."""
        doc = document_id(entry.doc)
        return WeekRow(
            doc=sanitize(doc) if isinstance(doc, str) else doc,
            title=reshape(sanitize(shown_title(entry)), str.strip),
            url=sanitize(safe_url(entry)),
            place=sanitize(self.readers.place(entry.category)),
            message=Text(sanitize(message.ja), sanitize(message.en)),
            part=sanitize(mask_name(entry.part)),
            owner=sanitize(owner.name) if owner is not None else "",
            since=since,
            due=due,
            age_days=self.age(since),
        )

    def finding(self, entry: Entry, found: Finding, *, since: str = "", due: str = "") -> WeekRow:
        """Return a row about a finding; never call it for a secret."""
        row = self.row(entry, self.readers.message(entry, found), owner=self.owner(entry, found), since=since, due=due)
        return replace(
            row,
            part=sanitize(mask_name(found.part)),
            code=found.code,
            rule=found.rule,
            severity=found.severity,
            fingerprint=found.fingerprint,
        )

    def owner(self, entry: Entry, found: Finding) -> Owner | None:
        """Return whose a finding is; nobody's, in a team's report, that the same trouble came again."""
        if found.code == RECURRED and self.person is None:
            return None
        return self.owners.known_owner(entry, self.owners.owner_of_finding(entry, found))

    def measure(self, entry: Entry, item: Item) -> Owner | None:
        return self.owners.known_owner(entry, self.owners.owner_of_measure(entry, item))


def top_category(entry_category: str) -> str:
    """Return the first part of a document's category."""
    return sanitize(entry_category.strip("/").partition("/")[0])


T = TypeVar("T")


class TopItems(Generic[T]):
    """Counts all items and keeps the `most` with the smallest keys, in order."""

    def __init__(self, most: int = MAX_LISTED) -> None:
        self.total = 0
        self._most = most
        self._held: list[tuple[Any, int, T]] = []
        self._worst: Any = None

    def count(self) -> None:
        """Count an item without keeping it."""
        self.total += 1

    def add(self, key: Any, make: Callable[[], T]) -> None:
        """Count an item, built only if it may be kept. Of equal keys the earlier one stays."""
        self.total += 1
        if self._worst is not None and key >= self._worst:
            return
        self._held.append((key, self.total, make()))
        if len(self._held) >= 2 * self._most:
            self._cut()

    def add_built(self, key: Any, value: T) -> None:
        self.add(key, lambda: value)

    def first(self) -> tuple[T, ...]:
        self._cut()
        return tuple(each for _, _, each in self._held)

    def _cut(self) -> None:
        self._held.sort(key=lambda each: each[:2])
        del self._held[self._most :]
        if len(self._held) == self._most:
            self._worst = self._held[-1][0]


def build_list(rows: TopItems[WeekRow], command: str = "") -> RowList:
    return RowList(rows.total, rows.first(), command)
