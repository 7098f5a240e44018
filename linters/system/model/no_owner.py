"""担当が決まっていません / Nobody owns a node

なぜ:
    障害のとき、だれに聞けばよいかが図から分かりません。担当は人でもチームでもかまいません。
    人や利用者を表すノード（user、users、browser）には聞きません。
悪い例:
    [[node]]
    id = "api"
    label = "配信 API"
良い例:
    [[node]]
    id = "api"
    label = "配信 API"
    owner = "配信チーム"
Why:
    In an outage the diagram does not tell whom to ask. An owner may be a person or a team.
    Nodes that stand for people (user, users, browser) are not asked about.
Bad:
    [[node]]
    id = "api"
    label = "Delivery API"
Good:
    [[node]]
    id = "api"
    label = "Delivery API"
    owner = "delivery team"
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import PEOPLE, label_node, label_node_en, list_alive


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each node without an owner."""
    for node in list_alive(seen):
        if not node.owner.strip() and node.kind not in PEOPLE:
            message = t(
                f"{label_node(node)}の担当がまだ書かれていません。owner に担当のチームか人を書いてください。",
                f"{label_node_en(node)} has no owner yet: name a team or a person.",
            )
            yield SystemHit(node.id, message, f"node:{node.id}")


rule = system_rule("SYS101", __name__, Severity.WARNING, look)
