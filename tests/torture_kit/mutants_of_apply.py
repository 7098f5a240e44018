"""Ten planted mistakes of apply and undo, each of which the machine must notice.

A mistake is a few lines put in the place of the right ones, in the process that runs one call of kb.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from kb.execute.engine import ApplyEngine
from kb.execute.journal import runs
from kb.execute.journal.runs import Runs
from kb.execute.journal.writer import RunJournal
from kb.execute.staleness import StalenessCheck
from kb.model.plan import Verb
from kb.model.request import Outcome, Result
from kb.sources.esa.remote import EsaRemote
from kb.sources.esa.writes import EsaWrites
from kb.sources.redmine.remote import RedmineRemote


def no_look_compared() -> None:
    """What was seen before the write is not compared with what the plan was decided on."""
    right = StalenessCheck.keep_unchanged

    def wrong(self: StalenessCheck, remote: Any, request: Any, states: Any) -> Any:
        return request if states.get(request.number) is not None else right(self, remote, request, states)

    StalenessCheck.keep_unchanged = wrong  # type: ignore[method-assign]


def no_look_again() -> None:
    """A look is believed for ever, whatever was waited for since."""
    ApplyEngine._refresh = lambda self, remote, block, at: True  # type: ignore[method-assign]


def nothing_written_before() -> None:
    """The journal is told what came of a request, and not that it is about to leave."""
    right = RunJournal.write

    def wrong(self: RunJournal, what: str, **values: object) -> None:
        if what != "intend":
            right(self, what, **values)

    RunJournal.write = wrong  # type: ignore[method-assign]


def sent_blindly_again() -> None:
    """A request whose answer was lost is sent again, without a look at what it did."""

    def wrong(self: Any, request: Any, seen: Any, now: Any) -> Result:
        return Result(Outcome.LIMITED, None, now)

    EsaRemote.settled = wrong  # type: ignore[method-assign]


def undone_without_comparing() -> None:
    """What is taken back is not compared: whoever edited since loses it."""
    right = StalenessCheck.keep_unchanged

    def wrong(self: StalenessCheck, remote: Any, request: Any, states: Any) -> Any:
        if any(each.kind is Verb.UNDO for each in request.changes) and states.get(request.number) is not None:
            return request
        return right(self, remote, request, states)

    StalenessCheck.keep_unchanged = wrong  # type: ignore[method-assign]


def unchanged_fields_sent() -> None:
    """WIP goes along with every edit, whether it changes or not."""
    right = EsaWrites.update

    def wrong(self: EsaWrites, number: int, fields: Mapping[str, Any], message: str) -> Any:
        return right(self, number, {"wip": False, **fields}, message)

    EsaWrites.update = wrong  # type: ignore[method-assign]


def revision_not_compared() -> None:
    """That somebody came in between is not looked for."""
    right = EsaRemote.proved

    def wrong(self: EsaRemote, request: Any, seen: Any, now: Any) -> Result:
        return right(self, request, replace(seen, revision=0), now)

    EsaRemote.proved = wrong  # type: ignore[method-assign]


def answers_believed() -> None:
    """What Redmine answered is believed, and not read back."""

    def wrong(self: Any, request: Any, seen: Any, now: Any) -> Result:
        return Result(Outcome.DONE, None, now)

    RedmineRemote.proved = wrong  # type: ignore[method-assign]


def sent_after_it_was_taken_back() -> None:
    """That a plan was taken back is forgotten."""
    Runs.undoing = lambda self, name: None  # type: ignore[method-assign]


def done_is_forgotten() -> None:
    """What an earlier call did is not remembered, and neither is what somebody else had done already."""
    right = runs.read_run

    def wrong(path: Any) -> Any:
        run = right(path)
        run.finished.clear()
        return run

    runs.read_run = wrong


MUTANTS: Mapping[str, Callable[[], None]] = {
    mistake.__name__: mistake
    for mistake in (
        no_look_compared,
        no_look_again,
        nothing_written_before,
        sent_blindly_again,
        undone_without_comparing,
        unchanged_fields_sent,
        revision_not_compared,
        answers_believed,
        sent_after_it_was_taken_back,
        done_is_forgotten,
    )
}


def put_on(name: str) -> None:
    """Make one of these mistakes in this process; none for ""."""
    if name:
        MUTANTS[name]()
