"""Send requests: look, compare, journal, send, prove, journal.

Nothing is sent on a look older than `at_once` writes or a minute, or after a wait; a target touched since stays as it
is. A crash anywhere leaves a journal the next run can resume from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kb.execute.batch_move import CanMoveCategory, Subtree, move_category
from kb.execute.journal import records
from kb.execute.journal.run import SETTLED_ONLY, Run, RunStatus
from kb.execute.journal.writer import EntryLog
from kb.execute.preflight.fetch_states import (
    READ_BACK,
    NameLocks,
    StateBlock,
    fetch_states,
    split_into_blocks,
)
from kb.execute.preflight.link_guard import LinkGuard
from kb.execute.preflight.swaps import SWAP_CANNOT_BEGIN, come_back, is_swap_possible, shown_state
from kb.execute.recovery import resolve_interrupted
from kb.execute.run_control import CANARY_SIZE, ResultRecorder, RunOptions, RunStats, RunStopped
from kb.execute.staleness import StalenessCheck
from kb.model.document import Source
from kb.model.plan import ChangeKey
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_request
from kb.plan.impact.duration import SURVEY_SIZE
from kb.plan.rebase import FindContradiction
from kb.plan.sections.places import is_place_edit
from kb.plan.values import is_aside
from kb.sources.port import CanWithdraw, Remote
from kb.text.lang import Text, t

MAX_LOOK_AGE_S = 60.0
"""Seconds for which a look is trusted."""

MAX_PAUSE_S = 1.0
"""A longer wait (for the limit, or a failing server) makes a look out of date."""

CANARY_THRESHOLD = 20
"""More changes than this begin with a canary."""

MAX_TRIES = 3
"""How often an unanswered request is sent, each time after checking that nothing happened."""

SECOND_LOOK_S = 2.0
"""Seconds after which another sender's ticket is there to be seen, if it was made before ours was."""

NO_ANSWER = t("応答がなく、変わってもいません", "there was no answer, and nothing has changed")
PERHAPS_MADE = t(
    "応答がなく、まだ見当たりません。次に送るときに、作られていないことを確かめてから作ります",
    "there was no answer, and it is not there yet: the next run looks again before it makes it",
)
ANSWER_UNREADABLE = t(
    "応答を読み取れませんでした。見直したところ、変わっていません",
    "the answer could not be read; a second look shows that nothing has changed",
)


class ApplyEngine:
    """One call of apply: the requests of a plan, system by system, in one journal.

    `before` is the journal's content when it was opened; `subtrees` are categories that move as a whole. `contradicts`
    rereads a text a person edited since its change was decided on; `guard` keeps links of what does not move.
    """

    def __init__(
        self,
        journal: EntryLog,
        before: Run,
        options: RunOptions,
        subtrees: Sequence[Subtree] = (),
        contradicts: FindContradiction | None = None,
        guard: LinkGuard | None = None,
    ) -> None:
        self._journal = journal
        self._subtrees = subtrees
        self._before = before
        self._options = options
        self._sent = 0
        self._canary_asked = before.canary_passed
        self._needs_canary = self._canary_proved = self._unreadable = False
        self._names = NameLocks()
        self._recorder = ResultRecorder(journal, before, options, self._names, guard)
        self._settled: set[str] = set()
        self._staleness = StalenessCheck(journal, self._recorder, self._names, contradicts)

    @property
    def stats(self) -> RunStats:
        """The outcomes so far."""
        return self._recorder.stats

    def run(self, work: Sequence[tuple[Remote, Sequence[ChangeRequest]]]) -> RunStatus:
        """Send all that is not done yet. Raises SourceError and StoreError where nothing more can be sent."""
        total = sum(not each.aside for _, requests in work for each in self._pending(requests))
        self._recorder.total = total if self._options.budget is None else min(total, self._options.budget)
        self._needs_canary = total > CANARY_THRESHOLD
        self._canary_asked = self._canary_asked or self._options.canary is None
        status = RunStatus.FINISHED
        pages = next((remote for remote, _ in work if remote.source is Source.ESA), None)
        try:
            for remote, requests in work:
                self._staleness.decided = {each.number for each in requests}
                recovered = self._recover(remote)
                self.stats.earlier += len({each.target for each in requests} & self._done_before - recovered)
                left = [*self._pending(requests)]
                if any(each.creates for each in left):
                    left = [*self._staleness.keep_founded(pages, left, remote)]
                try:
                    self._send_to(remote, left)
                except RunStopped:
                    self._withdraw_doubles(remote, requests)
                    raise
                self._withdraw_doubles(remote, requests)
        except RunStopped as ended:
            status = ended.status
        except KeyboardInterrupt:
            status = RunStatus.INTERRUPTED
        except BaseException:
            self._journal.write("end", how=RunStatus.BROKEN.value)
            raise
        self._journal.write("end", how=status.value)
        return status

    def settle(self, remotes: Iterable[Remote]) -> None:
        """Resolve the requests a crash interrupted and journal their outcomes; nothing is sent."""
        for remote in remotes:
            self._recover(remote)
        self._journal.write("end", how=SETTLED_ONLY)

    @property
    def _done_before(self) -> set[str]:
        changed = (each for each in self._before.changed if not each.is_aside)
        return {record.target for record in changed if record.outcome is Outcome.DONE}

    def _pending(self, requests: Iterable[ChangeRequest]) -> Iterator[ChangeRequest]:
        """Yield what is still to be sent: decisions that were sent stay sent, whatever was accepted later."""
        for request in requests:
            over = self._before.finished | self._settled
            if request.aside:  # whatever was sent of it before: what matters is whether its post has its new name
                if any(each.identity not in over for each in request.swap[0].changes):
                    yield request
            elif left := [each for each in request.changes if each.identity not in over]:
                yield request if len(left) == len(request.changes) else build_request(left)

    def _send_to(self, remote: Remote, requests: Sequence[ChangeRequest]) -> None:
        if isinstance(remote, CanMoveCategory):
            requests = self._move_categories(remote, requests)
        if not remote.proof_later:
            requests = [*self._drop_broken_swaps(remote, [*self._survey(remote, requests)], requests)]
        for some in split_into_blocks(requests, remote.at_once):
            self._send_block(remote, some)
        self._recorder.keep(remote)

    def _withdraw_doubles(self, remote: Remote, requests: Sequence[ChangeRequest]) -> None:
        """Close what another sender made, too, a moment before: two looks find nothing in time, two posts follow.

        The later one of a pair gives way, so that both never do. What cannot be closed is told.
        """
        made = {each.number: each for each in requests if each.target in self._recorder.unproved}
        if not made or not isinstance(remote, CanWithdraw):
            return
        withdrawn = self._before.withdrawn  # before a crash
        cut = {number: withdrawn[each.target] for number, each in made.items() if each.target in withdrawn}
        told: dict[int, Result] = {}
        doubles: dict[int, tuple[int, ...]] = {}
        for wait_s in (0.0, SECOND_LOOK_S):
            if not made:
                break
            remote.pause(wait_s)
            numbers = {number: self._recorder.unproved[each.target][0] for number, each in made.items()}
            doubles = remote.find_doubles(numbers)
            firsts = {number: min(others) for number, others in doubles.items()} | cut
            for number, first in firsts.items():
                if first < numbers[number] and number not in told:
                    told[number] = self._withdraw(remote, made[number], first)
                    if told[number].outcome is Outcome.SAME:
                        del made[number]
            cut.clear()
        left = [number for number in doubles if number in made]
        for number in left:
            ours = self._recorder.unproved[made[number].target][0]
            both = Result(Outcome.FAILED, name_doubles(ours, doubles[number]))
            self.stats.note(made[number], told.get(number, both))
        if not left:
            self._journal.write("single")
            self._recorder.unproved.clear()

    def _withdraw(self, remote: Remote, request: ChangeRequest, first: int) -> Result:
        """Close a ticket of this run in favour of another one; journals it before and after."""
        assert isinstance(remote, CanWithdraw)
        ours, updated_at = self._recorder.unproved[request.target]
        self._options.busy(True)
        try:
            self._journal.write("double", target=request.target, made=f"redmine:{ours}", first=first)
            result = remote.withdraw(request, ours, updated_at, first)
            if result.outcome is Outcome.SAME:
                self.stats.withdraw(request)
                self._recorder.conclude(remote, request, result, {}, {})
        finally:
            self._options.busy(False)
        return result

    def _move_categories(self, remote: Remote, requests: Sequence[ChangeRequest]) -> list[ChangeRequest]:
        """Move whole categories; return the requests that are left."""
        rest = {each.number: each for each in requests if not each.aside}
        for subtree in self._subtrees:
            if self._options.stop():
                raise RunStopped(RunStatus.INTERRUPTED)
            whole = [rest[number] for number in subtree.numbers if number in rest]
            some = [build_request([each for each in one.changes if not is_place_edit(each)]) for one in whole]
            some = [each for each in some if each.after]
            if len(some) < len(subtree.numbers) or not isinstance(remote, CanMoveCategory):
                continue  # partly sent before: the rest goes one by one too
            if self._needs_canary and not self._canary_asked:
                self._ask_canary()

            def conclude(
                request: ChangeRequest,
                result: Result,
                before: Mapping[int, TargetState],
                now: Mapping[int, TargetState],
            ) -> None:
                self._recorder.conclude(remote, request, result, before, now)
                sent = rest.pop(request.number, None)
                if sent is not None and (links := [each for each in sent.changes if is_place_edit(each)]):
                    rest[request.number] = build_request(links)

            began, waited_s = remote.now(), remote.waited_s

            def fresh(began: float = began, waited_s: float = waited_s) -> bool:
                return remote.now() - began <= MAX_LOOK_AGE_S and remote.waited_s - waited_s <= MAX_PAUSE_S

            self._options.busy(True)
            try:
                move_category(remote, subtree, some, self._journal, conclude, fresh)
                self._sent += 1
            finally:
                self._options.busy(False)
        left = (each if each.aside else rest.get(each.number) for each in requests)
        return [each for each in left if each is not None]

    def _recover(self, remote: Remote) -> set[str]:
        """Resolve the interrupted requests; return their targets.

        A request that had no effect is not among them: it is sent if it is still accepted.
        """
        recovered: set[str] = set()
        for request, result, along, states in resolve_interrupted(
            remote, self._before.interrupted, lambda some: self._look(remote, some, "settle")
        ):
            if result.outcome is Outcome.LIMITED:
                if self._before.records[request.target].outcome is None:  # else what it says of it stays so
                    self._journal.write("limited", target=request.target)
                continue
            self._recorder.conclude(remote, request, result, along, states)
            recovered.add(request.target)
            self._settled.update(request.known_as)
        return recovered

    def _survey(self, remote: Remote, requests: Sequence[ChangeRequest]) -> Iterator[ChangeRequest]:
        """Look at every target before anything is sent; yield the requests that can be."""
        for some in split_into_blocks(requests, SURVEY_SIZE):
            states = self._look(remote, some, "survey")
            for request in some:
                if (ready := self._staleness.keep_unchanged(remote, request, states)) is not None:
                    yield ready

    def _drop_broken_swaps(
        self, remote: Remote, requests: Sequence[ChangeRequest], asked: Sequence[ChangeRequest]
    ) -> Iterator[ChangeRequest]:
        """Yield the requests; where one of a ring is lost to the survey, none of it steps aside."""
        lost = {each.number for each in asked if not each.aside} - {each.number for each in requests if not each.aside}
        for each in requests:
            if lost.isdisjoint(other.number for other in each.swap):
                yield each
            else:
                self._recorder.conclude(remote, each, Result(Outcome.SKIPPED, SWAP_CANNOT_BEGIN), {}, {})

    def _send_block(self, remote: Remote, requests: Sequence[ChangeRequest]) -> None:
        block = StateBlock(requests)
        self._look_again(remote, block, 0)
        try:
            for at, request in enumerate(requests):
                self._check_stop(remote, block)
                self._send_one(remote, block, at, request)
        finally:
            self._prove(remote, block)
            self._recorder.keep(remote)

    def _send_one(self, remote: Remote, block: StateBlock, at: int, request: ChangeRequest) -> None:
        """Send one request, again while it is certain that it had no effect."""
        self._unreadable = False
        for _ in range(MAX_TRIES):
            if not self._refresh(remote, block, at):
                break
            if not is_swap_possible(request, block.states):
                self._recorder.conclude(remote, request, Result(Outcome.SKIPPED, SWAP_CANNOT_BEGIN), {}, {})
                return
            ready = self._staleness.keep_unchanged(remote, request, block.states)
            if ready is not None:
                self._bring_back(remote, block, ready)
            if ready is None or self._staleness.is_name_taken(remote, ready, block.states):
                return
            if not _is_fresh(remote, block):  # reading a ticket's notes took a wait
                continue
            if self._send(remote, block, ready) is not Outcome.LIMITED:
                return
            request = ready  # without what is recorded already
            block.looked = 0.0  # after a wait, or no answer, the look is too old
        why = ANSWER_UNREADABLE if self._unreadable else NO_ANSWER
        self._recorder.conclude(remote, request, Result(Outcome.FAILED, why), block.states, {})

    def _bring_back(self, remote: Remote, block: StateBlock, request: ChangeRequest) -> None:
        """Give a post that made room its own title back where its new name did not become free, if that still is."""
        state = block.states[request.number]
        if request.aside or not is_aside(str(state.values.get(ChangeKey.TITLE, ""))):
            return
        back = come_back(request, state)
        if self._names.holder(request.number, state, request.after) and not self._names.holder(
            request.number, state, back.after
        ):
            self._send(remote, block, back)

    def _refresh(self, remote: Remote, block: StateBlock, at: int) -> bool:
        """Look again until the look is recent and a request may leave without a wait.

        A look may itself use up the limit or take long: False when that keeps happening.
        """
        for _ in range(MAX_TRIES + 1):
            if not remote.settle() and _is_fresh(remote, block):
                return True
            self._look_again(remote, block, at)
        return False

    def _look_again(self, remote: Remote, block: StateBlock, at: int) -> None:
        """Look at a block's targets from index `at` on."""
        rest = block.requests[at:]
        again = {number for each in rest for number in (each.number, *each.along)}
        kept = {number: state for number, state in block.states.items() if number not in again}
        block.looked, block.waited_s = remote.now(), remote.waited_s
        block.states = kept | self._look(remote, rest, "check")

    def _send(self, remote: Remote, block: StateBlock, request: ChangeRequest) -> Outcome:
        """Send one request between two journal entries."""
        seen = block.states[request.number]
        request = replace(request, answered=self._before.answers[request.target])
        self._options.busy(True)
        try:
            self._journal.write("intend", **records.intent_entry(request, seen, block.states, unmarked=remote.unmarked))
            result = remote.send(request, seen)
            self._sent += 1
            self._unreadable = result.unread
            if result.outcome is Outcome.UNKNOWN:
                now = self._look(remote, [request], "settle")
                result = remote.settled(request, seen, now.get(request.number))
                if request.creates and result.outcome is Outcome.LIMITED:  # it may be made yet: not sent again at once
                    result = replace(result, outcome=Outcome.FAILED, why=PERHAPS_MADE, perhaps=True)
                if result.outcome is not Outcome.LIMITED:
                    self._recorder.conclude(remote, request, result, block.states, now)
                    block.note(request.number, shown_state(request, seen, result.state))
            elif result.outcome is Outcome.DONE and remote.proof_later:
                block.unproved.append((request, seen))
                self._recorder.note_answer(len(block.unproved))
            elif result.outcome is not Outcome.LIMITED:
                self._recorder.conclude(remote, request, result, block.states, {})
                block.note(request.number, shown_state(request, seen, result.state))
            if result.outcome is Outcome.LIMITED:
                self._journal.write("limited", target=request.target)
            if result.trouble is not None:
                raise result.trouble
            return result.outcome
        finally:
            self._options.busy(False)

    def _prove(self, remote: Remote, block: StateBlock) -> None:
        """Read back result requests and record their outcomes."""
        if not block.unproved:
            return
        sent = list(block.unproved)
        block.unproved.clear()
        now = self._look(remote, [request for request, _ in sent], READ_BACK)
        for request, seen in sent:
            result = remote.proved(request, seen, now.get(request.number))
            self._recorder.conclude(remote, request, result, block.states, now)

    def _check_stop(self, remote: Remote, block: StateBlock) -> None:
        """Raise RunStopped when the run should end before the next request."""
        if self._recorder.failing:
            raise RunStopped(RunStatus.FAILING)
        if self._options.stop():
            raise RunStopped(RunStatus.INTERRUPTED)
        if self._options.budget is not None and self._sent >= self._options.budget:
            raise RunStopped(RunStatus.SPENT)
        if not self._needs_canary or self._sent < CANARY_SIZE:
            return
        if not self._canary_asked or (
            remote.proof_later and not self._canary_proved and len(block.unproved) >= CANARY_SIZE
        ):
            self._run_canary(remote, block)

    def _run_canary(self, remote: Remote, block: StateBlock) -> None:
        """Prove the first few requests, and ask somebody to check them, before the rest is sent."""
        self._prove(remote, block)
        self._canary_proved = self._canary_proved or remote.proof_later
        if self._recorder.failing:
            raise RunStopped(RunStatus.FAILING)
        if not self._canary_asked:
            self._ask_canary()

    def _ask_canary(self) -> None:
        """Ask once whether to go on: after the first few, or before a category moves in one request."""
        self._canary_asked = True
        if self._options.canary is not None and not self._options.canary(self.stats):
            raise RunStopped(RunStatus.PAUSED)
        self._journal.write("canary")

    def _look(self, remote: Remote, requests: Sequence[ChangeRequest], why: str) -> dict[int, TargetState]:
        """Return the states of these targets and of what changes along."""
        return fetch_states(remote, requests, why, self._journal, self._names)


def name_doubles(ours: int, others: Iterable[int]) -> Text:
    """Return that two tickets stand open for one measure."""
    numbers = sorted({ours, *others})
    return t(
        f"同じ対策のチケットが {'、'.join(f'#{each}' for each in numbers)} と重なって開いています。"
        "どれを残すか決めて、ほかを終了にしてください",
        f"{', '.join(f'#{each}' for each in numbers)} stand open for one measure: keep one, and close the others",
    )


def _is_fresh(remote: Remote, block: StateBlock) -> bool:
    """Whether a look is recent and nothing was waited for since. Clocks may go back."""
    return remote.waited_s - block.waited_s <= MAX_PAUSE_S and 0 <= remote.now() - block.looked <= MAX_LOOK_AGE_S
