"""The last lines of `kb demo`: what the team held, what it cost, what was found."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.rules.codes import LEFT_IN_HISTORY, is_secret
from kb.sandbox.demo.process import RequestCounts
from kb.sandbox.team import InventedTeam
from kb.text.lang import Text, t

_RULES = 3

_HIGHEST = ("root", "admin")
"""What the credentials of administrators open."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A finished demo. `findings` is what `kb lint --format jsonl --pages` printed."""

    team: InventedTeam
    full: RequestCounts
    idle: RequestCounts
    findings: str
    seconds: float


def summarize_demo(ran: DemoResult) -> str:
    """Return at most ten lines on what a demo showed."""
    return "\n".join(
        str(line) for line in (t("まとめ", "Summary"), *_found(ran.findings), *_held(ran.team), *_cost(ran))
    )


def _held(team: InventedTeam) -> tuple[Text, ...]:
    posts, tickets = team.posts, team.tickets
    wip = sum(post["wip"] for post in posts)
    own = sum((post["category"] or "").startswith("Users/") for post in posts)
    done = sum(ticket["done_ratio"] == 100 and not ticket["status"]["is_closed"] for ticket in tickets)
    return (
        t(
            f"  esa: 投稿 {len(posts)} 件（WIP {wip}、個人フォルダー {own}）、メンバー {len(team.members)} 人",
            f"  esa: {len(posts)} posts ({wip} WIP, {own} in personal folders), {len(team.members)} members",
        ),
        t(
            f"  Redmine: チケット {len(tickets)} 件（進捗 100% で未完了 {done}）、プロジェクト {len(team.projects)}",
            f"  Redmine: {len(tickets)} tickets ({done} at 100 % and still open), {len(team.projects)} projects",
        ),
    )


def _cost(ran: DemoResult) -> tuple[Text, ...]:
    full, idle = ran.full, ran.idle
    return (
        t(
            f"  リクエスト（サーバー側の数）: 初回 esa {full.esa}・Redmine {full.redmine}、"
            f"2 回目 esa {idle.esa}・Redmine {idle.redmine}",
            f"  requests: first esa {full.esa}, Redmine {full.redmine}; "
            f"then esa {idle.esa}, Redmine {idle.redmine} (the servers' count)",
        ),
        t(f"  時間: {ran.seconds:.0f} 秒", f"  time: {ran.seconds:.0f} s"),
    )


def _found(findings: str) -> tuple[Text, ...]:
    rows = [json.loads(line) for line in findings.splitlines()]
    incidents = {row["doc"] for row in rows if row.get("is_incident") is True}
    hits = [row for row in rows if "code" in row]
    told = [row for row in hits if row["doc"] in incidents and not is_secret(row["code"])]
    pages = len({row["doc"] for row in told})
    rules = Counter((row["code"], row["rule"]) for row in told)
    return (
        _secrets([row for row in hits if is_secret(row["code"])]),
        t(
            f"  不具合のページ {len(incidents)} 件のうち {pages} 件に、指摘が {len(told)} 件",
            f"  {len(told)} findings on {pages} of {len(incidents)} incident pages",
        ),
        *(
            t(f"    {code} {rule}: {count}", f"    {code} {rule}: {count}")
            for (code, rule), count in rules.most_common(_RULES)
        ),
    )


def _secrets(rows: Sequence[Mapping[str, Any]]) -> Text:
    """Return where credentials stand, by counts alone."""
    esa = sum(row["doc"].startswith("esa:") for row in rows)
    admin = sum(row.get("opens") in _HIGHEST for row in rows)
    past = sum(row["code"] == LEFT_IN_HISTORY for row in rows)
    return t(
        f"  書かれた秘密 {len(rows)} か所（esa {esa}、Redmine {len(rows) - esa}）。"
        f"管理者のもの {admin}、履歴にだけ残るもの {past}",
        f"  {len(rows)} credentials written down (esa {esa}, Redmine {len(rows) - esa}): "
        f"{admin} an administrator's, {past} only in history",
    )
