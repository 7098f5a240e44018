"""終了の予定日を過ぎています / A node that should be gone by now

なぜ:
    止めると決めたものが残っていると、費用がかかり、監視の通知が続き、次に見た人が使っていると思います。
    止め終わっていれば retired に、延ばすのなら until を新しい日にします。
    予定日が書かれていない retiring も知らせます。
悪い例:
    [[node]]
    id = "legacy-batch"
    label = "旧バッチ"
    lifecycle = "retiring"
    until = 2020-03-31
良い例:
    [[node]]
    id = "legacy-batch"
    label = "旧バッチ"
    lifecycle = "retired"
Why:
    What was to be stopped and still runs costs money, keeps alerting, and looks as if it were in use.
    Once it is stopped write retired; if it stays longer, give until a new day.
    A retiring node without a day is told too.
Bad:
    [[node]]
    id = "legacy-batch"
    label = "Old batch"
    lifecycle = "retiring"
    until = 2020-03-31
Good:
    [[node]]
    id = "legacy-batch"
    label = "Old batch"
    lifecycle = "retired"
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.diagram.model.lifecycle import Lifecycle
from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_alive


def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each retiring node whose day has passed or is missing."""
    for node in list_alive(seen):
        if node.lifecycle != Lifecycle.RETIRING or node.until >= seen.today.isoformat():
            continue
        message = (
            t(
                f"{label_node(node)}は終了の予定日（{node.until}）を過ぎています。"
                "止め終わっていれば lifecycle を retired に、まだなら until を直してください。",
                f"{label_node_en(node)} was to be gone by {node.until}: write retired, or give until a new day.",
            )
            if node.until
            else t(
                f"{label_node(node)}は終了予定ですが、いつまでかが書かれていません。until に日付を書いてください。",
                f"{label_node_en(node)} is retiring, but nobody said by when: give until a day.",
            )
        )
        yield SystemHit(node.id, message, f"node:{node.id}")


rule = system_rule("SYS103", __name__, Severity.WARNING, look)
