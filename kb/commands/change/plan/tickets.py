"""`kb plan close` and `kb plan reassign`: propose to close tickets, or to hand them to a colleague."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import (
    ForceOption,
    PlanDraft,
    PlanNowOption,
    PlanOutputOption,
    open_mirrored,
)
from kb.commands.registry import command, option
from kb.errors import UsageError
from kb.model.document import Source
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.post import Proposal


ProjectOption = Annotated[
    str, option("--project ID", t("このプロジェクト（子も）だけ", "this project and those below it only"))
]


@command(
    "plan close",
    t("終わったように見えるチケットを閉じる案", "close tickets that look finished"),
    example="kb plan close -o close.toml\nkb plan close --project infra --quiet-days 30 --status 解決",
    shared=True,
)
def plan_close(
    out: PlanOutputOption = Path("close.toml"),
    project: ProjectOption = "",
    quiet_days: Annotated[
        int | None,
        option(
            "--quiet-days N",
            t("人の動きがこの日数ないもの（既定は kb.toml）", "in which nobody did anything for N days"),
            min=0,
        ),
    ] = None,
    status: Annotated[
        list[str] | None,
        option(
            "--status NAME", t("終わったとみなす状態（繰り返せます。既定は kb.toml）", "a status that means finished")
        ),
    ] = None,
    to: Annotated[str, option("--to STATUS", t("閉じるときの状態", "the status to close with"))] = "",
    without_check: Annotated[
        bool,
        option(
            "--without-check",
            t("閉じられるかを Redmine に聞かない（何も送りません）", "do not ask Redmine what can be closed"),
        ),
    ] = False,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Lint the mirror, weigh what says that each open ticket is finished, and write which could be closed."""
    from kb.lint.proposals.closing import propose_closings, require_statuses
    from kb.plan.propose.post import gather_proposals

    workspace = open_mirrored(Source.REDMINE)
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    policy = workspace.settings.ticket_policy
    if status:
        require_statuses(workspace, status)
        policy = replace(policy, finished_statuses=tuple(status))
    if quiet_days is not None:
        policy = replace(policy, quiet_days=quiet_days)
    answers, troubles = propose_closings(workspace, policy, now, project=project, to=to, check=not without_check)
    draft.write(gather_proposals(answers), troubles)


@command(
    "plan reassign",
    t("担当者を変える案", "hand tickets to somebody else"),
    example='kb plan reassign --from "渡辺 誠" --to "佐藤 健" -o reassign.toml\nkb plan reassign --from "#7" --to "#9"',
    shared=True,
)
def plan_reassign(
    source: Annotated[
        str,
        option("--from PERSON", t("今の担当者（名前か #番号）", "who has them now: a name, or #number")),
    ] = "",
    target: Annotated[str, option("--to PERSON", t("新しい担当者", "who gets them"))] = "",
    project: ProjectOption = "",
    out: PlanOutputOption = Path("reassign.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Read the mirror's open tickets, and write which of them would go from one person to the other."""
    from kb.lint.people.roster import load_people
    from kb.lint.proposals.tickets import OpenTickets
    from kb.mirror import queries
    from kb.plan.propose.close import judge_finished
    from kb.plan.propose.post import gather_proposals
    from kb.plan.propose.tickets import find_person, list_people, propose_reassign

    workspace = open_mirrored(Source.REDMINE)
    if not source.strip() or not target.strip():
        raise UsageError(
            t("--from と --to が要ります。", "--from and --to are needed."),
            t('例: --from "渡辺 誠" --to "佐藤 健"', 'example: --from "Watanabe Makoto" --to "Sato Ken"'),
        )
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    policy = workspace.settings.ticket_policy
    answers: list[Proposal] = []
    with draft.mirror() as mirror:
        known = load_people(workspace.settings, mirror)
        people = list_people(queries.redmine_people(mirror.database), known.spell)
        old, new = (
            find_person(written, people, name, known.find_accounts)
            for name, written in (("--from", source), ("--to", target))
        )
        if old.id == new.id:
            raise UsageError(
                t("--from と --to が同じ人です。", "--from and --to are the same person."),
                t("別の人を指定してください。", "give two people."),
            )
        tickets = OpenTickets(workspace, mirror, draft.today, now)
        for state in tickets.states(tickets.places(project) if project else None):
            if tickets.assignee(state) == old.id:
                done = isinstance(judge_finished(state, policy, draft.today), tuple)
                answers.append(propose_reassign(tickets.ticket(state), old, new, looks_finished=done))
    draft.write(gather_proposals(answers))
