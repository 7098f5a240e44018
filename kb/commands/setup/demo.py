"""`kb demo`: an invented team, the real commands, and a workspace that stays.

Every step is a `kb` of its own, as a person would type it; its line is shown before its output.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from kb import clock
from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import Exit
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.sandbox.demo.process import RequestCounts
    from kb.sandbox.team import InventedTeam

_QUESTIONS = (("secrets", "list"), ("search", "agg-legacy"), ("search", "再起動", "--open-tasks"))


@command(
    "demo", t("架空のチームで一通り試す", "try everything on an invented team"), example="kb demo --keep /tmp/kb-demo"
)
def demo(
    keep: Annotated[
        Path,
        option("--keep DIR", t("作業フォルダーを残す場所", "where the workspace is left"), show_default=True),
    ] = Path("kb-demo"),
) -> None:
    """Run the demo. Raises UsageError for a folder in use, ToolError when a step fails."""
    import tempfile

    from kb.sandbox.demo.process import run_sandbox
    from kb.sandbox.demo.steps import PLAN_FILE, capture_step, next_steps, prepare_folder, run_step, step_environment
    from kb.sandbox.demo.weeks import environment_at, play_weeks
    from kb.sandbox.team import build, write
    from kb.sandbox.team.weeks import first_monday, weeks

    started = time.monotonic()
    folder = prepare_folder(keep)
    start = first_monday(clock.now())
    team = build(start)
    with tempfile.TemporaryDirectory(prefix="kb-demo-") as data:
        say(t("架空のチームの esa と Redmine を立てています…", "starting the invented team's esa and Redmine…"))
        with run_sandbox(write(team, Path(data)), step_environment()) as sandbox:
            env = step_environment(sandbox.credentials)
            sandbox.clock(start)
            then = environment_at(env, start)
            run_step(folder, then, "init", "--team", team.name, "--redmine-url", sandbox.redmine, "--yes")
            before = sandbox.requests()
            run_step(folder, then, "sync")
            full = sandbox.requests() - before
            run_step(folder, then, "sync")
            idle = sandbox.requests() - before - full
            run_step(folder, then, "lint", fine=(Exit.OK, Exit.FINDINGS))
            play_weeks(folder, sandbox, env, weeks(start, team.numbers, team.posts))
            sandbox.clock(None)
            run_step(folder, env, "plan", "done", "-o", PLAN_FILE)
            run_step(folder, env, "review", PLAN_FILE, "--accept", "all")
            run_step(folder, env, "apply", PLAN_FILE)
            run_step(folder, env, "undo", "last")
    # From here on nothing answers: what follows, and all a person tries later, reads the mirror.
    env = step_environment()
    for question in _QUESTIONS:
        run_step(folder, env, *question)
    findings = capture_step(folder, env, "lint", "--format", "jsonl", "--pages", fine=(Exit.OK, Exit.FINDINGS))
    print(f"\n{summarize_demo(DemoResult(team, full, idle, findings, time.monotonic() - started))}")
    print(f"\n{next_steps(folder, team)}")


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
    """At most ten lines."""
    return "\n".join(
        str(line) for line in (t("まとめ", "Summary"), *_held(ran.team), *_cost(ran), *_found(ran.findings))
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
    from kb.rules.codes import is_secret

    rows = [json.loads(line) for line in findings.splitlines()]
    incidents = {row["doc"] for row in rows if row.get("is_incident") is True}
    hits = [row for row in rows if "code" in row]
    told = [row for row in hits if row["doc"] in incidents and not is_secret(row["code"])]
    pages = len({row["doc"] for row in told})
    rules = Counter((row["code"], row["rule"]) for row in told)
    return (
        t(
            f"  不具合のページ {len(incidents)} 件のうち {pages} 件に、指摘が {len(told)} 件",
            f"  {len(told)} findings on {pages} of {len(incidents)} incident pages",
        ),
        *(
            t(f"    {code} {rule}: {count}", f"    {code} {rule}: {count}")
            for (code, rule), count in rules.most_common(_RULES)
        ),
        _secrets([row for row in hits if is_secret(row["code"])]),
    )


def _secrets(rows: Sequence[Mapping[str, Any]]) -> Text:
    """Where credentials stand, by counts alone."""
    from kb.rules.codes import LEFT_IN_HISTORY

    esa = sum(row["doc"].startswith("esa:") for row in rows)
    admin = sum(row.get("opens") in _HIGHEST for row in rows)
    past = sum(row["code"] == LEFT_IN_HISTORY for row in rows)
    return t(
        f"  書かれた秘密 {len(rows)} か所（esa {esa}、Redmine {len(rows) - esa}）。"
        f"管理者のもの {admin}、履歴にだけ残るもの {past}",
        f"  {len(rows)} credentials written down (esa {esa}, Redmine {len(rows) - esa}): "
        f"{admin} an administrator's, {past} only in history",
    )
