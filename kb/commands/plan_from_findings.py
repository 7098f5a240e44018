"""`kb plan from-findings`: propose all that lint's findings would change of titles and places, in one plan."""

from __future__ import annotations

from typing import Annotated

import typer

from kb.commands.plan_files import PLAN, Force, Now, Output
from kb.config import open_workspace
from kb.console import safe, say
from kb.errors import Exit
from kb.lang import t

EXAMPLE = "kb plan from-findings\nkb plan from-findings --select INC5,PST -o week.toml"


def command(
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CODE",
            help=str(t("この規則の指摘だけ（INC、INC503、規則名）", "findings of these rules (INC, INC503, a name)")),
            show_default=False,
        ),
    ] = None,
    without_check: Annotated[
        bool,
        typer.Option(
            "--without-check",
            help=str(
                t("チケットを閉じられるかを Redmine に聞かない", "do not ask Redmine which tickets can be closed")
            ),
        ),
    ] = False,
    out: Output = PLAN,
    force: Force = False,
    now: Now = "",
) -> None:
    """Lint the mirror, and write what its findings would change."""
    from kb.changes.propose.post import gathered
    from kb.commands.plan_close import closings
    from kb.commands.plan_files import deliver, free
    from kb.commands.plan_incidents import Findings
    from kb.commands.plan_tickets import RULE
    from kb.lint.request import Request, clock

    workspace = open_workspace()
    workspace.mirrored()
    free(out, force=force)
    settings = workspace.settings
    moment = clock(now, settings.timezone)
    words = tuple(word for each in select or () for word in each.split(",") if word.strip())
    found = Findings(workspace, Request(select=words, now=now))
    answers = list(found.everything())
    troubles = dict.fromkeys(found.troubles)
    if settings.redmine is not None and RULE in found.codes:
        tickets, more = closings(workspace, settings.ticket_policy, now, check=not without_check)
        answers += tickets
        told = {str(trouble.what) for trouble in troubles}
        troubles |= dict.fromkeys(each for each in more if str(each.what) not in told)
    for trouble in troubles:
        say(safe(str(trouble.what)))
    deliver(gathered(answers), workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in troubles)):
        raise typer.Exit(code)
