"""`kb plan reassign`: propose to hand the open tickets of one person to another."""

from __future__ import annotations

from typing import Annotated

import typer

from kb.commands.plan_close import Project
from kb.commands.plan_files import PLAN, Force, Now, Output
from kb.config import open_workspace
from kb.errors import UsageError
from kb.lang import t

EXAMPLE = 'kb plan reassign --from "渡辺 誠" --to "佐藤 健" -o reassign.toml\nkb plan reassign --from "#7" --to "#9"'


def command(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="PERSON",
            help=str(t("今の担当者（Redmine の氏名か #番号）", "who has them now: name in Redmine, or #number")),
            show_default=False,
        ),
    ] = "",
    target: Annotated[
        str,
        typer.Option("--to", metavar="PERSON", help=str(t("新しい担当者", "who gets them")), show_default=False),
    ] = "",
    project: Project = "",
    out: Output = PLAN,
    force: Force = False,
    now: Now = "",
) -> None:
    """Read the mirror's open tickets, and write which of them would go from one person to the other."""
    from kb.changes.propose.close import finished
    from kb.changes.propose.post import Answer, gathered
    from kb.changes.propose.reassign import people_in, person, reassign
    from kb.commands.plan_files import deliver, free
    from kb.commands.plan_tickets import Tickets, with_redmine
    from kb.lint.request import clock
    from kb.mirror import known
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    path = with_redmine(workspace)
    if not source.strip() or not target.strip():
        raise UsageError(
            t("--from と --to が要ります。", "--from and --to are needed."),
            t('例: --from "渡辺 誠" --to "佐藤 健"', 'example: --from "Watanabe Makoto" --to "Sato Ken"'),
        )
    free(out, force=force)
    policy = workspace.settings.ticket_policy
    moment = clock(now, workspace.settings.timezone)
    answers: list[Answer] = []
    with Mirror.open(path, readonly=True) as mirror:
        people = people_in(known.redmine_people(mirror.database))
        old, new = person(source, people, "--from"), person(target, people, "--to")
        if old.id == new.id:
            raise UsageError(
                t("--from と --to が同じ人です。", "--from and --to are the same person."),
                t("別の人を指定してください。", "give two people."),
            )
        tickets = Tickets(workspace, mirror, moment.date(), now)
        places = tickets.places(project) if project else None
        for state in tickets.states(places):
            if tickets.assignee(state) != old.id:
                continue
            ticket = tickets.ticket(state)
            done = isinstance(finished(state, policy, moment.date()), tuple)
            answers.append(reassign(ticket, old, new, looks_finished=done))
    deliver(gathered(answers), workspace, out, moment)
