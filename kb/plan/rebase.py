"""A plan, decided on a while ago → the same plan as things stand now. Decisions and edits by hand stay.

What is so already and what is gone is dropped. Of the rest only what it was decided on is read anew; a person
decides again where somebody has changed the very field a change touches, and where the text of a page or ticket
that a person edited no longer supports what rests on it (kb.plan.rebase).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, TypeAlias

from kb.model.plan import Change, ChangeKey, Plan, SeenState, Value, Verb, digest_group, reset_decisions
from kb.plan.propose.post import display_category
from kb.plan.values import is_same_value
from kb.text.lang import Text, t


@dataclass(frozen=True, slots=True)
class CurrentTarget:
    """How a target stands: what a change can touch of it, its state, and what it is called.

    `human_at` is when a person last edited it (UTC).
    """

    values: Mapping[str, Value]
    seen: SeenState
    title: str
    human_at: str = ""


class RebaseOutcome(Enum):
    """What became of a change."""

    KEPT = auto()
    RENEWED = auto()  # its target moved on, and not in what it touches
    RESET = auto()  # what it touches was changed: it is no longer accepted
    EXPIRED = auto()  # its text was edited and no longer supports it: it is not accepted either
    ALREADY = auto()
    GONE = auto()
    SECRET = auto()  # a name of it seems to hold a secret now


DROPPED_OUTCOMES = (RebaseOutcome.ALREADY, RebaseOutcome.GONE, RebaseOutcome.SECRET)


@dataclass(frozen=True, slots=True)
class RebasedPlan:
    """The plan as it is now, and what became of each of its changes; those that are reset as they stand now."""

    plan: Plan
    fates: tuple[tuple[Change, RebaseOutcome], ...]

    def those(self, fate: RebaseOutcome) -> tuple[Change, ...]:
        """The changes of one fate."""
        return tuple(change for change, each in self.fates if each is fate)


def rebase(
    plan: Plan,
    look: Callable[[str], CurrentTarget | None],
    created: str,
    version: str,
    hides: Callable[[Change], bool],
    contradicts: Callable[[Change, bool], Contradiction | None] = lambda change, edited: None,
) -> RebasedPlan:
    """The plan against how its targets stand; `look` gives None for one that is gone. `created` is UTC.

    `hides` says of a change whether it would bring a secret into the plan; `contradicts` is asked what the text of
    a target says against one, and is told whether a person edited it since.
    """
    fates: list[tuple[Change, RebaseOutcome]] = []
    came: dict[str, Change] = {}  # id in the new plan → as it was
    decided = _decided_ids(plan)
    for change in plan.changes:
        now = look(change.target)
        made, fate = _rebase_change(change, now)
        if fate in (RebaseOutcome.RENEWED, RebaseOutcome.KEPT) and now is not None and rests_on_text(change):
            against = contradicts(made, _is_edited_by_person(change.seen, now))
            if against is not None:
                made, fate = replace(made, accept=False, reason=str(_expiry_warning(against))), RebaseOutcome.EXPIRED
        if change.accept and not made.accept:
            made = replace(made, proposed=False)  # turned down here: who turns it on again has decided
        if fate not in DROPPED_OUTCOMES and hides(made):
            made, fate = change, RebaseOutcome.SECRET
        fates.append((made, fate))
        if fate not in DROPPED_OUTCOMES:
            came[made.id] = change
    changes = tuple(change for change, fate in fates if fate not in DROPPED_OUTCOMES)
    reset = {change.id for change, fate in fates if fate in (RebaseOutcome.RESET, RebaseOutcome.EXPIRED)}
    new = replace(plan, changes=changes, created=created, kb=version)
    new = replace(new, reviewed=_keep_reviewed(decided, new, came, reset))
    new = _keep_decisions(new, {id for id, change in came.items() if change.id in decided})
    return RebasedPlan(reset_decisions(new) if not plan.decided else new, tuple(fates))


def _rebase_change(change: Change, now: CurrentTarget | None) -> tuple[Change, RebaseOutcome]:
    if now is None:
        return change, RebaseOutcome.GONE
    keys = [key for key in change.before if not is_same_value(key, change.after[key], now.values[key])]
    if not keys:
        return change, RebaseOutcome.ALREADY
    changed = [key for key in keys if not is_same_value(key, change.before[key], now.values[key])]
    if len(keys) == len(change.before) and not changed and change.seen == now.seen and change.sound:
        return change, RebaseOutcome.KEPT
    made = replace(
        change,
        before={key: now.values[key] for key in change.before if key in keys},
        after={key: change.after[key] for key in change.before if key in keys},
        seen=now.seen,
        title=now.title,
        group=_group(change, now),
        accept=change.accept and not changed,
        warning=str(_WARNS) if changed else change.warning,
    )
    proposal = change.id.partition("-")[2] if change.edited else made.proposal
    return replace(made, id=f"{made.identity}-{proposal}"), RebaseOutcome.RESET if changed else RebaseOutcome.RENEWED


def _is_edited_by_person(seen: SeenState, now: CurrentTarget) -> bool:
    """Whether a person edited a target after it was seen."""
    later = now.seen.revision != seen.revision
    return now.human_at > seen.updated_at or (later and now.human_at == seen.updated_at)


def _expiry_warning(against: Contradiction) -> Text:
    said = against.words
    return t(f"案を作ったあとに変わり、{said.ja}。", f"Changed since it was proposed: {said.en}.")


_WARNS: Text = t(
    "案を作ったあとに、変えようとしている項目そのものが変わりました。after を確かめて決めてください。",
    "What this would change was changed since it was proposed: look at after, and decide again.",
)


def _group(change: Change, now: CurrentTarget) -> str:
    """The group, which begins with the place a post stands in."""
    was = f"{display_category(str(change.before.get(ChangeKey.CATEGORY, '')))} → "
    if ChangeKey.CATEGORY not in change.before or not change.group.startswith(was):
        return change.group
    return f"{display_category(str(now.values[ChangeKey.CATEGORY]))} → {change.group.removeprefix(was)}"


def _decided_ids(plan: Plan) -> set[str]:
    """The ids of the changes in the groups that were decided on."""
    return {
        change.id
        for group, changes in plan.groups()
        if digest_group(group, changes) in plan.reviewed
        for change in changes
    }


def _keep_decisions(new: Plan, decided: set[str]) -> Plan:
    """The plan with what was accepted still decided where its group is not any more.

    A person wants it sent, whatever kb would propose now: that is what `proposed = false` says of it.
    """
    lost = {each.id for each in new.undecided} & decided
    return replace(
        new, changes=tuple(replace(each, proposed=False) if each.id in lost else each for each in new.changes)
    )


def _keep_reviewed(decided: set[str], new: Plan, came: Mapping[str, Change], reset: set[str]) -> tuple[str, ...]:
    """The marks of the groups that stay decided on: all in them was, and nothing of it is to be decided again."""
    return tuple(
        digest_group(group, changes)
        for group, changes in new.groups()
        if all(came[change.id].id in decided and change.id not in reset for change in changes)
    )


# Changes that rest on what a person wrote, and what a text that was edited since says against one. Pure.


TEXT_VERBS = frozenset({Verb.DONE, Verb.CLOSE, Verb.SHIP})
"""The verbs that rest on a reading of the text; for all others the fields they touch decide."""

MAX_SENTENCE = 80
"""Code points of a sentence that is shown."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a text says against a change: `why` as a clause, `sentence` as it stands there, masked.

    `sentence` is "" where no single line says it, and where not everybody may read it.
    """

    why: Text
    sentence: str = ""

    @property
    def shown(self) -> str:
        """The sentence, cut to what is shown of it."""
        return self.sentence if len(self.sentence) <= MAX_SENTENCE else f"{self.sentence[: MAX_SENTENCE - 1]}…"

    @property
    def words(self) -> Text:
        """Both, as one clause."""
        if not self.sentence:
            return self.why
        return t(f"{self.why.ja}: 「{self.shown}」", f'{self.why.en}: "{self.shown}"')


FindContradiction: TypeAlias = Callable[[Change, Mapping[str, Any]], Contradiction | None]
"""What the present text of a target, as its system sends it, says against a change; None where it supports it."""


def rests_on_text(change: Change) -> bool:
    """Whether a change rests on a reading of its target's text."""
    return change.kind in TEXT_VERBS
