"""Models to draw, and what the tests look for in pictures."""

from __future__ import annotations

import random
import xml.etree.ElementTree as ET

from kb.diagram.model.nouns import Edge, Model, Node, NodeGroup, System
from kb.diagram.model.toml import merge_texts

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
KINDS = ("ec2", "rds", "redis", "alb", "s3", "kafka", "lambda", "zabbix", "nginx", "mysql", "fluentd", "cloudfront")
WORDS = ("入札", "配信", "計測", "集計", "管理画面", "レポート", "クリック", "在庫", "予算", "審査")


def shuffling(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same every time


def system(count: int, *, groups: int | None = None, seed: int = 7) -> Model:
    """An invented ad-delivery system with `count` nodes, 1.4 edges each."""
    rng = shuffling(seed)
    names = [f"g{number:02}" for number in range(groups or max(1, count // 20))]
    nodes = [
        Node(
            f"n{number:04}",
            f"{WORDS[number % 10]}{WORDS[number * 3 % 10]} {number}",
            kind=KINDS[number % 12],
            group=names[number % len(names)],
            owner="配信チーム" if number % 2 else "基盤チーム",
            runbook=f"https://docs.esa.example/posts/{number}",
        )
        for number in range(count)
    ]
    edges = {(rng.randrange(count), rng.randrange(count)) for _ in range(int(count * 1.4))}
    return Model(
        System(title="広告配信システム"),
        tuple(NodeGroup(name, f"グループ {name}") for name in names),
        tuple(nodes),
        tuple(Edge(f"n{a:04}", f"n{b:04}", label="ログ" if a % 3 == 0 else "") for a, b in sorted(edges) if a != b),
    )


def read(text: str) -> Model:
    return merge_texts([("diagrams/system.toml", text)])


def toml(model: Model, *, rng: random.Random | None = None) -> str:
    """The model as its file, the tables in any order."""
    tables = [
        *(f'[[group]]\nid = "{each.id}"\nlabel = "{each.label}"\n' for each in model.groups),
        *(
            f'[[node]]\nid = "{each.id}"\nlabel = "{each.label}"\nkind = "{each.kind}"\ngroup = "{each.group}"\n'
            f'owner = "{each.owner}"\nrunbook = "{each.runbook}"\n'
            for each in model.nodes
        ),
        *(f'[[edge]]\nfrom = "{each.source}"\nto = "{each.target}"\nlabel = "{each.label}"\n' for each in model.edges),
    ]
    if rng:
        rng.shuffle(tables)
    return f'[system]\ntitle = "{model.system.title}"\n' + "".join(tables)


def texts(svg: str) -> list[str]:
    """The words of a picture, in order."""
    return ["".join(part.itertext()) for part in parsed(svg).iter(f"{SVG}text")]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own
