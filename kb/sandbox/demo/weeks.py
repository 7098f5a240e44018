"""Play four weeks in `kb demo`: people write and close things, kb lints and reports every Monday."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from kb.clock import NOW_VARIABLE
from kb.console.terminal import paint
from kb.errors import Exit
from kb.sandbox.demo.process import RunningSandbox
from kb.sandbox.demo.steps import REPORT_PAGE, capture_step, run_step
from kb.sandbox.team.weeks import MachineEvent, PlayedWeek, TeamAction
from kb.text.lang import Text, t

_FINE = (Exit.OK, Exit.FINDINGS)


def play_weeks(
    folder: Path,
    sandbox: RunningSandbox,
    env: Mapping[str, str],
    weeks: tuple[PlayedWeek, ...],
    collect: Callable[[datetime], object],
) -> None:
    """Play the weeks; kb's and the sandbox's clocks end on the last Monday. `collect` takes in what runs at a time.

    Of Mondays only the report is shown. Raises ToolError when a step fails.
    """
    for number, week in enumerate(weeks, 1):
        print(f"\n{paint(str(_heading(number, week)), 'bold')}")
        events: list[TeamAction | MachineEvent] = [*week.deeds, *week.machines]
        for event in sorted(events, key=lambda each: each.at):
            if isinstance(event, TeamAction):
                sandbox.clock(event.at)
                sandbox.edit(event.order)
            print(f"  {event.at.month}/{event.at.day} {event.says}")
        monday = environment_at(env, week.monday_after)
        sandbox.clock(week.monday_after)
        with sandbox.refusing("redmine") if week.redmine_fails else nullcontext():
            if week.redmine_fails:
                print(
                    t(
                        "  月曜の朝、Redmine が鍵を受け付けません。esa だけを読みます。",
                        "  On Monday morning Redmine refuses the key; only esa is read.",
                    )
                )
            capture_step(folder, monday, "sync", fine=(Exit.SOURCE,) if week.redmine_fails else (Exit.OK,))
            capture_step(folder, monday, "lint", fine=_FINE)
        if week.collects:
            print(
                t(
                    "  月曜の朝、動いているものの一覧も取り込みます（kb diagram collect）。",
                    "  On Monday morning what runs is collected, too (kb diagram collect).",
                )
            )
            collect(week.monday_after)
        run_step(folder, monday, "report")
    last = weeks[-1]
    page = capture_step(folder, environment_at(env, last.monday_after), "report", "--format", "html")
    (folder / REPORT_PAGE).write_text(page, encoding="utf-8")
    print(
        t(
            f"同じ週報を 1 枚のページにして {REPORT_PAGE} に置きました（ブラウザーで開けます）。",
            f"The same report as one page is in {REPORT_PAGE}, for a browser.",
        )
    )


def environment_at(env: Mapping[str, str], moment: datetime) -> dict[str, str]:
    """Return the environment of a step on that day."""
    return {**env, NOW_VARIABLE: moment.isoformat()}


def _heading(number: int, week: PlayedWeek) -> Text:
    end = week.monday_after
    return t(
        f"{number} 週目: {week.name}（{week.start.month}/{week.start.day} から。{end.month}/{end.day} の朝に sync、"
        "lint、report）",
        f"Week {number}: {week.name} (from {week.start:%m/%d}; on {end:%m/%d} sync, lint and report)",
    )
