"""Read a table of categories and where their posts go, `old,new`, as a spreadsheet saves it.

Every row is a category with all below it; the longest one that holds a post counts. A row that names itself keeps its
posts where they are. What cannot be meant (a row twice, an empty cell) is told with its line, and nothing is
taken then.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kb.errors import InputError
from kb.model.plan import ChangeKey
from kb.plan.propose.by_rule import YEAR, MoveRule
from kb.plan.propose.post import is_plain_category
from kb.plan.spreadsheet import decode_csv, read_rows, restore_cell
from kb.plan.values import check_value
from kb.secrets.mask_document import mask_text
from kb.text.globs import list_levels
from kb.text.lang import Text, join_texts, t

_OLD, _NEW = ("old", "旧"), ("new", "新")

MAX_SHOWN = 60
"""Characters of a category in a message."""

MAX_HINTS = 20
"""Unknown categories the nearest is looked up for; it takes a tenth of a second among thousands."""

MIN_LIKENESS = 0.6
"""How like an unknown category another must be to be named (difflib's ratio)."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """A row: the line it ends on, a category, and the category its posts go to."""

    line: int
    old: str
    new: str

    @property
    def rule(self) -> MoveRule:
        """The rule that moves its posts."""
        return MoveRule(self.new, self.old)


@dataclass(frozen=True, slots=True)
class CategoryMap:
    """The rows by their category, and what is wrong with the table."""

    rows: dict[str, MapRow]
    troubles: tuple[Text, ...] = ()

    def row_for(self, category: str) -> MapRow | None:
        """Return the row of the longest category that is this one or holds it."""
        return next((self.rows[each] for each in list_levels(category) if each in self.rows), None)

    def find_unknown(self, categories: Collection[str]) -> Iterator[Text]:
        """Yield a sentence for every row whose category is not among these, which are those of posts."""
        known = {parent for each in categories for parent in list_levels(each)}
        hints = MAX_HINTS
        for row in self.rows.values():
            if row.old not in known:
                near = difflib.get_close_matches(row.old, known, n=1, cutoff=MIN_LIKENESS) if hints else []
                like, hints = t("", ""), hints - bool(hints)
                if near:
                    like = t(f"（「{_show(near[0])}」ではありませんか）", f' (did you mean "{_show(near[0])}"?)')
                yield t(
                    f"{row.line} 行目: 「{_show(row.old)}」とその下には、記事がありません{like.ja}。",
                    f'line {row.line}: no post stands in "{_show(row.old)}" or below it{like.en}.',
                )

    def find_chains(self) -> Iterator[Text]:
        """Yield a sentence for every row whose posts another row would move on, were the table used again."""
        circled = {row.old for ring in self._rings() for row in ring}
        for row in self.rows.values():
            if row.old not in circled and (after := self._next(row)) is not None and after.new != after.old:
                yield t(
                    f"{row.line} 行目の移す先「{_show(row.new)}」は、{after.line} 行目で"
                    f"「{_show(after.new)}」に移ります。今回移すのは 1 回で、同じ表をもう一度使うと続けて移ります。",
                    f'line {row.line} moves to "{_show(row.new)}", which line {after.line} moves to '
                    f'"{_show(after.new)}". Posts move once now, and on if the table is used again.',
                )

    def find_cycles(self) -> Iterator[Text]:
        """Yield a sentence for every ring of rows that change places."""
        for ring in self._rings():
            circle = sorted(ring, key=lambda each: each.line)
            lines = join_texts([t(f"{each.line} 行目", f"{each.line}") for each in circle], "と ", " and ")
            shown = " → ".join(_show(each.old) for each in (*ring, ring[0])[:10])
            yield t(
                f"{lines.ja}: 分類を入れ替えます（{shown}）。同じ表をもう一度使うと、また入れ替わります。",
                f"lines {lines.en}: categories change places ({shown}), and again if the table is used again.",
            )

    def find_kept(self) -> Iterator[Text]:
        """Yield a sentence on the rows that stay although the category they are in moves, if there are any."""
        kept = [row for row in self.rows.values() if row.old == row.new and self._moves_above(row)]
        if kept:
            ja, en = "、".join(str(row.line) for row in kept[:10]), ", ".join(str(row.line) for row in kept[:10])
            more = t(f" ほか {len(kept) - 10:,} 行", f" and {len(kept) - 10:,} more") if len(kept) > 10 else t("", "")
            yield t(
                f"{ja}{more.ja} 行目は、上の分類が移りますが、新と旧が同じなのでそのままにします。"
                "一緒に移すなら、その行を消してください。",
                f"{'lines' if len(kept) > 1 else 'line'} {en}{more.en}: old and new are the same, so it stays although "
                "the category above it moves. To have it move along, remove the line.",
            )

    def _moves_above(self, row: MapRow) -> bool:
        above = self.row_for(row.old.rpartition("/")[0])
        return above is not None and above.old != above.new

    def _rings(self) -> Iterator[list[MapRow]]:
        """Yield every ring of rows, each of which goes where the next one leaves, once."""
        done: set[str] = set()
        for row in self.rows.values():
            way: list[MapRow] = []
            here: MapRow | None = row
            while here is not None and here.old not in done:
                done.add(here.old)
                way.append(here)
                here = self._next(here)
            if here is not None and here in way:
                yield way[way.index(here) :]

    def _next(self, row: MapRow) -> MapRow | None:
        """Return the row of a row's target, None for none or itself."""
        after = self.row_for(row.new.partition(YEAR)[0].strip("/"))
        return after if after is not None and after.old != row.old and row.new != row.old else None


def read_category_map(data: bytes, name: str) -> CategoryMap:
    """Return the table in a CSV file, in UTF-8 or CP932, with commas or tabs. Raises InputError for no table."""
    text, _ = decode_csv(data, name)
    rows = read_rows(text, name, "\t" if "\t" in text.lstrip().partition("\n")[0] else ",")
    old, new = _find_columns(next(rows, (1, []))[1], name)
    found: dict[str, MapRow] = {}
    troubles: list[Text] = []
    for line, cells in rows:
        row = MapRow(line, _read_cell(cells, old), _read_cell(cells, new))
        if not (row.old or row.new):
            continue
        if (why := _check_row(row)) is None and (before := found.get(row.old)) is not None:
            why = t(
                f"「{_show(row.old)}」は {before.line} 行目にもあります",
                f'"{_show(row.old)}" is on line {before.line} as well',
            )
        if why is None:
            found[row.old] = row
        else:
            troubles.append(t(f"{line} 行目: {why.ja}。", f"line {line}: {why.en}."))
    if not troubles and all(row.old == row.new for row in found.values()):
        raise InputError(
            t(f"{name} に、移す行がありません。", f"{name} has no row that moves anything."),
            t(
                "「旧」（old）に今の分類、「新」（new）に移す先を書いてください。移さない行は、同じ分類のままで構いません。",
                "write the present category below old and the target below new; rows that stay may name it twice.",
            ),
        )
    return CategoryMap(found, tuple(troubles))


def _find_columns(heads: Sequence[str], name: str) -> tuple[int, int]:
    """Return where the columns stand. Raises InputError for missing and duplicate ones."""
    words = [unicodedata.normalize("NFKC", each).strip().casefold() for each in heads]
    at = [[place for place, word in enumerate(words) if word in column] for column in (_OLD, _NEW)]
    if all(len(each) == 1 for each in at):
        return at[0][0], at[1][0]
    if twice := next((column[0] for column, each in zip((_OLD, _NEW), at, strict=True) if len(each) > 1), ""):
        what = t(f"{name} の 1 行目に、列「{twice}」が二度あります。", f"{name} has the column {twice!r} twice.")
    else:
        what = t(
            f"{name} の 1 行目に、列「old」と「new」（または「旧」と「新」）がありません。",
            f'{name} lacks the columns "old" and "new" on its first line.',
        )
    raise InputError(
        what,
        t(
            "1 行目を「old,new」にした、コンマかタブ区切りの CSV にしてください。例は kb inventory --format csv です。",
            "begin it with old,new, and separate with commas or tabs; kb inventory --format csv writes an example.",
        ),
    )


def _read_cell(cells: Sequence[str], at: int) -> str:
    """Return a category as esa writes it, without the blanks and slashes around."""
    return restore_cell(cells[at].strip()).strip().strip("/").strip() if at < len(cells) else ""


def _check_row(row: MapRow) -> Text | None:
    """Return why a row cannot be used, as a clause, or None."""
    if not row.old:
        return t("もとの分類が空です", "the category to move is empty")
    if not row.new:
        return t(f"「{_show(row.old)}」の移す先が空です", f'"{_show(row.old)}" has no target')
    if not is_plain_category(row.old):
        return t(
            f"「{_show(row.old)}」に * や ? は使えません（使うなら kb.toml の [[plan.move]] に）",
            f'"{_show(row.old)}" holds * or ?, which belong into [[plan.move]] of kb.toml',
        )
    bare = row.new.replace(YEAR, "")
    if "{" in bare or "}" in bare:
        return t(
            f"移す先「{_show(row.new)}」に使えるのは {YEAR} です",
            f'"{_show(row.new)}" may hold {YEAR}, nothing else in braces',
        )
    for category, which in ((row.old, t("もとの分類", "the category")), (row.new, t("移す先", "the target"))):
        if (why := check_value(ChangeKey.CATEGORY, category)) is not None:
            return t(f"{which.ja}が使えません（{why.ja}）", f"{which.en} cannot be used ({why.en})")
    return None


def _show(category: str) -> str:
    """Return a category for a message."""
    return mask_text(category)[:MAX_SHOWN]
