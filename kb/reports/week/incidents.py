"""The events of kb.toml as marks on the charts. What names a person is told in other words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from kb.lint.people.audience import named
from kb.model.page import Entry
from kb.reports.incidents.groups import CAUSES, STANDINGS
from kb.reports.incidents.rows import CauseKind, Incident, Standing
from kb.reports.week.context import Capped, Scene, Seen
from kb.reports.week.model import Bar, Incidents, Mark, Page
from kb.secrets.mask_document import shown_text
from kb.settings.kb_toml import EventSettings
from kb.text.display import safe
from kb.text.fold import folded
from kb.text.lang import Text, t

KINDS: dict[str, Text] = {
    "release": t("リリース", "a release"),
    "migration": t("移行", "a migration"),
    "handover": t("引き継ぎ", "a handover"),
    "other": t("出来事", "an event"),
}
"""What an event is called whose label names somebody: that somebody left a project, and never who."""

_CALLED = re.compile("(?<!たく)(?<!皆)(?<!みな)(?<!お客)さん")  # whoever that is: few leavers are members still


def marks(events: Sequence[EventSettings], names: Collection[str]) -> tuple[tuple[Mark, ...], list[str]]:
    """The marks by day, and the days of those whose label named one of `names` and is not told."""
    found: list[Mark] = []
    hidden: list[str] = []
    pattern = named(frozenset(names))
    for each in sorted(events, key=lambda each: each.date):
        label = safe(shown_text(each.label)).strip()
        plain = folded(label).casefold()
        if _CALLED.search(plain) or pattern.search(plain):
            hidden.append(each.date)
            label = ""
        found.append(Mark(each.date, each.kind, Text(label, label) if label else KINDS[each.kind]))
    return tuple(found), hidden


# The incident pages behind the charts, one by one: what each is counted under, and the words that find it. Pure.
#
# A word is a kind and a value, `ノード:web-prd-01`: whoever looks through the list may type one as well.


STEP = t("状態と原因", "State and cause")
DAY = t("発生日", "Date")
LEAD = t(
    "新しい順です。原因は、どこまで書かれているかを表しています。",
    "The newest first; the cause is how far it is written down.",
)
_KINDS: dict[str, Text] = {
    "months": t("発生", "month"),
    "causes": t("原因", "cause"),
    "nodes": t("ノード", "node"),
    "standing": t("状態", "state"),
}
_LISTINGS: dict[str, str] = {
    "months": "kb incidents --by month",
    "causes": "kb incidents --by cause",
    "nodes": "kb incidents --by node",
}


def says(cause: CauseKind, nodes: tuple[str, ...]) -> Text:
    """The cause and the nodes of a page, as its row tells them."""
    named = t(f"。ノード: {'、'.join(nodes)}", f"; nodes: {', '.join(nodes)}") if nodes else t("", "")
    return t(f"原因: {CAUSES[cause].ja}{named.ja}", f"cause: {CAUSES[cause].en}{named.en}")


def standing(page: Page) -> Text:
    """Whether it is done, in a word."""
    return STANDINGS[Standing(page.standing)]


def find(kind: str, bar: Bar, *, still: bool = False) -> str:
    """The words that find the pages of a bar; with `still` those of them that are open."""
    value = str(bar.label) if kind == "causes" else bar.key
    return " ".join((_word(kind, value), *([_word("standing", str(STANDINGS[Standing.OPEN]))] if still else ())))


def listing(kind: str) -> str:
    """The command that lists all the pages a chart counts."""
    return _LISTINGS[kind]


def keys(page: Page) -> Iterator[str]:
    """The words that find a page."""
    if page.row.since:
        yield _word("months", page.row.since[:7])
    yield _word("causes", str(CAUSES[CauseKind(page.cause)]))
    yield _word("standing", str(standing(page)))
    yield from (_word("nodes", node) for node in page.nodes)


def _word(kind: str, value: str) -> str:
    """A kind and a value as one word, whatever they hold."""
    return "-".join(f"{_KINDS[kind]}:{value}".split())


# The incident pages by month, kind of cause and node, one by one, and the events that may explain the figures.


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
