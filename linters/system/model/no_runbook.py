"""手順のページが書かれていません / A node without a runbook

なぜ:
    止まったときに何をすればよいかを、図から 1 回のクリックで開けるようにします。
    runbook（URL）か esa（記事の番号）のどちらかがあれば足ります。
    人、外部サービス、ファイル、部品、コマンド、道具には聞きません。
悪い例:
    [[node]]
    id = "api"
    kind = "ec2"
    owner = "配信チーム"
良い例:
    [[node]]
    id = "api"
    kind = "ec2"
    owner = "配信チーム"
    esa = 310
Why:
    What to do when it stops should be one click away from the diagram.
    Either runbook (an address) or esa (a post's number) is enough.
    People, services of others, files, modules, commands and tools are not asked about.
Bad:
    [[node]]
    id = "api"
    kind = "ec2"
    owner = "delivery team"
Good:
    [[node]]
    id = "api"
    kind = "ec2"
    owner = "delivery team"
    esa = 310
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import NOT_OPERATED, label_node, label_node_en, list_alive


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each operated node without a runbook."""
    for node in list_alive(seen):
        if not (node.runbook or node.esa or node.kind in NOT_OPERATED):
            draft = f"kb runbook {shlex.quote(node.id)}"
            message = t(
                f"{label_node(node)}の手順のページがまだ書かれていません。runbook か esa に書いてください"
                f"（過去の障害から下書きするなら {draft}）。",
                f"{label_node_en(node)} leads to no runbook yet: give runbook or esa (drafted from past incidents by"
                f" {draft}).",
            )
            yield SystemHit(node.id, message, f"node:{node.id}")


rule = system_rule("SYS102", __name__, Severity.INFO, look)
