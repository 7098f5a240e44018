"""`kb inventory`: what stands in each category, before anything is moved."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.change.plan.files import read_plan
from kb.commands.change.plan.output import open_mirrored, say_next_command
from kb.commands.registry import command, option
from kb.console.terminal import paint, say, say_wrapped, terminal_width, use_utf8_stdout
from kb.errors import UsageError
from kb.model.document import Source
from kb.text.display import clip, display_width, pad, sanitize, sanitize_json
from kb.text.lang import Text, count_noun, t

if TYPE_CHECKING:
    from kb.reports.inventory import CategoryRow, Inventory


class InventoryFormat(StrEnum):
    """How the list is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


class InventoryOrder(StrEnum):
    """What comes first: kb.reports.inventory.InventorySort, which takes its time to load."""

    POSTS = "posts"
    EDITED = "edited"
    NAME = "name"


MAX_OWNERS = 2
"""Owners that are named in a line; the others are counted."""

_MOST_NAME, _LEAST_OWNERS = 40, 12
"""Columns of a category at most, of the owners at least."""

_HEADS = (t("分類", "category"), t("記事", "posts"), t("WIP", "WIP"), t("最後の編集", "last edit"), t("担当", "owners"))


@command(
    "inventory",
    t("分類ごとの件数、WIP、最後の編集、担当", "count posts, drafts, last edits and owners by category"),
    example="kb inventory\nkb inventory --in 手順書 --depth 1 --sort edited\nkb inventory --format csv > old-new.csv\n"
    "kb inventory --plan plan.toml",
    shared=True,
)
def inventory(
    place: Annotated[str, option("--in CATEGORY", t("この分類とその下だけ", "this category and below"))] = "",
    depth: Annotated[
        int,
        option("--depth N", t("何段目の分類まで並べるか", "levels of categories"), show_default=True, min=1, max=20),
    ] = 2,
    sort: Annotated[
        InventoryOrder,
        option("--sort", t("並べ方。edited は古い順", "the order; edited is oldest first"), show_default=True),
    ] = InventoryOrder.POSTS,
    format: Annotated[
        InventoryFormat, option("--format", t("出力の形", "how to write"), show_default=True)
    ] = InventoryFormat.TEXT,
    plan: Annotated[
        Path | None,
        option("--plan FILE", t("この変更案を送ったあとの件数も並べる", "also the posts once this plan is applied")),
    ] = None,
) -> None:
    """Count the posts of the mirror by category; CSV is a table for `kb plan move --map`."""
    from kb.mirror.limited import require_synced
    from kb.reports.inventory import InventorySort, gather_inventory, list_moves

    workspace = open_mirrored(Source.ESA)
    require_synced(workspace)
    if plan is not None and format is InventoryFormat.CSV:
        raise UsageError(
            t("--plan は csv では使えません。", "--plan does not go with csv."),
            t(
                "csv は対応表のひな形です。text か json にしてください。",
                "csv is a map to begin with: use text or json.",
            ),
        )
    moved = list_moves(read_plan(plan)) if plan is not None else {}
    found = gather_inventory(workspace, place, depth, InventorySort(sort.value), moved)
    if place.strip("/ ") and not (found.total.posts or found.total.after or found.hidden):
        raise UsageError(
            t(
                f"「{place[:60]}」とその下には、記事がありません。",
                f'no post stands in "{place[:60]}" or below it.',
            ),
            t("kb inventory で分類の名前を確かめてください。", "see the names of the categories with kb inventory."),
        )
    if format is not InventoryFormat.TEXT:
        use_utf8_stdout()
    planned = plan is not None
    if format is InventoryFormat.CSV:
        sys.stdout.writelines(_write_csv(found))
    elif format is InventoryFormat.JSON:
        sys.stdout.writelines(_write_json(found, planned=planned))
    else:
        sys.stdout.writelines(_write_text(found, planned=planned))
    sys.stdout.flush()
    _say_totals(found, csv=format is InventoryFormat.CSV)
    if format is InventoryFormat.CSV:
        say_wrapped(
            t(
                "「新」の列を移す先に書き換えたら、kb plan move --map に渡してください。",
                'write the targets into the column "new", and hand the file to kb plan move --map.',
            )
        )
    if plan is not None:
        say_wrapped(
            t(
                f"「案のあと」は、{plan} で送ることになっている移動 {len(moved):,} 件のあとの件数です。",
                f"after: once what {plan} has accepted is applied ({count_noun(len(moved), 'move')}).",
            )
        )
        say_next_command(f"kb review {shlex.quote(str(plan))}")
    elif format is InventoryFormat.TEXT:
        say_next_command("kb inventory --format csv > old-new.csv")


def _write_text(found: Inventory, *, planned: bool) -> Iterator[str]:
    """Yield a table, each category below the one it is in; `planned`: with the posts after the plan."""
    first = min((row.depth for row in found.rows), default=0)
    named = [("  " * (row.depth - first) + sanitize(row.category if row.depth == first else row.name), row)
             for row in found.rows]  # fmt: skip
    if found.personal.posts or found.personal.after:
        named.append(
            (
                str(t(f"（個人のフォルダー {found.folders:,}）", f"(personal folders: {found.folders:,})")),
                found.personal,
            )
        )
    if found.loose.posts or found.loose.after:
        named.append((str(t("（分類なし）", "(no category)")), found.loose))
    cells = [(name, _count(row, planned), f"{row.wip:,}" if row.wip else "", row.edited) for name, row in named]
    heads = tuple(map(str, _HEADS))
    if planned:
        heads = (heads[0], str(t("記事 → 案のあと", "posts → after")), *heads[2:])
    wide = [max((display_width(each[at]) for each in (heads[:4], *cells)), default=0) for at in range(4)]
    wide[0] = min(wide[0], _MOST_NAME)
    room = max(_LEAST_OWNERS, terminal_width() - sum(wide) - 8)
    yield paint(_join(heads, wide).rstrip(), "dim") + "\n"
    for (name, *numbers), (_, row) in zip(cells, named, strict=True):
        yield _join((clip(name, wide[0]), *numbers, clip(_list_owners(row), room)), wide).rstrip() + "\n"


def _count(row: CategoryRow, planned: bool) -> str:
    """Return the posts of a row, with those after the plan where they differ."""
    return f"{row.posts:,} → {row.after:,}" if planned and row.after != row.posts else f"{row.posts:,}"


def _join(cells: tuple[str, ...], wide: list[int]) -> str:
    """Return a line: names and days to the left, numbers to the right."""
    name, posts, wip, edited, owners = cells
    numbers = (" " * (width - display_width(each)) + each for each, width in zip((posts, wip), wide[1:3], strict=True))
    return "  ".join((pad(name, wide[0]), *numbers, pad(edited, wide[3]), owners))


def _list_owners(row: CategoryRow) -> str:
    names = [sanitize(name) for name in row.owners[:MAX_OWNERS]]
    if more := len(row.owners) - len(names):
        names.append(str(t(f"ほか {more:,} 人", f"{more:,} more")))
    return str(t("、", ", ")).join(names)


def _write_json(found: Inventory, *, planned: bool) -> Iterator[str]:
    total = f'"after": {found.total.after}, ' if planned else ""
    yield f'{{"format": 1, "left_out": {found.hidden}, {total}"posts": {found.total.posts}, "wip": {found.total.wip},\n'
    for name, row, more in (("no_category", found.loose, {}), ("personal", found.personal, {"folders": found.folders})):
        counts = {"posts": row.posts, "wip": row.wip, "edited": row.edited} | more
        counts |= {"after": row.after} if planned else {}
        yield f'"{name}": {sanitize_json(counts)},\n'
    yield '"categories": ['
    for number, row in enumerate(found.rows):
        each = {"category": row.category, "depth": row.depth, "posts": row.posts, "own": row.own, "wip": row.wip}
        each |= {"after": row.after} if planned else {}
        yield (",\n" if number else "\n") + sanitize_json(each | {"edited": row.edited, "owners": row.owners})
    yield "\n]}\n"


def _write_csv(found: Inventory) -> Iterator[str]:
    """Yield the table that `kb plan move --map` reads; as it is, it moves nothing."""
    import csv
    import io

    from kb.plan.spreadsheet import UTF8, defuse_formula, escape_lossy

    out = io.StringIO()
    writer = csv.writer(out)
    columns = (t("旧", "old"), t("新", "new"), *_HEADS[1:])
    writer.writerow([str(each) for each in columns])
    for row in found.rows:
        name = defuse_formula(escape_lossy(row.category, UTF8))
        owners = defuse_formula(escape_lossy(str(t("、", ", ")).join(row.owners), UTF8))
        writer.writerow([name, name, row.posts, row.wip, row.edited, owners])
    yield "\ufeff" + out.getvalue()


def _say_totals(found: Inventory, *, csv: bool) -> None:
    """Say how much there is, and what stands in no row."""
    total = found.total
    say(
        t(
            f"記事 {total.posts:,} 件（WIP {total.wip:,} 件）、分類 {len(found.rows):,}。",
            f"{total.posts:,} posts ({total.wip:,} WIP), {len(found.rows):,} categories.",
        )
    )
    if csv and (rest := found.loose.posts + found.personal.posts):
        say_wrapped(
            t(
                f"分類のない記事と個人のフォルダーの {rest:,} 件は、表に入れていません。",
                f"{rest:,} posts without a category or in personal folders are not in the table.",
            )
        )
    if found.hidden:
        say_wrapped(_describe_hidden(found.hidden))


def _describe_hidden(count: int) -> Text:
    return t(
        f"読める人が限られた記事 {count:,} 件は、数に入れず、分類の名前も出していません。",
        f"{count_noun(count, 'post')} that not every member may read: in no number above, their categories not named.",
    )
