"""Resolve requests a crash interrupted, and restore damaged journals from receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb import files
from kb.errors import ChangeError, InputError, KbError
from kb.execute.journal import records
from kb.execute.journal.records import Entry
from kb.execute.journal.run import Run, TargetRecord
from kb.execute.preflight.fetch_states import split_into_blocks
from kb.model.plan import ANSWER_PATTERN, ChangeKey, Plan, is_new_ticket
from kb.model.request import ChangeRequest, Outcome, Result, TargetState, build_requests
from kb.plan.file.parse import parse_plan
from kb.plan.impact.duration import SURVEY_SIZE
from kb.plan.values import differing_keys
from kb.settings import table_files
from kb.settings.toml import format_fields
from kb.sources.port import Remote
from kb.text.json_fields import objects_field, text_field
from kb.text.lang import t

FetchStates = Callable[[Sequence[ChangeRequest]], dict[int, TargetState]]
InterruptedRequest = tuple[ChangeRequest, Result, Mapping[int, TargetState], Mapping[int, TargetState]]
"""A request, its outcome, the states along with it when it was journaled, and the states now."""


def resolve_interrupted(
    remote: Remote, interrupted: Mapping[str, Entry], look: FetchStates
) -> Iterator[InterruptedRequest]:
    """Yield the outcome of each request, `interrupted` by target; LIMITED where nothing happened.

    Those are sent again.
    """
    requests = [
        records.request_from_intent(intend)
        for target, intend in interrupted.items()
        if target.startswith(remote.source.value)
    ]
    for some in split_into_blocks(requests, SURVEY_SIZE):
        states = look(some)
        for request in some:
            intend, now = interrupted[request.target], states.get(request.number)
            if intend.get("whole") and now is not None and not differing_keys(request.after, now.values):
                result = Result(Outcome.DONE, None, now)  # a moved category leaves no message on the post
            else:
                result = remote.settled(request, records.state_from_intent(intend), now)
            yield request, result, records.states_along_intent(intend), states


@dataclass(frozen=True, slots=True)
class RestoredRun:
    """A run whose damaged or cut journal was completed from other files.

    `lost` are targets whose earlier values are unknown. `is_whole`: a receipt names everything that was sent. `cut`:
    how many targets the receipt has as done that an undamaged journal does not name: it was cut.
    """

    run: Run
    lost: tuple[str, ...]
    is_whole: bool
    cut: int = 0


def restore_run(run: Run, folders: tuple[Path, ...]) -> RestoredRun:
    """Fill the gaps of a damaged or cut journal from the receipts and plans in these folders.

    Raises ChangeError where not even the team is known.
    """
    receipt = next((each for each in find_receipts(folders, run.name) if not run.has_head or each.is_of(run)), None)
    plan = _plan_beside(receipt) if receipt is not None else None
    if not run.has_head:
        if receipt is None or plan is None:
            raise _headless_error(run)
        file = receipt.plan_path.name
        run = replace(run, plan=receipt.plan, team=plan.team, redmine=plan.redmine, at=plan.created, file=file)
    requests = {each.target: each for each in build_requests(plan.accepted)} if plan is not None else {}
    changed, lost = _fill_in(run, receipt.outcomes if receipt is not None else {}, requests)
    whole = receipt is not None and set(run.records) <= set(receipt.outcomes) and bool(run.ended)
    cut = 0 if run.damaged or receipt is None else len(receipt.beyond(run))
    return RestoredRun(replace(run, changed=changed), tuple(lost), whole, cut)


def is_cut(run: Run, folders: tuple[Path, ...]) -> bool:
    """Whether a receipt has targets as done that the run's journal does not name: a crash cuts one line only."""
    return any(each.beyond(run) for each in find_receipts(folders, run.name) if not run.has_head or each.is_of(run))


def find_finished_in_receipts(run: Run, plan: Plan, folders: tuple[Path, ...]) -> set[str]:
    """Return the changes a receipt lists as sent that the run's damaged or cut journal does not."""
    outcomes = next((each.outcomes for each in find_receipts(folders, run.name) if each.is_of(run, plan.digest)), {})
    over = {target for target, what in outcomes.items() if what in (Outcome.DONE, Outcome.SAME)} - set(run.records)
    return {each.identity for each in plan.accepted if each.target in over}


def _fill_in(
    run: Run, outcomes: Mapping[str, str], requests: Mapping[str, ChangeRequest]
) -> tuple[list[TargetRecord], list[str]]:
    """Return what was done, receipt-only targets in their place, and the targets that cannot be undone."""
    changed = [each for each in run.changed if "before" in each.intend or each.made]
    lost = {each.target for each in run.changed} - {each.target for each in changed}
    at = 0
    for target in dict.fromkeys([*outcomes, *sorted(lost)]):
        if places := [number for number, each in enumerate(changed) if each.target == target]:
            at = places[-1] + 1
        elif outcomes.get(target) == Outcome.DONE or target in lost:
            made = _reconstruct_change(run.records.get(target), requests.get(target), target)
            if made is None:
                lost.add(target)
            else:
                lost.discard(target)
                changed.insert(at, made)
                at += 1
        elif outcomes.get(target) == Outcome.FAILED and target not in run.records:
            lost.add(target)  # some of its values may have been set
    return changed, sorted(lost)


def _reconstruct_change(record: TargetRecord | None, request: ChangeRequest | None, target: str) -> TargetRecord | None:
    """Return a target's record as journaled before sending, or from the plan; None for neither.

    Of a ticket that was made only the journal knows the number.
    """
    if is_new_ticket(target):
        return None
    if record is not None and "before" in record.intend:
        intend = record.intend
    elif request is not None and ChangeKey.BODY not in request.after:
        kinds = sorted({each.kind.value for each in request.changes})
        intend = {
            "target": target, "title": request.changes[0].title, "kinds": kinds,
            "before": dict(request.before), "after": dict(request.after),
        }  # fmt: skip
    else:
        return None
    result = {"target": target, "state": {"values": dict(intend.get("after") or {})}}
    return TargetRecord(target, Outcome.DONE, record.at if record else "", intend, result)


def _plan_beside(receipt: Receipt) -> Plan | None:
    """Return the plan a receipt belongs to; None where it is missing or another one by now."""
    try:
        text = files.read_text(receipt.plan_path)
        plan = parse_plan(text, receipt.plan_path.name) if text is not None else None
    except KbError:
        return None
    return plan if plan is not None and plan.digest == receipt.plan else None


def _headless_error(run: Run) -> ChangeError:
    return ChangeError(
        t(
            f"{run.name} の記録は 1 行目が壊れていて、どのチームに送ったものか分かりません。何も送っていません。",
            f"the first line of the journal of {run.name} is damaged, so the team it was sent to is unknown; "
            "nothing was sent.",
        ),
        t(
            f"変更案とその控え（*.receipt.toml）を kb.toml の横に戻して、もう一度: kb undo {run.name}",
            f"put the plan and its receipt (*.receipt.toml) back beside kb.toml, and again: kb undo {run.name}",
        ),
    )


RECEIPT_TABLE = "sent"

_ENDING = ".receipt.toml"
_HEADS = ("run", "plan", "by", *Outcome)
_KEYS = ("target", "made", "came", "at", "answer")

_TOP = t(
    "# kb apply の控えです。何をいつ送ったかだけで、題名や値は入っていません。\n",
    "# A receipt of kb apply: what was sent and when, and no title or value.\n",
)


def receipt_path(plan: Path) -> Path:
    """Return the path of a plan's receipt, which stands beside it: plan.receipt.toml."""
    return plan.with_name(f"{plan.stem}{_ENDING}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: what was sent of a plan, without values, for git. The run, the plan's digest, outcomes by target.

    `by` sent it: a colleague's run of the same plan may have the same name.
    """

    run: str
    plan: str
    by: str
    path: Path
    outcomes: dict[str, str]

    def is_of(self, run: Run, plan: str = "") -> bool:
        """Whether it is the receipt of this run, given the digest of its plan where the journal has lost it."""
        return self.plan == (plan or run.plan) and (not run.has_head or self.by == run.by)

    def beyond(self, run: Run) -> set[str]:
        """Return the targets that were done of which the run's journal says nothing."""
        known = {*run.records, *(each.target for each in run.changed)}
        return {target for target, what in self.outcomes.items() if what == Outcome.DONE} - known

    @property
    def plan_path(self) -> Path:
        """The path of its plan."""
        return self.path.with_name(f"{self.path.name.removesuffix(_ENDING)}.toml")


def find_receipts(folders: Iterable[Path], run: str) -> Iterator[Receipt]:
    """Yield the receipts of a run in these folders; skips other files."""
    for path in sorted({path for folder in folders for path in folder.glob(f"*{_ENDING}")}):
        try:
            above, rows = table_files.read_entries(files.read_text(path) or "", path.name, RECEIPT_TABLE, _KEYS, _HEADS)
            if above.text("run") == run:
                outcomes = {row.text("target", needed=True): row.text("came", needed=True) for row in rows}
                yield Receipt(run, above.text("plan"), above.text("by"), path, outcomes)
        except InputError:
            continue


def render_receipt(run: Run) -> str:
    """Render the receipt of a run."""
    done = [(each, each.outcome.value) for each in run.records.values() if each.outcome is not None]
    counts = Counter(outcome for _, outcome in done)
    head = {"format": table_files.TABLE_FORMAT, "run": run.name, "plan": run.plan, "by": run.by}
    head |= {outcome.value: counts[outcome.value] for outcome in Outcome if counts[outcome.value]}
    rows = (
        table_files.render_entry(
            RECEIPT_TABLE,
            {
                "target": each.target,
                "made": each.made,
                "came": outcome,
                "at": each.at,
                "answer": _answers_of(each),
            },
        )
        for each, outcome in done
    )
    return str(_TOP) + format_fields(head) + "".join(f"\n{row}" for row in rows)


def _answers_of(record: TargetRecord) -> tuple[str, ...]:
    """Return where the answers stand that a target was sent on; the journal names whom they were asked of."""
    told = objects_field(record.intend.get("answers"))
    return tuple(answer for each in told if ANSWER_PATTERN.fullmatch(answer := text_field(each.get("answer"))))
