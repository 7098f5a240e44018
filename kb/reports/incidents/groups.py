"""Sort incidents, and group them: by month, by cause, by node of the diagram whatever pages call it. Pure."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class IncidentGroup:
    """Rows with something in common; `key` for programs, `title` for people."""

    key: str
    title: str
    rows: tuple[Incident, ...]
    spot: HotSpot | None = None

    @property
    def reasons(self) -> Text | None:
        """Why it needs attention, in words; None where it does not."""
        return join_texts(each.label for each in self.spot.signals) if self.spot else None

    @property
    def open(self) -> int:
        return sum(row.standing is IncidentStatus.OPEN for row in self.rows)


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

    The hosts of a node of the model are one group, whatever pages call them. A row with several nodes is in each of
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
