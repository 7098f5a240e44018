"""ノードのリンク先が、もうありません / A node leads to something that is gone

なぜ:
    障害のときに開くのがこのリンクです。手元の写しで削除されたと分かっている esa の記事と Redmine のチケットへの
    runbook、repo、esa を知らせます。写したことのない番号や、ほかのサイトのことは推測しません。
悪い例:
    [[node]]
    id = "api"
    label = "配信 API"
    esa = 12
良い例:
    [[node]]
    id = "api"
    label = "配信 API"
    esa = 310
Why:
    This is the link people open in an outage. Told are runbook, repo and esa that lead to posts of esa and
    tickets of Redmine that kb's mirror knows to be deleted; never a guess on what was not mirrored.
Bad:
    [[node]]
    id = "api"
    label = "Delivery API"
    esa = 12
Good:
    [[node]]
    id = "api"
    label = "Delivery API"
    esa = 310
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.rules.world import label_link_end
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_alive


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each node with a dead link."""
    for node in list_alive(seen):
        for field in ("runbook", "esa", "repo"):
            document = label_link_end(seen.gone.get((node.id, field), ""))
            if document is None:
                continue
            message = t(
                f"{label_node(node)}の {field} が指す{document.ja} は削除されています。{field} を直してください。",
                f"{field} of {label_node_en(node)} leads to {document.en}, which was deleted: mend it.",
            )
            yield SystemHit(node.id, message, f"node:{node.id}")


rule = system_rule("SYS105", __name__, Severity.WARNING, look)
