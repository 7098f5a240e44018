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
    out: Output = PLAN,
    force: Force = False,
    now: Now = "",
) -> None:
    """Lint the mirror, and write what its findings would change."""
    from kb.changes.propose.post import gathered
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_incidents import Findings
    from kb.lint.request import Request, clock

    workspace = open_workspace()
    with_esa(workspace)
    free(out, force=force)
    moment = clock(now, workspace.settings.timezone)
    words = tuple(word for each in select or () for word in each.split(",") if word.strip())
    found = Findings(workspace, Request(select=words, now=now))
    proposed = gathered(found.everything())
    for trouble in found.troubles:
        say(safe(str(trouble.what)))
    deliver(proposed, workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in found.troubles)):
        raise typer.Exit(code)
