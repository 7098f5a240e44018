"""Charts of signs, for where only text can be shown: as long as their figures, and the figures beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.lang import t
from kb.reports.week.model import Bar, Point

LEGEND = t("█ 対応済み、░ 対応中", "█ done, ░ open")
_LONGEST = 24  # signs
_WEEKS = 13


def drawn(bar: Bar, most: int) -> str:
    """A bar of signs: what is done, then what is open; the longest is of `most`. What is above 0 is seen."""
    long = _signs(bar.count, most)
    still = min(long, _signs(bar.open, most))
    return "█" * (long - still) + "░" * still


def months(bars: Sequence[Bar]) -> Iterator[str]:
    """A line for each month."""
    most = max((bar.count for bar in bars), default=0)
    for bar in bars:
        still = str(t(f"（対応中 {bar.open:,}）", f" ({bar.open:,} open)")) if bar.open else ""
        yield f"{bar.key[:7]}  {drawn(bar, most)} {bar.count:,}{still}"


def trend(points: Sequence[Point]) -> Iterator[str]:
    """A line for each of the last weeks: what was open, what came (new or again) and what went."""
    most = max((point.open for point in points), default=0)
    room = max((len(f"{point.open:,}") for point in points), default=0)
    for point in points[-_WEEKS:]:
        bar = "█" * _signs(point.open, most)
        moved = f"+{point.moved.new + point.moved.back:,} -{point.moved.fixed:,}"
        partial = str(t("（途中）", " (so far)")) if point.partial else ""
        yield f"{point.week[:8]}  {bar:<{_LONGEST}} {point.open:>{room},}  {moved}{partial}"


def _signs(count: int, most: int) -> int:
    return max(round(_LONGEST * count / most), 1) if count and most else 0
