"""What `kb apply` and `kb undo` share: the run itself, the pause after the first few, and what is told at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from kb.changes import runs
from kb.changes.book import masked
from kb.changes.plan import LABELS, Key, Value
from kb.changes.remote import Came
from kb.changes.way import How, Tally, Way
from kb.commands.consent import agreed
from kb.console import clip, columns, safe, say, talk, trouble, update_owed, width
from kb.errors import Exit, KbError
from kb.lang import Text, many, t
from kb.model import Source
from kb.secrets.shown import shown_text

if TYPE_CHECKING:
    from kb.changes.apply import Applied, Prepared, Wish
    from kb.changes.consequences.running import Running
    from kb.changes.evidence import Contradiction, Contradicts
    from kb.changes.foresight import Foresight
    from kb.changes.plan import Change
    from kb.changes.remote import Answered, Request
    from kb.commands.plan_evidence import Evidence
    from kb.progress import Meter
    from kb.sources.call import Progress, Watcher

SHOWN = 20
"""Lines of what was not done; the rest is in the history."""


def foreseen_of(ready: Prepared) -> Foresight:
    """What sending what is left of a plan comes to."""
    from kb.changes.foresight import foreseen

    wish = ready.wish
    left = tuple(each for request in ready.left for each in request.changes)
    return foreseen(ready.workspace, ready.mirror, left, per_day=wish.per_day, without_note=wish.without_note)


def foretell(ready: Prepared, found: Foresight) -> None:
    """Say what is about to happen: requests, minutes, mails, whose name will stand, what cannot be taken back.

    Of what was decided in `kb review`, which has said all that, only how much it is and how long it takes.
    """
    from kb.changes.consequences.words import lines, summary
    from kb.commands.review_card import seen
    from kb.commands.review_end import laid_out

    told = [f"* {remark.what}" for remark in ready.checked.remarks]
    if ready.left and ready.is_weighed:
        told = [f"- {summary(found.consequences)}"]
    elif ready.left:
        told += [f"- {line}" for line in lines(found.consequences)]
    for line in told:
        for row in laid_out(seen(line)):
            say(row)


def applied(ready: Prepared, *, yes: bool, ask: bool, consented: Iterable[Change] = ()) -> Applied:
    """Send what is ready. With `yes` no pause is made; `ask` says that there is somebody to ask.

    `consented` are the undecided changes that were agreed to just now.

    Where there is nobody, whoever applies a plan again that has paused has seen the first few.
    """
    from kb.commands.stopping import Stopping
    from kb.progress import Meter

    running = _running(ready)
    with Stopping() as stopping, Meter(str(t("送信", "sending")), rest=running.rest) as meter:
        looked_at = not ask and ready.before is not None and ready.before.ended == How.PAUSED

        def canary(tally: Tally) -> bool:
            meter.close()
            return looked_at or _pause(ready, tally, ask=ask)

        way = Way(
            stop=lambda: stopping.asked,
            busy=stopping.busy,
            canary=None if yes else canary,
            watch=meter.step,
        )
        done = ready.apply(way, _watchers(meter, running), _rereading(ready), consented)
        update_owed(figures(done))
        return done


def rehearsed(ready: Prepared) -> Applied:
    """Look and compare, and send nothing."""
    from kb.progress import Meter

    with Meter(str(t("確認", "checking"))) as meter:
        done = ready.rehearse(_watchers(meter), contradicts=_rereading(ready))
        update_owed(figures(done))
        return done


def _rereading(ready: Prepared) -> Contradicts:
    """Judges texts that were edited since; what reads them is loaded when there is one."""
    made: list[Evidence] = []

    def contradicts(change: Change, row: Mapping[str, Any]) -> Contradiction | None:
        from kb.commands.plan_evidence import Evidence

        if not made:
            made.append(Evidence(ready.workspace, ready.mirror, ready.plan))
        return made[0].against(change, row)

    return contradicts


def _running(ready: Prepared) -> Running:
    """What tells how long the rest takes: begins with what was foretold."""
    from kb.changes.consequences.running import Running
    from kb.changes.foresight import budget, is_written_apart, reader

    esa = ready.workspace.settings.esa
    me = {} if is_written_apart(esa) else reader(ready.mirror, "esa")
    posts = sum(each.target.startswith(Source.ESA.value) for each in ready.left)
    trees = [len(each.numbers) for each in ready.wholes]
    return Running(posts, len(ready.left) - posts, budget(ready.workspace, me, time.time()), trees)


def _watchers(meter: Meter, running: Running | None = None) -> dict[Source, Watcher]:
    def watch(progress: Progress) -> None:
        if running is not None:
            running.saw(progress.system, progress.requests, progress.remaining, progress.waiting_s)
        meter.request(progress.requests, progress.remaining, progress.waiting_s)

    return {Source.ESA: watch, Source.REDMINE: watch}


def _pause(ready: Prepared, tally: Tally, *, ask: bool) -> bool:
    """Show the first few, and ask whether to go on. Without anybody to ask: no."""
    if not tally.first:
        return _pause_before(ready, ask=ask)
    count, first = len(ready.checked.requests) - tally.earlier, len(tally.first)
    whole = (
        t(f"残り {count} 件のうち", f"of the {count} left") if tally.earlier else t(f"{count} 件のうち", f"of {count}")
    )
    talk(
        str(
            t(
                f"{whole.ja}、最初の {first} 件を送りました。開いて確かめてください。",
                f"{whole.en}, the first {first} are sent: please look at them.",
            )
        )
    )
    for request in tally.first:
        url, title = safe(_url(ready, request)), safe(shown_text(request.changes[0].title))
        room = columns() - width(url) - 4
        say(f"  {clip(title, room) if sys.stderr.isatty() and room >= 12 else title}  {url}")
    return ask and agreed(t("残りも送りますか [y/N]: ", "send the rest [y/N]: "))


def _pause_before(ready: Prepared, *, ask: bool) -> bool:
    """Show which categories would move in one request each: of these there are no first few to look at."""
    talk(
        str(
            t(
                "まだ何も送っていません。次の分類は、下の分類と中の記事ごと 1 回で移します。",
                "nothing is sent yet. These categories move in one request each, with all that is in and below them.",
            )
        )
    )
    for whole in ready.wholes:
        posts = many(len(whole.numbers), "post")
        words = t(f"（記事 {len(whole.numbers)} 件）", f" ({posts})")
        say(f"  {safe(shown_text(whole.source))} → {safe(shown_text(whole.target))}{words}")
    return ask and agreed(t("送りますか [y/N]: ", "send them [y/N]: "))


def somebody() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _url(ready: Prepared, request: Request) -> str:
    settings = ready.workspace.settings
    if request.target.startswith("esa:"):
        return f"https://{ready.plan.team}.esa.io/posts/{request.number}"
    return f"{settings.redmine.url.rstrip('/') if settings.redmine else ''}/issues/{request.number}"


def flags(wish: Wish) -> str:
    """What was asked for, to be asked for again by the command that goes on."""
    return runs.flags(wish.allow, wish.per_day, without_note=wish.without_note)


def figures(done: Applied) -> dict[str, object]:
    """What `--json` prints."""
    tally = done.tally
    return {
        "run": done.run or None,
        "done": tally.done,
        "skipped": tally.skipped + tally.same,
        "stale": tally.stale,
        "failed": tally.failed,
        "requests": done.requests,
        "overwritten": [
            {"target": request.target, "field": key, "value": value}
            for request, answered in tally.crossed
            for key, value in masked(answered.overwritten).items()
        ],
    }


def result(told: Text, *, as_json: bool) -> None:
    """Print the sentence a command comes to: on stdout, which belongs to the object where `--json` is given."""
    if as_json:
        talk(str(told))
    else:
        print(told)


def nothing(*, as_json: bool) -> None:
    """Say that nothing is accepted."""
    told = t(
        "送る変更はありません（accept = true のものがありません）。",
        "there is nothing to send (no change is accepted).",
    )
    result(told, as_json=as_json)


def code(done: Applied) -> Exit:
    """The exit code of a run."""
    tally = done.tally
    wrong = tally.failed or tally.stale or tally.skipped or any(each.overwritten for _, each in tally.crossed)
    codes = [Exit.CHANGE if wrong or done.how is How.FAILING else Exit.OK]
    if done.how in (How.PAUSED, How.SPENT):
        codes.append(Exit.FINDINGS)
    if done.how is How.INTERRUPTED:
        codes.append(Exit.INTERRUPTED)
    if done.trouble is not None:
        codes.append(_code_of(done.trouble))
    return Exit.worst(*codes)


def _code_of(trouble: Exception) -> Exit:
    """The exit code of what broke a run off; what nobody foresaw counts as a tool that failed."""
    return trouble.exit_code if isinstance(trouble, KbError) else Exit.SOURCE


def leave(done: Applied) -> None:
    """End the command with the exit code of a run, and with what broke it off."""
    worst = code(done)
    if done.trouble is not None and (worst is _code_of(done.trouble) or not isinstance(done.trouble, KbError)):
        raise done.trouble
    if done.trouble is not None:
        trouble(str(done.trouble.what), str(done.trouble.next_step or ""))
    if worst:
        raise typer.Exit(worst)


def tell(done: Applied, again: str, *, refresh: str = "", rehearsed: bool = False, as_json: bool = False) -> None:
    """What came of a run: counts, what was not done and why, what somebody else did meanwhile, the next command.

    `again` is the command that goes on, `refresh` the one that brings the plan up to date ("" for undo).
    With `as_json` the counts stand on stderr, too.
    """
    tally = done.tally
    for line in _left(tally):
        talk(line, "- ", "  ")
    for request, answered in tally.crossed:
        talk(str(_crossing(done.run, request, answered)), "- ", "  ")
    result(_counts(done, rehearsed=rehearsed), as_json=as_json)
    if tally.unkept:
        talk(str(_unkept(tally.unkept)))
    for next_step in _next(done, again, refresh, rehearsed=rehearsed):
        talk(str(next_step))


def warn(ready: Prepared) -> None:
    """Say after a rehearsal which limits sending would pass, and how to go on."""
    if ready.checked.beyond is not None:
        talk(str(ready.checked.beyond.what))
        talk(f"→ {ready.checked.beyond.next_step}")


def _unkept(count: int) -> Text:
    return t(
        f"送った {count} 件は手元の写しにまだありません（ほかの kb が使用中か、空きがありません）。"
        "kb sync で入ります。",
        f"the mirror does not know of {count} that were sent (another kb holds it, or there is no room): kb sync.",
    )


def _counts(done: Applied, *, rehearsed: bool) -> Text:
    tally = done.tally
    head = t("予行", "rehearsal") if rehearsed else t(done.run, done.run)
    parts = [
        t(f"{'送る' if rehearsed else '済み'} {tally.done} 件", f"{tally.done} {'to send' if rehearsed else 'done'}"),
        *(t(f"{ja} {count} 件", f"{count} {en}") for ja, en, count in (
            ("前回までに済み", "done before", tally.earlier),
            ("すでにそうなっている", "already so", tally.same),
            ("ほかの人が変更", "changed by others", tally.stale),
            ("見送り", "skipped", tally.skipped),
            ("失敗", "failed", tally.failed),
        ) if count),
        t(f"{done.requests} リクエスト", f"{done.requests} requests"),
    ]  # fmt: skip
    return t(f"{head.ja}: " + "・".join(p.ja for p in parts), f"{head.en}: " + ", ".join(p.en for p in parts))


def _left(tally: Tally) -> Iterator[str]:
    words = {
        Came.STALE: t("ほかの人が変更", "changed by others"),
        Came.SKIPPED: t("見送り", "skipped"),
        Came.FAILED: t("失敗", "failed"),
    }
    rows = [(request, answered) for request, answered in tally.told if answered.came in words]
    for request, answered in rows[:SHOWN]:
        title = safe(shown_text(request.changes[0].title))
        why = str(answered.why) if answered.why is not None else ""
        if answered.quote:
            why = str(t(f"{why}:「{answered.quote}」", f'{why}: "{answered.quote}"'))
        yield f"{words[answered.came]} {request.target} {title}" + (f": {safe(why)}" if why else "")
    if len(rows) > SHOWN:
        yield str(t(f"ほかに {len(rows) - SHOWN} 件", f"and {len(rows) - SHOWN} more"))


def _crossing(run: str, request: Request, answered: Answered) -> Text:
    title = shown_text(request.changes[0].title)
    if answered.why is not None and not answered.overwritten:
        return t(f"{request.target} {title}: {answered.why.ja}", f"{request.target} {title}: {answered.why.en}")
    if not answered.overwritten:
        return t(
            f"{request.target} {title}: 送る直前にほかの人の編集がありました（送った項目とは別のところです）",
            f"{request.target} {title}: somebody edited it just before, elsewhere in it",
        )
    lost = _values(masked(answered.overwritten))
    return t(
        f"{request.target} {title}: 送る直前のほかの人の編集（{lost.ja}）を上書きしました。"
        f"その値は kb history {run} で見られます",
        f"{request.target} {title}: somebody's edit just before was overwritten ({lost.en}); "
        f"kb history {run} shows their value",
    )


def _values(values: Mapping[str, Value]) -> Text:
    """Some values with their names: 題名: 再起動の手順、タグ: 急ぎ 夜間."""
    pairs = [(LABELS[Key(key)], _value(key, value)) for key, value in values.items()]
    return t(
        "、".join(f"{name.ja}: {value.ja}" for name, value in pairs),
        ", ".join(f"{name.en}: {value.en}" for name, value in pairs),
    )


def _value(key: str, value: Value) -> Text:
    from kb.changes.bodies import words

    if isinstance(value, bool):
        return t("書きかけ", "WIP") if value else t("公開", "shipped")
    if isinstance(value, str) and key == Key.BODY:
        return words(value)
    written = clip(" ".join(value) if isinstance(value, tuple) else value, 60) or "—"
    return t(written, written)


def _next(done: Applied, again: str, refresh: str, *, rehearsed: bool) -> Iterator[Text]:
    tally = done.tally
    if rehearsed and tally.done:
        yield t(f"次は: {again}", f"next: {again}")
    if tally.stale and refresh:
        yield t(f"変わっていた分を今に合わせるには: {refresh}", f"to bring up to date what has changed: {refresh}")
    if rehearsed:
        return
    if done.how is not How.FINISHED:
        yield _going_on(done.how, again)
    elif tally.skipped or tally.failed:
        yield t(f"残りをもう一度送るには: {again}", f"to try the rest again: {again}")
    if tally.done or tally.earlier:
        command = f"kb undo {done.run}"
        back = t("元に戻すには", "to take it back") if refresh else t("戻したことを取り消すには", "to undo the undoing")
        yield t(f"{back.ja}: {command}", f"{back.en}: {command}")


def _going_on(how: How, again: str) -> Text:
    """Why a run ended before its end, and the command that goes on."""
    if how is How.PAUSED:
        return t(f"続きを送るには: {again}（--yes なら確認なし）", f"to send the rest: {again} (--yes does not ask)")
    if how is How.SPENT:
        return t(f"今日の分は終わりです。続きは明日: {again}", f"that was today's share. Tomorrow: {again}")
    if how is How.INTERRUPTED:
        return t(f"続きから始めるには: {again}", f"to go on: {again}")  # that it was interrupted is told last
    if how is How.BROKEN:
        return t(f"途中で止まりました。続きから始めるには: {again}", f"it broke off. To go on: {again}")
    return t(
        f"続けて失敗したので止めました。原因を直してから: {again}",
        f"stopped after several failures. Once their cause is mended: {again}",
    )
