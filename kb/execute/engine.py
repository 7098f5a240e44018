"""The one way changes reach a system: look, compare, write down, send, prove, write down.

Nothing is sent that was not looked at within the last `at_once` writes and a minute, nor after a wait;
a target somebody has touched since is left as it is. A crash anywhere leaves a journal from which the
next run tells what was done. Knows no terminal: who runs it gives what to ask, and what to stop for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kb.execute.batch_move import CanMoveCategory, Subtree, move_category
from kb.execute.journal import records
from kb.execute.journal.file import EntryLog
from kb.execute.journal.run import SETTLED_ONLY, Run, RunStatus
from kb.execute.preflight.fetch_states import (
    LOOK_SIZE,
    READ_BACK,
    NameLocks,
    StateBlock,
    fetch_states,
    split_into_blocks,
)
from kb.execute.recovery import resolve_interrupted
from kb.execute.run_control import CANARY_SIZE, ResultRecorder, RunOptions, RunStats, RunStopped
from kb.model.document import Source
from kb.model.plan import Change, label_keys, merge_values
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_request
from kb.plan.rebase import Contradiction, FindContradiction, rests_on_text
from kb.plan.values import differing_keys
from kb.sources.port import Remote
from kb.text.lang import t

MAX_LOOK_AGE_S = 60.0
"""Seconds for which a look is believed."""

MAX_PAUSE_S = 1.0
"""A longer wait is one after which a look is not believed: for the limit, or for a server that fails."""

CANARY_THRESHOLD = 20
"""Changes beyond which a run begins with those."""

MAX_TRIES = 3
"""How often a request is sent whose answers never arrive, each time only after it was seen that nothing happened."""

TARGET_GONE = t("もう見つからないか、読む権限がありません", "it is not there any more, or not for this account")
NO_ANSWER = t("応答がなく、変わってもいません", "there was no answer, and nothing has changed")
ANSWER_UNREADABLE = t(
    "応答を読み取れませんでした。見直したところ、変わっていません",
    "the answer could not be read; looked at again, nothing has changed",
)


class ApplyEngine:
    """One call of apply: the requests of a plan, on one system after the other, in one journal.

    `before` is what the journal told when it was opened; `wholes` are categories that move as a whole.
    `contradicts` reads a text again that a person edited since its change was decided on.
    """

    def __init__(
        self,
        journal: EntryLog,
        before: Run,
        way: RunOptions,
        wholes: Sequence[Subtree] = (),
        contradicts: FindContradiction | None = None,
    ) -> None:
        self._journal = journal
        self._contradicts = contradicts
        self._read: dict[tuple[str, int, str], Contradiction | None] = {}
        self._wholes = wholes
        self._before = before
        self._way = way
        self._sent = 0
        self._asked = before.canary_passed
        self._many = self._tried = self._unread = False
        self._names = NameLocks()
        self._ledger = ResultRecorder(journal, before, way, self._names)
        self._settled: set[str] = set()
        self._decided: set[int] = set()

    @property
    def tally(self) -> RunStats:
        """What came of the targets so far."""
        return self._ledger.tally

    def run(self, work: Sequence[tuple[Remote, Sequence[ChangeRequest]]]) -> RunStatus:
        """Send all that is not done yet. Raises SourceError and StoreError where nothing more can be sent at all."""
        total = sum(len(list(self._left_of(requests))) for _, requests in work)
        self._ledger.total = total if self._way.budget is None else min(total, self._way.budget)
        self._many = total > CANARY_THRESHOLD
        self._asked = self._asked or self._way.canary is None
        how = RunStatus.FINISHED
        try:
            for remote, requests in work:
                self._decided = {each.number for each in requests}
                told = self._settle(remote)
                self.tally.earlier += len({each.target for each in requests} & self._done_before - told)
                self._system(remote, [*self._left_of(requests)])
        except RunStopped as ended:
            how = ended.how
        except KeyboardInterrupt:
            how = RunStatus.INTERRUPTED
        except BaseException:
            self._journal.write("end", how=RunStatus.BROKEN.value)
            raise
        self._journal.write("end", how=how.value)
        return how

    def settle(self, remotes: Iterable[Remote]) -> None:
        """Find out what became of the requests that a crash cut off, and write it down; nothing is sent."""
        for remote in remotes:
            self._settle(remote)
        self._journal.write("end", how=SETTLED_ONLY)

    @property
    def _done_before(self) -> set[str]:
        return {told.target for told in self._before.dones if told.came is Outcome.DONE}

    def _left_of(self, requests: Iterable[ChangeRequest]) -> Iterator[ChangeRequest]:
        """What is still to be sent: decisions that were sent before are not, whoever accepted more since."""
        for request in requests:
            over = self._before.finished | self._settled
            left = [each for each in request.changes if each.identity not in over]
            if left:
                yield request if len(left) == len(request.changes) else build_request(left)

    # -- one system ------------------------------------------------------------------------------

    def _system(self, remote: Remote, requests: Sequence[ChangeRequest]) -> None:
        if remote.source is Source.ESA and self._wholes:
            requests = self._moved(remote, requests)
        if not remote.proof_later:
            requests = [*self._surveyed(remote, requests)]
        for some in split_into_blocks(requests, remote.at_once):
            self._block(remote, some)
        self._ledger.keep(remote)

    def _moved(self, remote: Remote, requests: Sequence[ChangeRequest]) -> list[ChangeRequest]:
        """Move what goes as whole categories; gives the requests that are left."""
        rest = {each.number: each for each in requests}
        for whole in self._wholes:
            if self._way.stop():
                raise RunStopped(RunStatus.INTERRUPTED)
            some = [rest[number] for number in whole.numbers if number in rest]
            if len(some) < len(whole.numbers) or not isinstance(remote, CanMoveCategory):
                continue  # some of it was sent before: the rest goes the way it began
            if self._many and not self._asked:
                self._ask()

            def conclude(
                request: ChangeRequest,
                answered: Result,
                before: Mapping[int, TargetState],
                now: Mapping[int, TargetState],
            ) -> None:
                self._ledger.conclude(remote, request, answered, before, now)
                rest.pop(request.number, None)

            began, waited_s = remote.now(), remote.waited_s

            def fresh(began: float = began, waited_s: float = waited_s) -> bool:
                return remote.now() - began <= MAX_LOOK_AGE_S and remote.waited_s - waited_s <= MAX_PAUSE_S

            self._way.busy(True)
            try:
                move_category(remote, whole, some, self._journal, conclude, fresh)
                self._sent += 1
            finally:
                self._way.busy(False)
        return list(rest.values())

    def _settle(self, remote: Remote) -> set[str]:
        """Find out what became of the requests a crash cut off; gives the targets about which that is now told.

        Nothing became of the others: they are to be sent, if they still are accepted.
        """
        told: set[str] = set()
        for request, answered, along, states in resolve_interrupted(
            remote, self._before.cut, lambda some: self._look(remote, some, "settle")
        ):
            if answered.came is Outcome.LIMITED:
                self._journal.write("limited", target=request.target)
                continue
            self._ledger.conclude(remote, request, answered, along, states)
            told.add(request.target)
            self._settled.update(request.known_as)
        return told

    def _surveyed(self, remote: Remote, requests: Sequence[ChangeRequest]) -> Iterator[ChangeRequest]:
        """Look at everything before anything is sent; what cannot be sent is told now."""
        for some in split_into_blocks(requests, LOOK_SIZE):
            states = self._look(remote, some, "survey")
            for request in some:
                ready = self._compared(remote, request, states)
                if ready is not None:
                    yield ready

    def _block(self, remote: Remote, requests: Sequence[ChangeRequest]) -> None:
        block = StateBlock(requests)
        self._look_from(remote, block, 0)
        try:
            for at, request in enumerate(requests):
                self._may_go_on(remote, block)
                self._one(remote, block, at, request)
        finally:
            self._prove(remote, block)
            self._ledger.keep(remote)

    def _one(self, remote: Remote, block: StateBlock, at: int, request: ChangeRequest) -> None:
        """One target, again while it is certain that nothing happened to it."""
        self._unread = False
        for _ in range(MAX_TRIES):
            if not self._fresh(remote, block, at):
                break
            ready = self._compared(remote, request, block.states)
            if ready is None or self._held(remote, ready, block.states):
                return
            if not _is_fresh(remote, block):  # a ticket's notes were read, and that took a wait
                continue
            if self._send(remote, block, ready) is not Outcome.LIMITED:
                return
            request = ready  # what of it was told already is not tried again
            block.looked = 0.0  # there was a wait, or no answer: what was seen is too old
        why = ANSWER_UNREADABLE if self._unread else NO_ANSWER
        self._ledger.conclude(remote, request, Result(Outcome.FAILED, why), block.states, {})

    def _fresh(self, remote: Remote, block: StateBlock, at: int) -> bool:
        """Look again until what was seen is no older than it may be, and a request may leave without a wait.

        A look may itself use up what the limit lets through, or take long: False when that happens again and again.
        """
        for _ in range(MAX_TRIES + 1):
            if not remote.settle() and _is_fresh(remote, block):
                return True
            self._look_from(remote, block, at)
        return False

    def _look_from(self, remote: Remote, block: StateBlock, at: int) -> None:
        """Look at a block's targets from one on: what is not there any more is forgotten."""
        rest = block.requests[at:]
        again = {number for each in rest for number in (each.number, *each.along)}
        kept = {number: state for number, state in block.states.items() if number not in again}
        block.looked, block.waited_s = remote.now(), remote.waited_s
        block.states = kept | self._look(remote, rest, "check")

    def _send(self, remote: Remote, block: StateBlock, request: ChangeRequest) -> Outcome:
        """One request, between two entries of the journal."""
        seen = block.states[request.number]
        request = replace(request, answered=self._before.answers[request.target])
        self._way.busy(True)
        try:
            self._journal.write("intend", **records.intent_entry(request, seen, block.states, unmarked=remote.unmarked))
            answered = remote.send(request, seen)
            self._sent += 1
            self._unread = answered.unread
            if answered.came is Outcome.UNKNOWN:
                now = self._look(remote, [request], "settle")
                answered = remote.settled(request, seen, now.get(request.number))
                if answered.came is not Outcome.LIMITED:
                    self._ledger.conclude(remote, request, answered, block.states, now)
            elif answered.came is Outcome.DONE and remote.proof_later:
                block.unproved.append((request, seen))
                self._ledger.answered(len(block.unproved))
            elif answered.came is not Outcome.LIMITED:
                self._ledger.conclude(remote, request, answered, block.states, {})
            if answered.came is Outcome.LIMITED:
                self._journal.write("limited", target=request.target)
            if answered.trouble is not None:
                raise answered.trouble
            return answered.came
        finally:
            self._way.busy(False)

    def _prove(self, remote: Remote, block: StateBlock) -> None:
        """Read back what was answered for, and tell what it came to."""
        if not block.unproved:
            return
        sent = list(block.unproved)
        block.unproved.clear()
        now = self._look(remote, [request for request, _ in sent], READ_BACK)
        for request, seen in sent:
            answered = remote.proved(request, seen, now.get(request.number))
            self._ledger.conclude(remote, request, answered, block.states, now)

    # -- one target ------------------------------------------------------------------------------

    def _compared(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """The request as far as nobody touched its fields since; None when nothing of it is left, which is told."""
        now = states.get(request.number)
        if now is None:
            self._ledger.conclude(remote, request, Result(Outcome.SKIPPED, TARGET_GONE), states, {})
            return None
        if not differing_keys(request.after, now.values):
            self._ledger.conclude(remote, request, Result(Outcome.SAME, None, now), states, {})
            return None
        touched = differing_keys(request.before, now.values)
        if not touched:
            supported = self._supported(remote, request, states)
            return self._foreseen(remote, supported, states) if supported is not None else None
        kept = [each for each in request.changes if not set(touched) & merge_values([each]).keys()]
        stale = replace(request, changes=tuple(each for each in request.changes if each not in kept))
        keys = label_keys(touched)
        why = t(f"{keys.ja}が変わっていたので、そのままにしました", f"{keys.en} has changed since, and was left alone")
        self._ledger.conclude(remote, stale, Result(Outcome.STALE, why, now), states, {})
        rest = build_request(kept) if kept else None
        return self._compared(remote, rest, states) if rest is not None and rest.after else None

    def _supported(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """The request without what a text edited since no longer supports, which is told; None when nothing is left."""
        now = states[request.number]
        found = {id(each): self._against(remote, each, now) for each in request.changes if rests_on_text(each)}
        against = next((each for each in found.values() if each is not None), None)
        if against is None:
            return request
        kept = [each for each in request.changes if found.get(id(each)) is None]
        stale = replace(request, changes=tuple(each for each in request.changes if each not in kept))
        why = t(
            f"編集された内容では、{against.why.ja}。そのままにしました",
            f"it was edited and no longer supports this: {against.why.en}; it was left alone",
        )
        quote = against.shown
        self._ledger.conclude(remote, stale, Result(Outcome.STALE, why, now, quote=quote), states, {})
        rest = build_request(kept) if kept else None
        return rest if rest is not None and rest.after else None

    def _against(self, remote: Remote, change: Change, now: TargetState) -> Contradiction | None:
        """What a target's text says against a change, where a person edited it since; read once as it stands."""
        key = change.identity, now.revision, now.updated_at
        moved = key[1:] != (change.seen.revision, change.seen.updated_at)
        if moved and self._contradicts is not None and key not in self._read:
            if remote.source is Source.REDMINE:  # whose look shows no notes
                self._journal.write("read", system=remote.source.value, why="evidence", numbers=[change.number])
            row = remote.edited(change.seen, change.number, now)
            self._read[key] = self._contradicts(change, row) if row is not None else None
        return self._read.get(key)

    def _held(self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]) -> bool:
        """Whether another post still has the name that this one would get: its own change came to nothing."""
        other = self._names.holder(request.number, states[request.number], request.after)
        if other:
            why = t(f"その名前をまだ esa:{other} が使っています", f"esa:{other} still has that name")
            self._ledger.conclude(remote, request, Result(Outcome.SKIPPED, why), states, {})
        return bool(other)

    def _foreseen(
        self, remote: Remote, request: ChangeRequest, states: Mapping[int, TargetState]
    ) -> ChangeRequest | None:
        """The request with all that changes along; None where that is something nobody decided on, which is told."""
        along = remote.along(request, states)
        unforeseen = sorted(set(along) - {*request.along, *self._decided})
        if not unforeseen:
            return replace(request, along=tuple(dict.fromkeys((*request.along, *along)))) if along else request
        names = "、".join(f"#{number}" for number in unforeseen)
        why = t(
            f"重複している {names} も終了になってしまうので、そのままにしました",
            f"{names}, a duplicate, would be closed along, so it was left alone",
        )
        self._ledger.conclude(remote, request, Result(Outcome.STALE, why, states[request.number]), states, {})
        return None

    def _may_go_on(self, remote: Remote, block: StateBlock) -> None:
        """Raise Ended when the run should end before the next request."""
        if self._ledger.failing:
            raise RunStopped(RunStatus.FAILING)
        if self._way.stop():
            raise RunStopped(RunStatus.INTERRUPTED)
        if self._way.budget is not None and self._sent >= self._way.budget:
            raise RunStopped(RunStatus.SPENT)
        if not self._many or self._sent < CANARY_SIZE:
            return
        if not self._asked or (remote.proof_later and not self._tried and len(block.unproved) >= CANARY_SIZE):
            self._try(remote, block)

    def _try(self, remote: Remote, block: StateBlock) -> None:
        """See what came of the first few before the rest is sent: prove them, and ask somebody to look at them."""
        self._prove(remote, block)
        self._tried = self._tried or remote.proof_later
        if self._ledger.failing:
            raise RunStopped(RunStatus.FAILING)
        if not self._asked:
            self._ask()

    def _ask(self) -> None:
        """Ask once whether to go on: after the first few, or before a category moves in one request."""
        self._asked = True
        if self._way.canary is not None and not self._way.canary(self.tally):
            raise RunStopped(RunStatus.PAUSED)
        self._journal.write("canary")

    def _look(self, remote: Remote, requests: Sequence[ChangeRequest], why: str) -> dict[int, TargetState]:
        """How these targets stand now, and what changes along with them; told to the journal."""
        return fetch_states(remote, requests, why, self._journal, self._names)


def _is_fresh(remote: Remote, block: StateBlock) -> bool:
    """Whether a look is no older than it may be, and nothing was waited for since. Clocks are set back, too."""
    return remote.waited_s - block.waited_s <= MAX_PAUSE_S and 0 <= remote.now() - block.looked <= MAX_LOOK_AGE_S
