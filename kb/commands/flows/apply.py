"""Send a plan's changes: the questions of `kb apply`, and the run it shares with `kb undo`."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any

from kb.commands.flows.apply_report import run_json
from kb.console.terminal import ask_line, ask_yes_no, say, say_wrapped, terminal_width, update_promised_json
from kb.errors import RefusedError, StoreError
from kb.execute.journal import run as runs
from kb.execute.journal.run import RunStatus
from kb.execute.run_control import RunOptions, RunStats
from kb.model.document import Source
from kb.model.plan import page_of
from kb.secrets.mask_document import mask_text
from kb.text.display import clip, display_width, sanitize
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.console.progress import Meter
    from kb.execute.apply import PreparedApply
    from kb.execute.preflight.check import ApplyForecast
    from kb.execute.run_control import ApplyOptions, ApplyResult
    from kb.lint.proposals.evidence import EvidenceCheck
    from kb.model.plan import Change
    from kb.model.request import ChangeRequest
    from kb.plan.impact.duration import RunningEstimate
    from kb.plan.impact.estimate import MailEstimate
    from kb.plan.rebase import Contradiction, FindContradiction
    from kb.sources.transport.call import Progress, Watcher


def ask_for_undecided(
    ready: PreparedApply, mails: MailEstimate, *, review: str, again: str, yes: bool, stated: int | None, ask: bool
) -> tuple[Change, ...] | None:
    """Return the undecided changes that may be sent, none where all are decided; None where the answer was no.

    `mails` are those the run would cause; `stated` is the number given with `yes`. `review` and `again` are the
    commands that decide and that send. Raises RefusedError where there is nobody to `ask`, or the number is missing.
    """
    if not (waiting := ready.undecided):
        return ()
    many_mails = mails.count if mails.is_mass else 0
    with_flags = f"{again} --yes" + (f" --mails {many_mails}" if many_mails else "")
    if yes and (stated or 0) < many_mails:
        raise _mails_missing_error(mails, with_flags)
    if yes:
        return waiting
    if not ask:
        raise _no_terminal_error(len(waiting), review, with_flags)
    total = sum(len(each.changes) for each in ready.pending)
    return waiting if _confirm_count(_question(len(waiting), total, many_mails), many_mails) else None


def _confirm_count(question: Text, number: int) -> bool:
    return ask_line(question) == str(number) if number else ask_yes_no(question)


def _question(waiting: int, total: int, mails: int) -> Text:
    whole = (
        t(f"決めていない {waiting:,} 件を含む {total:,} 件", f"{total:,} changes ({waiting:,} of them not decided on)")
        if total > waiting
        else t(f"まだ決めていない {waiting:,} 件", f"{count_noun(waiting, 'change')} not decided on yet")
    )
    if mails:
        return t(
            f"メールが {mails:,} 通届きます。{whole.ja}を送るなら {mails} と入力: ",
            f"{count_noun(mails, 'mail')} would leave. To send {whole.en}, type {mails}: ",
        )
    return t(f"{whole.ja}を送りますか [y/N]: ", f"{whole.en}: send [y/N]? ")


def _no_terminal_error(waiting: int, review: str, command: str) -> RefusedError:
    return RefusedError(
        t(
            f"まだ決めていない変更が {waiting:,} 件あり、聞ける端末がないので、何も送っていません。",
            f"{count_noun(waiting, 'change')} not decided on yet, and no terminal to ask on: nothing is sent.",
        ),
        t(f"決めるには {review}、このまま送るなら {command}", f"decide with {review}, or send as it is with {command}"),
    )


def _mails_missing_error(mails: MailEstimate, command: str) -> RefusedError:
    least = t("少なくとも", "at least ") if mails.unknown else t("", "")
    most = t(f"1 人に最大 {mails.most:,} 通", f"up to {mails.most:,} to one person")
    return RefusedError(
        t(
            f"決めていない変更でメールが{least.ja} {mails.count:,} 通届くので（{most.ja}）、何も送っていません。",
            f"undecided changes would cause {least.en}{mails.count:,} mails ({most.en}): nothing is sent.",
        ),
        t(f"その数で送るなら {command}", f"to send that many: {command}"),
    )


def estimate_run(ready: PreparedApply) -> ApplyForecast:
    """Estimate what sending the rest of a plan does."""
    from kb.execute.preflight.check import forecast_apply

    wish = ready.options
    left = tuple(each for request in ready.pending for each in request.changes)
    return forecast_apply(ready.workspace, ready.mirror, left, per_day=wish.per_day, without_note=wish.without_note)


def say_limit(ready: PreparedApply) -> None:
    """Say before a rehearsal which limits sending would pass, and how to go on."""
    if (beyond := ready.checked.beyond) is not None:
        say_wrapped(beyond.what, "! ", "  ")
        say_wrapped(f"→ {beyond.next_step}", "  ", "    ")


def say_estimate(ready: PreparedApply, found: ApplyForecast) -> None:
    """Say what is about to happen: amount and time, mails, what cannot be taken back.

    `kb review` tells the rest; of what was decided there only amount and time are told again.
    """
    from kb.console.sitting import mask_line, wrap_bullet
    from kb.plan.impact.sentences import MAX_BRIEF, describe_briefly, summarize_impact

    remarks, told = ready.checked.remarks, list[str]()
    if ready.pending and ready.is_weighed:
        told += [f"- {summarize_impact(found.consequences)}"]
    elif ready.pending:
        brief = [f"- {line}" for line in describe_briefly(found.consequences)]
        more = t(f"（ほか {len(remarks) - 1:,} 件）", f" (and {len(remarks) - 1:,} more)") if remarks[1:] else ""
        told += [f"* {each.what}{more}" for each in remarks[:1]] + brief[: MAX_BRIEF - bool(remarks)]
    for line in told:
        for row in wrap_bullet(mask_line(line)):
            say(row)


def run_apply(ready: PreparedApply, *, yes: bool, ask: bool, consented: Iterable[Change] = ()) -> ApplyResult:
    """Send what is ready. With `yes` no pause is made; `ask`: a person can be asked.

    `consented` are the undecided changes that were agreed to just now.

    Where there is nobody, whoever applies a plan again that has paused has seen the first few.
    """
    from kb.console.progress import Meter

    running = _time_left(ready)
    with StopRequest() as stopping, Meter(str(t("送信", "sending")), rest=running.rest) as meter:
        looked_at = not ask and ready.before is not None and ready.before.ended == RunStatus.PAUSED

        def canary(stats: RunStats) -> bool:
            meter.close()
            return looked_at or _pause(ready, stats, ask=ask)

        way = RunOptions(
            stop=lambda: stopping.asked,
            busy=stopping.busy,
            canary=None if yes else canary,
            watch=meter.step,
        )
        try:
            done = ready.apply(way, _watch_requests(meter, running), _evidence_check(ready), consented)
        except StoreError as error:  # a run that has begun returns what ended it
            nothing = t("今回は何も送っていません。", "nothing was sent this time.")
            what = t(f"{error.what.ja}{nothing.ja}", f"{error.what.en} {nothing.en}")
            raise type(error)(what, error.next_step) from None
        update_promised_json(run_json(done))
        return done


def run_rehearsal(ready: PreparedApply) -> ApplyResult:
    """Look and compare, and send nothing."""
    from kb.console.progress import Meter

    with Meter(str(t("確認", "checking"))) as meter:
        done = ready.rehearse(_watch_requests(meter), contradicts=_evidence_check(ready))
        update_promised_json(run_json(done))
        return done


def _evidence_check(ready: PreparedApply) -> FindContradiction:
    """Return what judges texts edited since; its reader is loaded when there is one."""
    made: list[EvidenceCheck] = []

    def contradicts(change: Change, row: Mapping[str, Any]) -> Contradiction | None:
        from kb.lint.proposals.evidence import EvidenceCheck

        if not made:
            made.append(EvidenceCheck(ready.workspace, ready.mirror, ready.plan))
        return made[0].against(change, row)

    return contradicts


def _time_left(ready: PreparedApply) -> RunningEstimate:
    """Return what estimates how long the rest takes, beginning with the forecast."""
    from kb.execute.preflight.check import read_budget
    from kb.plan.impact.duration import RunningEstimate

    posts = sum(each.target.startswith(Source.ESA.value) for each in ready.pending)
    trees = [len(each.numbers) for each in ready.subtrees]
    budget = read_budget(ready.workspace, ready.mirror, time.time())
    return RunningEstimate(posts, len(ready.pending) - posts, budget, trees)


def _watch_requests(meter: Meter, running: RunningEstimate | None = None) -> Watcher:
    def watch(progress: Progress) -> None:
        if running is not None:
            running.saw(progress.system, progress.requests, progress.remaining, progress.waiting_s)
        meter.request(progress.requests, progress.remaining, progress.waiting_s)

    return watch


def _pause(ready: PreparedApply, stats: RunStats, *, ask: bool) -> bool:
    """Show the first few, and ask whether to go on. Without anybody to ask: no."""
    if not stats.first:
        return _pause_before(ready, ask=ask)
    count, first = len(ready.checked.requests) - stats.earlier, len(stats.first)
    whole = (
        t(f"残り {count:,} 件のうち", f"of the {count:,} left")
        if stats.earlier
        else t(f"{count:,} 件のうち", f"of {count:,}")
    )
    say_wrapped(
        t(
            f"{whole.ja}、最初の {first:,} 件を送りました。開いて確かめてください。",
            f"{whole.en}, the first {first:,} are sent: please look at them.",
        )
    )
    for request in stats.first:
        url, title = sanitize(_url(ready, request)), sanitize(request.changes[0].title)
        room = terminal_width() - display_width(url) - 4
        say(f"  {clip(title, room) if sys.stderr.isatty() and room >= 12 else title}  {url}")
    return ask and ask_yes_no(t("残りも送りますか [y/N]: ", "send the rest [y/N]: "))


def _pause_before(ready: PreparedApply, *, ask: bool) -> bool:
    """Show which categories would move in one request each: of these there are no first few to look at."""
    say_wrapped(
        t(
            "まだ何も送っていません。次の分類は、下の分類と中の記事ごと 1 回で移します。",
            "nothing is sent yet. These categories move in one request each, with all that is in and below them.",
        )
    )
    for whole in ready.subtrees:
        posts = count_noun(len(whole.numbers), "post")
        words = t(f"（記事 {len(whole.numbers):,} 件）", f" ({posts})")
        say(f"  {sanitize(mask_text(whole.source))} → {sanitize(mask_text(whole.target))}{words}")
    return ask and ask_yes_no(t("送りますか [y/N]: ", "send them [y/N]: "))


def _url(ready: PreparedApply, request: ChangeRequest) -> str:
    from kb.sources.registry import writable_sources

    sources = {each.source: each for each in writable_sources(ready.workspace.settings)}
    if request.creates:
        return sources[Source.ESA].url_of(page_of(request.target))
    return sources[request.changes[0].source].url_of(request.number)


def repeat_flags(wish: ApplyOptions, ready: PreparedApply, found: ApplyForecast) -> str:
    """Return the flags for the command that goes on: those given, and `--allow` where a rehearsal passed a limit."""
    if ready.checked.beyond is not None and found.allowance:
        wish = replace(wish, allow=found.allowance)
    return runs.format_flags(wish.allow, wish.per_day, without_note=wish.without_note)


class StopRequest:
    """Asked to stop by Ctrl-C or SIGTERM: at once while nothing is under way, else after the request that is.

    A second Ctrl-C does not wait any longer: the journal knows what was begun. A second SIGTERM changes nothing,
    since programs that end others, `timeout` for one, send it twice.
    """

    def __init__(self) -> None:
        self.asked = False
        self._busy = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopRequest:
        for each in (signal.SIGINT, signal.SIGTERM):
            self._before[each] = signal.signal(each, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for each, before in self._before.items():
            signal.signal(each, before)

    def busy(self, on: bool) -> None:
        """Record whether a request is under way, until its result is written down."""
        self._busy = on

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked and number == signal.SIGTERM:
            return
        if self.asked or not self._busy:
            self.asked = True
            raise KeyboardInterrupt
        self.asked = True
        say(t("送っている 1 件を終えてから止まります。", "stopping after the one that is being sent."))
