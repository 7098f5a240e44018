"""Lay out charts as plain numbers of an SVG a template draws, or as lines of signs.

All charts are `WIDTH` wide in units of the viewBox: letters are 13 high on a phone, 16 on a screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.reports.week.model import EventMark, IncidentBar, TrendPoint
from kb.reports.week.words import month_name
from kb.text.lang import current_language, t

CHART_WIDTH = 460
MAX_MARKS = 9  # of which each has a number of one digit
_TOP, _BASE, _LETTER = 26, 150, 7.5
_UP, _ZERO, _LOW = 126, 170, 26  # the trend: bottom of the line's part, the zero of what moved, and its reach
_LABELS = 6


@dataclass(frozen=True, slots=True)
class ChartTick:
    """A line across or a label below: its place and text."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartFlag:
    """An event: its place, and its number in the list below the chart."""

    x: float
    number: int


@dataclass(frozen=True, slots=True)
class BarPiece:
    """A piece of a bar. `kind` is what it shows: closed, open, came, went."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ChartBar:
    """A bar's full height, which may link to what it counts."""

    x: float
    width: float
    bar: IncidentBar


@dataclass(frozen=True, slots=True)
class ChartShape:
    """A chart ready to draw. `line` and `area` are path data, "" for none.

    `below` and `years` are two rows of labels; `figures` are placed texts.
    """

    height: float
    left: float
    base: float
    ticks: tuple[ChartTick, ...]
    below: tuple[ChartTick, ...]
    pieces: tuple[BarPiece, ...]
    flags: tuple[ChartFlag, ...]
    figures: tuple[tuple[float, float, str], ...] = ()
    line: str = ""
    area: str = ""
    years: tuple[ChartTick, ...] = ()
    slots: tuple[ChartBar, ...] = ()


def number_marks(marks: Sequence[EventMark]) -> tuple[EventMark, ...]:
    """Return the last events, oldest first; their place from 1 is their number in the charts."""
    return tuple(sorted(marks, key=lambda mark: mark.day)[-MAX_MARKS:])


def build_month_chart(bars: Sequence[IncidentBar], marks: Sequence[EventMark]) -> ChartShape | None:
    """Return a bar per month, open ones on top; None if all months are empty."""
    if not any(bar.count for bar in bars):
        return None
    top, ticks = _scale(max(bar.count for bar in bars), _TOP, _BASE)
    left = _left(ticks)
    slot = (CHART_WIDTH - left) / len(bars)
    pieces, figures = [], []
    for number, bar in enumerate(bars):
        x, wide = left + slot * (number + 0.18), slot * 0.64
        tall, still = ((_BASE - _TOP) * count / top for count in (bar.count, bar.open))
        pieces.append(BarPiece("closed", _r(x), _r(_BASE - tall + still), _r(wide), _r(tall - still)))
        pieces.append(BarPiece("open", _r(x), _r(_BASE - tall), _r(wide), _r(still)))
        figures.append((_r(x + wide / 2), _r(_BASE - tall - 4), f"{bar.count:,}"))
    keys = [bar.key for bar in bars]
    flags = [
        ChartFlag(_r(left + slot * (keys.index(mark.day[:7]) + day / 31)), number)
        for number, mark in enumerate(number_marks(marks), 1)
        if mark.day[:7] in keys and (day := _day_of_month(mark.day))
    ]
    below = tuple(
        ChartTick(_r(left + slot * (n + 0.5)), label) for n, bar in enumerate(bars) if (label := _month(bar.key))
    )
    years = tuple(
        ChartTick(_r(left + slot * (n + 0.5)), key[:4])
        for n, key in enumerate(keys)
        if n == 0 or key[:4] != keys[n - 1][:4]
    )
    shown = tuple(figures) if len(bars) <= 16 and top < 1000 else ()
    slots = tuple(ChartBar(_r(left + slot * n), _r(slot), bar) for n, bar in enumerate(bars) if bar.count)
    return ChartShape(200, left, _BASE, ticks, below, tuple(pieces), tuple(flags), shown, years=years, slots=slots)


def build_trend_chart(points: Sequence[TrendPoint], marks: Sequence[EventMark]) -> ChartShape | None:
    """Return a line of open findings and, below, those that came and went; None for fewer than two weeks."""
    if len(points) < 2 or not any(point.open for point in points):
        return None
    top, ticks = _scale(max(point.open for point in points), _TOP, _UP)
    left = _left(ticks)
    slot = (CHART_WIDTH - left) / len(points)
    spots = [(_r(left + slot * (n + 0.5)), _r(_UP - (_UP - _TOP) * point.open / top)) for n, point in enumerate(points)]
    line = "M" + " L".join(f"{x} {y}" for x, y in spots)
    area = f"{line} L{spots[-1][0]} {_UP} L{spots[0][0]} {_UP} Z"
    most = max(max(point.moved.new + point.moved.back, point.moved.fixed) for point in points) or 1
    pieces = []
    for n, point in enumerate(points):
        x, wide = left + slot * (n + 0.2), slot * 0.6
        came, went = (_LOW * count / most for count in (point.moved.new + point.moved.back, point.moved.fixed))
        pieces.append(BarPiece("came", _r(x), _r(_ZERO - came), _r(wide), _r(came)))
        pieces.append(BarPiece("went", _r(x), _ZERO, _r(wide), _r(went)))
    step = -(-len(points) // _LABELS)
    below = tuple(
        ChartTick(spots[n][0], _day(points[n].end)) for n in range(len(points)) if (len(points) - 1 - n) % step == 0
    )
    figures = tuple((*spots[n], f"{points[n].open:,}") for n in (0, len(points) - 1))
    return ChartShape(
        214, left, _ZERO, ticks, below, tuple(pieces), _events_in(points, marks, left, slot), figures, line, area
    )


def _events_in(
    points: Sequence[TrendPoint], marks: Sequence[EventMark], left: float, slot: float
) -> tuple[ChartFlag, ...]:
    last = _date(points[-1].end)
    if last is None:
        return ()
    begin = last - timedelta(days=7 * len(points) - 1)
    days = [(number, _date(mark.day)) for number, mark in enumerate(number_marks(marks), 1)]
    return tuple(
        ChartFlag(_r(left + slot * ((day - begin).days + 0.5) / 7), number)
        for number, day in days
        if day is not None and begin <= day <= last
    )


def _scale(most: int, top: float, base: float) -> tuple[int, tuple[ChartTick, ...]]:
    """Return a chart's top figure, and at most five round figures up to it."""
    step = 1
    while most > step * 4:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    count = max(-(-most // step), 1)
    return step * count, tuple(
        ChartTick(_r(base - (base - top) * n / count), f"{n * step:,}") for n in range(count + 1)
    )


def _left(ticks: Sequence[ChartTick]) -> float:
    return 10 + _LETTER * max(len(tick.label) for tick in ticks)


def _r(number: float) -> float:
    return round(number, 1)


def _date(iso: str) -> date | None:
    try:
        return date.fromisoformat(iso[:10])
    except ValueError:
        return None


def _day_of_month(iso: str) -> int:
    day = _date(iso)
    return day.day if day else 0


def _day(iso: str) -> str:
    day = _date(iso)
    if day is None:
        return ""
    return f"{day.day} {month_name(day.month)}" if current_language() == "en" else f"{day.month}/{day.day}"


def _month(key: str) -> str:
    day = _date(f"{key}-01")
    return month_name(day.month) if day else ""


BAR_LEGEND = t("█ 対応済み、░ 対応中", "█ done, ░ open")
_LONGEST = 24  # signs
_WEEKS = 13


def draw_bar(bar: IncidentBar, most: int) -> str:
    """Return a bar of signs, done then open, scaled to `most`. Anything above 0 is visible."""
    long = _signs(bar.count, most)
    still = min(long, _signs(bar.open, most))
    return "█" * (long - still) + "░" * still


def draw_months(bars: Sequence[IncidentBar]) -> Iterator[str]:
    most = max((bar.count for bar in bars), default=0)
    for bar in bars:
        still = str(t(f"（対応中 {bar.open:,}）", f" ({bar.open:,} open)")) if bar.open else ""
        yield f"{bar.key[:7]}  {draw_bar(bar, most)} {bar.count:,}{still}"


def draw_trend(points: Sequence[TrendPoint]) -> Iterator[str]:
    """Yield a line for each of the last weeks: open, came (new or again), went."""
    most = max((point.open for point in points), default=0)
    room = max((len(f"{point.open:,}") for point in points), default=0)
    for point in points[-_WEEKS:]:
        bar = "█" * _signs(point.open, most)
        moved = f"+{point.moved.new + point.moved.back:,} -{point.moved.fixed:,}"
        partial = str(t("（途中）", " (so far)")) if point.partial else ""
        yield f"{point.week[:8]}  {bar:<{_LONGEST}} {point.open:>{room},}  {moved}{partial}"


def _signs(count: int, most: int) -> int:
    return max(round(_LONGEST * count / most), 1) if count and most else 0
