"""Bring an older plan up to date. Decisions and edits by hand stay.

What is done already or gone is dropped. A person decides again where somebody changed the very field a change touches,
and where an edited text no longer supports it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, TypeAlias

from kb.model.masked import EMPTY, Masked, reshape
from kb.model.plan import Change, ChangeKey, Plan, SeenState, Value, Verb, digest_group, reset_decisions
from kb.plan.links.change import is_link, stands_in_code
from kb.plan.links.find import find_links
from kb.plan.propose.post import display_category
from kb.plan.sections.numbers import awaited_ticket, fill_in_number, find_measure, is_number
from kb.plan.sections.places import digest_whole, is_place_edit
from kb.plan.values import is_same_value, settled_values
from kb.text.lang import Text, t
from kb.text.lines import find_line_starts, find_place


@dataclass(frozen=True, slots=True)
class CurrentTarget:
    """A target's present values, state and title.

    `human_at` is when a person last edited it (UTC); `secret_title`: something was masked in its title. `text` reads
    its body, where changes can touch its links. Of a ticket that is to be made it is all of its post, and `made` is the
    number of the open ticket kb made for its measure, 0 for none.
    """

    values: Mapping[str, Value]
    seen: SeenState
    title: Masked
    human_at: str = ""
    secret_title: bool = False
    text: Callable[[], str] = str
    made: int = 0


class RebaseOutcome(Enum):
    """What became of a change."""

    KEPT = auto()
    RENEWED = auto()  # its target changed elsewhere
    RESET = auto()  # a touched field changed: no longer accepted
    EXPIRED = auto()  # its edited text no longer supports it: not accepted either
    ALREADY = auto()
    GONE = auto()
    SECRET = auto()  # one of its names seems to hold a secret now


DROPPED_OUTCOMES = (RebaseOutcome.ALREADY, RebaseOutcome.GONE, RebaseOutcome.SECRET)


@dataclass(frozen=True, slots=True)
class RebasedPlan:
    """The updated plan, and the outcome of each change; reset ones with their present values."""

    plan: Plan
    outcomes: tuple[tuple[Change, RebaseOutcome], ...]

    def those(self, outcome: RebaseOutcome) -> tuple[Change, ...]:
        """Return the changes with this outcome."""
        return tuple(change for change, each in self.outcomes if each is outcome)


def rebase(
    plan: Plan,
    look: Callable[[str], CurrentTarget | None],
    created: str,
    version: str,
    hides: Callable[[Change], bool],
    contradicts: Callable[[Change, bool], Contradiction | None] = lambda change, edited: None,
) -> RebasedPlan:
    """Compare the plan with its targets; `look` returns None for a missing one. `created` is UTC.

    `hides` says whether a change would bring a secret into the plan; `contradicts` returns what a target's text says
    against a change, given whether a person edited it since.
    """
    outcomes: list[tuple[Change, RebaseOutcome]] = []
    links = _LinkRebase(plan.team)
    earlier: dict[str, Change] = {}  # id in the new plan → the change before
    decided = list_reviewed(plan)
    for change in plan.changes:
        now = look(change.target)
        if change.creates or is_number(change):
            made, outcome = _rebase_measure(change, now, look)
        elif is_link(change):
            made, outcome = links.rebase(change, now)
        else:
            made, outcome = _rebase_place(change, now) if is_place_edit(change) else _rebase_change(change, now)
        stands = outcome in (RebaseOutcome.RENEWED, RebaseOutcome.KEPT) and rests_on_text(change)
        if stands and now and (against := contradicts(made, _is_edited_by_person(change.seen, now))):
            words = against.words
            reason = t(f"案を作ったあとに変わり、{words.ja}。", f"Changed since it was proposed: {words.en}.")
            made, outcome = replace(made, accept=False, reason=str(reason)), RebaseOutcome.EXPIRED
        if change.accept and not made.accept:
            made = replace(made, proposed=False)  # refused here: accepting it again is a decision
        if outcome in (RebaseOutcome.RESET, RebaseOutcome.EXPIRED):
            made = replace(made, answer="")  # it was about something else
        if outcome not in DROPPED_OUTCOMES and hides(made):
            made, outcome = change, RebaseOutcome.SECRET
        outcomes.append((made, outcome))
        if outcome not in DROPPED_OUTCOMES:
            earlier[made.id] = change
    changes = tuple(change for change, outcome in outcomes if outcome not in DROPPED_OUTCOMES)
    reset = {change.id for change, outcome in outcomes if outcome in (RebaseOutcome.RESET, RebaseOutcome.EXPIRED)}
    still = {id for id, change in earlier.items() if change.id in decided}
    new = mark_reviewed(replace(plan, changes=changes, created=created, kb=version), still - reset)
    new = _keep_decisions(new, still)
    return RebasedPlan(reset_decisions(new) if not plan.decided else new, tuple(outcomes))


def _rebase_change(change: Change, now: CurrentTarget | None) -> tuple[Change, RebaseOutcome]:
    if now is None:
        return change, RebaseOutcome.GONE
    values = settled_values(now.values)
    keys = [key for key in change.before if not is_same_value(key, change.after[key], values[key])]
    if not keys:
        return change, RebaseOutcome.ALREADY
    changed = [key for key in keys if not is_same_value(key, change.before[key], values[key])]
    if len(keys) == len(change.before) and not changed and change.seen == now.seen and change.sound:
        return change, RebaseOutcome.KEPT
    made = replace(
        change,
        before={key: values[key] for key in change.before if key in keys},
        after={key: change.after[key] for key in change.before if key in keys},
        seen=now.seen,
        title=now.title,
        secret_title=now.secret_title,
        group=_regroup(change, now),
        accept=change.accept and not changed,
        warning=str(_WARNS) if changed else change.warning,
    )
    return _renew_id(change, made), RebaseOutcome.RESET if changed else RebaseOutcome.RENEWED


def _renew_id(change: Change, made: Change) -> Change:
    """Return `made` with its own id; one that was edited by hand keeps the half that says so."""
    proposal = change.id.partition("-")[2] if change.edited else made.proposal
    return replace(made, id=f"{made.identity}-{proposal}")


def _rebase_place(change: Change, now: CurrentTarget | None) -> tuple[Change, RebaseOutcome]:
    """Keep what is masked or marked while the text is the same; in another one it is to be looked at anew."""
    if now is None or digest_whole(now.text()) != change.seen.text:
        return change, RebaseOutcome.GONE
    if (change.seen.revision, change.seen.updated_at) == (now.seen.revision, now.seen.updated_at) and change.sound:
        return change, RebaseOutcome.KEPT
    seen = replace(change.seen, revision=now.seen.revision, updated_at=now.seen.updated_at)
    return _move_to(change, now, seen), RebaseOutcome.RENEWED


def _rebase_measure(
    change: Change, now: CurrentTarget | None, look: Callable[[str], CurrentTarget | None]
) -> tuple[Change, RebaseOutcome]:
    """Keep the ticket of a measure, or its number, while the measure's lines stand somewhere in the post.

    Where the ticket was made since, its number is known.
    """
    if now is None or not (line := find_measure(now.text(), change.seen, once=True)):
        return change, RebaseOutcome.GONE
    if change.creates and now.made:
        return change, RebaseOutcome.ALREADY
    ticket = awaited_ticket(change)
    filled = change
    if ticket and (there := look(ticket)) is not None and there.made:
        filled = fill_in_number(change, {ticket: there.made})
    seen = replace(change.seen, updated_at=now.seen.updated_at, revision=now.seen.revision, line=line)
    if seen == change.seen and change.sound and filled is change:
        return change, RebaseOutcome.KEPT
    moved = _move_to(change, now, seen)
    if filled is not change:
        moved = replace(moved, after=filled.after)
        moved = replace(moved, id=moved.own_id)
    return moved, RebaseOutcome.RENEWED


def _move_to(change: Change, now: CurrentTarget, seen: SeenState) -> Change:
    """Return a change of a place as it stands in the present text."""
    return _renew_id(change, replace(change, seen=seen, title=now.title, secret_title=now.secret_title))


@dataclass(slots=True)
class _LinkPage:
    """A text, read once for all links in it that change. No two of them get the same place."""

    text: str
    digest: str
    _line_starts: list[int] = field(default_factory=list)
    _free: dict[tuple[str, bool], list[int]] = field(default_factory=dict)  # where a link written so stands

    def take(self, written: str, line: int, team: str, *, code: bool) -> tuple[int, int] | None:
        """Return line and column of the free link that is written so and nearest to a line, and take it."""
        if not self._line_starts:
            self._read(team)
        if not (keys := self._free.get((written, code))):
            return None
        starts = self._line_starts
        below = bisect_left(keys, starts[line - 1] if 0 < line <= len(starts) else len(self.text))
        near = [below] if below < len(keys) else []
        if below:  # the first of the nearest line above
            near.append(bisect_left(keys, starts[find_place(starts, keys[below - 1])[0] - 1]))
        at = min(near, key=lambda each: (abs(find_place(starts, keys[each])[0] - line), each))
        return find_place(starts, keys.pop(at))

    def _read(self, team: str) -> None:
        self._line_starts = find_line_starts(self.text)
        for link in find_links(self.text, team).links:
            for each in link.readings:
                self._free.setdefault((self.text[each.key : each.end], link.code), []).append(each.key)


@dataclass(slots=True)
class _LinkRebase:
    """Finds the links of changes again in texts that were edited since."""

    team: str
    _pages: dict[str, _LinkPage] = field(default_factory=dict)

    def rebase(self, change: Change, now: CurrentTarget | None) -> tuple[Change, RebaseOutcome]:
        if now is None:
            return change, RebaseOutcome.GONE
        if (page := self._pages.get(change.target)) is None:
            page = self._pages[change.target] = _LinkPage(text := now.text(), digest_whole(text))
        seen = replace(now.seen, text=page.digest, line=change.seen.line, column=change.seen.column)
        if seen == change.seen and change.sound:
            return change, RebaseOutcome.KEPT
        if seen.text != change.seen.text:
            line, code = change.seen.line, stands_in_code(change)
            if (place := page.take(str(change.before[ChangeKey.LINK]), line, self.team, code=code)) is None:
                there = page.take(str(change.after[ChangeKey.LINK]), line, self.team, code=code)
                return change, RebaseOutcome.GONE if there is None else RebaseOutcome.ALREADY
            seen = replace(seen, line=place[0], column=place[1])
        return _move_to(change, now, seen), RebaseOutcome.RENEWED


def _is_edited_by_person(seen: SeenState, now: CurrentTarget) -> bool:
    """Whether a person edited a target after it was seen."""
    later = now.seen.revision != seen.revision
    return now.human_at > seen.updated_at or (later and now.human_at == seen.updated_at)


_WARNS: Text = t(
    "案を作ったあとに、変えようとしている項目そのものが変わりました。after を確かめて決めてください。",
    "What this would change was changed since it was proposed: look at after, and decide again.",
)


def _regroup(change: Change, now: CurrentTarget) -> str:
    """Return the group, which begins with a post's present category."""
    was = f"{display_category(str(change.before.get(ChangeKey.CATEGORY, '')))} → "
    if ChangeKey.CATEGORY not in change.before or not change.group.startswith(was):
        return change.group
    return f"{display_category(str(now.values[ChangeKey.CATEGORY]))} → {change.group.removeprefix(was)}"


def list_reviewed(plan: Plan) -> set[str]:
    """Return the ids of the changes in reviewed groups."""
    groups = (changes for group, changes in plan.groups() if digest_group(group, changes) in plan.reviewed)
    return {change.id for changes in groups for change in changes}


def mark_reviewed(plan: Plan, ids: Collection[str]) -> Plan:
    """Return the plan with exactly the groups reviewed all of whose changes are among these."""
    groups = ((group, changes) for group, changes in plan.groups() if all(each.id in ids for each in changes))
    return replace(plan, reviewed=tuple(digest_group(group, changes) for group, changes in groups))


def _keep_decisions(new: Plan, decided: set[str]) -> Plan:
    """Return the plan with accepted changes still decided where their group no longer is.

    `proposed = false` keeps them accepted, whatever kb would propose now.
    """
    lost = {each.id for each in new.undecided} & decided
    return replace(
        new, changes=tuple(replace(each, proposed=False) if each.id in lost else each for each in new.changes)
    )


TEXT_VERBS = frozenset({Verb.DONE, Verb.CLOSE, Verb.SHIP})
"""The verbs that rest on a reading of the text; for all others the touched fields decide."""

MAX_SENTENCE = 80
"""Code points of a sentence that is shown."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What a text says against a change: `why` as a clause, `sentence` quoted.

    `sentence` is "" where no single line says it, or not everybody may read it.
    """

    why: Text
    sentence: Masked = EMPTY

    @property
    def shown(self) -> Masked:
        """The sentence, shortened."""
        if len(self.sentence) <= MAX_SENTENCE:
            return self.sentence
        return reshape(self.sentence, lambda text: f"{text[: MAX_SENTENCE - 1]}…")

    @property
    def words(self) -> Text:
        """Both as one clause."""
        if not self.sentence:
            return self.why
        return t(f"{self.why.ja}: 「{self.shown}」", f'{self.why.en}: "{self.shown}"')


FindContradiction: TypeAlias = Callable[[Change, Mapping[str, Any]], Contradiction | None]
"""Returns what a target's text, as its system sends it, says against a change; None where it supports it."""


def rests_on_text(change: Change) -> bool:
    """Whether a change rests on a reading of its target's text."""
    return change.kind in TEXT_VERBS
