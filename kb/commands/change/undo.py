"""`kb undo RUN`: take back a run, field by field, save for fields edited since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.change.apply import (
    AllowOption,
    JsonOption,
    PerDayOption,
    RehearseOption,
    WithoutNoteOption,
    YesUndoOption,
)
from kb.commands.registry import argument, command, option
from kb.console.sitting import mask_line as shown
from kb.console.terminal import say, say_error, say_wrapped
from kb.errors import KbError, RefusedError
from kb.settings.workspace import open_workspace
from kb.text.display import format_local_time
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.execute.journal.run import Run
    from kb.execute.journal.runs import Runs
    from kb.execute.undo import UndoTarget


MAX_RUNS = 10
"""Runs that are named; the rest is in the history."""

IDLE_RUN = 3
"""Runs that changed nothing and are named."""


@command(
    "undo",
    t("1 回の実行を元に戻す", "take a run back"),
    example="kb history\nkb undo 20261126-1 --rehearse\nkb undo 20261126-1",
)
def undo(
    run: Annotated[str, argument("RUN", t("kb history にある実行か last", "a run of kb history, or last"))],
    rehearse: RehearseOption = False,
    allow: AllowOption = None,
    per_day: PerDayOption = None,
    without_note: WithoutNoteOption = False,
    with_secrets: Annotated[
        bool,
        option(
            "--with-secrets",
            t("伏せた値を、esa の前の版から戻す", "put masked values back, from esa's revisions"),
        ),
    ] = False,
    yes: YesUndoOption = False,
    as_json: JsonOption = False,
) -> None:
    """Build the reverse of a run, and apply it like any plan."""
    from kb.commands.flows import apply, apply_report
    from kb.console import terminal
    from kb.execute.apply import prepare_apply, settle_run
    from kb.execute.journal.runs import LAST, Runs
    from kb.execute.run_control import ApplyOptions
    from kb.execute.undo import build_undo_plan, count_unmasked, find_undo_target

    workspace = open_workspace()
    runs = Runs(workspace.private / "runs")
    if run == LAST:
        _say_skipped_runs(runs)
        last = find_undo_target(
            runs, lambda name: settle_run(workspace, name), lambda each: apply_report.is_journal_cut(workspace, each)
        )
        if last.run is None:
            _say_nothing_to_undo(runs, last, workspace.settings.timezone, as_json=as_json)
            apply_report.say_journal_faults(runs)
            return
        _say_which(last)
        run = last.run.name
    taken = settle_run(workspace, run)
    run, found = taken.name, None
    apply_report.say_journal_faults(runs, used=taken)
    if taken.damaged or apply_report.is_journal_cut(workspace, taken):
        found = apply_report.restore_lost_records(workspace, taken)
        taken = found.run
    back = build_undo_plan(taken)
    masked = count_unmasked(runs, taken)
    if masked and not with_secrets:
        raise RefusedError(*_say_unmasked(taken, masked))
    if not back.changes:
        told = t(f"{run} には元に戻すものがありません。", f"there is nothing to take back of {run}.")
        if found is not None:
            told = t(f"{run} から元に戻せるものはありません。", f"nothing of {run} can be taken back.")
        if not taken.unfound:
            apply_report.print_result(told, as_json=as_json)
        if code := max(apply_report.say_restored(found, finished=True), apply_report.say_unfound(taken)):
            raise typer.Exit(code)
        return
    if not as_json:
        _say_uploads_stay(runs, taken)
    wish = ApplyOptions(
        f"undo {run}",
        run,
        allow=allow,
        per_day=per_day,
        without_note=without_note,
        rehearse=rehearse,
        with_secrets=with_secrets or masked == 0,
    )
    with prepare_apply(workspace, back, wish) as ready:
        forecast = apply.estimate_run(ready)
        apply.say_limit(ready)
        if not as_json:
            apply.say_estimate(ready, forecast)
        done = apply.run_rehearsal(ready) if rehearse else apply.run_apply(ready, yes=yes, ask=terminal.can_ask())
    again = f"kb undo {run}{apply.repeat_flags(wish, ready, forecast)}{' --with-secrets' if with_secrets else ''}"
    apply_report.say_result(done, again, rehearsed=rehearse, as_json=as_json)
    ended = apply_report.exit_code_of(done)
    lost = max(apply_report.say_restored(found, finished=not ended and not rehearse), apply_report.say_unfound(taken))
    if lost > ended and (done.trouble is None or isinstance(done.trouble, KbError)):
        if done.trouble is not None:
            say_error(done.trouble.what, done.trouble.next_step)
        raise typer.Exit(lost)
    apply_report.exit_with_result(done)


def _say_unmasked(taken: Run, masked: int) -> tuple[Text, Text]:
    """Return why masked values are put back only where somebody said so, and how to say so."""
    return (
        t(
            f"{taken.name} は、記事 {masked:,} 件の秘密の値を伏せた実行です。戻すと、また読めるようになります。",
            f"{taken.name} masked secrets on {count_noun(masked, 'post')}; undone, they can be read again.",
        ),
        t(
            f"それでも戻すなら: kb undo {taken.name} --with-secrets（値は esa の前の版から戻します）",
            f"if they should: kb undo {taken.name} --with-secrets (from esa's earlier revisions)",
        ),
    )


def _say_which(last: UndoTarget) -> None:
    """Say why another run than the newest is taken back."""
    assert last.run is not None
    name, undo = last.run.name, last.unfinished
    if last.idle:
        idle = [*last.idle[:IDLE_RUN], *(["…"] if len(last.idle) > IDLE_RUN else [])]
        say_wrapped(
            t(
                f"{'、'.join(idle)} は何も変えていません。その前の {undo.name if undo else name} を見ます。",
                f"{', '.join(idle)} changed nothing; looking at {undo.name if undo else name} before that.",
            )
        )
    if undo is not None:
        say_wrapped(
            t(
                f"{undo.name} は {name} を元に戻す途中なので、続きから戻します。",
                f"{undo.name} has not taken all of {name} back yet: going on with that.",
            )
        )


def _say_nothing_to_undo(runs: Runs, last: UndoTarget, zone: str, *, as_json: bool) -> None:
    """Say that the newest run is taken back already, and which others can be, by name."""
    from kb.execute.journal.runs import LAST

    if last.undone is None and not any(not each.is_imported and not each.is_for_good for each in runs.all()):
        runs.path(LAST)  # raises: nothing was sent from here
    if last.undone is None or last.by is None:
        lines = [t("元に戻せる実行はありません。", "there is no run to take back.")]
    else:
        name, by = last.undone.name, last.by.name
        lines = [
            t(
                f"{name} は {by} で元に戻してあります。何も送っていません。",
                f"{name} was taken back in {by}; nothing was sent.",
            ),
            *_name_undoable(last.others, zone),
            t(f"戻したことを取り消すには: kb undo {by}", f"to undo the undoing: kb undo {by}"),
        ]
    for line in lines:
        (say if as_json else print)(str(line))


def _name_undoable(others: Sequence[Run], zone: str) -> Iterator[Text]:
    """Yield the other runs that can be taken back, if any: the command, when they were sent, how much they did."""
    if not others:
        return
    yield t("ほかに元に戻せる実行:", "other runs that can be taken back:")
    for each in others[:MAX_RUNS]:
        when, done = format_local_time(each.at, zone, "%Y-%m-%d %H:%M") if each.at else "—", len(each.changed)
        head = f"  kb undo {each.name}  {when}  {shown(each.file)}"
        yield t(f"{head}（済み {done:,} 件）", f"{head} ({done:,} done)")
    if len(others) > MAX_RUNS:
        more = len(others) - MAX_RUNS
        yield t(f"  ほかに {more:,} 件（kb history）", f"  and {more:,} more (kb history)")


def _say_uploads_stay(runs: Runs, taken: Run) -> None:
    """Say that what was uploaded for a post stays in esa when the post is put back."""
    if any(each.is_upload and each.about in taken.records for each in runs.all()):
        say_wrapped(
            t(
                "アップロード済みのファイルは esa に残ります（区画だけを戻します）。",
                "files that were uploaded stay in esa: only the section is put back.",
            )
        )


def _say_skipped_runs(runs: Runs) -> None:
    """Say that messages and files sent since the last run cannot be taken back."""
    from kb.execute.journal.run import RunStatus

    last = list(takewhile(lambda run: run.is_for_good, (each for each in runs.all() if not each.is_imported)))[::-1]
    sent = "、".join(each.name for each in last if each.is_notice and each.ended != RunStatus.FAILING)
    if files := "、".join(each.name for each in last if each.is_upload):
        say_wrapped(
            t(
                f"esa にアップロードしたファイル（{files}）は取り消せません。その前の実行を見ます。",
                f"the files sent to esa ({files}) cannot be taken back; looking at the run before.",
            )
        )
    if sent:
        say_wrapped(
            t(
                f"Slack に送ったもの（{sent}）は取り消せません。その前の実行を見ます。",
                f"what was sent to Slack ({sent}) cannot be taken back; looking at the run before.",
            )
        )
