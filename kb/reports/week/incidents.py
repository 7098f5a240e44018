"""The incident pages by month, kind of cause and node, one by one, and the events that may explain the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from kb.lang import Text, t
from kb.model import Entry
from kb.reports.incidents.rows import CauseKind, Incident, Standing
from kb.reports.incidents.words import CAUSES
from kb.reports.week.capped import Capped
from kb.reports.week.model import Bar, Incidents, Mark, Page
from kb.reports.week.occurred import says
from kb.reports.week.scene import Scene, Seen

MONTHS = 13
NODES = 20


@dataclass(slots=True)
class _Counted:
    """How many there are under each key, and how many of them are open."""

    all: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)

    def add(self, key: str, is_open: bool) -> None:
        self.all[key] += 1
        self.open[key] += is_open


@dataclass(slots=True)
class ByKind:
    """Counts the incident pages as they come by."""

    scene: Scene
    pages: Capped[Page] = field(default_factory=Capped)
    months: _Counted = field(default_factory=_Counted)
    causes: _Counted = field(default_factory=_Counted)
    nodes: _Counted = field(default_factory=_Counted)

    def see(self, seen: Seen) -> None:
        """One document."""
        row = seen.incident
        if row is None:
            return
        is_open = row.standing is Standing.OPEN
        self.months.add(row.day[:7], is_open)
        self.causes.add(row.cause, is_open)
        for node in set(row.nodes):
            self.nodes.add(node, is_open)
        newest = -date.fromisoformat(row.day).toordinal() if row.day else 0
        self.pages.add((newest, str(row.doc)), lambda: self._page(seen.entry, row))

    def _page(self, entry: Entry, row: Incident) -> Page:
        made = self.scene.row(entry, says(row.cause, row.nodes), owner=self.scene.owners.of(entry), since=row.day)
        age = made.age_days if row.standing is Standing.OPEN else None
        return Page(replace(made, age_days=age), row.standing.value, row.cause.value, row.nodes)

    def bars(self, last: date, marks: tuple[Mark, ...]) -> Incidents:
        """The charts, the months up to that of `last`."""
        nodes = sorted(self.nodes.all, key=lambda node: (-self.nodes.all[node], node))[:NODES]
        months = list(_months(last))
        return Incidents(
            months=tuple(_bar(self.months, month, _month(month)) for month in months),
            causes=tuple(_bar(self.causes, kind, CAUSES[kind]) for kind in CauseKind if self.causes.all[kind]),
            nodes=tuple(_bar(self.nodes, node, Text(node, node)) for node in nodes),
            marks=tuple(mark for mark in marks if months[0] <= mark.day[:7] <= months[-1]),
            total=self.pages.total,
            pages=self.pages.first(),
        )


def _bar(counted: _Counted, key: str, label: Text) -> Bar:
    return Bar(str(key), label, counted.all[key], counted.open[key])


def _months(last: date) -> Iterator[str]:
    """The last months as 2026-11, the oldest first."""
    for back in range(MONTHS - 1, -1, -1):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        yield f"{year}-{month + 1:02}"


def _month(key: str) -> Text:
    year, month = key.split("-")
    return t(f"{year}年{int(month)}月", key)
