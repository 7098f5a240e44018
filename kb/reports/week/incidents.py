"""Count the week's incident pages for charts, and mark kb.toml's events on them.

Labels with people's names are replaced.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from kb.lint.people.audience import find_names
from kb.model.page import Entry
from kb.reports.incidents.rows import CAUSE_WORDS, STATUS_WORDS, CauseKind, Incident, IncidentStatus
from kb.reports.week.context import ReportContext, SeenDocument, TopItems
from kb.reports.week.model import EventMark, IncidentBar, IncidentCharts, IncidentPage
from kb.reports.week.words import EVENTS, SEARCH_WORDS
from kb.secrets.mask_document import mask_text
from kb.settings.report_tables import EventSettings
from kb.text.display import sanitize
from kb.text.fold import fold_text
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_CALLED = compile_lazy("(?<!たく)(?<!皆)(?<!みな)(?<!お客)さん")  # any person: few of those who left are members


def build_marks(events: Sequence[EventSettings], names: Collection[str]) -> tuple[tuple[EventMark, ...], list[str]]:
    """Return the marks by day, and the days whose label named one of `names` and is left out."""
    found: list[EventMark] = []
    hidden: list[str] = []
    pattern = find_names(frozenset(names))
    for each in sorted(events, key=lambda each: each.date):
        label = sanitize(mask_text(each.label)).strip()
        plain = fold_text(label).casefold()
        if _CALLED.search(plain) or pattern.search(plain):
            hidden.append(each.date)
            label = ""
        found.append(EventMark(each.date, each.kind, Text(label, label) if label else EVENTS[each.kind]))
    return tuple(found), hidden


# A search word is a kind and a value, `ノード:web-prd-01`, so that people can type one too.


STATE, DAY = t("状態と原因", "State and cause"), t("発生日", "Date")
"""The heads of the columns of incident pages."""


def list_keys_of(cause: CauseKind, nodes: tuple[str, ...]) -> Text:
    named = t(f"。ノード: {'、'.join(nodes)}", f"; nodes: {', '.join(nodes)}") if nodes else t("", "")
    return t(f"原因: {CAUSE_WORDS[cause].ja}{named.ja}", f"cause: {CAUSE_WORDS[cause].en}{named.en}")


def describe_status(page: IncidentPage) -> Text:
    return STATUS_WORDS[page.standing]


def search_words(kind: str, bar: IncidentBar, *, still: bool = False) -> str:
    """Return the search words for a bar's pages; with `still` the open ones."""
    word = _word(kind, str(bar.label) if kind == "causes" else bar.key)
    return f"{word} {_word('standing', str(STATUS_WORDS[IncidentStatus.OPEN]))}" if still else word


def list_command(kind: str) -> str:
    """Return the command that lists the pages a chart counts."""
    return f"kb incidents --by {kind.removesuffix('s')}"


def page_keys(page: IncidentPage) -> str:
    """Return a page's search words, between bars."""
    words = [
        *([_word("months", page.row.since[:7])] if page.row.since else ()),
        _word("causes", str(CAUSE_WORDS[page.cause])),
        _word("standing", str(describe_status(page))),
        *(_word("nodes", node) for node in page.nodes),
    ]
    return "|".join(words)


def _word(kind: str, value: str) -> str:
    """Return kind and value as one word."""
    return "-".join(f"{SEARCH_WORDS[kind]}:{value}".split())


SHOWN_MONTHS = 13
MAX_NODES = 20


@dataclass(slots=True)
class _Counted:
    """The number of pages under each key, and of open ones."""

    all: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)

    def add(self, key: str, is_open: bool) -> None:
        self.all[key] += 1
        self.open[key] += is_open


@dataclass(slots=True)
class IncidentCounter:
    context: ReportContext
    pages: TopItems[IncidentPage] = field(default_factory=TopItems)
    months: _Counted = field(default_factory=_Counted)
    causes: _Counted = field(default_factory=_Counted)
    nodes: _Counted = field(default_factory=_Counted)

    def add(self, seen: SeenDocument) -> None:
        row = seen.incident
        if row is None:
            return
        is_open = row.standing is IncidentStatus.OPEN
        self.months.add(row.day[:7], is_open)
        self.causes.add(row.cause, is_open)
        for node in set(row.nodes):
            self.nodes.add(node, is_open)
        newest = -date.fromisoformat(row.day).toordinal() if row.day else 0
        self.pages.add((newest, str(row.doc)), lambda: self._page(seen.entry, row))

    def _page(self, entry: Entry, row: Incident) -> IncidentPage:
        made = self.context.row(
            entry, list_keys_of(row.cause, row.nodes), owner=self.context.owners.owner_of(entry), since=row.day
        )
        age = made.age_days if row.standing is IncidentStatus.OPEN else None
        return IncidentPage(replace(made, age_days=age), row.standing.value, row.cause.value, row.nodes)

    def bars(self, last: date, marks: tuple[EventMark, ...]) -> IncidentCharts:
        """Return the charts, with months up to that of `last`."""
        nodes = sorted(self.nodes.all, key=lambda node: (-self.nodes.all[node], node))[:MAX_NODES]
        months = list(_months(last))
        return IncidentCharts(
            months=tuple(_bar(self.months, month, _month(month)) for month in months),
            causes=tuple(_bar(self.causes, kind, CAUSE_WORDS[kind]) for kind in CauseKind if self.causes.all[kind]),
            nodes=tuple(_bar(self.nodes, node, Text(node, node)) for node in nodes),
            marks=tuple(mark for mark in marks if months[0] <= mark.day[:7] <= months[-1]),
            total=self.pages.total,
            pages=self.pages.first(),
        )


def _bar(counted: _Counted, key: str, label: Text) -> IncidentBar:
    return IncidentBar(str(key), label, counted.all[key], counted.open[key])


def _months(last: date) -> Iterator[str]:
    """Yield the last months as 2026-11, oldest first."""
    for back in range(SHOWN_MONTHS - 1, -1, -1):
        year, month = divmod(last.year * 12 + last.month - 1 - back, 12)
        yield f"{year}-{month + 1:02}"


def _month(key: str) -> Text:
    year, month = key.split("-")
    return t(f"{year}年{int(month)}月", key)
