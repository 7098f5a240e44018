"""使っているかどうかが分かっていません / Nobody has said whether a node is in use

なぜ:
    一覧から作った下書きのノードは unknown です。使っているかどうかは、一覧からは分からないからです。
    確かめたら active、retiring、retired のどれかにし、evidence に、いつ、だれが、何で確かめたかを書いておきます。
悪い例:
    [[node]]
    id = "tmp-web"
    label = "仮の Web"
    lifecycle = "unknown"
良い例:
    [[node]]
    id = "tmp-web"
    label = "仮の Web"
    lifecycle = "retiring"
    until = 2027-03-31
    evidence = "2026-11-20 佐藤: アクセスログなし"
Why:
    Nodes drafted from a list are unknown, since a list does not tell whether something is in use.
    Once you know, write active, retiring or retired, and in evidence when, who and by what.
Bad:
    [[node]]
    id = "tmp-web"
    label = "tmp-web"
    lifecycle = "unknown"
Good:
    [[node]]
    id = "tmp-web"
    label = "tmp-web"
    lifecycle = "retiring"
    until = 2027-03-31
    evidence = "2026-11-20 Sato: no access in the log"
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_alive


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each node whose lifecycle is unknown."""
    for node in list_alive(seen):
        if node.lifecycle == Lifecycle.UNKNOWN:
            message = t(
                f"{label_node(node)}を使っているかどうかが分かっていません。確かめて lifecycle を直してください。",
                f"Nobody has said whether {label_node_en(node)} is in use: find out, and set lifecycle.",
            )
            yield SystemHit(node.id, message, f"node:{node.id}")


rule = system_rule("SYS104", __name__, Severity.INFO, look)
