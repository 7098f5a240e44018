"""Check a plan before it is sent and estimate its impact, from the mirror and the limiter's last figures."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from kb.errors import RefusedError
from kb.execute.batch_move import plan_subtrees
from kb.execute.journal.runs import Runs, count_given_on, count_sent_on
from kb.execute.preflight.founded import require_founded
from kb.execute.preflight.link_guard import LinkGuard, find_idle_links
from kb.execute.preflight.swaps import add_asides
from kb.mirror import queries
from kb.mirror.store import Mirror
from kb.model.document import Source
from kb.model.plan import KEY_LABELS, Change, ChangeKey, Plan, Verb, is_new_ticket
from kb.model.request import ChangeRequest, build_request, build_requests
from kb.plan.collide.board import Collision
from kb.plan.collide.find import find_collisions, sort_for_sending
from kb.plan.impact.duration import FULL_BUDGET, RateBudget
from kb.plan.impact.estimate import Impact, TicketAudience, estimate_impact
from kb.plan.limits import ExceededLimit, Limit, MadeBefore, find_exceeded_creations, find_exceeded_limits, top_category
from kb.plan.links.change import LINK_NEED_NOT_CHANGE
from kb.plan.propose.new_ticket import mark_for
from kb.plan.sections.places import is_place_edit
from kb.plan.values import own_title
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace
from kb.sources.registry import writable_kinds, writable_sources
from kb.text.json_fields import int_field, text_field
from kb.text.lang import Text, join_texts, t


@dataclass(frozen=True, slots=True)
class CheckedPlan:
    """The requests of a plan in sending order, and the remarks about them.

    `unsendable` are those left out, each with its reason: only an undo goes on without them. `beyond` holds the
    exceeded limits of a rehearsal; `guard` judges links by the moves that come about.
    """

    requests: tuple[ChangeRequest, ...]
    remarks: tuple[Collision, ...] = ()
    unsendable: tuple[tuple[ChangeRequest, Text], ...] = ()
    beyond: RefusedError | None = None
    guard: LinkGuard | None = None

    def of(self, source: Source) -> list[ChangeRequest]:
        """Return the requests of one system."""
        return [each for each in self.requests if each.target.startswith(f"{source.value}:")]


def check_plan(
    workspace: Workspace,
    mirror: Mirror,
    plan: Plan,
    *,
    allow: int | None = None,
    limited: bool = True,
    counted: bool = True,
    bounded: bool = True,
    done: Iterable[str] = (),
) -> CheckedPlan:
    """Turn the accepted changes into requests. Raises RefusedError with what speaks against the plan.

    Limits do not count `done`, the targets an earlier call has finished. An undo is not `limited`: what is gone, or
    cannot be restored, does not hold up the rest; nor is it `counted` against the limits, unless the run was imported.
    A rehearsal is not `bounded`: exceeded limits are only reported.
    """
    check_team(workspace, plan)
    finished = frozenset(done)
    if limited:
        _require_mirrored(mirror, plan.accepted)
        require_founded(workspace, mirror, plan.accepted, finished)
    refused = {
        each.current_id: why for kind in writable_kinds() for each, why in kind.refuse_changes(mirror, plan.accepted)
    }
    left: dict[str, Text] = {}
    for each in plan.accepted:
        if (against := _refuse_secret(each) or refused.get(each.current_id)) is not None:
            if limited:
                raise against
            left[each.current_id] = against.what
    while True:
        accepted = tuple(each for each in plan.accepted if each.current_id not in left)
        found = find_collisions(
            accepted, queries.post_places(mirror.database), personal=workspace.settings.people.folders
        )
        if found.refused and limited:
            raise _collision_error(found.refused)
        colliding = {id: each.what for each in found.refused for id in each.changes}
        if not colliding.keys() - left.keys():
            break
        left |= colliding
    beyond = None
    if limited or counted:
        unsent = [each for each in accepted if each.target not in finished]
        beyond = _limit_error(workspace, mirror, unsent, allow, sum(map(is_new_ticket, finished)))
        if beyond is not None and bounded:
            raise beyond
    guard = LinkGuard.of(mirror, accepted)
    idle = {each.current_id: LINK_NEED_NOT_CHANGE for each in (guard.find_idle(accepted) if guard else ())}
    left |= idle
    accepted = tuple(each for each in accepted if each.current_id not in idle)
    if guard is not None:  # links follow what has moved
        linked = {each.target for each in accepted if is_place_edit(each)}
        accepted = tuple(sorted(accepted, key=lambda each: each.target in linked))
    waits = [*found.waits]
    for kind in writable_kinds():
        waits += kind.find_dependencies(mirror, accepted)
    undoing = any(each.kind is Verb.UNDO for each in accepted)
    ordered = accepted if undoing and not waits else sort_for_sending(accepted, waits)
    stays = tuple((build_request([each]), left[each.current_id]) for each in plan.accepted if each.current_id in left)
    requests = [
        replace(each, mark=mark_for(each.changes[0], plan)) if each.creates else each
        for each in build_requests(ordered)
    ]
    if found.swaps:
        titles = {number: own_title(title) for number, (_, title) in queries.post_places(mirror.database)}
        said = {each.number: str(each.before[ChangeKey.TITLE]) for each in accepted if ChangeKey.TITLE in each.before}
        requests = list(add_asides(requests, found.swaps, titles | said))
    return CheckedPlan(tuple(requests), found.remarks, stays, beyond, guard)


def check_team(workspace: Workspace, plan: Plan) -> None:
    """Raise RefusedError for a plan of another team or Redmine: its numbers mean something else here."""
    used = {each.source for each in plan.changes}
    for kind in writable_kinds():
        if kind.source in used and not kind.owns(plan, workspace.settings):
            raise kind.foreign_plan_error(plan, workspace.settings)


def _require_mirrored(mirror: Mirror, accepted: Iterable[Change]) -> None:
    for kind in writable_kinds():
        numbers = [each.number for each in accepted if each.source is kind.source and not each.creates]
        there = queries.change_times(mirror.database, kind.source, kind.default_kind, numbers)
        missing = next((number for number in numbers if number not in there), None)
        if missing is not None:
            target = f"{kind.source}:{missing}"
            raise RefusedError(
                t(f"{target} は手元の写しにありません。", f"{target} is not mirrored."),
                t(
                    "kb sync で写してから、kb plan refresh で変更案を合わせてください。",
                    "mirror it with kb sync, then bring the plan up to date with kb plan refresh.",
                ),
            )


def _refuse_secret(change: Change) -> RefusedError | None:
    """Refuse a change whose old title holds a secret: the journal would keep it."""
    for key, value in (*change.before.items(), *change.after.items()):
        texts, label = value if isinstance(value, tuple) else (str(value),), KEY_LABELS[ChangeKey(key)]
        if any(mask_text(each) != each for each in texts):
            return RefusedError(
                t(
                    f"{change.target} の{label.ja}に、秘密の値が入っているようです。",
                    f"the {label.en} of {change.target} seems to hold a secret.",
                ),
                t(
                    "その変更を accept = false にしてください（値を変えるのが先です）。",
                    "set accept = false on that change (the value has to be changed first).",
                ),
            )
    return None


def _collision_error(refused: tuple[Collision, ...]) -> RefusedError:
    first, more = refused[0], len(refused) - 1
    ja, en = (f"（ほかに {more:,} 件）", f" (and {more} more)") if more else ("", "")
    step = first.next_step or t("kb review で確かめてください。", "see it with kb review.")
    return RefusedError(t(f"{first.what.ja}{ja}", f"{first.what.en}{en}"), step)


def check_limits(
    workspace: Workspace, mirror: Mirror, accepted: Sequence[Change], allow: int | None = None, made: int = 0
) -> tuple[ExceededLimit, ...]:
    """Return the limits these changes exceed, with the workspace's own numbers.

    `made` are the tickets that the run has made before.
    """
    categories = {f"esa:{number}": place[0] for number, place in queries.post_places(mirror.database)}
    sizes = Counter(map(top_category, categories.values()))
    limits = workspace.settings.plan
    beyond = find_exceeded_limits(accepted, sizes, allow, categories=categories, limits=limits)
    if not any(each.creates for each in accepted):
        return beyond
    runs = Runs(workspace.private / "runs")
    today = count_given_on(runs, datetime.now(UTC), workspace.settings.timezone)
    return (*beyond, *find_exceeded_creations(accepted, MadeBefore(made, today), limits))


def _limit_error(
    workspace: Workspace, mirror: Mirror, accepted: Sequence[Change], allow: int | None, made: int
) -> RefusedError | None:
    if not (found := check_limits(workspace, mirror, accepted, allow, made)):
        return None
    return RefusedError(join_texts((each.what for each in found), "", " "), found[0].next_step)


@dataclass(frozen=True, slots=True)
class ApplyForecast:
    """The impact of accepted changes, what apply would refuse of them, and remarks."""

    consequences: Impact
    refused: tuple[Collision, ...] = ()
    remarks: tuple[Collision, ...] = ()
    over: tuple[ExceededLimit, ...] = ()

    @property
    def allowance(self) -> int | None:
        """The number `--allow` has to state; None where no limit is passed that it lifts."""
        lifted = any(each.limit not in (Limit.CREATED, Limit.EACH) for each in self.over)
        return self.consequences.writes if lifted else None


def forecast_apply(
    workspace: Workspace,
    mirror: Mirror,
    accepted: tuple[Change, ...],
    *,
    per_day: int | None = None,
    without_note: bool = False,
) -> ApplyForecast:
    """Return what these changes would do, and what would be refused. Raises StoreError."""
    settings = workspace.settings
    now = time.time()
    idle = {each.current_id for each in find_idle_links(mirror, accepted)}
    accepted = tuple(each for each in accepted if each.current_id not in idle)
    esa, redmine = (_find_writer(workspace, mirror, source) for source in (Source.ESA, Source.REDMINE))
    collided = find_collisions(
        accepted,
        queries.post_places(mirror.database),
        personal=settings.people.folders,
        me=text_field(esa.get("name")),
    )
    trees = () if per_day else plan_subtrees(mirror, accepted)
    linked = {each.number for each in accepted if is_place_edit(each)}
    found = estimate_impact(
        accepted,
        find_audiences(mirror, accepted),
        budget=read_budget(workspace, mirror, now),
        asides=len(collided.swaps),
        subtrees=[len(each.numbers) for each in trees],
        linked_in_subtrees=sum(number in linked for each in trees for number in each.numbers),
        per_day=per_day or 0,
        sent_today=_sent_today(workspace, now) if per_day else 0,
        without_note=without_note,
        editor=text_field(esa.get("name")),
        author=text_field(redmine.get("name")),
        me=int_field(redmine.get("id")),
    )
    return ApplyForecast(found, collided.refused, collided.remarks, check_limits(workspace, mirror, accepted))


def _find_writer(workspace: Workspace, mirror: Mirror, source: Source) -> Mapping[str, Any]:
    """Return the account that writes to a source; empty where a separate credential does, whose owner is unknown."""
    apart = any(each.writes_apart for each in writable_sources(workspace.settings) if each.source is source)
    return {} if apart else queries.find_reader(mirror, source)


def _sent_today(workspace: Workspace, now: float) -> int:
    runs = Runs(workspace.private / "runs")
    return count_sent_on(runs, datetime.fromtimestamp(now, UTC), workspace.settings.timezone)


def read_budget(workspace: Workspace, mirror: Mirror, now: float) -> RateBudget:
    """Return where the rate limit stands for who writes, as this machine last left it."""
    found = (each.read_budget(workspace, mirror, now) for each in writable_sources(workspace.settings))
    return next(filter(None, found), FULL_BUDGET)


def find_hidden_posts(mirror: Mirror, accepted: tuple[Change, ...]) -> frozenset[str]:
    """Return the targets that are posts not all members may read."""
    narrow = {f"esa:{number}" for number in queries.limited_posts(mirror.database)}
    return frozenset(each.target for each in accepted if each.target in narrow)


def find_audiences(mirror: Mirror, changes: Iterable[Change]) -> dict[str, TicketAudience]:
    """Map the mirrored targets that change, or change along, to the people mailed about it."""
    wanted = sorted({target for each in changes for target in (each.target, *each.along)})
    return {target: found for kind in writable_kinds() for target, found in kind.find_audiences(mirror, wanted).items()}
