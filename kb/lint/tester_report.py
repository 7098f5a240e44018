"""What a page should have given and what it gave, for whoever reads a failed test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Row:
    """One finding: its line, its words, and where it stands on the line; None when nobody asks."""

    line: int
    message: str
    columns: tuple[int, int] | None = None

    def meets(self, other: Row) -> bool:
        """Whether both speak of the same."""
        same = (self.line, self.message) == (other.line, other.message)
        return same and (None in (self.columns, other.columns) or self.columns == other.columns)


def difference(body: str, expected: Sequence[Row], actual: Sequence[Row]) -> str:
    """The findings that lack and those too many, each under the line of the page it is on; "" for none.

    All of it stands in the order of the page, so that two runs read alike.
    """
    missing, extra = list(expected), []
    for row in actual:
        met = next((each for each in missing if each.meets(row)), None)
        if met is None:
            extra.append(row)
        else:
            missing.remove(met)
    told = sorted(
        [(row.line, 0, row) for row in missing] + [(row.line, 1, row) for row in extra], key=lambda each: each[:2]
    )
    return "\n".join(_told(body.split("\n"), [(kind, row) for _, kind, row in told]))


def _told(lines: Sequence[str], rows: Sequence[tuple[int, Row]]) -> Iterator[str]:
    last = 0
    for kind, row in rows:
        if row.line != last:
            text = lines[row.line - 1].rstrip() if 0 < row.line <= len(lines) else "(the page has no such line)"
            yield f"  {row.line:>4} | {text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}"
            last = row.line
        at = f" (columns {row.columns[0]} to {row.columns[1]})" if row.columns else ""
        yield f"       {('- expected', '+ found')[kind]}: {row.message}{at}"
