"""What a damaged journal has lost, told from the receipt of its run and from the plan beside that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kb.changes.plan import Key, Plan
from kb.changes.plan_file import plan_in
from kb.changes.receipt import Receipt, receipts
from kb.changes.remote import Came, Request
from kb.changes.requests import requests_of
from kb.changes.runs import Run, Told
from kb.errors import ChangeError, KbError
from kb.lang import t
from kb.lint import team_file


@dataclass(frozen=True, slots=True)
class Restored:
    """A run whose journal is damaged, with what could be told from elsewhere.

    `lost` are targets that were changed from values nobody knows any more. `is_whole` says that a receipt names all
    that was sent, so that nothing else is left.
    """

    run: Run
    lost: tuple[str, ...]
    is_whole: bool


def restored(run: Run, folders: tuple[Path, ...]) -> Restored:
    """Fill in what the damaged journal of a run has lost, from the receipts and plans in these folders.

    Raises ChangeError where not even the team is known that something was sent to.
    """
    receipt = next((each for each in receipts(folders, run.name) if not run.has_head or each.plan == run.plan), None)
    plan = _plan(receipt) if receipt is not None else None
    if not run.has_head:
        if receipt is None or plan is None:
            raise _headless(run)
        file = receipt.plan_path.name
        run = replace(run, plan=receipt.plan, team=plan.team, redmine=plan.redmine, at=plan.created, file=file)
    requests = {each.target: each for each in requests_of(plan.accepted)} if plan is not None else {}
    dones, lost = _filled(run, receipt.came if receipt is not None else {}, requests)
    whole = receipt is not None and set(run.told) <= set(receipt.came) and bool(run.ended)
    return Restored(replace(run, dones=dones), tuple(lost), whole)


def finished_elsewhere(run: Run, plan: Plan, folders: tuple[Path, ...]) -> set[str]:
    """The changes of a plan that its receipt tells as sent, and the damaged journal of its run does not."""
    came = next((each.came for each in receipts(folders, run.name) if each.plan == plan.digest), {})
    over = {target for target, what in came.items() if what in (Came.DONE, Came.SAME)} - set(run.told)
    return {each.identity for each in plan.accepted if each.target in over}


def _filled(run: Run, came: Mapping[str, str], requests: Mapping[str, Request]) -> tuple[list[Told], list[str]]:
    """What was done, what the receipt alone knows of in its place among it; and the targets nobody can take back."""
    dones = [each for each in run.dones if "before" in each.intend]
    lost = {each.target for each in run.dones} - {each.target for each in dones}
    at = 0
    for target in dict.fromkeys([*came, *sorted(lost)]):
        places = [number for number, each in enumerate(dones) if each.target == target]
        if places:
            at = places[-1] + 1
        elif came.get(target) == Came.DONE or target in lost:
            made = _made(run.told.get(target), requests.get(target), target)
            if made is None:
                lost.add(target)
            else:
                lost.discard(target)
                dones.insert(at, made)
                at += 1
        elif came.get(target) == Came.FAILED and target not in run.told:
            lost.add(target)  # some of its values may stand all the same
    return dones, sorted(lost)


def _made(told: Told | None, request: Request | None, target: str) -> Told | None:
    """What was done to a target: as the journal said before it was sent, or as the plan says; None for neither."""
    if told is not None and "before" in told.intend:
        intend = told.intend
    elif request is not None and Key.BODY not in request.after:
        kinds = sorted({each.kind.value for each in request.changes})
        intend = {
            "target": target, "title": request.changes[0].title, "kinds": kinds,
            "before": dict(request.before), "after": dict(request.after),
        }  # fmt: skip
    else:
        return None
    result = {"target": target, "state": {"values": dict(intend.get("after") or {})}}
    return Told(target, Came.DONE, told.at if told else "", intend, result)


def _plan(receipt: Receipt) -> Plan | None:
    """The plan that a receipt stands beside; None where there is none, or another one by now."""
    try:
        text = team_file.read(receipt.plan_path)
        plan = plan_in(text, receipt.plan_path.name) if text is not None else None
    except KbError:
        return None
    return plan if plan is not None and plan.digest == receipt.plan else None


def _headless(run: Run) -> ChangeError:
    return ChangeError(
        t(
            f"{run.name} の記録は 1 行目が壊れていて、どのチームに送ったものか分かりません。何も送っていません。",
            f"the first line of the journal of {run.name} is damaged, so nobody knows which team it was sent to; "
            "nothing was sent.",
        ),
        t(
            f"変更案とその控え（*.receipt.toml）を kb.toml の横に戻して、もう一度: kb undo {run.name}",
            f"put the plan and its receipt (*.receipt.toml) back beside kb.toml, and again: kb undo {run.name}",
        ),
    )
