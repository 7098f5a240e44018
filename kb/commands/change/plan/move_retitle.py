"""`kb plan move`: propose other categories for posts, by rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from kb.commands.change.plan.output import PLAN, Force, Output, TitleLike
from kb.console.terminal import say
from kb.errors import UsageError
from kb.settings.workspace import open_workspace
from kb.text.display import safe
from kb.text.lang import t

if TYPE_CHECKING:
    from kb.plan.propose.by_rule import Moving, Retitling
    from kb.plan.propose.patterns import Patience
    from kb.plan.propose.post import Answer, Post
    from kb.settings.kb_toml import PlanSettings, Settings


PLAN_MOVE_EXAMPLE = (
    "kb plan move --from 旧運用/手順 --to 運用/手順\nkb plan move --title '^議事録' --to '議事録/{year}'"
)


def plan_move(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="GLOB",
            help=str(
                t("この分類とその下の記事（* と ** も使えます）", "posts in this category and below (globs, too)")
            ),
            show_default=False,
        ),
    ] = "",
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="PLACE",
            help=str(
                t(
                    "移す先。{year} は作成年、{rest} は --from より下",
                    "where to; {year} of creation, {rest} below --from",
                )
            ),
            show_default=False,
        ),
    ] = "",
    title: TitleLike = "",
    tag: Annotated[
        str,
        typer.Option("--tag", metavar="TAG", help=str(t("このタグの記事", "posts with this tag")), show_default=False),
    ] = "",
    out: Output = PLAN,
    force: Force = False,
) -> None:
    """Read the mirror's posts, and write which of them would go where."""
    from kb.clock import clock
    from kb.commands.change.plan.output import deliver, free, tell_unknown, with_esa
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.patterns import Patience
    from kb.plan.propose.post import gathered

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    typed = any((source, to, title, tag))
    rules = (_rule(source, to, title, tag),) if typed else _team_rules(settings.plan)
    free(out, force=force)
    zone = ZoneInfo(settings.timezone)
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gathered(_answers(queries.posts(mirror), rules, settings, zone, Patience()))
        if proposed.is_empty:
            tell_unknown(mirror, (rule.source for rule in rules))
    deliver(proposed, workspace, out, clock("", settings.timezone))


def _answers(
    posts: Iterator[Post], rules: tuple[Moving, ...], settings: Settings, zone: ZoneInfo, patience: Patience
) -> Iterator[Answer]:
    from kb.plan.propose.by_rule import move

    for post in posts:
        with patience.of(post):
            answer = move(post, rules, settings.people.folders, zone)
        yield answer


def _rule(source: str, to: str, title: str, tag: str, where: str = "") -> Moving:
    """One rule. Raises UsageError for one that says nothing or could not be followed; `where` is in kb.toml."""
    from kb.plan.propose.by_rule import REST, YEAR, Moving
    from kb.plan.propose.patterns import pattern

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
    return Moving(place, source.strip("/"), pattern(title, f"{at}title") if title else None, tag.lstrip("#"))


def _team_rules(plan: PlanSettings) -> tuple[Moving, ...]:
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
        _rule(each.source, each.to, each.title, each.tag, f"kb.toml [[plan.move]] {number}")
        for number, each in enumerate(plan.move, 1)
    )


# `kb plan retitle`: propose other titles for posts, by patterns.


PLAN_RETITLE_EXAMPLE = r"kb plan retitle --match '^\[障害\]\s*' --to '【障害】' --in 不具合共有"


def plan_retitle(
    match: Annotated[
        list[str] | None,
        typer.Option(
            "--match",
            metavar="REGEX",
            help=str(t("題名のこの部分を（繰り返せます）", "this part of a title (repeatable)")),
            show_default=False,
        ),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="TEMPLATE",
            help=str(t("こう書き換える（\\1 は 1 つ目の括弧）", "becomes this (\\1 is the first group)")),
            show_default=False,
        ),
    ] = None,
    place: Annotated[
        str,
        typer.Option(
            "--in",
            metavar="CATEGORY",
            help=str(t("この分類とその下だけ", "in this category and below")),
            show_default=False,
        ),
    ] = "",
    out: Output = PLAN,
    force: Force = False,
) -> None:
    """Read the mirror's titles, and write which of them would become what."""
    from kb.clock import clock
    from kb.commands.change.plan.output import deliver, free, tell_unknown, with_esa
    from kb.mirror import queries
    from kb.mirror.store import Mirror
    from kb.plan.propose.post import gathered

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    rules = _rules(match or [], to or [], place) if match or to else _team_rules_plan_retitle(settings.plan, place)
    free(out, force=force)
    growing: set[str] = set()
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gathered(_answers_plan_retitle(queries.posts(mirror), rules, settings, growing))
        if proposed.is_empty:
            tell_unknown(mirror, (place,))
    for each in sorted(growing):
        say(
            safe(
                str(
                    t(
                        f"「{each}」は、直したあとの題名にもまた当たります。何度も実行すると題名が伸びていきます。",
                        f'"{each}" matches its own result as well: run again, it goes on changing titles.',
                    )
                )
            )
        )
    deliver(proposed, workspace, out, clock("", settings.timezone))


def _answers_plan_retitle(
    posts: Iterator[Post], rules: Sequence[Retitling], settings: Settings, growing: set[str]
) -> Iterator[Answer]:
    """An answer for each post; `growing` takes the patterns that would change their own results again."""
    from kb.model.plan import Change
    from kb.plan.propose.by_rule import grows, retitle
    from kb.plan.propose.patterns import Patience

    patience = Patience()
    for post in posts:
        with patience.of(post):
            answer = retitle(post, rules, settings.people.folders)
            if isinstance(answer, Change):
                growing.update(rule.match.pattern for rule in rules if grows(rule, post.title))
        yield answer


def _rules(match: Sequence[str], to: Sequence[str], place: str) -> tuple[Retitling, ...]:
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
    return tuple(_rule_plan_retitle(one, other, place, "--") for one, other in zip(match, to, strict=True))


def _rule_plan_retitle(match: str, to: str, place: str, where: str) -> Retitling:
    from kb.plan.propose.by_rule import Retitling
    from kb.plan.propose.patterns import pattern, template

    made = pattern(match, f"{where}match")
    return Retitling(made, template(made, to, f"{where}to"), place.strip("/"))


def _team_rules_plan_retitle(plan: PlanSettings, place: str) -> tuple[Retitling, ...]:
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
        _rule_plan_retitle(each.match, each.to, place or each.place, f"kb.toml [[plan.retitle]] {number} ")
        for number, each in enumerate(plan.retitle, 1)
    )
