"""`kb plan retitle`: propose other titles for posts, by patterns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.plan_files import PLAN, Force, Output
from kb.config import open_workspace
from kb.console import safe, say
from kb.errors import UsageError
from kb.lang import t

if TYPE_CHECKING:
    from kb.changes.propose.post import Answer, Post
    from kb.changes.propose.retitle import Retitling
    from kb.settings import PlanSettings, Settings

EXAMPLE = r"kb plan retitle --match '^\[障害\]\s*' --to '【障害】' --in 不具合共有"


def command(
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
    from kb.changes.propose.post import gathered
    from kb.commands.plan_files import deliver, free, with_esa
    from kb.commands.plan_nothing import tell_unknown
    from kb.lint.request import clock
    from kb.mirror import heads
    from kb.mirror.store import Mirror

    workspace = open_workspace()
    path = with_esa(workspace)
    settings = workspace.settings
    rules = _rules(match or [], to or [], place) if match or to else _team_rules(settings.plan, place)
    free(out, force=force)
    growing: set[str] = set()
    with Mirror.open(path, readonly=True) as mirror:
        proposed = gathered(_answers(heads.posts(mirror), rules, settings, growing))
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


def _answers(
    posts: Iterator[Post], rules: Sequence[Retitling], settings: Settings, growing: set[str]
) -> Iterator[Answer]:
    """An answer for each post; `growing` takes the patterns that would change their own results again."""
    from kb.changes.patterns import Patience
    from kb.changes.plan import Change
    from kb.changes.propose.retitle import grows, retitle

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
    return tuple(_rule(one, other, place, "--") for one, other in zip(match, to, strict=True))


def _rule(match: str, to: str, place: str, where: str) -> Retitling:
    from kb.changes.patterns import pattern, template
    from kb.changes.propose.retitle import Retitling

    made = pattern(match, f"{where}match")
    return Retitling(made, template(made, to, f"{where}to"), place.strip("/"))


def _team_rules(plan: PlanSettings, place: str) -> tuple[Retitling, ...]:
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
        _rule(each.match, each.to, place or each.place, f"kb.toml [[plan.retitle]] {number} ")
        for number, each in enumerate(plan.retitle, 1)
    )
