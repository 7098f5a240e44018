"""An invented ad-delivery system of any size, as kb's model and as what other tools take.

Japanese labels, a number in each so that they can be told apart in a picture; 20 nodes a group; 1.4 edges a
node, of which half lead anywhere: harder to lay out than most real systems.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from kb.diagram.model.schema import icon_class

GROUP = 20
EDGES = 1.4
PARTS = {
    "配信": [
        ("広告配信 API", "ec2"),
        ("配信ロードバランサー", "alb"),
        ("配信キャッシュ", "redis"),
        ("クリエイティブ配信", "cloudfront"),
    ],
    "入札": [
        ("リアルタイム入札サーバー", "ec2"),
        ("入札ログ", "kafka"),
        ("入札単価キャッシュ", "redis"),
        ("外部 SSP 接続（東京）", "nginx"),
    ],
    "計測": [
        ("クリック計測", "nginx"),
        ("コンバージョン計測", "lambda"),
        ("計測ログ収集", "fluentd"),
        ("計測ログ保管", "s3"),
    ],
    "集計": [
        ("日次集計バッチ", "ec2"),
        ("レポート用データベース", "mysql"),
        ("集計結果", "rds"),
        ("集計キュー", "kafka"),
    ],
    "管理画面": [
        ("広告主向け管理画面", "ec2"),
        ("管理画面データベース", "rds"),
        ("審査用画像", "s3"),
        ("監視サーバー", "zabbix"),
    ],
}
SAID = ("", "", "入札ログ", "配信設定", "日次の集計結果")


@dataclass(frozen=True, slots=True)
class Thing:
    """One node."""

    id: str
    label: str
    kind: str
    group: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A system: the labels of its groups by id, its nodes, and its edges with what they say."""

    groups: dict[str, str]
    things: tuple[Thing, ...]
    edges: tuple[tuple[str, str, str], ...]


def whole(count: int, seed: int = 7) -> Whole:
    """The system with this many nodes: the same each time."""
    rng = random.Random(seed)  # noqa: S311 - the same every time
    parts = list(PARTS.items())
    groups, things = {}, []
    for number in range(count):
        at = number // GROUP
        name, kinds = parts[at % len(parts)]
        label, kind = kinds[number % len(kinds)]
        groups[f"g{at:03}"] = f"{name}{at // len(parts) + 1}"
        things.append(Thing(f"n{number:04}", f"{label} {number:04}", kind, f"g{at:03}"))
    edges = set()
    while len(edges) < int(count * EDGES):
        one = rng.randrange(count)
        near = range(one // GROUP * GROUP, min((one // GROUP + 1) * GROUP, count))
        other = rng.choice(near) if rng.random() < 0.5 else rng.randrange(count)
        if one != other:
            edges.add((f"n{one:04}", f"n{other:04}", SAID[(one + other) % len(SAID)]))
    return Whole(groups, tuple(things), tuple(sorted(edges)))


def toml(system: Whole, forms: tuple[str, ...] = ()) -> str:
    """The model as kb reads it; without `forms` it is drawn in all of them."""
    lines = ["[system]", 'title = "広告配信システム"', "[[view]]", 'id = "all"']
    if forms:
        lines.append(f"form = {_text(list(forms))}")
    for name, label in system.groups.items():
        lines += ["[[group]]", f"id = {_text(name)}", f"label = {_text(label)}"]
    for thing in system.things:
        lines += ["[[node]]", f"id = {_text(thing.id)}", f"label = {_text(thing.label)}"]
        lines += [f"kind = {_text(thing.kind)}", f"group = {_text(thing.group)}", 'owner = "配信チーム"']
        lines.append(f"runbook = {_text(f'https://docs.esa.example/posts/{int(thing.id[1:]) + 1}')}")
    for source, target, said in system.edges:
        lines += ["[[edge]]", f"from = {_text(source)}", f"to = {_text(target)}", f"label = {_text(said)}"]
    return "\n".join(lines) + "\n"


def script(system: Whole, how: str = "") -> str:
    """The model as a script of the package `diagrams`, as its manual writes them; `how` are further arguments."""
    used = sorted({icon_class(thing.kind) for thing in system.things})
    lines = ["from diagrams import Cluster, Diagram, Edge"]
    lines += [f"from diagrams.{name.rpartition('.')[0]} import {name.rpartition('.')[2]}" for name in used]
    more = f", {how}" if how else ""
    lines.append(f'with Diagram("広告配信システム", filename="out", outformat="svg", show=False{more}):')
    for name, label in system.groups.items():
        lines.append(f"    with Cluster({_text(label)}):")
        lines += [
            f"        {thing.id} = {icon_class(thing.kind).rpartition('.')[2]}({_text(thing.label)})"
            for thing in system.things
            if thing.group == name
        ]
    lines += [
        f"    {source} >> {f'Edge(label={_text(said)}) >> ' if said else ''}{target}"
        for source, target, said in system.edges
    ]
    return "\n".join(lines) + "\n"


def d2(system: Whole) -> str:
    """The model in D2's language."""
    home = {thing.id: f"{thing.group}.{thing.id}" for thing in system.things}
    lines = list(_nested(system, "{name}: {label} {{", "{id}: {label}", "}"))
    lines += [f"{home[a]} -> {home[b]}{f': {_text(said)}' if said else ''}" for a, b, said in system.edges]
    return "\n".join(lines) + "\n"


def mermaid(system: Whole) -> str:
    """The model as one Mermaid flowchart."""
    lines = ["flowchart LR", *_nested(system, "subgraph {name}[{label}]", "{id}[{label}]", "end")]
    lines += [f"{a} -->{f'|{_text(said)}|' if said else ''} {b}" for a, b, said in system.edges]
    return "\n".join(lines) + "\n"


def _nested(system: Whole, begin: str, each: str, end: str) -> Iterator[str]:
    for name, label in system.groups.items():
        yield begin.format(name=name, label=_text(label))
        yield from (
            "  " + each.format(id=thing.id, label=_text(thing.label)) for thing in system.things if thing.group == name
        )
        yield end


def _text(words: object) -> str:
    return json.dumps(words, ensure_ascii=False)
