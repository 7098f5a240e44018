"""`kb plan move` and `kb plan retitle`: propose other categories or titles, by rules and patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from kb.commands.change.plan.output import DEFAULT_PLAN, ForceOption, PlanOutputOption, TitleLikeOption
from kb.commands.registry import command, option
from kb.console.terminal import say_safe
from kb.errors import UsageError
from kb.settings.workspace import open_workspace
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.by_rule import MoveRule, RetitleRule
    from kb.plan.propose.patterns import MatchBudget
    from kb.plan.propose.post import PostHead, Proposal
    from kb.settings.kb_toml import PlanSettings, Settings


@command(
    "plan move",
    t("分類を移す案", "other categories, by rules"),
    example="kb plan move --from 旧運用/手順 --to 運用/手順\nkb plan move --title '^議事録' --to '議事録/{year}'",
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
    out: PlanOutputOption = DEFAULT_PLAN,
    force: ForceOption = False,
) -> None:
    """Read the mirror's posts, and write which of them would go where."""
    from kb.clock import lint_time
    from kb.commands.change.plan.output import require_esa_mirror, require_writable, say_unknown_names, write_proposals
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.patterns import MatchBudget
    from kb.plan.propose.post import gather_proposals

    workspace = open_workspace()
    path = require_esa_mirror(workspace)
    settings = workspace.settings
    typed = any((source, to, title, tag))
    rules = (_move_rule(source, to, title, tag),) if typed else _team_move_rules(settings.plan)
    require_writable(out, force=force)
    zone = ZoneInfo(settings.timezone)
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gather_proposals(_move_answers(queries.post_heads(mirror), rules, settings, zone, MatchBudget()))
        if proposed.is_empty:
            say_unknown_names(mirror, (rule.source for rule in rules))
    write_proposals(proposed, workspace, out, lint_time("", settings.timezone))


def _move_answers(
    posts: Iterator[PostHead], rules: tuple[MoveRule, ...], settings: Settings, zone: ZoneInfo, patience: MatchBudget
) -> Iterator[Proposal]:
    from kb.plan.propose.by_rule import propose_move

    for post in posts:
        with patience.of(post):
            answer = propose_move(post, rules, settings.people.folders, zone)
        yield answer


def _move_rule(source: str, to: str, title: str, tag: str, where: str = "") -> MoveRule:
    """One rule. Raises UsageError for one that says nothing or could not be followed; `where` is in kb.toml."""
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
    """The rules of kb.toml. Raises UsageError when there are none."""
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


@command(
    "plan retitle",
    t("題名を正規表現で直す案", "other titles, by patterns"),
    example=r"kb plan retitle --match '^\[障害\]\s*' --to '【障害】' --in 不具合共有",
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
    out: PlanOutputOption = DEFAULT_PLAN,
    force: ForceOption = False,
) -> None:
    """Read the mirror's titles, and write which of them would become what."""
    from kb.clock import lint_time
    from kb.commands.change.plan.output import require_esa_mirror, require_writable, say_unknown_names, write_proposals
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.post import gather_proposals

    workspace = open_workspace()
    path = require_esa_mirror(workspace)
    settings = workspace.settings
    rules = (
        _typed_retitle_rules(match or [], to or [], place) if match or to else _team_retitle_rules(settings.plan, place)
    )
    require_writable(out, force=force)
    growing: set[str] = set()
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gather_proposals(_retitle_answers(queries.post_heads(mirror), rules, settings, growing))
        if proposed.is_empty:
            say_unknown_names(mirror, (place,))
    for each in sorted(growing):
        say_safe(
            t(
                f"「{each}」は、直したあとの題名にもまた当たります。何度も実行すると題名が伸びていきます。",
                f'"{each}" matches its own result as well: run again, it goes on changing titles.',
            )
        )
    write_proposals(proposed, workspace, out, lint_time("", settings.timezone))


def _retitle_answers(
    posts: Iterator[PostHead], rules: Sequence[RetitleRule], settings: Settings, growing: set[str]
) -> Iterator[Proposal]:
    """An answer for each post; `growing` takes the patterns that would change their own results again."""
    from kb.model.plan import Change
    from kb.plan.propose.by_rule import is_growing, propose_retitle
    from kb.plan.propose.patterns import MatchBudget

    patience = MatchBudget()
    for post in posts:
        with patience.of(post):
            answer = propose_retitle(post, rules, settings.people.folders)
            if isinstance(answer, Change):
                growing.update(rule.match.pattern for rule in rules if is_growing(rule, post.title))
        yield answer


def _typed_retitle_rules(match: Sequence[str], to: Sequence[str], place: str) -> tuple[RetitleRule, ...]:
    """The rules that were typed. Raises UsageError for a --match without its --to."""
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
    """The rules of kb.toml; `place` narrows all of them. Raises UsageError when there are none."""
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
