"""Keep what people decided on the places of personal pages, so that the next plan does not propose it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from kb.lint.waivers.decisions import Decision, Decisions, place_decision, render_decision
from kb.lint.waivers.set_aside import DecisionFile
from kb.model.document import RawDocId
from kb.model.plan import Change, ChangeKey, Plan, Verb, digest_group
from kb.plan.collide.hold_back import is_in_held_group
from kb.settings.workspace import Workspace
from kb.text.globs import find_personal_folder


def read_places(workspace: Workspace) -> tuple[Mapping[RawDocId, frozenset[str]], Mapping[RawDocId, str]]:
    """Return the refused and the chosen categories by document. Raises InputError, StoreError."""
    known = DecisionFile.of(workspace).decisions()
    return known.refused_places(), known.chosen_places()


def remember_places(workspace: Workspace, plan: Plan, today: date) -> int:
    """Append what a plan decides and kb-decisions.toml does not say yet; return how much that is.

    Raises InputError, StoreError.
    """
    file = DecisionFile.of(workspace)
    found = list(find_decided_places(plan, workspace.settings.people.folders, file.decisions(), today))
    if found:
        file.add("\n".join(render_decision(each).strip("\n") + "\n" for each in found))
    return len(found)


def find_decided_places(plan: Plan, folders: Sequence[str], known: Decisions, today: date) -> Iterator[Decision]:
    """Yield the decisions of a plan on moves out of personal folders that are not known.

    Refused: a person left a move out, alone or with its group. Chosen: a person wrote another category, or took one
    that was refused before. What is only held back for a name that is taken was refused by nobody.
    """
    refused, chosen = known.refused_places(), known.chosen_places()
    reviewed = {group for group, changes in plan.groups() if digest_group(group, changes) in plan.reviewed}
    for change in plan.changes:
        before, place = (str(values.get(ChangeKey.CATEGORY, "")) for values in (change.before, change.after))
        if change.kind is not Verb.MOVE or not find_personal_folder(before, folders) or is_in_held_group(change):
            continue
        was_refused = place in refused.get(change.target, ())
        if change.accept:
            if (change.edited or was_refused) and chosen.get(change.target) != place:
                yield place_decision(change.target, place, refused=False, on=today.isoformat())
        elif _is_refused(change, change.group in reviewed) and not was_refused:
            yield place_decision(change.target, place, refused=True, on=today.isoformat())


def _is_refused(change: Change, reviewed: bool) -> bool:
    return reviewed or change.answer.startswith("no") or (change.proposed and not change.edited)
