"""`kb plan refresh`: a plan against the mirror as it is now; decisions and edits by hand stay."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kb.commands.change.plan.files import find_plan, read_plan, write_plan
from kb.commands.change.plan.output import PlanArgument, format_plan_time, say_next_command
from kb.commands.registry import command
from kb.console.terminal import say, say_safe
from kb.errors import InputError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.lang import join_texts, t

if TYPE_CHECKING:
    from kb.execute.refresh import RefreshedPlan
    from kb.lint.proposals.evidence import EvidenceCheck
    from kb.mirror.store import Mirror
    from kb.model.plan import Change, Plan
    from kb.plan.rebase import Contradiction


MAX_SHOWN = 10
"""Changes that are named of those to be decided again; all of them carry a warning in the file."""


@command(
    "plan refresh",
    t("案を今の写しに合わせる（決めたことは残る）", "a plan as things are now; decisions stay"),
    example="kb sync\nkb plan refresh plan.toml",
    shared=True,
)
def plan_refresh(plan: PlanArgument = None) -> None:
    """Look again at what each change was decided on, and write the plan where that has changed."""
    from kb.execute.plan_store import format_left_out
    from kb.execute.preflight.announced import keep_held_back
    from kb.execute.refresh import refresh_plan
    from kb.mirror.store import Mirror

    workspace, plan = open_workspace(), find_plan(plan)
    path = workspace.mirrored()
    old = read_plan(plan, sound=False)
    require_same_team(old, workspace, plan)
    with Mirror.open(path, readonly=True) as mirror:
        again = _make_evidence_check(workspace, mirror, old)
        found = refresh_plan(workspace, mirror, old, plan, format_plan_time(datetime.now(UTC)), again)
    if found.is_same_as(old):
        say_safe(t(f"{plan} は今の写しのとおりです。", f"{plan} is as the mirror is."))
    else:
        keep_held_back(workspace, plan, old, found.plan)  # before anybody could send it
        write_plan(plan, found.plan)
        _print_result(found, plan)
    if found.hidden:
        say(format_left_out(found.hidden, workspace))
    if found.plan.changes:
        say_next_command(f"kb review {shlex.quote(str(plan))}")


def _make_evidence_check(
    workspace: Workspace, mirror: Mirror, plan: Plan
) -> Callable[[Change, bool], Contradiction | None]:
    """Return what judges texts that were edited since, and pages whose tickets were; loaded when needed."""
    from kb.mirror import queries
    from kb.model.plan import Verb

    made: list[EvidenceCheck] = []
    moved = queries.tickets_touched_since(mirror.database, plan.created)

    def contradicts(change: Change, edited: bool) -> Contradiction | None:
        from kb.lint.proposals.evidence import EvidenceCheck

        if not edited and not (moved and change.kind is Verb.DONE):
            return None
        if not made:
            made.append(EvidenceCheck(workspace, mirror, plan))
        return made[0].against(change, naming=frozenset() if edited else moved)

    return contradicts


def require_same_team(plan: Plan, workspace: Workspace, path: Path) -> None:
    """Raise InputError for a plan of another team or another Redmine: its numbers mean something else here."""
    settings = workspace.settings
    redmine = settings.redmine.url if settings.redmine else ""
    for theirs, ours, name in ((plan.team, settings.team, "esa"), (plan.redmine, redmine, "Redmine")):
        if theirs and theirs != ours:
            raise InputError(
                t(
                    f"{path} は {name}「{theirs[:80]}」の変更案です（この kb.toml は「{ours}」）。",
                    f"{path} is a plan for {name} {theirs[:80]!r}, and this kb.toml is of {ours!r}.",
                ),
                t("そのチームの作業フォルダーで実行してください。", "run it in the workspace of that team."),
            )


def _print_result(found: RefreshedPlan, path: Path) -> None:
    from kb.plan.rebase import RebaseOutcome

    rebased, expired = found.rebased, found.rebased.those(RebaseOutcome.EXPIRED)
    named = (
        (t("もう済んでいた", "were so already"), RebaseOutcome.ALREADY),
        (t("なくなった", "are gone"), RebaseOutcome.GONE),
        (t("名前に秘密の値がありそうな", "seem to be called by a secret"), RebaseOutcome.SECRET),
        (t("読み直した", "were read anew"), RebaseOutcome.RENEWED),
        (t("決め直しが要る", "are to be decided again"), RebaseOutcome.RESET),
        (t("根拠がなくなった", "are no longer supported"), RebaseOutcome.EXPIRED),
    )
    parts = [t(f"残り {len(rebased.plan.changes):,} 件", f"{len(rebased.plan.changes):,} left")]
    if edited := sum(change.edited for change in rebased.plan.changes):
        parts[0] = t(f"{parts[0].ja}（手で直した {edited:,} 件）", f"{parts[0].en} ({edited:,} edited by hand)")
    for name, outcome in named:
        if count := len(rebased.those(outcome)):
            parts.append(t(f"{name.ja} {count:,} 件", f"{count:,} {name.en}"))
    if held := found.newly_held:
        parts.append(t(f"名前がほかの記事と重なる {held:,} 件", f"{held:,} collide with the names of other posts"))
    what = join_texts(parts)
    say_safe(t(f"{path} を今の写しに合わせました: {what.ja}。", f"{path} is as the mirror is now: {what.en}."))
    reset = (*rebased.those(RebaseOutcome.RESET), *expired)
    for change in reset[:MAX_SHOWN]:
        why = t("変えようとした項目が変わったので ", "what it changes was changed, so ")
        if change in expired:
            why = t(change.reason, f"{change.reason} ")
        say_safe(
            t(
                f"  {change.target}「{change.title[:60]}」: {why.ja}accept = false",
                f'  {change.target} "{change.title[:60]}": {why.en}accept = false',
            )
        )
    if len(reset) > MAX_SHOWN:
        say(t(f"  ほか {len(reset) - MAX_SHOWN:,} 件", f"  and {len(reset) - MAX_SHOWN:,} more"))
