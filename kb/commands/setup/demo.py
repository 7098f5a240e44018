"""`kb demo`: an invented team, the real commands, and a workspace that stays.

Every step is a `kb` process as a person would type it; its line is shown before its output.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from kb import clock
from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import Exit
from kb.text.lang import t

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
    from kb.sandbox.demo.summary import DemoResult, summarize_demo
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
