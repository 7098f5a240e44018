"""`kb plan done`: propose the mark and the done place for incident pages that are done."""

from __future__ import annotations

import typer

from kb.commands.plan_files import PLAN, Force, Now, Output
from kb.config import open_workspace
from kb.console import safe, say
from kb.errors import Exit

EXAMPLE = "kb plan done\nkb plan done -o done.toml --now 2026-12-01"


def command(out: Output = PLAN, force: Force = False, now: Now = "") -> None:
    """Lint the mirror's incident pages, and write which of them would be marked as done and moved."""
    from kb.changes.propose.post import gathered
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_incidents import CODES, Findings
    from kb.lint.request import Request, clock

    workspace = open_workspace()
    with_esa(workspace)
    free(out, force=force)
    moment = clock(now, workspace.settings.timezone)
    found = Findings(workspace, Request(select=tuple(CODES), now=now))
    proposed = gathered(found.done())
    for trouble in found.troubles:
        say(safe(str(trouble.what)))
    deliver(proposed, workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in found.troubles)):
        raise typer.Exit(code)
