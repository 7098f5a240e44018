"""`kb plan refresh`: a plan against the mirror as it is now; decisions and edits by hand stay."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import kb
from kb.commands.registry import argument, command
from kb.console.terminal import say, say_safe
from kb.errors import InputError
from kb.secrets.mask_document import mask_text
from kb.settings.workspace import Workspace, open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.lint.proposals.evidence import EvidenceCheck
    from kb.mirror.store import Mirror
    from kb.model.plan import Change, Plan
    from kb.plan.rebase import Contradiction, RebasedPlan


MAX_SHOWN = 10
"""Changes that are named of those to be decided again; all of them carry a warning in the file."""


@command(
    "plan refresh",
    t("案を今の写しに合わせる（決めたことは残る）", "a plan as things are now; decisions stay"),
    example="kb sync\nkb plan refresh plan.toml",
)
def plan_refresh(
    plan: Annotated[Path, argument("plan.toml", t("変更案", "the plan"))] = Path("plan.toml"),
) -> None:
    """See what each change was decided on anew, and write the plan where that says something else."""
    from kb.commands.change.plan.output import format_plan_time, read_plan, say_next_command, write_plan
    from kb.execute.plan_store import drop_limited, format_left_out
    from kb.execute.preflight.mirror_state import mirror_lookup, rehold_plan
    from kb.mirror.store import Mirror
    from kb.plan.propose.post import has_secret
    from kb.plan.rebase import RebaseOutcome, rebase

    workspace = open_workspace()
    path = workspace.mirrored()
    old = read_plan(plan, sound=False)
    require_same_team(old, workspace, plan)
    with Mirror.open(path, readonly=True) as mirror:
        again = _make_evidence_check(workspace, mirror, old)
        found = rebase(
            old, mirror_lookup(mirror), format_plan_time(datetime.now(UTC)), kb.__version__, has_secret, again
        )
        allowed = drop_limited(found.plan.changes, workspace, plan)
        hidden = len(found.plan.changes) - len(allowed)
        if hidden:
            targets = {each.target for each in found.plan.changes} - {each.target for each in allowed}
            outcomes = tuple((change, outcome) for change, outcome in found.outcomes if change.target not in targets)
            found = replace(found, plan=replace(found.plan, changes=allowed), outcomes=outcomes)
        reset = {each.id for outcome in (RebaseOutcome.RESET, RebaseOutcome.EXPIRED) for each in found.those(outcome)}
        final = rehold_plan(workspace, mirror, found.plan, reset)
    kept = all(outcome is RebaseOutcome.KEPT for _, outcome in found.outcomes) and not hidden
    if kept and final.digest == old.digest and final == found.plan:
        say_safe(t(f"{plan} は今の写しのとおりです。", f"{plan} is as the mirror is."))
    else:
        write_plan(plan, final)
        _print_result(found, final, plan)
    if hidden:
        say(format_left_out(hidden, workspace))
    if final.changes:
        say_next_command(f"kb review {shlex.quote(str(plan))}")


def _make_evidence_check(
    workspace: Workspace, mirror: Mirror, plan: Plan
) -> Callable[[Change, bool], Contradiction | None]:
    """Judges texts that were edited since, and pages whose tickets were; what reads them is loaded when needed."""
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
    team = settings.esa.team if settings.esa else ""
    redmine = settings.redmine.url if settings.redmine else ""
    for theirs, ours, name in ((plan.team, team, "esa"), (plan.redmine, redmine, "Redmine")):
        if theirs and theirs != ours:
            raise InputError(
                t(
                    f"{path} は {name}「{theirs[:80]}」の変更案です（この kb.toml は「{ours}」）。",
                    f"{path} is a plan for {name} {theirs[:80]!r}, and this kb.toml is of {ours!r}.",
                ),
                t("そのチームの作業フォルダーで実行してください。", "run it in the workspace of that team."),
            )


def _print_result(found: RebasedPlan, final: Plan, path: Path) -> None:
    from kb.plan.rebase import RebaseOutcome

    counts = {outcome: len(found.those(outcome)) for outcome in RebaseOutcome}
    edited = sum(change.edited for change in found.plan.changes)
    by_hand = t(f"（手で直した {edited} 件）", f" ({edited} edited by hand)") if edited else t("", "")
    parts = (
        (t("もう済んでいた", "were so already"), RebaseOutcome.ALREADY),
        (t("なくなった", "are gone"), RebaseOutcome.GONE),
        (t("名前に秘密の値がありそうな", "seem to be called by a secret"), RebaseOutcome.SECRET),
        (t("読み直した", "were read anew"), RebaseOutcome.RENEWED),
        (t("決め直しが要る", "are to be decided again"), RebaseOutcome.RESET),
        (t("根拠がなくなった", "are no longer supported"), RebaseOutcome.EXPIRED),
    )
    ja = "".join(f"、{name.ja} {counts[outcome]} 件" for name, outcome in parts if counts[outcome])
    en = "".join(f", {counts[outcome]} {name.en}" for name, outcome in parts if counts[outcome])
    held = sum(one.accept and not other.accept for one, other in zip(found.plan.changes, final.changes, strict=True))
    if held:
        ja += f"、名前がほかの記事と重なる {held} 件"
        en += f", {held} collide with the names of other posts"
    left = len(found.plan.changes)
    say_safe(
        t(
            f"{path} を今の写しに合わせました: 残り {left} 件{by_hand.ja}{ja}。",
            f"{path} is as the mirror is now: {left} left{by_hand.en}{en}.",
        )
    )
    reset = (*found.those(RebaseOutcome.RESET), *found.those(RebaseOutcome.EXPIRED))
    for change in reset[:MAX_SHOWN]:
        why = t("変えようとした項目が変わったので ", "what it changes was changed, so ")
        if change in found.those(RebaseOutcome.EXPIRED):
            why = t(change.reason, f"{change.reason} ")
        say_safe(
            t(
                f"  {change.target}「{mask_text(change.title)[:60]}」: {why.ja}accept = false",
                f'  {change.target} "{mask_text(change.title)[:60]}": {why.en}accept = false',
            )
        )
    if len(reset) > MAX_SHOWN:
        say(t(f"  ほか {len(reset) - MAX_SHOWN} 件", f"  and {len(reset) - MAX_SHOWN} more"))
