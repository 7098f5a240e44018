"""Rows → the list in its order, and in groups with counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.lang import t
from kb.reports.incidents.rows import CauseKind, Incident, Standing
from kb.reports.incidents.words import CAUSES, NO_DAY


class By(StrEnum):
    """What rows can be grouped by."""

    MONTH = "month"
    CAUSE = "cause"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that have something in common; `key` for programs, `title` for people."""

    key: str
    title: str
    rows: tuple[Incident, ...]

    @property
    def open(self) -> int:
        """How many of the rows are open."""
        return sum(row.standing is Standing.OPEN for row in self.rows)


def ordered(rows: Iterable[Incident]) -> list[Incident]:
    """The latest first, and of one day by id: the same rows always in the same order."""
    return sorted(sorted(rows, key=lambda row: str(row.doc)), key=lambda row: row.day, reverse=True)


def grouped(rows: Sequence[Incident], by: By) -> list[Group]:
    """Months, the latest first; causes, the least first; nodes, the most troubled first.

    A row that names several nodes stands in each of their groups, one that names none in the last.
    """
    if by is By.MONTH:
        months = dict.fromkeys(row.day[:7] for row in rows)
        return [
            Group(month, month or str(NO_DAY), tuple(row for row in rows if row.day[:7] == month)) for month in months
        ]
    if by is By.CAUSE:
        kinds = [(kind, tuple(row for row in rows if row.cause is kind)) for kind in CauseKind]
        return [Group(kind.value, str(CAUSES[kind]), found) for kind, found in kinds if found]
    nodes: dict[str, list[Incident]] = {}
    for row in rows:
        for node in row.nodes or ("",):
            nodes.setdefault(node, []).append(row)
    names = sorted(nodes, key=lambda name: (not name, -len(nodes[name]), name))
    none = str(t("ノードの記載なし", "no node named"))
    return [Group(name, name or none, tuple(nodes[name])) for name in names]
