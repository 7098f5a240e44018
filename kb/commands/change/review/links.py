"""Show the links to categories and the saved searches that a plan breaks."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.sitting import card_width, mask_line, wrap_bullet
from kb.plan.groups import diff_values
from kb.plan.links.change import is_link
from kb.plan.links.find import Scope
from kb.text.display import clip, sanitize
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.execute.preflight.broken_links import BrokenLink
    from kb.model.masked import Masked
    from kb.model.plan import Plan

MAX_LINKS = 10
"""Links that are shown before a plan is sent; all of them are asked for with `--links`."""

_UNCUT = 10_000

_SCOPES: dict[Scope, Text] = {
    Scope.BELOW: t("", ""),
    Scope.EXACT: t("（on: の検索）", " (an on: search)"),
    Scope.PART: t("（category: の検索）", " (a category: search)"),
}


def format_planned_links(plan: Plan, idle: Collection[str] = ()) -> Iterator[str]:
    """Yield the links a plan changes as lines of a diff, below what they follow; `-` marks what is not sent.

    `idle` are the ids of those whose targets stay, as moves were refused.
    """
    links = [each for each in plan.changes if is_link(each)]
    if not links:
        return
    pages, sent = len({each.target for each in links}), sum(each.accept and each.id not in idle for each in links)
    yield from wrap_bullet(
        str(
            t(
                f"* この変更案が直すリンク: {len(links):,} か所（記事 {pages:,} 件。送るもの {sent:,} か所）",
                f"* links this plan changes: {len(links):,} in {count_noun(pages, 'post')}, {sent:,} of them sent",
            )
        )
    )
    for group, some in groupby(links, key=lambda each: each.group):
        yield f"    {mask_line(group)}"
        for each in some:
            sign = " " if each.accept and each.id not in idle else "-"
            yield f"    {sign} {sanitize(each.target)}:{each.seen.line} {sanitize(each.title)}".rstrip()
            for _, words in diff_values(each):
                yield f"        {mask_line(words)}"


def format_broken_links(links: Sequence[BrokenLink], most: int = 0, path: Path | None = None) -> Iterator[str]:
    """Yield how many there are, then each below its category; `most` of them where that is not 0.

    `path` is the plan, for the command that shows the rest. Nothing broken is one line without `most`, else none.
    """
    if not links:
        if not most:
            yield str(t("移すと切れる分類のリンクはありません。", "no link to a category breaks."))
        return
    count, pages = len(links), len({each.doc for each in links})
    yield from wrap_bullet(
        str(
            t(
                f"* 移る分類を開くリンクと保存した検索が、この変更案で直すもののほかに {count:,} か所あり"
                f"（文書 {pages:,} 件）、移すと行き先を失います（コメント、チケット、コードの中、断ったもの）。"
                "移したあとに直してください。",
                f"* {count_noun(count, 'link')} to categories that move, saved searches included, will lead nowhere "
                f"({count_noun(pages, 'document')}): in comments, tickets and code, or refused. Mend them after the "
                "move.",
            )
        )
    )
    shown, width = (links[:most], card_width()) if most else (links, _UNCUT)
    for (category, target), some in groupby(shown, key=lambda each: (each.category, each.target)):
        where = target or str(t("いくつかの分類に分かれます", "several categories"))
        yield clip(f"    {mask_line(category)} → {mask_line(where)}", width)
        for each in some:
            line = f"      {sanitize(each.place)} {sanitize(each.title)}".rstrip()
            yield clip(f"{line}{_SCOPES[each.scope]}", width)
    if more := count - len(shown):
        command = f"kb review {shlex.quote(str(path))} --links"
        yield str(t(f"    … ほか {more:,} か所 → {command}", f"    … {more:,} more → {command}"))


def format_prose(links: Sequence[BrokenLink]) -> Iterator[str]:
    """Yield the lines that only name what moves: no link, so nothing changes them."""
    if links:
        yield from wrap_bullet(
            str(
                t(
                    f"* 文の中で、移る分類や記事の名前に触れているところ: {len(links):,} か所"
                    "（リンクではないので、そのままです）",
                    f"* {count_noun(len(links), 'line')} that only name what moves: no links, so they stay",
                )
            )
        )
    for (category, target), some in groupby(links, key=lambda each: (each.category, each.target)):
        yield f"    {mask_line(category)} → {mask_line(target)}"
        for each in some:
            yield f"      {sanitize(each.place)} {sanitize(each.title)}".rstrip()


def format_file_mentions(found: Iterable[tuple[str, int, Masked, Masked]]) -> Iterator[str]:
    """Yield the lines of the team's own files that name what moves."""
    for at, (name, line, path, place) in enumerate(found):
        if not at:
            yield from wrap_bullet(
                str(
                    t(
                        "* 設定や担当のファイルで、移る分類の名前があるところ（kb は書き換えません）",
                        "* settings and owners that name what moves (kb does not change them)",
                    )
                )
            )
        yield f"    {sanitize(name)}:{line} {mask_line(path)} → {mask_line(place)}"
