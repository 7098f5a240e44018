"""Print the results of runs, and what is wrong with damaged journals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from kb.console.terminal import say_error, say_wrapped
from kb.errors import Exit, KbError
from kb.execute.journal.records import mask_values
from kb.execute.journal.run import RunStatus
from kb.execute.run_control import RunStats
from kb.model.plan import KEY_LABELS, ChangeKey, Value
from kb.model.request import Outcome
from kb.text.display import clip, sanitize
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.execute.journal.run import Run
    from kb.execute.journal.runs import Runs
    from kb.execute.recovery import RestoredRun
    from kb.execute.run_control import ApplyResult
    from kb.model.request import ChangeRequest, Result
    from kb.settings.workspace import Workspace


MAX_TARGETS = 10
"""Targets that are named."""


def say_journal_faults(runs: Runs, *, used: Run | None = None) -> None:
    """Say what is wrong with any journal of a workspace, a line each.

    Nothing is said of one that a crash cut and that is `used` now: it is gone on with.
    """
    but = used.name if used is not None and not used.damaged else ""
    for what in runs.all_faults(but):
        say_wrapped(what)


def restore_lost_records(workspace: Workspace, run: Run) -> RestoredRun:
    """Fill in what a damaged or cut journal has lost, from receipts and plans beside kb.toml and here."""
    from kb.execute.recovery import restore_run

    return restore_run(run, (workspace.root, Path.cwd()))


def is_journal_cut(workspace: Workspace, run: Run) -> bool:
    """Whether a receipt beside kb.toml or here names what the run's journal has lost."""
    from kb.execute.recovery import is_cut

    return is_cut(run, (workspace.root, Path.cwd()))


def say_restored(found: RestoredRun | None, *, finished: bool) -> Exit:
    """Say whether all that a damaged or cut journal had lost is taken back; the exit code that this makes.

    `finished` says that everything that is known was taken back.
    """
    if found is None:
        return Exit.OK
    name = found.run.name
    if found.cut:
        say_wrapped(
            t(
                f"{name} の記録は途中で切れていて、控えにある変更のうち {found.cut:,} 件が抜けています。"
                "変更案から分かるものは、案を作ったときの値に戻します。esa や Redmine で確かめてください。",
                f"the journal of {name} is cut off: {count_noun(found.cut, 'change')} of its receipt are not in it. "
                "What the plan knows goes back to what stood when it was made; check it in esa and Redmine.",
            )
        )
        if not found.lost:
            return Exit.CHANGE
    if found.lost:
        targets = [*found.lost[:MAX_TARGETS], *(["…"] if len(found.lost) > MAX_TARGETS else [])]
        what = t(
            f"{'、'.join(targets)} の元の値は、{name} の壊れた行とともに失われています。"
            "esa や Redmine の履歴を見て、手で戻してください。",
            f"what stood in {', '.join(targets)} before is lost with the damaged lines of {name}: "
            "take it back by hand, from the history that esa and Redmine keep.",
        )
    elif not found.is_whole:
        what = t(
            f"{name} の壊れた行で、ほかにも送ったかどうかが分かりません。"
            f"変更案とその控え（*.receipt.toml）を kb.toml の横に戻して、もう一度: kb undo {name}",
            f"nobody knows whether the damaged lines of {name} told of more. "
            f"Put the plan and its receipt (*.receipt.toml) back beside kb.toml, and again: kb undo {name}",
        )
    elif finished:
        say_wrapped(
            t(
                f"控えにある {name} の変更は、壊れた行の分も含めてすべて元に戻っています。",
                f"all that the receipt of {name} names is taken back, the damaged lines included.",
            )
        )
        return Exit.OK
    else:
        return Exit.OK
    say_wrapped(what)
    return Exit.CHANGE


def say_unfound(run: Run) -> Exit:
    """Name the tickets that a run may have made and nobody can find, and what to do; the exit code that this makes."""
    for each in run.unfound[:MAX_NAMED]:
        title, number = sanitize(each.own_title), f" #{each.made_number}" if each.made else ""
        say_wrapped(
            t(
                f"{run.name} で作ったはずのチケット{number}「{title}」が見つからず、終了にできません。"
                "Redmine で題名を探し、開いていれば終了にしてください。",
                f'the ticket{number} "{title}" that {run.name} may have made is not found, so it cannot be closed: '
                "look for its title in Redmine, and close it if it is open.",
            ),
            "- ",
            "  ",
        )
    if (more := len(run.unfound) - MAX_NAMED) > 0:
        say_wrapped(
            t(f"ほかに {more:,} 件（kb history {run.name}）", f"and {more:,} more (kb history {run.name})"), "- ", "  "
        )
    return Exit.CHANGE if run.unfound else Exit.OK


MAX_NAMED = 20
"""Lines of what was not done; the rest is in the history."""


def run_json(done: ApplyResult) -> dict[str, object]:
    """Return what `--json` prints."""
    stats = done.stats
    return {
        "run": done.run or None,
        "done": stats.done,
        "skipped": stats.skipped + stats.same,
        "stale": stats.stale,
        "failed": stats.failed,
        "requests": done.requests,
        "overwritten": [
            {"target": request.target, "field": key, "value": value}
            for request, answered in stats.crossed
            for key, value in mask_values(answered.overwritten).items()
        ],
    }


def print_result(told: Text, *, as_json: bool) -> None:
    """Print the sentence a command comes to: on stdout, which belongs to the object where `--json` is given."""
    if as_json:
        say_wrapped(told)
    else:
        print(told)


def say_nothing_accepted(*, as_json: bool) -> None:
    """Say that nothing is accepted."""
    told = t(
        "送る変更はありません（accept = true のものがありません）。",
        "there is nothing to send (no change is accepted).",
    )
    print_result(told, as_json=as_json)


def exit_code_of(done: ApplyResult) -> Exit:
    """Return the exit code of a run."""
    stats = done.stats
    wrong = stats.failed or stats.stale or stats.skipped or any(each.overwritten for _, each in stats.crossed)
    codes = [Exit.CHANGE if wrong or done.status is RunStatus.FAILING else Exit.OK]
    if done.status in (RunStatus.PAUSED, RunStatus.SPENT):
        codes.append(Exit.FINDINGS)
    if done.status is RunStatus.INTERRUPTED:
        codes.append(Exit.INTERRUPTED)
    if done.trouble is not None:
        codes.append(_code_of(done.trouble))
    return Exit.worst(*codes)


def _code_of(trouble: Exception) -> Exit:
    """Return the exit code of what broke a run off; an unforeseen error counts as a failed tool."""
    return trouble.exit_code if isinstance(trouble, KbError) else Exit.SOURCE


def exit_with_result(done: ApplyResult) -> None:
    """End the command with the exit code of a run, and with what broke it off."""
    worst = exit_code_of(done)
    if done.trouble is not None and (worst is _code_of(done.trouble) or not isinstance(done.trouble, KbError)):
        raise done.trouble
    if done.trouble is not None:
        say_error(done.trouble.what, done.trouble.next_step)
    if worst:
        raise typer.Exit(worst)


def say_result(
    done: ApplyResult, again: str, *, refresh: str = "", rehearsed: bool = False, as_json: bool = False
) -> None:
    """Report a run: counts, what was not done and why, edits made meanwhile, the next command.

    `again` is the command that goes on, `refresh` the one that brings the plan up to date ("" for undo).
    With `as_json` the counts stand on stderr, too.
    """
    stats = done.stats
    for line in _undone_lines(stats):
        say_wrapped(line, "- ", "  ")
    for request, answered in stats.crossed:
        say_wrapped(_overwritten_notice(done.run, request, answered), "- ", "  ")
    print_result(describe_counts(done, rehearsed=rehearsed), as_json=as_json)
    if stats.unkept:
        say_wrapped(_unmirrored_notice(stats.unkept))
    for next_step in _next_steps(done, again, refresh, rehearsed=rehearsed):
        say_wrapped(next_step)


def _unmirrored_notice(count: int) -> Text:
    return t(
        f"送った {count:,} 件は手元の写しにまだありません（ほかの kb が使用中か、空きがありません）。"
        "kb sync で入ります。",
        f"the mirror does not know of {count:,} that were sent (another kb holds it, or there is no room): kb sync.",
    )


def describe_counts(done: ApplyResult, *, rehearsed: bool) -> Text:
    """Return how a run or a rehearsal ended, in numbers."""
    stats = done.stats
    head = t("予行", "rehearsal") if rehearsed else t(done.run, done.run)
    parts = [
        t(f"送る {stats.done:,} 件", f"{stats.done:,} to send")
        if rehearsed
        else t(f"済み {stats.done:,} 件", f"{stats.done:,} done"),
        *(t(f"{ja} {count:,} 件", f"{count:,} {en}") for ja, en, count in (
            ("前回までに済み", "done before", stats.earlier),
            ("すでにそうなっている", "already so", stats.same),
            ("ほかの人が変更", "changed by others", stats.stale),
            ("見送り", "skipped", stats.skipped),
            ("失敗", "failed", stats.failed),
        ) if count),
        t(f"{done.requests:,} リクエスト", f"{done.requests:,} requests"),
    ]  # fmt: skip
    return t(f"{head.ja}: " + "・".join(p.ja for p in parts), f"{head.en}: " + ", ".join(p.en for p in parts))


def _undone_lines(stats: RunStats) -> Iterator[str]:
    words = {
        Outcome.STALE: t("ほかの人が変更", "changed by others"),
        Outcome.SKIPPED: t("見送り", "skipped"),
        Outcome.FAILED: t("失敗", "failed"),
    }
    rows = [(request, answered) for request, answered in stats.reported if answered.outcome in words]
    for request, answered in rows[:MAX_NAMED]:
        title = sanitize(request.changes[0].title)
        why = str(answered.why) if answered.why is not None else ""
        if answered.quote:
            why = str(t(f"{why}:「{answered.quote}」", f'{why}: "{answered.quote}"'))
        yield f"{words[answered.outcome]} {request.target} {title}" + (f": {sanitize(why)}" if why else "")
    if len(rows) > MAX_NAMED:
        yield str(t(f"ほかに {len(rows) - MAX_NAMED:,} 件", f"and {len(rows) - MAX_NAMED:,} more"))


def _overwritten_notice(run: str, request: ChangeRequest, answered: Result) -> Text:
    title = request.changes[0].title
    if answered.why is not None and not answered.overwritten:
        return t(f"{request.target} {title}: {answered.why.ja}", f"{request.target} {title}: {answered.why.en}")
    if answered.theirs and not answered.overwritten:
        same = _format_values(mask_values({key: request.after[key] for key in answered.theirs}))
        return t(
            f"{request.target} {title}: ほかの人が同じ値にしていました（{same.ja}）。元に戻すときは、そのままにします",
            f"{request.target} {title}: somebody else had set the same ({same.en}); an undo leaves it",
        )
    if not answered.overwritten:
        return t(
            f"{request.target} {title}: 送る直前にほかの人の編集がありました（送った項目とは別のところです）",
            f"{request.target} {title}: somebody edited it just before, elsewhere in it",
        )
    lost = _format_values(mask_values(answered.overwritten))
    return t(
        f"{request.target} {title}: 送る直前のほかの人の編集（{lost.ja}）を上書きしました。"
        f"その値は kb history {run} で見られます",
        f"{request.target} {title}: somebody's edit just before was overwritten ({lost.en}); "
        f"kb history {run} shows their value",
    )


def _format_values(values: Mapping[str, Value]) -> Text:
    """Return values with their names: 題名: 再起動の手順、タグ: 急ぎ 夜間."""
    pairs = [(KEY_LABELS[ChangeKey(key)], _format_value(key, value)) for key, value in values.items()]
    return t(
        "、".join(f"{name.ja}: {value.ja}" for name, value in pairs),
        ", ".join(f"{name.en}: {value.en}" for name, value in pairs),
    )


def _format_value(key: str, value: Value) -> Text:
    from kb.plan.groups import name_flag
    from kb.plan.sections.block import describe_digest

    if isinstance(value, bool):
        return name_flag(key, value)
    if isinstance(value, str) and key == ChangeKey.BODY:
        return describe_digest(value)
    written = clip(" ".join(value) if isinstance(value, tuple) else value, 60) or "—"
    return t(written, written)


def _next_steps(done: ApplyResult, again: str, refresh: str, *, rehearsed: bool) -> Iterator[Text]:
    stats = done.stats
    if rehearsed and stats.done:
        yield t(f"次は: {again}", f"next: {again}")
    if stats.stale and refresh:
        yield t(f"変わっていた分を今に合わせるには: {refresh}", f"to bring up to date what has changed: {refresh}")
    if rehearsed:
        return
    if done.unsettled:
        targets = [*done.unsettled[:MAX_TARGETS], *(["…"] if len(done.unsettled) > MAX_TARGETS else [])]
        yield t(
            f"{'、'.join(targets)} は送りかけで止まり、結果が記録にありません。次に送るときに、見直してから続けます。",
            f"{', '.join(targets)}: it stopped there, and how that ended is not on record. The next run looks first.",
        )
    if done.status is not RunStatus.FINISHED:
        yield _how_to_continue(done.status, again)
    elif stats.skipped or stats.failed:
        yield t(f"残りをもう一度送るには: {again}", f"to try the rest again: {again}")
    if stats.done or stats.earlier:
        command = f"kb undo {done.run}"
        back = t("元に戻すには", "to take it back") if refresh else t("戻したことを取り消すには", "to undo the undoing")
        yield t(f"{back.ja}: {command}", f"{back.en}: {command}")


def _how_to_continue(how: RunStatus, again: str) -> Text:
    """Return why a run ended early, and the command that goes on."""
    if how is RunStatus.PAUSED:
        return t(f"続きを送るには: {again}（--yes なら確認なし）", f"to send the rest: {again} (--yes does not ask)")
    if how is RunStatus.SPENT:
        return t(f"今日の分は終わりです。続きは明日: {again}", f"that was today's share. Tomorrow: {again}")
    if how is RunStatus.INTERRUPTED:
        return t(f"続きから始めるには: {again}", f"to go on: {again}")  # that it was interrupted is told last
    if how is RunStatus.BROKEN:
        return t(
            f"途中で止まりました。ここから先は何も送っていません。続きから始めるには: {again}",
            f"it broke off, and nothing more was sent. To go on: {again}",
        )
    return t(
        f"続けて失敗したので止めました。原因を直してから: {again}",
        f"stopped after several failures. Once their cause is mended: {again}",
    )
