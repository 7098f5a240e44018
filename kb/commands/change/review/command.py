"""`kb review`: look through a plan group by group, and see beforehand what sending it will do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.files import find_plan
from kb.commands.change.plan.output import PlanArgument
from kb.commands.registry import command, option
from kb.console.terminal import can_ask, say, say_wrapped
from kb.settings.workspace import find_config, open_workspace
from kb.text.lang import count_noun, t

if TYPE_CHECKING:
    from kb.execute.plan_store import AppliedPlan, PlanFile
    from kb.execute.preflight.broken_links import BrokenLink
    from kb.execute.preflight.check import ApplyForecast
    from kb.execute.preflight.mirror_state import FindCollisions
    from kb.mirror.store import Mirror
    from kb.model.masked import Masked
    from kb.model.plan import Change, Plan
    from kb.plan.collide.board import Collision
    from kb.settings.workspace import Workspace

    Foresee = Callable[[Plan], ApplyForecast]


class PlanCheckFormat(StrEnum):
    """How `--check` tells what it found."""

    TEXT = "text"
    GITHUB = "github"


@command(
    "review",
    t("変更案を確かめて決める", "look through a plan and decide on it"),
    example="kb review plan.toml\nkb review plan.toml --accept all --reject 3\nkb review plan.toml --announce\n"
    "kb review plan.toml --check",
    shared=True,
)
def review(
    plan: PlanArgument = None,
    accept: Annotated[
        list[str] | None,
        option(
            "--accept all|GROUP",
            t("グループを送ることにする（番号か言葉。all は未定のすべて）", "accept a group (number or words), or all"),
        ),
    ] = None,
    reject: Annotated[
        list[str] | None, option("--reject all|GROUP", t("グループを送らないことにする", "leave a group out"))
    ] = None,
    announce: Annotated[
        bool, option("--announce", t("お知らせの文面を出力する", "print a text that tells colleagues"))
    ] = False,
    when: Annotated[str, option("--when T", t("文面に書く日時", "day and time for that text"))] = "",
    ask: Annotated[str, option("--ask NAME", t("文面に書く連絡先", "whom to ask, for that text"))] = "",
    per_day: Annotated[
        int | None, option("--per-day N", t("1 日に N 件ずつ送るときの見積もり", "estimate for N changes a day"), min=1)
    ] = None,
    without_note: Annotated[
        bool, option("--without-note", t("チケットに注記を残さないときの見積もり", "estimate without notes"))
    ] = False,
    check: Annotated[
        bool, option("--check", t("読めるか、何件かだけを確かめる（CI 用）", "only see that it reads (for CI)"))
    ] = False,
    links: Annotated[
        bool,
        option(
            "--links",
            t("直すリンクと、切れるリンクをすべて出力する", "print all links that change, and those that break"),
        ),
    ] = False,
    format: Annotated[
        PlanCheckFormat, option("--format", t("--check の出力の形", "how --check tells it"))
    ] = PlanCheckFormat.TEXT,
) -> None:
    """Decide on the groups of a plan, and see what applying it will do."""
    plan = find_plan(plan)
    if check or format is not PlanCheckFormat.TEXT:
        from kb.commands.change.review.batch import check_plan

        others = bool(accept or reject or announce or when or ask or per_day or without_note or links)
        check_plan(plan, github=format is PlanCheckFormat.GITHUB, alone=check and not others)
        return
    from kb.commands.change.review.batch import decide_groups, list_groups
    from kb.commands.change.review.links import (
        MAX_LINKS,
        format_broken_links,
        format_file_mentions,
        format_planned_links,
        format_prose,
    )
    from kb.commands.change.review.view import format_next_step, format_outcome
    from kb.execute.plan_store import PlanFile, describe_applied, find_applied, why_not_here
    from kb.execute.preflight.announced import describe_member_mails, find_announcement
    from kb.plan.ticks.answers import describe_asked

    file = PlanFile(plan)
    workspace = open_workspace() if find_config() else None
    before = find_applied(workspace, file.plan()) if workspace else None
    with ExitStack() as stack:
        mirror = _open_mirror(stack, workspace)
        foresee = collide = None
        if workspace is not None and mirror is not None:
            foresee = _estimator(workspace, mirror, before, per_day=per_day, without_note=without_note)
            collide = find_collisions_of(workspace, mirror, before)
        if accept or reject:
            for line in decide_groups(file, accept or (), reject or (), collide):
                say_wrapped(line)
        if announce:
            _announce(file.plan(), foresee, before, workspace, mirror, when=when, ask=ask)
            return
        if links and foresee:
            found_links = _broken_links(file.plan(), before, workspace, mirror, prose=True)
            broken = format_broken_links([each for each in found_links if not each.prose])
            prose = format_prose([each for each in found_links if each.prose])
            named = format_file_mentions(_file_mentions(file.plan(), before, workspace, mirror))
            idle = _idle_links(file.plan(), before, mirror)
            print("\n".join((*format_planned_links(file.plan(), idle), *broken, *prose, *named)))
            return
        if not (accept or reject or links) and not _run_session(file, foresee):
            print("\n".join(list_groups(file.plan())))
        final = file.plan()
        if workspace is not None:
            _remember_places(workspace, final, plan)
        if (asked := describe_asked(final)) is not None:
            say_wrapped(asked)
        found = foresee(final) if foresee else None
        if found is None:
            say(
                t(
                    "手元の写しがないので、影響は分かりません（kb sync）。",
                    "nothing is mirrored: what it will do is not known (kb sync).",
                )
            )
        elif before.pending(final) and not before.undone if before else final.accepted:
            broken = format_broken_links(_broken_links(final, before, workspace, mirror), MAX_LINKS, plan)
            print("\n".join((*format_outcome(found), *broken)))
            passed_on = find_announcement(workspace, plan, final) if workspace else None
            if passed_on is not None:
                print(f"- {describe_member_mails(passed_on, found.consequences.mails)}")
        if workspace and (refused := why_not_here(workspace, final)):
            say_wrapped(refused.what, "! ")
            say_wrapped(refused.next_step, "→ ")
            return
        if before:
            for line in describe_applied(before, final, plan):
                say_wrapped(line)
            if before.undone or not before.pending(final):
                return
        for line in format_next_step(final, plan, found, per_day=per_day, without_note=without_note):
            say_wrapped(line)


def _remember_places(workspace: Workspace, plan: Plan, path: Path) -> None:
    """Keep decisions on the places of personal pages for the next plan, and say so."""
    from kb.clock import lint_time
    from kb.execute.plan_store import why_not_here
    from kb.execute.preflight.announced import find_announcement
    from kb.lint.waivers.place_decisions import remember_places
    from kb.lint.waivers.set_aside import DECISIONS_FILE

    if not plan.decided or why_not_here(workspace, plan) or find_announcement(workspace, path, plan):
        return  # what is passed on is told nowhere else
    if count := remember_places(workspace, plan, lint_time("", workspace.settings.timezone).date()):
        say_wrapped(
            t(
                f"移す先について決めた {count:,} 件を {DECISIONS_FILE} に書きました（次の案に使います）。",
                f"{count_noun(count, 'decision')} on places written to {DECISIONS_FILE}, for the next plan.",
            )
        )


def _open_mirror(stack: ExitStack, workspace: Workspace | None) -> Mirror | None:
    from kb.mirror.store import Mirror

    if workspace is None or not workspace.mirror.exists():
        return None
    return stack.enter_context(Mirror.open(workspace.mirror, readonly=True))


def _estimator(
    workspace: Workspace, mirror: Mirror, before: AppliedPlan | None, *, per_day: int | None, without_note: bool
) -> Foresee:
    """Return a cached estimate of what is left of a plan."""
    from kb.execute.preflight.check import forecast_apply

    known: dict[str, ApplyForecast] = {}

    def foresee(plan: Plan) -> ApplyForecast:
        if plan.decisions not in known:
            known.clear()
            left = _unsent(plan, before)
            known[plan.decisions] = forecast_apply(workspace, mirror, left, per_day=per_day, without_note=without_note)
        return known[plan.decisions]

    return foresee


def _unsent(plan: Plan, before: AppliedPlan | None) -> tuple[Change, ...]:
    return before.pending(plan) if before and not before.undone else plan.accepted


def _idle_links(plan: Plan, before: AppliedPlan | None, mirror: Mirror | None) -> frozenset[str]:
    """Return the ids of the accepted links that need not change, since what they lead to stays."""
    from kb.execute.preflight.link_guard import find_idle_links

    return frozenset(each.id for each in find_idle_links(mirror, _unsent(plan, before))) if mirror else frozenset()


def _file_mentions(
    plan: Plan, before: AppliedPlan | None, workspace: Workspace | None, mirror: Mirror | None
) -> Iterable[tuple[str, int, Masked, Masked]]:
    """Return where the team's settings, owners and model name what moves."""
    from kb.execute.preflight.broken_links import find_file_mentions
    from kb.settings.workspace import FILE_NAME

    if workspace is None or mirror is None:
        return ()
    owners = workspace.settings.owners.file
    names = (FILE_NAME, *([owners] if owners else ()), "diagrams/system.toml")
    return find_file_mentions(mirror, _unsent(plan, before), (workspace.root / name for name in names))


def _broken_links(
    plan: Plan, before: AppliedPlan | None, workspace: Workspace | None, mirror: Mirror | None, *, prose: bool = False
) -> tuple[BrokenLink, ...]:
    """Return what the rest of a plan breaks; nothing where nothing is mirrored."""
    from kb.execute.preflight.broken_links import find_broken_links

    if workspace is None or mirror is None or (esa := workspace.settings.esa) is None:
        return ()
    return find_broken_links(mirror, esa.team, _unsent(plan, before), prose=prose)


def find_collisions_of(workspace: Workspace, mirror: Mirror, before: AppliedPlan | None) -> FindCollisions:
    """Return a check for collisions of changes not sent yet."""
    from kb.execute.preflight.mirror_state import collision_finder

    finished = before.run.finished if before and not before.undone else set()
    collide = collision_finder(workspace, mirror)
    return lambda changes: collide(each for each in changes if each.identity not in finished)


def _run_session(file: PlanFile, foresee: Foresee | None) -> bool:
    """Review interactively; return whether there was a terminal."""
    from kb.commands.change.review.sitting import ReviewSession
    from kb.console.sitting import read_typed, write_screen

    if not can_ask():
        return False

    def troubles(plan: Plan) -> Sequence[Collision]:
        found = foresee(plan) if foresee else None
        return (*found.refused, *found.remarks) if found else ()

    sitting = ReviewSession(file, read_typed, write_screen, troubles)
    try:
        tally = sitting.run()
    except KeyboardInterrupt:
        say(t("\n決めたことは残っています。", "\nwhat was decided is kept."))
        raise
    if tally.ended:
        write_screen("\n")
    return True


def _announce(
    plan: Plan,
    foresee: Foresee | None,
    before: AppliedPlan | None,
    workspace: Workspace | None,
    mirror: Mirror | None,
    *,
    when: str,
    ask: str,
) -> None:
    """Print the text for colleagues, and nothing else on stdout."""
    from kb.execute.preflight.check import find_hidden_posts
    from kb.plan.impact.announcement import write_announcement
    from kb.plan.impact.estimate import estimate_impact

    found = foresee(plan).consequences if foresee else estimate_impact(plan.accepted)
    unseen = find_hidden_posts(mirror, plan.accepted) if mirror is not None else ()
    personal = workspace.settings.people.folders if workspace else ("Users/*",)
    links = sum(each.public for each in _broken_links(plan, before, workspace, mirror))
    text = write_announcement(plan.accepted, found, when=when, ask=ask, personal=personal, hidden=unseen, links=links)
    sys.stdout.write(str(text))
