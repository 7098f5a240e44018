"""What `kb apply` asks before it sends changes that nobody has decided on."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from kb.commands.flows.apply_report import figures
from kb.console.terminal import agreed, columns, say, talk, typed, update_owed
from kb.errors import RefusedError
from kb.execute.journal import run as runs
from kb.execute.journal.run import How
from kb.execute.run_control import Tally, Way
from kb.model.document import Source
from kb.secrets.mask_document import shown_text
from kb.text.display import clip, safe, width
from kb.text.lang import Text, many, t

if TYPE_CHECKING:
    from kb.console.progress import Meter
    from kb.execute.apply import Prepared
    from kb.execute.preflight.estimate import Foresight
    from kb.execute.run_control import Applied, Wish
    from kb.lint.proposals.evidence import Evidence
    from kb.model.plan import Change
    from kb.model.request import Request
    from kb.plan.impact import Mails
    from kb.plan.impact.duration import Running
    from kb.plan.rebase import Contradiction, Contradicts
    from kb.sources.transport.call import Progress, Watcher


def consented(
    ready: Prepared, mails: Mails, *, review: str, again: str, yes: bool, stated: int | None, ask: bool
) -> tuple[Change, ...] | None:
    """Return the undecided changes that may be sent, none where all are decided; None where the answer was no.

    `mails` are those the run would cause; `stated` is the number given with `yes`. `review` and `again` are the
    commands that decide and that send. Raises RefusedError where there is nobody to `ask`, or the number is missing.
    """
    waiting = ready.undecided
    if not waiting:
        return ()
    many_mails = mails.count if mails.is_mass else 0
    with_flags = f"{again} --yes" + (f" --mails {many_mails}" if many_mails else "")
    if yes and (stated or 0) < many_mails:
        raise _unstated(mails, with_flags)
    if yes:
        return waiting
    if not ask:
        raise _nobody(len(waiting), review, with_flags)
    total = sum(len(each.changes) for each in ready.left)
    return waiting if _answered(_question(len(waiting), total, many_mails), many_mails) else None


def _answered(question: Text, number: int) -> bool:
    return typed(question) == str(number) if number else agreed(question)


def _question(waiting: int, total: int, mails: int) -> Text:
    whole = (
        t(f"決めていない {waiting} 件を含む {total} 件", f"{total} changes ({waiting} of them not decided on)")
        if total > waiting
        else t(f"まだ決めていない {waiting} 件", f"{many(waiting, 'change')} not decided on yet")
    )
    if mails:
        return t(
            f"メールが {mails} 通届きます。{whole.ja}を送るなら {mails} と入力: ",
            f"{many(mails, 'mail')} would leave. To send {whole.en}, type {mails}: ",
        )
    return t(f"{whole.ja}を送りますか [y/N]: ", f"{whole.en}: send [y/N]? ")


def _nobody(waiting: int, review: str, command: str) -> RefusedError:
    return RefusedError(
        t(
            f"まだ決めていない変更が {waiting} 件あり、聞ける端末がないので、何も送っていません。",
            f"{many(waiting, 'change')} not decided on yet, and no terminal to ask on: nothing is sent.",
        ),
        t(f"決めるには {review}、このまま送るなら {command}", f"decide with {review}, or send as it is with {command}"),
    )


def _unstated(mails: Mails, command: str) -> RefusedError:
    least = t("少なくとも", "at least ") if mails.unknown else t("", "")
    most = t(f"1 人に最大 {mails.most} 通", f"up to {mails.most} to one person")
    return RefusedError(
        t(
            f"決めていない変更でメールが{least.ja} {mails.count} 通届くので（{most.ja}）、何も送っていません。",
            f"undecided changes would cause {least.en}{mails.count} mails ({most.en}): nothing is sent.",
        ),
        t(f"その数で送るなら {command}", f"to send that many: {command}"),
    )


# What `kb apply` and `kb undo` share: the run itself, the pause after the first few, and what is told at the end.


def foreseen_of(ready: Prepared) -> Foresight:
    """What sending what is left of a plan comes to."""
    from kb.execute.preflight.estimate import foreseen

    wish = ready.wish
    left = tuple(each for request in ready.left for each in request.changes)
    return foreseen(ready.workspace, ready.mirror, left, per_day=wish.per_day, without_note=wish.without_note)


def foretell(ready: Prepared, found: Foresight) -> None:
    """Say what is about to happen: requests, minutes, mails, whose name will stand, what cannot be taken back.

    Of what was decided in `kb review`, which has said all that, only how much it is and how long it takes.
    """
    from kb.console.sitting import laid_out, seen
    from kb.plan.impact.sentences import lines, summary

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
    from kb.commands.flows.interrupt import Stopping
    from kb.console.progress import Meter

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
    from kb.console.progress import Meter

    with Meter(str(t("確認", "checking"))) as meter:
        done = ready.rehearse(_watchers(meter), contradicts=_rereading(ready))
        update_owed(figures(done))
        return done


def _rereading(ready: Prepared) -> Contradicts:
    """Judges texts that were edited since; what reads them is loaded when there is one."""
    made: list[Evidence] = []

    def contradicts(change: Change, row: Mapping[str, Any]) -> Contradiction | None:
        from kb.lint.proposals.evidence import Evidence

        if not made:
            made.append(Evidence(ready.workspace, ready.mirror, ready.plan))
        return made[0].against(change, row)

    return contradicts


def _running(ready: Prepared) -> Running:
    """What tells how long the rest takes: begins with what was foretold."""
    from kb.execute.preflight.estimate import budget, is_written_apart, reader
    from kb.plan.impact.duration import Running

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


def _url(ready: Prepared, request: Request) -> str:
    settings = ready.workspace.settings
    if request.target.startswith("esa:"):
        return f"https://{ready.plan.team}.esa.io/posts/{request.number}"
    return f"{settings.redmine.url.rstrip('/') if settings.redmine else ''}/issues/{request.number}"


def flags(wish: Wish) -> str:
    """What was asked for, to be asked for again by the command that goes on."""
    return runs.flags(wish.allow, wish.per_day, without_note=wish.without_note)
