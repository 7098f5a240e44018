"""`kb plan done`, `from-findings`, `ship` and `archive`: propose changes of posts."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from kb.commands.change.plan.output import (
    DEFAULT_PLAN,
    BelowOption,
    ForceOption,
    OlderThanOption,
    PlanNowOption,
    PlanOutputOption,
    TitleLikeOption,
)
from kb.commands.registry import command, option
from kb.console.terminal import say_safe
from kb.errors import Exit, UsageError
from kb.settings.workspace import open_workspace
from kb.text.lang import t


@command(
    "plan done",
    t("済んだ障害に印を付け、移す案", "mark finished incidents and move them"),
    example="kb plan done\nkb plan done -o done.toml --now 2026-12-01",
)
def plan_done(out: PlanOutputOption = DEFAULT_PLAN, force: ForceOption = False, now: PlanNowOption = "") -> None:
    """Lint the mirror's incident pages, and write which of them would be marked as done and moved."""
    from kb.clock import lint_time
    from kb.commands.change.plan.output import require_esa_mirror, require_writable, write_proposals
    from kb.lint.engine.request import Request
    from kb.lint.proposals.incidents import CODES, IncidentProposals
    from kb.plan.propose.post import gather_proposals

    workspace = open_workspace()
    require_esa_mirror(workspace)
    require_writable(out, force=force)
    moment = lint_time(now, workspace.settings.timezone)
    found = IncidentProposals(workspace, Request(select=tuple(CODES), now=now))
    proposed = gather_proposals(found.done())
    for trouble in found.troubles:
        say_safe(trouble.what)
    write_proposals(proposed, workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in found.troubles)):
        raise typer.Exit(code)


@command(
    "plan from-findings",
    t("指摘の直し方をまとめた案", "all that findings would change"),
    example="kb plan from-findings\nkb plan from-findings --select INC5,PST -o week.toml",
)
def plan_from_findings(
    select: Annotated[
        list[str] | None,
        option(
            "--select CODE",
            t("この規則の指摘だけ（INC、INC503、規則名）", "findings of these rules (INC, INC503, a name)"),
        ),
    ] = None,
    without_check: Annotated[
        bool,
        option(
            "--without-check",
            t("チケットを閉じられるかを Redmine に聞かない", "do not ask Redmine which tickets can be closed"),
        ),
    ] = False,
    out: PlanOutputOption = DEFAULT_PLAN,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Lint the mirror, and write what its findings would change."""
    from kb.clock import lint_time
    from kb.commands.change.plan.output import require_writable, write_proposals
    from kb.lint.engine.request import Request
    from kb.lint.proposals.closing import propose_closings
    from kb.lint.proposals.incidents import IncidentProposals
    from kb.lint.proposals.tickets import FINISHED_RULE
    from kb.plan.propose.post import gather_proposals

    workspace = open_workspace()
    workspace.mirrored()
    require_writable(out, force=force)
    settings = workspace.settings
    moment = lint_time(now, settings.timezone)
    words = tuple(word for each in select or () for word in each.split(",") if word.strip())
    found = IncidentProposals(workspace, Request(select=words, now=now))
    answers = list(found.everything())
    troubles = dict.fromkeys(found.troubles)
    if settings.redmine is not None and FINISHED_RULE in found.codes:
        tickets, more = propose_closings(workspace, settings.ticket_policy, now, check=not without_check)
        answers += tickets
        told = {str(trouble.what) for trouble in troubles}
        troubles |= dict.fromkeys(each for each in more if str(each.what) not in told)
    for trouble in troubles:
        say_safe(trouble.what)
    write_proposals(gather_proposals(answers), workspace, out, moment)
    if code := Exit.worst(*(trouble.exit_code for trouble in troubles)):
        raise typer.Exit(code)


@command(
    "plan ship",
    t("書きかけ（WIP）を公開する案", "take drafts out of WIP"),
    example="kb plan ship --author sato --older-than 30\nkb plan ship --in 運用/手順 --not-before 2025-04-01",
)
def plan_ship(
    author: Annotated[str, option("--author NAME", t("この人が作った記事", "posts this person made"))] = "",
    place: BelowOption = "",
    older_than: OlderThanOption = 0,
    not_before: Annotated[
        str, option("--not-before DATE", t("この日以降に作られた記事だけ", "only posts made on this day or later"))
    ] = "",
    out: PlanOutputOption = DEFAULT_PLAN,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Read the mirror's drafts, and write which of them would be shipped."""
    from kb.clock import lint_time, parse_day
    from kb.commands.change.plan.output import require_esa_mirror, require_writable, say_unknown_names, write_proposals
    from kb.execute.preflight.mirror_state import PostTexts
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.post import gather_proposals
    from kb.plan.propose.ship import ShipRule, propose_ship

    workspace = open_workspace()
    path = require_esa_mirror(workspace)
    settings = workspace.settings
    author = author.strip().removeprefix("@")
    if not (author or place.strip("/ ") or older_than):
        raise UsageError(
            t("どの記事を公開するかが足りません。", "which posts to ship is missing."),
            t("--author、--in、--older-than のどれかを指定してください。", "give --author, --in or --older-than."),
        )
    first = date.fromisoformat(parse_day(not_before, "--not-before")) if not_before else None
    what = ShipRule(author, place.strip("/"), older_than, first)
    require_writable(out, force=force)
    moment = lint_time(now, settings.timezone)
    zone, folders = ZoneInfo(settings.timezone), settings.people.folders
    with Mirror.open(path, readonly=True) as mirror:
        look = PostTexts(mirror).look
        proposed = gather_proposals(
            propose_ship(each, what, look, folders, moment.date(), zone) for each in queries.post_heads(mirror)
        )
        if proposed.is_empty:
            say_unknown_names(mirror, (place,), author)
    write_proposals(proposed, workspace, out, moment)


@command(
    "plan archive",
    t("古い記事をアーカイブする案", "archive old posts"),
    example="kb plan archive --in 日報 --older-than 730",
)
def plan_archive(
    place: BelowOption = "",
    older_than: OlderThanOption = 0,
    title: TitleLikeOption = "",
    out: PlanOutputOption = DEFAULT_PLAN,
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Read the mirror's posts, and write which of them would go below Archived."""
    from kb.clock import lint_time
    from kb.commands.change.plan.output import require_esa_mirror, require_writable, say_unknown_names, write_proposals
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.by_rule import ArchiveRule, propose_archive
    from kb.plan.propose.patterns import MatchBudget, compile_pattern
    from kb.plan.propose.post import PostHead, Proposal, gather_proposals

    workspace = open_workspace()
    path = require_esa_mirror(workspace)
    settings = workspace.settings
    if not (place.strip("/ ") or older_than or title):
        raise UsageError(
            t("どの記事をアーカイブするかが足りません。", "which posts to archive is missing."),
            t("--in、--older-than、--title のどれかを指定してください。", "give --in, --older-than or --title."),
        )
    what = ArchiveRule(place.strip("/"), older_than, compile_pattern(title, "--title") if title else None)
    require_writable(out, force=force)
    moment = lint_time(now, settings.timezone)
    zone, patience, folders = ZoneInfo(settings.timezone), MatchBudget(), settings.people.folders

    def answer(post: PostHead) -> Proposal:
        with patience.of(post):
            return propose_archive(post, what, folders, moment.date(), zone)

    with Mirror.open(path, readonly=True) as mirror:
        proposed = gather_proposals(map(answer, queries.post_heads(mirror)))
        if proposed.is_empty:
            say_unknown_names(mirror, (place,))
    write_proposals(proposed, workspace, out, moment)
