"""Group incidents, and describe them for people without a manual."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.reports.incidents.rows import CauseKind, FixKind, Incident, IncidentStatus, PreventionKind
from kb.text.lang import Text, t

TITLE = t("過去のトラブル一覧", "Past troubles")
TITLE_COLUMNS = 160
"""Of a title that is shown; some are pages."""
NO_DAY = t("日付なし", "no date")

STATUS_WORDS: dict[IncidentStatus, Text] = {
    IncidentStatus.OPEN: t("対応中", "open"),
    IncidentStatus.DONE: t("完了", "done"),
    IncidentStatus.RECORD: t("記録のみ", "record"),
}
CAUSE_WORDS: dict[CauseKind, Text] = {
    CauseKind.MISSING: t("未記入", "not given"),
    CauseKind.UNKNOWN: t("未特定", "not known"),
    CauseKind.SHALLOW: t("現象だけ", "symptom only"),
    CauseKind.ONE_STEP: t("ひとことだけ", "one word"),
    CauseKind.GOOD: t("理由まで", "with reasons"),
}
FIX_WORDS: dict[FixKind, Text] = {
    FixKind.MISSING: t("未記入", "not given"),
    FixKind.PLACEHOLDER: t("未定", "undecided"),
    FixKind.RESTART: t("再起動だけ", "restart only"),
    FixKind.CHANGE: t("手当てで復旧", "mended"),
    FixKind.LASTING: t("恒久対応まで", "mended for good"),
}
_PREVENTIONS: dict[PreventionKind, Text] = {
    PreventionKind.MISSING: t("未記入", "not given"),
    PreventionKind.PLACEHOLDER: t("未定", "undecided"),
    PreventionKind.WEAK: t("心がけだけ", "care only"),
    PreventionKind.MEASURES: t("", ""),
}

COLUMN_HEADS: dict[str, Text] = {
    "day": t("発生日", "Date"),
    "dated": t("日付の出どころ", "Date is of"),
    "standing": t("状態", "State"),
    "title": t("題名", "Title"),
    "place": t("場所", "Place"),
    "cause": t("原因", "Cause"),
    "fix": t("復旧", "Fix"),
    "prevention": t("再発防止", "Prevention"),
    "done": t("済んだ対策", "Measures done"),
    "measures": t("対策の数", "Measures"),
    "owners": t("担当", "Owners"),
    "next_due": t("次の期限", "Next due"),
    "age_days": t("経過日数", "Age in days"),
    "codes": t("指摘", "Findings"),
    "tickets": t("チケット", "Tickets"),
    "nodes": t("ノード", "Nodes"),
    "doc": t("文書", "Document"),
    "url": t("URL", "URL"),
}


def describe_date(row: Incident) -> Text:
    """Return what a row's day is the day of."""
    if not row.day:
        return NO_DAY
    return t("発生", "occurrence") if row.dated else t("作成", "creation")


def describe_prevention(row: Incident) -> str:
    """Return the state of prevention in a few words: `1/3 済`, 未定, 心がけだけ."""
    word = str(_PREVENTIONS[row.prevention])
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
    """Return the counts of a list or a group."""
    return t(f"{rows} 件（対応中 {still_open} 件）", f"{rows} ({still_open} open)")


class GroupBy(StrEnum):
    """What rows can be grouped by."""

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
        """The number of open rows."""
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
