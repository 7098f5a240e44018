"""`kb demo`: an invented team, the real commands, and a workspace that stays.

Every step that is shown is a `kb` process as a person would type it, its line before its output.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb import clock
from kb.commands.registry import command, option
from kb.console.terminal import say
from kb.errors import Exit, ToolError
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.sandbox.demo.process import RunningSandbox

_QUESTIONS = (("secrets", "list"), ("search", "agg-legacy"), ("search", "再起動", "--open-tasks"))


@command(
    "demo",
    t("架空のチームで一通り試す", "try everything on an invented team"),
    example="kb demo --keep /tmp/kb-demo\nkb demo --stay",
)
def demo(
    keep: Annotated[
        Path,
        option("--keep DIR", t("作業フォルダーを残す場所", "where the workspace is left"), show_default=True),
    ] = Path("kb-demo"),
    stay: Annotated[
        bool,
        option(
            "--stay",
            t(
                "終わったあとも esa と Redmine を動かしておく（Ctrl-C まで）",
                "leave its esa and Redmine up until Ctrl-C",
            ),
        ),
    ] = False,
) -> None:
    """Run the demo. Raises UsageError for a folder in use, ToolError when a step fails."""
    import tempfile

    from kb.sandbox.demo.estate import write_model
    from kb.sandbox.demo.process import run_sandbox
    from kb.sandbox.demo.steps import (
        PLAN_FILE,
        capture_step,
        introduce,
        next_steps,
        prepare_folder,
        run_step,
        step_environment,
    )
    from kb.sandbox.demo.summary import DemoResult, summarize_demo
    from kb.sandbox.demo.weeks import environment_at, play_weeks
    from kb.sandbox.team import build, write
    from kb.sandbox.team.weeks import first_monday, weeks

    started = time.monotonic()
    folder = prepare_folder(keep)
    start = first_monday(clock.now())
    team = build(start)
    with ExitStack() as running:
        data = running.enter_context(tempfile.TemporaryDirectory(prefix="kb-demo-"))
        say(t("架空のチームの esa と Redmine を立てています…", "starting the invented team's esa and Redmine…"))
        sandbox = running.enter_context(run_sandbox(write(team, Path(data)), step_environment()))
        print(introduce(team))
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
        write_model(folder, team, start)
        played = weeks(start, team.numbers, team.posts)
        play_weeks(folder, sandbox, env, played, partial(_collect, folder, start))
        sandbox.clock(None)
        run_step(folder, env, "plan", "done", "-o", PLAN_FILE)
        run_step(folder, env, "review", PLAN_FILE, "--accept", "all")
        run_step(folder, env, "apply", PLAN_FILE)
        run_step(folder, env, "undo", "last")
        if not stay:
            running.close()  # what follows, and all a person tries later, reads the mirror
            env = step_environment()
        for question in _QUESTIONS:
            run_step(folder, env, *question)
        _collect_now(folder, env, start)
        _draw(folder, env)
        findings = capture_step(folder, env, "lint", "--format", "jsonl", "--pages", fine=(Exit.OK, Exit.FINDINGS))
        print(f"\n{summarize_demo(DemoResult(team, full, idle, findings, time.monotonic() - started))}")
        print(f"\n{next_steps(folder, team, stays=stay)}")
        if stay:
            _stay(folder, sandbox)


def _collect_now(folder: Path, env: Mapping[str, str], start: datetime) -> None:
    """Take in what runs today: one source as a person types it, the others like it."""
    from kb.sandbox.demo.steps import run_step

    first, *others = _collect(folder, start, clock.now())
    run_step(folder, env, "diagram", "collect", first[0], "--from", str(first[1]))
    names = [source for source, _ in others]
    print(
        t(
            f"listings/ の {'、'.join(names)} も、同じように取り込みました。",
            f"{', '.join(names)} of listings/ were collected the same way.",
        )
    )


def _collect(folder: Path, start: datetime, at: datetime) -> list[tuple[str, Path]]:
    """Take in what runs at a time; return each source with its listing.

    In this process: six commands would take a second and a half each time.
    """
    from kb.diagram.model.toml import MODEL_FOLDER, load_model
    from kb.estate.collect.take import CollectRequest, take_snapshot
    from kb.estate.drift.kinds import SourceKind
    from kb.sandbox.demo.estate import write_listings

    listings = write_listings(folder, start, at)
    model = load_model(folder / MODEL_FOLDER)
    for source, place in listings.items():
        take_snapshot(CollectRequest(SourceKind(source), (folder / place,), source), folder / ".kb", at, model)
    return list(listings.items())


def _draw(folder: Path, env: Mapping[str, str]) -> None:
    """Draw the team's system, and how what runs differs; or say in a sentence what is missing to draw it."""
    from kb.diagram.graphviz import find_japanese_font, require_dot
    from kb.sandbox.demo.steps import run_step, start_step

    try:
        require_dot()
        find_japanese_font()
    except ToolError as missing:
        after = missing.next_step or t("", "")
        print(
            t(
                f"\n構成図は描きません。{missing.what.ja}{after.ja}",
                f"\nThe diagram is not drawn: {missing.what.en} To have it, {after.en}",
            )
        )
        return
    show = start_step(folder, env, "diagram", "build", "--drift")
    run_step(folder, env, "diagram", "build")
    show()


def _stay(folder: Path, sandbox: RunningSandbox) -> None:
    """Serve until Ctrl-C. Raises ToolError when the sandbox ended by itself."""
    from kb.sandbox.demo.steps import describe_stay, write_variables

    with write_variables(folder, sandbox):
        if not sandbox.stay(f"\n{describe_stay(folder, sandbox)}"):
            raise ToolError(
                t("サンドボックスが終わりました。", "the sandbox ended."),
                t("もう一度 kb demo --stay を実行してください。", "run kb demo --stay again."),
            )
    say(
        t(
            "\n偽の esa と Redmine を止めました。作業フォルダーは残っています。",
            "\nThe invented esa and Redmine have ended; the workspace stays.",
        )
    )
