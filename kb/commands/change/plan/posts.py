"""`kb plan done`, `from-findings`, `ship`, `archive` and `retitle`: propose changes of posts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.output import (
    BelowOption,
    ForceOption,
    InCodeOption,
    OlderThanOption,
    PlanDraft,
    PlanNowOption,
    PlanOutputOption,
    TitleLikeOption,
    gather_from_posts,
    open_mirrored,
)
from kb.commands.options import split_selectors
from kb.commands.registry import command, option
from kb.console.terminal import say_safe
from kb.errors import UsageError
from kb.model.document import Source
from kb.settings.workspace import open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.by_rule import RetitleRule
    from kb.plan.propose.post import PostHead, Proposal
    from kb.settings.plan_tables import PlanSettings


@command(
    "plan done",
    t("済んだ障害に印を付け、移す案", "mark finished incidents and move them"),
    example="kb plan done\nkb plan done -o done.toml --now 2026-12-01",
    shared=True,
)
def plan_done(
    out: PlanOutputOption = Path("done.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
    in_code: InCodeOption = False,
) -> None:
    """Lint the mirror's incident pages, and write which of them would be marked as done and moved."""
    from kb.lint.engine.request import Request
    from kb.lint.proposals.incidents import CODES, IncidentProposals
    from kb.plan.propose.post import gather_proposals

    workspace = open_mirrored(Source.ESA)
    draft = PlanDraft.begin(workspace, out, force=force, now=now, in_code=in_code)
    found = IncidentProposals(workspace, Request(select=tuple(CODES), now=now))
    draft.write(gather_proposals(found.done()), found.troubles)


@command(
    "plan from-findings",
    t("指摘の直し方をまとめた案", "all that findings would change"),
    example="kb plan from-findings\nkb plan from-findings --select INC5,PST -o week.toml",
    shared=True,
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
    out: PlanOutputOption = Path("from-findings.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
    in_code: InCodeOption = False,
) -> None:
    """Lint the mirror, and write what its findings would change."""
    from kb.lint.engine.request import Request
    from kb.lint.proposals.closing import propose_closings
    from kb.lint.proposals.incidents import IncidentProposals
    from kb.lint.proposals.tickets import FINISHED_RULE
    from kb.plan.propose.post import gather_proposals

    workspace = open_workspace()
    workspace.mirrored()
    draft = PlanDraft.begin(workspace, out, force=force, now=now, in_code=in_code)
    settings = workspace.settings
    found = IncidentProposals(workspace, Request(select=split_selectors(select), now=now))
    answers = list(found.everything())
    troubles = dict.fromkeys(found.troubles)
    if settings.redmine is not None and FINISHED_RULE in found.codes:
        tickets, more = propose_closings(workspace, settings.ticket_policy, now, check=not without_check)
        answers += tickets
        told = {str(trouble.what) for trouble in troubles}
        troubles |= dict.fromkeys(each for each in more if str(each.what) not in told)
    draft.write(gather_proposals(answers), troubles)


@command(
    "plan ship",
    t("書きかけ（WIP）を公開する案", "take drafts out of WIP"),
    example="kb plan ship --author sato --older-than 30\nkb plan ship --in 運用/手順 --not-before 2025-04-01",
    shared=True,
)
def plan_ship(
    author: Annotated[str, option("--author NAME", t("この人が作った記事", "posts this person made"))] = "",
    place: BelowOption = "",
    older_than: OlderThanOption = 0,
    not_before: Annotated[
        str, option("--not-before DATE", t("この日以降に作られた記事だけ", "only posts made on this day or later"))
    ] = "",
    out: PlanOutputOption = Path("ship.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
) -> None:
    """Read the mirror's drafts, and write which of them would be shipped."""
    from kb.clock import parse_day
    from kb.execute.preflight.mirror_state import PostTexts
    from kb.lint.cache.load_known import read_clear_documents
    from kb.lint.proposals.incidents import find_objections
    from kb.model.plan import Change
    from kb.plan.propose.post import NO_OBJECTIONS
    from kb.plan.propose.ship import ShipRule, propose_ship

    workspace = open_mirrored(Source.ESA)
    author = author.strip().removeprefix("@")
    if not (author or place.strip("/ ") or older_than):
        raise UsageError(
            t("どの記事を公開するかが足りません。", "which posts to ship is missing."),
            t("--author、--in、--older-than のどれかを指定してください。", "give --author, --in or --older-than."),
        )
    first = date.fromisoformat(parse_day(not_before, "--not-before")) if not_before else None
    what = ShipRule(author, place.strip("/"), older_than, first)
    draft = PlanDraft.begin(workspace, out, force=force, now=now)
    against, troubles = find_objections(workspace, now)
    with draft.mirror() as mirror:
        look = PostTexts(mirror, read_clear_documents(workspace)).look

        def answer(post: PostHead) -> Proposal:
            made = propose_ship(post, what, look, draft.folders, draft.today, draft.zone)
            return against.get(made.target, NO_OBJECTIONS).put_to(made) if isinstance(made, Change) else made

        proposed = gather_from_posts(mirror, answer, (place,), author)
    draft.write(proposed, troubles)


@command(
    "plan archive",
    t("古い記事をアーカイブする案", "archive old posts"),
    example="kb plan archive --in 日報 --older-than 730",
    shared=True,
)
def plan_archive(
    place: BelowOption = "",
    older_than: OlderThanOption = 0,
    title: TitleLikeOption = "",
    out: PlanOutputOption = Path("archive.toml"),
    force: ForceOption = False,
    now: PlanNowOption = "",
    in_code: InCodeOption = False,
) -> None:
    """Read the mirror's posts, and write which of them would go below Archived."""
    from kb.plan.propose.by_rule import ArchiveRule, propose_archive
    from kb.plan.propose.patterns import MatchBudget, compile_pattern

    workspace = open_mirrored(Source.ESA)
    if not (place.strip("/ ") or older_than or title):
        raise UsageError(
            t("どの記事をアーカイブするかが足りません。", "which posts to archive is missing."),
            t("--in、--older-than、--title のどれかを指定してください。", "give --in, --older-than or --title."),
        )
    what = ArchiveRule(place.strip("/"), older_than, compile_pattern(title, "--title") if title else None)
    draft, budget = PlanDraft.begin(workspace, out, force=force, now=now, in_code=in_code), MatchBudget()

    def answer(post: PostHead) -> Proposal:
        with budget.of(post):
            return propose_archive(post, what, draft.folders, draft.today, draft.zone)

    with draft.mirror() as mirror:
        proposed = gather_from_posts(mirror, answer, (place,))
    draft.write(proposed)


@command(
    "plan retitle",
    t("題名を正規表現で直す案", "other titles, by patterns"),
    example=r"kb plan retitle --match '^\[障害\]\s*' --to '【障害】' --in 不具合共有",
    shared=True,
)
def plan_retitle(
    match: Annotated[
        list[str] | None,
        option("--match REGEX", t("題名のこの部分を（繰り返せます）", "this part of a title (repeatable)")),
    ] = None,
    to: Annotated[
        list[str] | None,
        option("--to TEMPLATE", t("こう書き換える（\\1 は 1 つ目の括弧）", "becomes this (\\1 is the first group)")),
    ] = None,
    place: Annotated[str, option("--in CATEGORY", t("この分類とその下だけ", "in this category and below"))] = "",
    out: PlanOutputOption = Path("retitle.toml"),
    force: ForceOption = False,
    in_code: InCodeOption = False,
) -> None:
    """Read the mirror's titles, and write which of them would become what."""
    from kb.model.plan import Change
    from kb.plan.propose.by_rule import is_growing, propose_retitle
    from kb.plan.propose.patterns import MatchBudget

    workspace = open_mirrored(Source.ESA)
    typed, plan = bool(match or to), workspace.settings.plan
    rules = _typed_retitle_rules(match or [], to or [], place) if typed else _team_retitle_rules(plan, place)
    draft, budget = PlanDraft.begin(workspace, out, force=force, in_code=in_code), MatchBudget()
    growing: set[str] = set()

    def answer(post: PostHead) -> Proposal:
        with budget.of(post):
            found = propose_retitle(post, rules, draft.folders)
            if isinstance(found, Change):
                growing.update(rule.match.pattern for rule in rules if is_growing(rule, post.title))
            return found

    with draft.mirror() as mirror:
        proposed = gather_from_posts(mirror, answer, (place,))
    for each in sorted(growing):
        say_safe(
            t(
                f"「{each}」は、直したあとの題名にもまた当たります。何度も実行すると題名が伸びていきます。",
                f'"{each}" matches its own result as well: run again, it goes on changing titles.',
            )
        )
    draft.write(proposed)


def _typed_retitle_rules(match: Sequence[str], to: Sequence[str], place: str) -> tuple[RetitleRule, ...]:
    """Return the rules that were typed. Raises UsageError for a --match without its --to."""
    if len(match) != len(to):
        raise UsageError(
            t(
                f"--match が {len(match)} つ、--to が {len(to)} つあります。",
                f"there are {len(match)} --match and {len(to)} --to.",
            ),
            t(
                "組にして指定してください。例: --match '^WIP ' --to ''",
                "give them in pairs, as in --match '^WIP ' --to ''.",
            ),
        )
    return tuple(_retitle_rule(one, other, place, "--") for one, other in zip(match, to, strict=True))


def _retitle_rule(match: str, to: str, place: str, where: str) -> RetitleRule:
    from kb.plan.propose.by_rule import RetitleRule
    from kb.plan.propose.patterns import compile_pattern, compile_template

    made = compile_pattern(match, f"{where}match")
    return RetitleRule(made, compile_template(made, to, f"{where}to"), place.strip("/"))


def _team_retitle_rules(plan: PlanSettings, place: str) -> tuple[RetitleRule, ...]:
    """Return the rules of kb.toml; `place` narrows all of them. Raises UsageError when there are none."""
    if not plan.retitle:
        raise UsageError(
            t("題名の規則がありません。", "there is no rule."),
            t(
                "--match と --to を指定するか、kb.toml に [[plan.retitle]] を書いてください。",
                "give --match and --to, or write [[plan.retitle]] into kb.toml.",
            ),
        )
    return tuple(
        _retitle_rule(each.match, each.to, place or each.place, f"kb.toml [[plan.retitle]] {number} ")
        for number, each in enumerate(plan.retitle, 1)
    )
