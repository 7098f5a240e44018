"""Lay out a model's views: one scene, or an overview and a page per group.

Beyond `MAX_NODES` nodes Graphviz takes minutes and the picture is unreadable: 1,000 nodes took 67 s and failed in
one picture, 25 s as fifty pages.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kb.diagram.draw.scene import RUNBOOK, DiagramPicture, DiagramScene, SceneBox, SceneCard, SceneLine
from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.nouns import Edge, Model, Node, NodeGroup, SystemView, ViewForm
from kb.diagram.model.schema import describe_kind

MAX_NODES = 100
"""Nodes of one picture."""

MAX_LINES = 60
"""Arrows of an overview: with 376 of them Graphviz ran longer than 100 s."""

MAX_ASIDES = 12
"""Neighbours of a page that are hinted at."""

UNGROUPED = "_"
"""The page of ungrouped nodes; no id can equal it."""

WHOLE_VIEW = SystemView(id="all", label="")


def layout_views(model: Model, *, post_url: str = "") -> tuple[DiagramPicture, ...]:
    """Return all pictures of a model, by view. An esa post's number is appended to `post_url`."""
    return tuple(layout_view(model, view, post_url) for view in model.views or (WHOLE_VIEW,))


def layout_view(model: Model, view: SystemView, post_url: str = "") -> DiagramPicture:
    shown = select_nodes(model, view)
    title = f"{model.system.title}: {view.label}" if view.label else model.system.title
    forms = tuple(form for form in ViewForm if form in view.form) if view.form else tuple(ViewForm)
    return DiagramPicture(view.id, title, forms, bool(view.form), _scenes(model, view, shown, title, post_url))


def select_nodes(model: Model, view: SystemView) -> dict[str, Node]:
    """Return the nodes of a view: those matching all its filters, those it names, and near ones.

    Retired nodes are left out.
    """
    alive = {node.id: node for node in model.nodes if node.lifecycle != Lifecycle.RETIRED}
    if not (view.groups or view.nodes or view.kinds or view.tags):
        return alive
    has_filters = bool(view.groups or view.kinds or view.tags)
    inside = list_below(model.group_by_id, view.groups)
    chosen = {
        node.id
        for node in alive.values()
        if has_filters
        and (not view.groups or node.group in inside)
        and (not view.kinds or node.kind in view.kinds)
        and (not view.tags or set(view.tags) & set(node.tags))
    } | (set(view.nodes) & set(alive))
    for _ in range(view.hops):
        ends = [{edge.source, edge.target} for edge in model.edges]
        near = {name for pair in ends if pair & chosen for name in pair}
        if near <= chosen:
            break
        chosen |= near & set(alive)
    return {name: alive[name] for name in sorted(chosen)}


def list_below(groups: Mapping[str, NodeGroup], names: Iterable[str]) -> set[str]:
    """Return these groups and all inside them."""
    found = set(names)
    while True:
        more = {group.id for group in groups.values() if group.parent in found} - found
        if not more:
            return found
        found |= more


def _scenes(
    model: Model, view: SystemView, shown: Mapping[str, Node], title: str, post_url: str
) -> tuple[DiagramScene, ...]:
    edges = [edge for edge in model.edges if edge.source in shown and edge.target in shown]
    if len(shown) > MAX_NODES:
        return _paged(model, view, shown, edges, title, post_url)
    scene = _scene(model, view, view.id, title, shown, edges, post_url)
    return (scene if scene.cards else replace(scene, note="当てはまるノードがありません"),)


def _scene(
    model: Model,
    view: SystemView,
    name: str,
    title: str,
    nodes: Mapping[str, Node],
    edges: Iterable[Edge],
    post_url: str,
    asides: tuple[Sequence[SceneCard], Sequence[SceneLine]] = ((), ()),
) -> DiagramScene:
    """Return the picture of these nodes and edges, with the cards and arrows of `asides` and the channels."""
    channels = _channels(model, nodes) if view.channels else ([], [])
    return DiagramScene(
        name,
        title,
        view.direction,
        build_boxes(model.group_by_id, (node.group for node in nodes.values())),
        (*(build_card(node, post_url) for node in nodes.values()), *asides[0], *channels[0]),
        _ordered([*merge_edges(edges), *asides[1], *channels[1]]),
    )


def build_card(node: Node, post_url: str = "") -> SceneCard:
    detail = describe_kind(node.kind) if node.kind else ""
    if node.count:
        detail += f" × {node.count.replace('..', '〜')}"
    marks = {Lifecycle.RETIRING.value: f"終了予定 {node.until}".strip(), Lifecycle.UNKNOWN.value: "要確認"}
    links = [(RUNBOOK, node.runbook)] if node.runbook else []
    if node.esa and post_url:
        links.append(("esa", f"{post_url}{node.esa}"))
    if node.repo:
        links.append(("リポジトリ", node.repo))
    return SceneCard(
        id=node.id,
        label=node.label or node.id,
        kind=node.kind,
        detail="・".join(word for word in (detail.strip(), *node.tags) if word),
        mark=marks.get(node.lifecycle, ""),
        box=node.group,
        owner=node.owner,
        url=links[0][1] if links else "",
        faded=node.lifecycle == Lifecycle.RETIRING,
        links=tuple(links),
        words=tuple(word for word in (node.id, node.kind, *node.tags) if word),
    )


def merge_edges(edges: Iterable[Edge]) -> list[SceneLine]:
    """Return edges as arrows; those between the same two in the same direction are merged."""
    found: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for edge in edges:
        words = " ".join(word for word in (edge.label, f"({edge.proto})" if edge.proto and edge.label else edge.proto))
        labels = found[edge.source, edge.target, not edge.sync]
        if words.strip() and words.strip() not in labels:
            labels.append(words.strip())
    return [SceneLine(source, target, "、".join(labels), dashed) for (source, target, dashed), labels in found.items()]


def _ordered(lines: Iterable[SceneLine]) -> tuple[SceneLine, ...]:
    return tuple(sorted(lines, key=lambda line: (line.source, line.target, line.dashed, line.label)))


def build_boxes(groups: Mapping[str, NodeGroup], used: Iterable[str]) -> tuple[SceneBox, ...]:
    """Return the non-empty groups and their parents."""
    needed: set[str] = set()
    for name in used:
        while name and name not in needed:
            needed.add(name)
            name = groups[name].parent
    return tuple(SceneBox(name, groups[name].label or name, groups[name].parent) for name in sorted(needed))


def _channels(model: Model, shown: Mapping[str, Node]) -> tuple[list[SceneCard], list[SceneLine]]:
    """Return the alert channels of what is shown, and the arrows to them."""
    cards, lines = [], []
    for channel in model.channels:
        inside = list_below(model.group_by_id, channel.of)
        sources = [node.id for node in shown.values() if node.id in channel.of or node.group in inside]
        if sources:
            kind = "slack" if channel.kind == "slack" else ""
            cards.append(SceneCard(channel.id, channel.label or channel.id, kind, "通知先", aside=True))
            lines += [SceneLine(source, channel.id, dashed=True) for source in sources]
    return cards, lines


def _paged(
    model: Model, view: SystemView, shown: Mapping[str, Node], edges: list[Edge], title: str, post_url: str
) -> tuple[DiagramScene, ...]:
    pages = _pages(model.group_by_id, shown)
    page_of = {name: page for page, (_, names) in pages.items() for name in names}
    scenes = [_overview(view, title, pages, edges, page_of)]
    for page, (label, names) in pages.items():
        inside = set(names)
        neighbours = Counter(
            page_of[there]
            for edge in edges
            for here, there in ((edge.source, edge.target), (edge.target, edge.source))
            if here in inside and there not in inside
        )
        hinted = [name for name, _ in sorted(neighbours.items(), key=lambda row: (-row[1], row[0]))[:MAX_ASIDES]]
        cards = [
            SceneCard(_stand_in(name), pages[name][0], detail="別のページ", opens=f"{view.id}.{name}", aside=True)
            for name in sorted(hinted)
        ]
        scene = _scene(
            model,
            view,
            f"{view.id}.{page}",
            f"{title} / {label}",
            {name: shown[name] for name in names},
            [edge for edge in edges if edge.source in inside and edge.target in inside],
            post_url,
            (cards, _outward_lines(edges, inside, page_of, set(hinted))),
        )
        left = len(neighbours) - len(hinted)
        note = f"ほか {left} グループとのつながりは省きました" if left else ""
        scenes.append(replace(scene, note=note, back=view.id))
    return tuple(scenes)


def _stand_in(page: str) -> str:
    """Return the id of the stand-in for another page; no node can have it."""
    return f"_page.{page}"


def _outward_lines(
    edges: Iterable[Edge], inside: set[str], page_of: Mapping[str, str], hinted: set[str]
) -> list[SceneLine]:
    """Return arrows from a page to stand-ins for others, one per pair and direction."""
    weights: Counter[tuple[str, str]] = Counter()
    for edge in edges:
        if edge.source in inside and edge.target not in inside and page_of[edge.target] in hinted:
            weights[edge.source, _stand_in(page_of[edge.target])] += 1
        elif edge.target in inside and edge.source not in inside and page_of[edge.source] in hinted:
            weights[_stand_in(page_of[edge.source]), edge.target] += 1
    return [SceneLine(*pair, label=f"{n} 本" if n > 1 else "", weight=n) for pair, n in weights.items()]


def _pages(groups: Mapping[str, NodeGroup], shown: Mapping[str, Node]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Map each page to its title and nodes: a group with all inside it if it fits, else its parts."""
    children: dict[str, list[str]] = defaultdict(list)
    for group in groups.values():
        children[group.parent].append(group.id)
    own: dict[str, list[str]] = defaultdict(list)
    for node in shown.values():
        own[node.group].append(node.id)

    def whole(name: str) -> list[str]:
        return [*own[name], *(each for child in children[name] for each in whole(child))]

    pages: dict[str, tuple[str, tuple[str, ...]]] = {}

    def add(name: str, label: str, names: list[str]) -> None:
        names = sorted(names)
        count = -(-len(names) // MAX_NODES)
        for part in range(count):
            size = -(-len(names) // count)
            piece = tuple(names[part * size : (part + 1) * size])
            here, title = (f"{name}.{part + 1}", f"{label}（{part + 1}/{count}）") if count > 1 else (name, label)
            pages[here] = (title, piece)

    def split(name: str) -> None:
        label = groups[name].label or name
        everything = whole(name)
        if len(everything) <= MAX_NODES or not children[name]:
            add(name, label, everything)
            return
        add(name, label, own[name])
        for child in sorted(children[name]):
            split(child)

    for top in sorted(children[""]):
        split(top)
    add(UNGROUPED, "グループなし", own[""])
    return {page: row for page, row in pages.items() if row[1]}


def _overview(
    view: SystemView,
    title: str,
    pages: Mapping[str, tuple[str, tuple[str, ...]]],
    edges: Iterable[Edge],
    page_of: Mapping[str, str],
) -> DiagramScene:
    """Return the pages as cards; opposite arrows are merged and the strongest `MAX_LINES` drawn."""
    ways: Counter[tuple[str, str]] = Counter(
        (page_of[edge.source], page_of[edge.target]) for edge in edges if page_of[edge.source] != page_of[edge.target]
    )
    pairs: dict[tuple[str, str], SceneLine] = {}
    for (source, target), count in sorted(ways.items()):
        if back := pairs.get((target, source)):
            pairs[target, source] = replace(back, both=True, weight=back.weight + count)
        else:
            pairs[source, target] = SceneLine(source, target, weight=count)
    strongest = sorted(pairs.values(), key=lambda line: (-line.weight, line.source, line.target))
    drawn = [replace(line, label=f"{line.weight} 本") for line in strongest[:MAX_LINES]]
    left = len(strongest) - len(drawn)
    cards = tuple(
        SceneCard(page, label, detail=f"{len(names)} ノード", opens=f"{view.id}.{page}", words=(page,))
        for page, (label, names) in sorted(pages.items())
    )
    note = f"つながりの少ない {left} 本の線は省きました" if left else ""
    return DiagramScene(view.id, title, view.direction, (), cards, _ordered(drawn), note=note, overview=True)
