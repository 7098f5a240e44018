"""使っているかどうか、どの情報源からも分かりません / No source shows whether a node is still there

なぜ:
    EC2 にない VPS や社内のサーバーは、一覧にないからといって、ないとは言えません。EC2 の一覧が古いときや途中までのと
    きも同じです。消えたとは言わずに、確かめる人と書く場所だけを示します。EC2 にはないのに監視では生きている機械も、こ
    こで知らせます。
悪い例:
    # EC2 になく、監視もなく、手で書いた一覧の確認日も 3 年前
    [[node]]
    id = "vps"
    match = { host = ["soto-vps"] }
良い例:
    # 契約の画面で確かめ、machines.csv の checked_at を直した
    [[node]]
    id = "vps"
    evidence = "2026-11-20 佐藤: 契約の画面で確認"
    match = { host = ["soto-vps"] }
Why:
    Of a VPS or a server in the office, that no list has it does not say it is gone; nor where the list of EC2 is old
    or cut. It is not called gone: told are whom to ask and where to write it. So is a machine that EC2 lacks and
    monitoring reaches.
Bad:
    # not in EC2, not monitored, and last checked by hand three years ago
    [[node]]
    id = "vps"
    match = { host = ["soto-vps"] }
Good:
    # looked up in the contract; checked_at in machines.csv is new
    [[node]]
    id = "vps"
    evidence = "2026-11-20 Sato: seen in the contract"
    match = { host = ["soto-vps"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.kinds import Evidence, InstanceState, SourceKind
from kb.estate.drift.rules import SECTIONS, DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system import label_node, label_node_en, list_in_use
from linters.system.telling import ask_owner, is_gone_from_ec2, list_some

if TYPE_CHECKING:
    from kb.diagram.model.nouns import Node
    from kb.estate.drift.estate import Estate


def _shows(estate: Estate, node: Node) -> bool:
    """Return whether any fresh source shows a node: a machine, a deployment group, a jar or a container of it."""
    machines = estate.machines_of(node)
    if any(each.instance is not None and each.instance.state is not InstanceState.TERMINATED for each in machines):
        return True
    if any(each.seen_alive for each in machines):
        return True
    on_machines = node.match.in_ec2 or node.match.host or node.match.ip or node.match.zabbix
    if not on_machines and any(estate.deployments.groups_named(pattern) for pattern in node.match.codedeploy):
        return True
    return any(estate.jars_of(node)) or any(estate.containers_of(node))


def _may_be_called_gone(estate: Estate, node: Node) -> bool:
    """Return whether another rule says that it is gone: its instances, its deployment groups, its jars."""
    match = node.match
    if match.in_ec2:
        return is_gone_from_ec2(estate, node)
    if match.host or match.ip or match.zabbix or match.container or estate.machines_of(node):
        return False
    if match.codedeploy:
        return estate.proves_absence(SourceKind.CODEDEPLOY) and estate.lists_all(SourceKind.CODEDEPLOY)
    return bool(match.jar) and estate.proves_absence(SourceKind.HOSTS, sections=SECTIONS["SYS245"])


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each node that nothing shows, and for one that EC2 lacks and another source shows alive."""
    for node in list_in_use(estate.model):
        if not node.match.is_given:
            continue
        gone = is_gone_from_ec2(estate, node)
        alive = [each for each in estate.machines_of(node) if each.seen_alive]
        ask = ask_owner(node)
        if gone and alive:
            message = t(
                f"{label_node(node)}は EC2 にありませんが、ほかの情報源では動いています。",
                f"{label_node_en(node)} is not in EC2, and another source shows it alive.",
            )
            names = list_some([each.name for each in alive])
            evidence = (
                estate.evidence(SourceKind.EC2, t("当てはまるインスタンスなし", "no instance fits")),
                *(estate.shown_by(each) for each in alive[:3]),
            )
            what = t(f"{names.ja} がどこで動いているか", f"where {names.en} runs")
        elif _shows(estate, node) or _may_be_called_gone(estate, node):
            continue
        else:
            message = t(
                f"{label_node(node)}がいまあるかどうか、どの情報源からも分かりません。",
                f"No source shows whether {label_node_en(node)} is still there.",
            )
            evidence = tuple(estate.not_shown_by(node)) or (
                Evidence("model", "", t("情報源がありません", "there is no source")),
            )
            what = t("使っているか", "whether it is used")
        yield DriftHit(
            node.id,
            message,
            evidence,
            t(
                f"{ask.ja}、{what.ja}を契約か管理画面で確かめ、evidence に日付と名前を書いてください。",
                f"{ask.en}; check {what.en} in the contract or console, and write day and name into its evidence.",
            ),
        )


rule = drift_rule("SYS205", __name__, Severity.INFO, look)
