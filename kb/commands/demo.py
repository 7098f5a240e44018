"""`kb demo`: an invented team, the real commands, and a workspace that stays.

Every step is a `kb` of its own, as a person would type it; its line is shown before its output.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from kb import clock
from kb.console import say
from kb.errors import Exit
from kb.lang import t

EXAMPLE = "kb demo --keep /tmp/kb-demo"

_QUESTIONS = (("secrets", "list"), ("search", "agg-legacy"), ("search", "再起動", "--open-tasks"))


def command(
    keep: Annotated[
        Path,
        typer.Option(metavar="DIR", help=str(t("作業フォルダーを残す場所", "where the workspace is left"))),
    ] = Path("kb-demo"),
) -> None:
    """Run the whole thing. Raises UsageError when the folder is somebody's, ToolError when a step fails."""
    from kb.commands.demo_sandbox import running
    from kb.commands.demo_steps import PLAN, environment, next_steps, output, prepare, step
    from kb.commands.demo_summary import Ran, summary
    from kb.commands.demo_weeks import at, play
    from kb.sandbox.team import build, write
    from kb.sandbox.team.weeks import first_monday, weeks

    started = time.monotonic()
    folder = prepare(keep)
    start = first_monday(clock.now())
    team = build(start)
    with tempfile.TemporaryDirectory(prefix="kb-demo-") as data:
        say(str(t("架空のチームの esa と Redmine を立てています…", "starting the invented team's esa and Redmine…")))
        with running(write(team, Path(data)), environment()) as sandbox:
            env = environment(sandbox.credentials)
            sandbox.clock(start)
            then = at(env, start)
            step(folder, then, "init", "--team", team.name, "--redmine-url", sandbox.redmine, "--yes")
            before = sandbox.requests()
            step(folder, then, "sync")
            full = sandbox.requests() - before
            step(folder, then, "sync")
            idle = sandbox.requests() - before - full
            step(folder, then, "lint", fine=(Exit.OK, Exit.FINDINGS))
            play(folder, sandbox, env, weeks(start, team.numbers, team.posts))
            sandbox.clock(None)
            step(folder, env, "plan", "done", "-o", PLAN)
            step(folder, env, "review", PLAN, "--accept", "all")
            step(folder, env, "apply", PLAN)
            step(folder, env, "undo", "last")
    # From here on nothing answers: what follows, and all a person tries later, reads the mirror.
    env = environment()
    for question in _QUESTIONS:
        step(folder, env, *question)
    findings = output(folder, env, "lint", "--format", "jsonl", "--pages", fine=(Exit.OK, Exit.FINDINGS))
    print(f"\n{summary(Ran(team, full, idle, findings, time.monotonic() - started))}")
    print(f"\n{next_steps(folder, team)}")
