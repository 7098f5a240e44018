"""Group incidents, and describe them for people without a manual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.reports.incidents.rows import CauseKind, Incident, IncidentStatus, PreventionKind
from kb.text.lang import Text, t
from kb.text.word_tables import read_texts

TITLE = t("過去のトラブル一覧", "Past troubles")
TITLE_COLUMNS = 160
"""Of a title that is shown; some are pages."""
NO_DAY = t("日付なし", "no date")

_TEXTS = read_texts("kb.reports.incidents", "words.tsv")
COLUMN_HEADS = _TEXTS["columns"]
STATUS_WORDS, CAUSE_WORDS, FIX_WORDS = _TEXTS["status"], _TEXTS["cause"], _TEXTS["fix"]


def describe_date(row: Incident) -> Text:
    """Return what a row's day is the day of."""
    if not row.day:
        return NO_DAY
    return t("発生", "occurrence") if row.dated else t("作成", "creation")


def describe_prevention(row: Incident) -> str:
    """Return the state of prevention in a few words: `1/3 済`, 未定, 心がけだけ."""
    word = str(_TEXTS["prevention"][row.prevention])
    if row.prevention in (PreventionKind.MISSING, PreventionKind.PLACEHOLDER) and not row.measures:
        return word
    count = str(t(f"{row.done}/{row.measures} 済", f"{row.done}/{row.measures} done")) if row.measures else ""
    return " ".join(filter(None, (word, count))) or str(t("記載あり", "given"))


def describe_hidden(count: int) -> Text | None:
    """Return how many are hidden because not every member may see them; None for none."""
    if not count:
        return None
    return t(
        f"読める人が限られた障害の記事 {count:,} 件は、載せていません。",
        f"Not in this list, since not every member may see them: {count:,}.",
    )


def describe_counts(rows: int, still_open: int) -> Text:
    return t(f"{rows} 件（対応中 {still_open} 件）", f"{rows} ({still_open} open)")


class GroupBy(StrEnum):
    MONTH = "month"
    CAUSE = "cause"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Rows with something in common; `key` for programs, `title` for people."""

    key: str
    title: str
    rows: tuple[Incident, ...]

    @property
    def open(self) -> int:
        return sum(row.standing is IncidentStatus.OPEN for row in self.rows)


def sort_incidents(rows: Iterable[Incident]) -> list[Incident]:
    """Return the rows newest first, then by id."""
    return sorted(sorted(rows, key=lambda row: str(row.doc)), key=lambda row: row.day, reverse=True)


def group_incidents(rows: Sequence[Incident], by: GroupBy) -> list[IncidentGroup]:
    """Return the groups: months newest first, causes shallowest first, nodes with most incidents first.

    A row with several nodes is in each of their groups, one without any in the last.
    """
    if by is GroupBy.MONTH:
        months = dict.fromkeys(row.day[:7] for row in rows)
        return [
            IncidentGroup(month, month or str(NO_DAY), tuple(row for row in rows if row.day[:7] == month))
            for month in months
        ]
    if by is GroupBy.CAUSE:
        kinds = [(kind, tuple(row for row in rows if row.cause is kind)) for kind in CauseKind]
        return [IncidentGroup(kind.value, str(CAUSE_WORDS[kind]), found) for kind, found in kinds if found]
    nodes: dict[str, list[Incident]] = {}
    for row in rows:
        for node in row.nodes or ("",):
            nodes.setdefault(node, []).append(row)
    names = sorted(nodes, key=lambda name: (not name, -len(nodes[name]), name))
    none = str(t("ノードの記載なし", "no node named"))
    return [IncidentGroup(name, name or none, tuple(nodes[name])) for name in names]
