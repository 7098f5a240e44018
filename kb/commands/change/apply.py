"""`kb apply`: send what a plan has accepted. `kb undo` shares its options."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.change.plan.files import find_plan
from kb.commands.change.plan.output import PlanArgument
from kb.commands.registry import command, option
from kb.console.terminal import say_safe, say_wrapped
from kb.errors import Exit, InputError, KbError, RefusedError, UsageError
from kb.settings.workspace import open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.execute.apply import PreparedApply
    from kb.execute.journal.run import Run
    from kb.execute.preflight.check import ApplyForecast
    from kb.execute.run_control import ApplyResult
    from kb.model.plan import Plan


RehearseOption = Annotated[
    bool, option("--rehearse", t("確かめるだけで、何も送らない", "look and compare, and send nothing"))
]
AllowOption = Annotated[
    int | None, option("--allow N", t("上限を超えて N 件まで送る", "send up to N changes, beyond the limits"), min=0)
]
PerDayOption = Annotated[
    int | None,
    option(
        "--per-day N", t("1 日に N 件まで送り、続きは翌日に", "send at most N a day, and the rest on other days"), min=0
    ),
]
WithoutNoteOption = Annotated[bool, option("--without-note", t("チケットに注記を残さない", "leave no note on tickets"))]
YesUndoOption = Annotated[
    bool, option("--yes, -y", t("最初の 3 件のあとで確認しない", "do not ask after the first three"))
]
YesApplyOption = Annotated[
    bool,
    option(
        "--yes, -y",
        t(
            "決めていない変更も、最初の 3 件のあとも、聞かずに送る",
            "send without asking: what nobody decided on, and after the first three",
        ),
    ),
]
MailsOption = Annotated[
    int | None,
    option(
        "--mails N",
        t(
            "--yes で、決めていない変更のメールを N 通まで認める",
            "with --yes: allow up to N mails where changes are not decided on",
        ),
        min=0,
    ),
]
JsonOption = Annotated[
    bool, option("--json", t("件数と上書きした値を JSON で出力する", "print figures and overwritten values as JSON"))
]


class MeetingFormat(StrEnum):
    """How the page of a rehearsal is written."""

    MARKDOWN = "markdown"
    HTML = "html"


@command(
    "apply",
    t("受け入れた変更を送る", "send what was accepted"),
    example="kb apply plan.toml --rehearse\nkb apply plan.toml",
)
def apply(
    plan: PlanArgument = None,
    rehearse: RehearseOption = False,
    allow: AllowOption = None,
    per_day: PerDayOption = None,
    without_note: WithoutNoteOption = False,
    yes: YesApplyOption = False,
    mails: MailsOption = None,
    as_json: JsonOption = False,
    format: Annotated[
        MeetingFormat | None,
        option("--format", t("予行を、打ち合わせのための 1 枚にする", "write a rehearsal on one page, for a meeting")),
    ] = None,
) -> None:
    """Check the plan, send it change by change, and report each outcome."""
    from kb.commands.flows import apply, apply_report
    from kb.commands.flows.apply import ask_for_undecided
    from kb.console import terminal
    from kb.execute.apply import prepare_apply
    from kb.execute.plan_store import is_private_path
    from kb.execute.preflight.announced import describe_member_mails, hold_back
    from kb.execute.run_control import ApplyOptions

    if mails is not None and not yes:
        raise UsageError(
            t("--mails は --yes と一緒に使います。", "--mails goes with --yes."),
            t(f"例: kb apply plan.toml --yes --mails {mails}", f"example: kb apply plan.toml --yes --mails {mails}"),
        )
    if format is not None and (not rehearse or as_json):
        raise UsageError(
            t(
                "--format は --rehearse と一緒に使います（--json とは使えません）。",
                "--format goes with --rehearse alone.",
            ),
            t(
                f"例: kb apply plan.toml --rehearse --format {format}",
                f"example: kb apply plan.toml --rehearse --format {format}",
            ),
        )
    workspace, plan = open_workspace(), find_plan(plan)
    wanted = _read_plan(plan)
    passed_on = hold_back(workspace, plan, wanted)
    wish = ApplyOptions(plan.name, allow=allow, per_day=per_day, without_note=without_note, rehearse=rehearse)
    if not wanted.accepted and format is None:
        apply_report.say_nothing_accepted(as_json=as_json)
        return
    file = shlex.quote(str(plan))
    with prepare_apply(workspace, wanted, wish) as ready:
        apply_report.say_journal_faults(ready.runs, used=ready.before)
        found, ask = apply.estimate_run(ready), terminal.can_ask()
        again = f"kb apply {file}{apply.repeat_flags(wish, ready, found)}"
        apply.say_limit(ready)
        if not as_json or (ready.undecided and ask and not yes and not rehearse):
            apply.say_estimate(ready, found)
            if passed_on is not None:
                say_wrapped(describe_member_mails(passed_on, found.consequences.mails), "- ", "  ")
        if rehearse:
            done = apply.run_rehearsal(ready)
            if format is not None:
                _write_meeting(ready, done, found, plan.name, format)
        else:
            review = f"kb review {file}"
            agreed = ask_for_undecided(
                ready, found.consequences.mails, review=review, again=again, yes=yes, stated=mails, ask=ask
            )
            if agreed is None:
                say_wrapped(t("何も送っていません。", "nothing was sent."))
                say_wrapped(t(f"グループごとに決めるには: {review}", f"to decide group by group: {review}"))
                raise typer.Exit(Exit.FINDINGS)
            done = apply.run_apply(ready, yes=yes, ask=ask, consented=agreed)
            _write_receipt(plan, ready.runs.run(done.run), private=is_private_path(plan, workspace))
    as_page = format is not None  # stdout is the page's, as it is the object's
    apply_report.say_result(
        done, again, refresh=f"kb sync && kb plan refresh {file}", rehearsed=rehearse, as_json=as_json or as_page
    )
    apply_report.exit_with_result(done)


def _write_meeting(
    ready: PreparedApply, done: ApplyResult, found: ApplyForecast, name: str, format: MeetingFormat
) -> None:
    """Print the page of a rehearsal."""
    from kb.commands.flows.apply_report import describe_counts
    from kb.console.terminal import use_utf8_stdout
    from kb.execute.preflight.broken_links import find_broken_links
    from kb.plan.impact.sentences import describe_impact
    from kb.reports import meeting
    from kb.reports.inventory import gather_inventory, list_moves

    esa = ready.workspace.settings.esa
    broken = find_broken_links(ready.mirror, esa.team, ready.plan.accepted) if esa else ()
    rehearsed = meeting.Rehearsed(
        describe_counts(done, rehearsed=True), describe_impact(found.consequences, people=False), len(broken)
    )
    tree = gather_inventory(ready.workspace, moved=list_moves(ready.plan))
    sections = tuple(meeting.gather_sections(ready.plan, rehearsed, tree))
    render = meeting.render_html if format is MeetingFormat.HTML else meeting.render_markdown
    use_utf8_stdout()
    sys.stdout.writelines(render(name, sections))
    sys.stdout.flush()


def _write_receipt(plan: Path, run: Run, *, private: bool) -> None:
    """Write the receipt beside the plan, for its owner alone where the plan is; a failure is only reported.

    One that names more than a journal that was cut is left: nothing else knows of that any more.
    """
    from kb import files
    from kb.execute.recovery import is_cut, receipt_path, render_receipt

    if is_cut(run, (plan.parent,)):
        return
    try:
        text = render_receipt(run)
        if private:
            files.replace_file(receipt_path(plan), text.encode("utf-8", "replace"), private=True)
        else:
            files.replace_text(receipt_path(plan), text)
    except (KbError, OSError) as error:
        say_safe(error.what if isinstance(error, KbError) else type(error).__name__)
        say_wrapped(
            t(
                f"控えは残せませんでしたが、送った記録はあります（kb history {run.name}）。",
                f"so there is no receipt; what was sent is in kb history {run.name}.",
            )
        )


def _read_plan(path: Path) -> Plan:
    """Read the plan in a file. Raises InputError where there is none, RefusedError where it is invalid."""
    from kb import files
    from kb.plan.file.parse import parse_plan

    try:
        if (text := files.read_text(path)) is not None:
            return parse_plan(text, path.name)
    except InputError as error:
        raise RefusedError(error.what, error.next_step) from None
    raise InputError(
        t(f"{path} がありません。", f"{path} does not exist."),
        t("kb plan done などで作ってください。", "make one, for example with kb plan done."),
    )
