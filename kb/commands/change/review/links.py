"""Show the links to categories and the saved searches that a plan breaks."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from kb.console.sitting import card_width, mask_line, wrap_bullet
from kb.plan.links.find import Scope
from kb.text.display import clip, sanitize
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.execute.preflight.broken_links import BrokenLink

MAX_LINKS = 10
"""Links that are shown before a plan is sent; all of them are asked for with `--links`."""

_UNCUT = 10_000

_SCOPES: dict[Scope, Text] = {
    Scope.BELOW: t("", ""),
    Scope.EXACT: t("（on: の検索）", " (an on: search)"),
    Scope.PART: t("（category: の検索）", " (a category: search)"),
}


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
                f"* 移る分類を開くリンクと保存した検索が {count:,} か所あり（文書 {pages:,} 件）、"
                "移すと行き先を失います。kb は本文を書き換えません。移したあとに直してください。",
                f"* {count_noun(count, 'link')} to categories that move, saved searches included, will lead nowhere "
                f"({count_noun(pages, 'document')}). kb changes no text: mend them after the move.",
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
