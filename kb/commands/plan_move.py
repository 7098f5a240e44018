"""`kb plan move`: propose other categories for posts, by rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from kb.commands.plan_files import PLAN, Force, Output, TitleLike
from kb.config import open_workspace
from kb.errors import UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.patterns import Patience
    from kb.changes.propose.move import Moving
    from kb.changes.propose.post import Answer, Post
    from kb.settings import PlanSettings, Settings

EXAMPLE = "kb plan move --from 旧運用/手順 --to 運用/手順\nkb plan move --title '^議事録' --to '議事録/{year}'"


def command(
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
    from kb.changes.patterns import Patience
    from kb.changes.propose.post import gathered
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_nothing import tell_unknown
    from kb.lint.request import clock
    from kb.mirror import heads
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    typed = any((source, to, title, tag))
    rules = (_rule(source, to, title, tag),) if typed else _team_rules(settings.plan)
    free(out, force=force)
    zone = ZoneInfo(settings.timezone)
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gathered(_answers(heads.posts(mirror), rules, settings, zone, Patience()))
        if proposed.is_empty:
            tell_unknown(mirror, (rule.source for rule in rules))
    deliver(proposed, workspace, out, clock("", settings.timezone))


def _answers(
    posts: Iterator[Post], rules: tuple[Moving, ...], settings: Settings, zone: ZoneInfo, patience: Patience
) -> Iterator[Answer]:
    from kb.changes.propose.move import move

    for post in posts:
        with patience.of(post):
            answer = move(post, rules, settings.people.folders, zone)
        yield answer


def _rule(source: str, to: str, title: str, tag: str, where: str = "") -> Moving:
    """One rule. Raises UsageError for one that says nothing or could not be followed; `where` is in kb.toml."""
    from kb.changes.patterns import pattern
    from kb.changes.propose.move import REST, YEAR, Moving

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
