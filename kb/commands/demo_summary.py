"""The ten lines `kb demo` ends with: what was there, what it cost, what was found."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass

from kb.commands.demo_sandbox import Requests
from kb.lang import Text, t
from kb.sandbox.team import Team

_RULES = 4


@dataclass(frozen=True, slots=True)
class Ran:
    """A finished demo. `findings` is what `kb lint --format jsonl --pages` printed."""

    team: Team
    full: Requests
    idle: Requests
    findings: str
    seconds: float


def summary(ran: Ran) -> str:
    """At most ten lines."""
    return "\n".join(
        str(line) for line in (t("まとめ", "Summary"), *_held(ran.team), *_cost(ran), *_found(ran.findings))
    )


def _held(team: Team) -> tuple[Text, ...]:
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


def _cost(ran: Ran) -> tuple[Text, ...]:
    full, idle = ran.full, ran.idle
    return (
        t(
            f"  リクエスト（サーバー側の数）: 初回 esa {full.esa}・Redmine {full.redmine}、"
            f"2 回目 esa {idle.esa}・Redmine {idle.redmine}",
            f"  requests, counted by the servers, audits included: first esa {full.esa}, Redmine {full.redmine}; "
            f"then esa {idle.esa}, Redmine {idle.redmine}",
        ),
        t(f"  時間: {ran.seconds:.0f} 秒", f"  time: {ran.seconds:.0f} s"),
    )


def _found(findings: str) -> tuple[Text, ...]:
    rows = [json.loads(line) for line in findings.splitlines()]
    hits = [row for row in rows if "code" in row]
    incidents = sum(row.get("is_incident") is True for row in rows)
    pages = len({row["doc"] for row in hits})
    rules = Counter((row["code"], row["rule"]) for row in hits)
    return (
        t(
            f"  不具合のページ {incidents} 件のうち {pages} 件に、指摘が {len(hits)} 件",
            f"  {len(hits)} findings on {pages} of {incidents} incident pages",
        ),
        *(
            t(f"    {code} {rule}: {count}", f"    {code} {rule}: {count}")
            for (code, rule), count in rules.most_common(_RULES)
        ),
    )
