"""Mark on pictures how what runs differs from them: findings of drift by node, incidents, and what the sources saw.

Pictures are passed on, so they carry counts, titles of rules and the model's own words, as `kb.estate.drift.shared`
does: no address, id, or name that only a source knows. Pure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.diagram.draw.scene import (
    DRIFT_SIGNS,
    RUNBOOK,
    DiagramPicture,
    DiagramScene,
    DriftRow,
    SceneCard,
    SceneDrift,
)
from kb.estate.drift.kinds import SnapshotState
from kb.estate.drift.standing import SourceStanding
from kb.model.finding import Finding
from kb.rules.registry import Rule, rule_text

_STATES = {SnapshotState.SHRUNK: "急に減った", SnapshotState.INCOMPLETE: "途中まで", SnapshotState.EMPTY: "空"}
_WORDS = {3: "エラー", 2: "警告", 1: "情報"}


@dataclass(frozen=True, slots=True, order=True)
class NodeIncident:
    """An incident of a node: its day (ISO), and its page, "" where no link may be shown."""

    day: str
    url: str = ""


def mark_pictures(
    pictures: Iterable[DiagramPicture],
    found: Iterable[Finding],
    rules: Iterable[Rule],
    incidents: Mapping[str, Sequence[NodeIncident]],
    sources: str,
) -> tuple[DiagramPicture, ...]:
    """Return pictures with what differs on their cards; `found` are findings of drift, `sources` a line about them.

    What is set aside, or about a source itself, is not counted. A card that stands for a page carries what is on it.
    """
    rows = _count_rows([each for each in found if each.waiver is None and not each.target.startswith("source:")], rules)
    return tuple(_mark_picture(picture, rows, incidents, sources) for picture in pictures)


def _count_rows(found: Sequence[Finding], rules: Iterable[Rule]) -> dict[str, tuple[DriftRow, ...]]:
    """Return the rows by the node they are on, else by the head of the target."""
    titles = {rule.code: rule_text(rule).title.ja for rule in rules}
    by_head: dict[str, list[Finding]] = defaultdict(list)
    for each in found:
        by_head[each.node or each.target.partition("/")[0]].append(each)
    return {
        head: _merge(DriftRow(each.code, titles[each.code], int(each.severity)) for each in here)
        for head, here in by_head.items()
    }


def _merge(rows: Iterable[DriftRow]) -> tuple[DriftRow, ...]:
    """Return one row a rule, worst first, then by code."""
    by_code: dict[str, DriftRow] = {}
    for row in rows:
        known = by_code.get(row.code)
        by_code[row.code] = (
            replace(row, count=row.count + known.count, severity=max(row.severity, known.severity)) if known else row
        )
    return tuple(sorted(by_code.values(), key=lambda row: (-row.severity, row.code)))


def _mark_picture(
    picture: DiagramPicture,
    rows: Mapping[str, tuple[DriftRow, ...]],
    incidents: Mapping[str, Sequence[NodeIncident]],
    sources: str,
) -> DiagramPicture:
    pages = {
        scene.id: replace(scene, cards=tuple(_mark_card(card, rows, incidents) for card in scene.cards))
        for scene in picture.scenes
    }
    own = {name: _merge(_rows_of(scene)) for name, scene in pages.items()}
    shown = _merge(row for name in own for row in own[name])
    everything = _merge(row for each in rows.values() for row in each)
    outside = sum(row.count for row in everything) - sum(row.count for row in shown)
    marked = []
    for scene in pages.values():
        cards = tuple(
            replace(card, drift=SceneDrift(own[card.opens])) if own.get(card.opens) else card for card in scene.cards
        )
        whole = scene.id == picture.id
        lines = [scene.note, _describe(shown if whole else own[scene.id], outside if whole else 0), sources]
        marked.append(replace(scene, cards=cards, note="\n".join(line for line in lines if line)))
    return replace(picture, scenes=tuple(marked))


def _rows_of(scene: DiagramScene) -> Iterable[DriftRow]:
    return (row for card in scene.cards if card.drift for row in card.drift.rows)


def _mark_card(
    card: SceneCard, rows: Mapping[str, tuple[DriftRow, ...]], incidents: Mapping[str, Sequence[NodeIncident]]
) -> SceneCard:
    """Return the card of a node with what differs; cards of pages and channels as they are."""
    if card.aside or card.opens:
        return card
    differs = rows.get(card.id, ())
    known = sorted(incidents.get(card.id, ()), reverse=True)
    if not differs and not known:
        return card
    lacks = [] if card.owner else ["担当"]
    if not any(title == RUNBOOK for title, _ in card.links):
        lacks.append(RUNBOOK)
    links = tuple((f"{each.day} の障害", each.url) for each in known if each.url)
    latest = known[0].day if known else ""
    return replace(card, drift=SceneDrift(differs, len(known), latest, tuple(lacks), links))


def _describe(rows: Iterable[DriftRow], outside: int) -> str:
    """Return how many findings of each severity there are, with their signs: the legend, too."""
    counts: Counter[int] = Counter()
    for row in rows:
        counts[row.severity] += row.count
    told = "、".join(f"{DRIFT_SIGNS[level]} {_WORDS[level]} {counts[level]}" for level in _WORDS if counts[level])
    more = f"（ほかに、この図にないもの {outside:,} 件）" if outside else ""
    return f"実物との違い: {told or 'なし'}{more}"


def describe_standings(standings: Sequence[SourceStanding], missing: Iterable[str]) -> str:
    """Return what the sources could say: their names, until when, and which of them saw less than all."""
    names = [_describe_source(each) for each in standings]
    names += [f"{name}（取り込んでいない）" for name in missing]
    newest = max((each.snapshot.taken_at[:10] for each in standings), default="")
    return f"取り込み（{newest} まで）: {'、'.join(names)}"


def _describe_source(standing: SourceStanding) -> str:
    name = standing.snapshot.name
    why = "古い" if standing.stale else _STATES.get(standing.state, "一部が古い" if standing.stale_hosts else "")
    return f"{name}（{why}）" if why else name
