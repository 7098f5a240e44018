"""`kb plan move`: propose other categories, by rules or by a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.evaluate import EvaluationFormat, run_evaluation
from kb.commands.change.plan.files import read_map
from kb.commands.change.plan.output import (
    ForceOption,
    InCodeOption,
    PlanDraft,
    PlanOutputOption,
    TitleLikeOption,
    gather_from_posts,
    open_mirrored,
)
from kb.commands.registry import command, option
from kb.console.terminal import MAX_TROUBLES, say, say_wrapped
from kb.errors import UsageError
from kb.model.document import Source
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.by_rule import MoveRule
    from kb.plan.propose.post import PostHead, Proposal
    from kb.settings.plan_tables import PlanSettings
    from kb.settings.workspace import Workspace


@command(
    "plan move",
    t("分類を移す案", "other categories, by rules"),
    example="kb plan move --from 旧運用/手順 --to 運用/手順\nkb plan move --title '^議事録' --to '議事録/{year}'\n"
    "kb plan move --map old-new.csv\nkb plan move --evaluate",
    shared=True,
)
def plan_move(
    source: Annotated[
        str,
        option(
            "--from GLOB",
            t("この分類とその下の記事（* と ** も使えます）", "posts in this category and below (globs, too)"),
        ),
    ] = "",
    to: Annotated[
        str,
        option(
            "--to PLACE",
            t("移す先。{year} は作成年、{rest} は --from より下", "where to; {year} of creation, {rest} below --from"),
        ),
    ] = "",
    title: TitleLikeOption = "",
    tag: Annotated[str, option("--tag TAG", t("このタグの記事", "posts with this tag"))] = "",
    table: Annotated[
        Path | None,
        option("--map CSV", t("分類ごとに移す先を書いた CSV（old,new）", "a CSV of categories and targets (old,new)")),
    ] = None,
    evaluate: Annotated[
        bool,
        option(
            "--evaluate",
            t(
                "移す先がどれだけ当たるかを、チームの記事で測る",
                "measure on the team's posts how well places are found",
            ),
        ),
    ] = False,
    input: Annotated[
        str | None,
        option("--input FILE.jsonl", t("--evaluate で測る記事（- は標準入力）", "posts for --evaluate (-: stdin)")),
    ] = None,
    format: Annotated[
        EvaluationFormat, option("--format", t("--evaluate の出力の形", "how --evaluate is written"), show_default=True)
    ] = EvaluationFormat.TEXT,
    out: PlanOutputOption = Path("move.toml"),
    force: ForceOption = False,
    in_code: InCodeOption = False,
) -> None:
    """Read the mirror's posts, and write which of them would go where."""
    if evaluate:
        _require_alone(source, to, title, tag, table)
        run_evaluation(input, format)
        return
    if input is not None or format is not EvaluationFormat.TEXT:
        raise UsageError(
            t("--input と --format は --evaluate と使います。", "--input and --format go with --evaluate."),
            t(
                "例: kb plan move --evaluate --input posts.jsonl",
                "example: kb plan move --evaluate --input posts.jsonl",
            ),
        )
    from kb.plan.propose.by_rule import propose_move
    from kb.plan.propose.patterns import MatchBudget

    workspace = open_mirrored(Source.ESA)
    typed = any((source, to, title, tag))
    if table is not None:
        if typed:
            raise UsageError(
                t("--map は、ほかの条件と一緒に使えません。", "--map goes with no other condition."),
                t("どちらかにしてください。", "give one or the other."),
            )
        _plan_by_map(workspace, table, out, force=force, in_code=in_code)
        return
    if source.strip("/ ") and not (to or title or tag) and _is_personal(workspace, source):
        _plan_destinations(workspace, source.strip("/ "), out, force=force, in_code=in_code)
        return
    rules = (_move_rule(source, to, title, tag),) if typed else _team_move_rules(workspace.settings.plan)
    draft, budget = PlanDraft.begin(workspace, out, force=force, in_code=in_code), MatchBudget()

    def answer(post: PostHead) -> Proposal:
        with budget.of(post):
            return propose_move(post, rules, draft.folders, draft.zone)

    with draft.mirror() as mirror:
        proposed = gather_from_posts(mirror, answer, (rule.source for rule in rules))
    draft.write(proposed)


def _is_personal(workspace: Workspace, source: str) -> bool:
    """Whether a glob names personal folders, or a part of one."""
    from kb.plan.propose.post import is_named_exactly

    return any(is_named_exactly(source.strip("/ "), folder) for folder in workspace.settings.people.folders)


def _plan_destinations(workspace: Workspace, source: str, out: Path, *, force: bool, in_code: bool) -> None:
    """Write where the pages of personal folders may belong."""
    from kb.lint.proposals.destinations import DestinationFinder
    from kb.lint.waivers.place_decisions import read_places
    from kb.mirror.limited import require_synced

    require_synced(workspace)
    draft = PlanDraft.begin(workspace, out, force=force, in_code=in_code)
    refused, chosen = read_places(workspace)
    with draft.mirror() as mirror:
        finder = DestinationFinder(workspace, mirror, source, refused, chosen)
        proposed = gather_from_posts(mirror, finder.propose, (source,))
    draft.write(proposed)


def _require_alone(*others: object) -> None:
    """Raise UsageError where an evaluation is asked to move something, too."""
    if any(others):
        raise UsageError(
            t(
                "--evaluate は測るだけなので、移す条件とは使えません。",
                "--evaluate only measures: it takes no condition of a move.",
            ),
            t("kb plan move --evaluate だけにしてください。", "run kb plan move --evaluate alone."),
        )


def _move_rule(source: str, to: str, title: str, tag: str, where: str = "") -> MoveRule:
    """Build a rule; `where` is its place in kb.toml. Raises UsageError for an incomplete or impossible one."""
    from kb.plan.propose.by_rule import REST, YEAR, MoveRule
    from kb.plan.propose.patterns import compile_pattern

    place = to.strip().strip("/")
    at = f"{where} " if where else "--"
    if not place or not any((source.strip("/ "), title, tag)):
        raise UsageError(
            t(
                f"{where or 'kb plan move'}: どの記事（from、title、tag のどれか）をどこへ（to）移すかが足りません。",
                f"{where or 'kb plan move'}: which posts (from, title or tag), or where to (to), is missing.",
            ),
            t("例: kb plan move --from 旧運用 --to 運用", "example: kb plan move --from old --to new"),
        )
    bare = place.replace(YEAR, "").replace(REST, "")
    if "{" in bare or "}" in bare or not all(part.strip() for part in place.split("/")):
        raise UsageError(
            t(f"{at}to「{place[:60]}」は移す先に使えません。", f"{at}to {place[:60]!r} is no place."),
            t(
                "使えるのは {year} と {rest} です。例: 日報/{year}",
                "what can be used: {year} and {rest}, as in log/{year}.",
            ),
        )
    return MoveRule(place, source.strip("/"), compile_pattern(title, f"{at}title") if title else None, tag.lstrip("#"))


def _team_move_rules(plan: PlanSettings) -> tuple[MoveRule, ...]:
    """Return the rules of kb.toml. Raises UsageError when there are none."""
    if not plan.move:
        raise UsageError(
            t("移す規則がありません。", "there is no rule."),
            t(
                "--from と --to を指定するか、kb.toml に [[plan.move]] を書いてください。",
                "give --from and --to, or write [[plan.move]] into kb.toml.",
            ),
        )
    return tuple(
        _move_rule(each.source, each.to, each.title, each.tag, f"kb.toml [[plan.move]] {number}")
        for number, each in enumerate(plan.move, 1)
    )


def _plan_by_map(workspace: Workspace, path: Path, out: Path, *, force: bool, in_code: bool) -> None:
    """Write the plan a table of categories makes. Raises InputError for a table with anything that cannot be meant."""
    from kb.mirror import queries
    from kb.plan.propose.by_rule import propose_move

    draft = PlanDraft.begin(workspace, out, force=force, in_code=in_code)
    table = read_map(path)
    rules = {row.old: (row.rule,) for row in table.rows.values()}
    with draft.mirror() as mirror:
        places = {category for _, (category, _) in queries.post_places(mirror.database)}
        remarks = (*table.find_unknown(places), *table.find_kept(), *table.find_cycles(), *table.find_chains())
        for remark in remarks[:MAX_TROUBLES]:
            say_wrapped(remark)
        if (more := len(remarks) - MAX_TROUBLES) > 0:
            say(t(f"このような行がほかに {more:,} 件あります。", f"and {more:,} more like these."))

        def answer(post: PostHead) -> Proposal:
            row = table.row_for(post.category)
            return propose_move(post, rules[row.old], draft.folders, draft.zone) if row is not None else None

        proposed = gather_from_posts(mirror, answer)
    draft.write(proposed)
