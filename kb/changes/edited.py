"""Changes somebody edited after they were sent: they are not sent again, which has to be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kb.changes.book import values_in
from kb.changes.plan import Change, Value, wanted
from kb.changes.remote import Came
from kb.changes.runs import Run
from kb.changes.titles import differing
from kb.lang import t

EDITED = t(
    "送ったあとに案が書き換えられています（送るには kb sync と kb plan refresh で案を作り直してください）",
    "it was edited after it was sent (to send that, make the plan anew: kb sync, kb plan refresh)",
)


def edited_since(run: Run, accepted: Iterable[Change]) -> Iterator[Change]:
    """Those of a plan's accepted changes that want something else by now than what a run sent for them."""
    sent = _sent(run)
    for change in accepted:
        values = sent.get(change.identity)
        if values is not None and differing(wanted([change]), values):
            yield change


def _sent(run: Run) -> dict[str, Mapping[str, Value]]:
    """For each decision a run has finished with, the values its target got, or had already."""
    found: dict[str, Mapping[str, Value]] = {}
    for told in (*run.told.values(), *run.dones):
        if told.came in (Came.DONE, Came.SAME):
            state = told.result.get("state") or {}
            values = {**values_in(state.get("values")), **values_in(told.intend.get("after"))}
            found |= {str(each): values for each in told.result.get("changes") or ()}
    return found
