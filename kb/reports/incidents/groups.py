"""Sort incidents, and group them: by month, by cause, by node of the diagram, by the same trouble again. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.reports.hot_spots import NO_HOT_SPOTS, HotSpot
from kb.reports.incidents.rows import CAUSE_WORDS, NO_DAY, CauseKind, Incident, IncidentStatus
from kb.reports.model_nodes import NO_MODEL_NODES, ModelNodes
from kb.text.lang import Text, join_texts, t


class GroupBy(StrEnum):
    MONTH = "month"
    CAUSE = "cause"
    NODE = "node"
    REPEAT = "repeat"


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Rows with something in common; `key` for programs, `title` for people. `is_one`: they are one trouble again."""

    key: str
    title: str
    rows: tuple[Incident, ...]
    spot: HotSpot | None = None
    is_one: bool = False

    @property
    def repeats(self) -> int:
        """How many of its incidents are the same trouble again."""
        return sum(bool(row.repeats) for row in self.rows)

    @property
    def months(self) -> dict[str, int]:
        """Its incidents by month, those between the first and the last without any too; of the last MOST_MONTHS."""
        counts = Counter(row.day[:7] for row in self.rows if row.day)
        return {month: counts[month] for month in _list_months(min(counts), max(counts))} if counts else {}

    @property
    def reasons(self) -> Text | None:
        """Why it needs attention, in words; None where it does not."""
        return join_texts(each.label for each in self.spot.signals) if self.spot else None

    @property
    def open(self) -> int:
        return sum(row.standing is IncidentStatus.OPEN for row in self.rows)


MOST_MONTHS = 24
"""Months a curve goes back."""
_BARS = "▁▂▃▄▅▆▇█"


def _list_months(first: str, last: str) -> list[str]:
    """Return the months from `first` to `last` (`2025-03`), the last MOST_MONTHS of them."""
    year, month = map(int, last.split("-"))
    found = [last]
    while found[-1] > first and len(found) < MOST_MONTHS:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        found.append(f"{year:04}-{month:02}")
    return found[::-1]


def describe_course(group: IncidentGroup) -> Text | None:
    """Return a group's repeats and its curve over the months; None where nothing came again."""
    if not group.repeats:
        return None
    months = group.months
    again = t(f"同じ障害の繰り返し {group.repeats:,} 件", f"the same trouble again: {group.repeats:,}")
    if group.is_one:  # its title says how often
        again = t("月ごとの件数", "by month")
    if len(months) < 2:
        return None if group.is_one else again
    most = max(months.values())
    curve = "".join(_BARS[(len(_BARS) - 1) * count // most] if count else "·" for count in months.values())
    first, last = next(iter(months)), next(reversed(months))
    return t(f"{again.ja}  {first} {curve} {last}", f"{again.en}  {first} {curve} {last}")


def sort_incidents(rows: Iterable[Incident]) -> list[Incident]:
    """Return the rows newest first, then by id."""
    return sorted(sorted(rows, key=lambda row: str(row.doc)), key=lambda row: row.day, reverse=True)


def group_incidents(
    rows: Sequence[Incident],
    by: GroupBy,
    model: ModelNodes = NO_MODEL_NODES,
    spots: Mapping[str, HotSpot] = NO_HOT_SPOTS,
) -> list[IncidentGroup]:
    """Return the groups: months newest first, causes shallowest first, nodes that need attention most first.

    By repeats only what came again is in a group, the most frequent trouble first. The hosts of a node of the model
    are one group, whatever pages call them. A row with several nodes is in each of
    their groups, one without any in the last. `spots` are the hot spots by the group's key.
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
    if by is GroupBy.REPEAT:
        return _group_repeats(rows)
    nodes: dict[str, list[Incident]] = {}
    titles = {"": str(t("ノードの記載なし", "no node named"))}
    for row in rows:
        found = find_nodes(row, model)
        titles |= {key: name for key, (name, _) in found.items() if key not in titles}
        for key in found or [""]:
            nodes.setdefault(key, []).append(row)
    weights = {key: spot.weight for key, spot in spots.items()}
    names = sorted(nodes, key=lambda name: (not name, -weights.get(name, 0), -len(nodes[name]), name))
    return [IncidentGroup(name, titles[name], tuple(nodes[name]), spots.get(name)) for name in names]


def _group_repeats(rows: Sequence[Incident]) -> list[IncidentGroup]:
    """Return the troubles that came again, the most frequent first; each is called by the last page on it."""
    first = {str(row.doc): str(next(iter(row.repeats), row.doc)) for row in rows}
    troubles: dict[str, list[Incident]] = {}
    for row in rows:
        troubles.setdefault(first[str(row.doc)], []).append(row)
    found = [
        IncidentGroup(
            key,
            str(t(f"{len(same):,} 回: {same[0].title}", f"{len(same):,} times: {same[0].title}")),
            tuple(same),
            is_one=True,
        )
        for key, same in troubles.items()
        if len(same) > 1
    ]
    return sorted(found, key=lambda group: (-len(group.rows), group.key))


def find_nodes(row: Incident, model: ModelNodes) -> dict[str, tuple[str, list[str]]]:
    """Return the nodes of a row: what each is called, and by which hosts of kb.toml the page names it.

    Keys are ids of the model; a host that no node claims is one itself, unless only collected sources know it.
    """
    found: dict[str, tuple[str, list[str]]] = {}
    for host in row.hosts:
        node = model.find(host)
        own = [host] if host in row.nodes else []
        if node is not None:
            found.setdefault(node.id, (model.name_of(node.id), []))[1].extend(own)
        elif own:
            found[host] = (host, own)
    return found
