"""Where the lines, bars and labels of a chart stand. Plain numbers of an SVG, which a template draws.

All charts are as wide as `WIDTH`, in the unit of an SVG's viewBox: 13 letters high on a telephone, 16 on a screen.
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
    """A line across, or a label below: where it stands and what it says."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class ChartFlag:
    """An event: where it stands, and its number in the list below the chart."""

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
    """The room of a bar, from top to bottom: somebody may follow it to what the bar counts."""

    x: float
    width: float
    bar: IncidentBar


@dataclass(frozen=True, slots=True)
class ChartShape:
    """A chart, ready to be drawn. `line` and `area` are the data of paths, "" for none.

    `below` and `years` are labels in two rows; `figures` stand where they are, with their texts.
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
    """The last events, the oldest first: their place in here, from 1, is the number they have in the charts."""
    return tuple(sorted(marks, key=lambda mark: mark.day)[-MAX_MARKS:])


def build_month_chart(bars: Sequence[IncidentBar], marks: Sequence[EventMark]) -> ChartShape | None:
    """A bar for each month, what is open on top; None where there was nothing in any."""
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
    """A line of what was open and, below it, what came up and what went down; None for fewer than two weeks."""
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
        214, left, _ZERO, ticks, below, tuple(pieces), _over(points, marks, left, slot), figures, line, area
    )


def _over(points: Sequence[TrendPoint], marks: Sequence[EventMark], left: float, slot: float) -> tuple[ChartFlag, ...]:
    """The events that fall into the weeks of a trend."""
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
    """The figure at the top of a chart, and round figures on the way to it, of which there are at most five."""
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


# Charts of signs, for where only text can be shown: as long as their figures, and the figures beside them.


BAR_LEGEND = t("█ 対応済み、░ 対応中", "█ done, ░ open")
_LONGEST = 24  # signs
_WEEKS = 13


def draw_bar(bar: IncidentBar, most: int) -> str:
    """A bar of signs: what is done, then what is open; the longest is of `most`. What is above 0 is seen."""
    long = _signs(bar.count, most)
    still = min(long, _signs(bar.open, most))
    return "█" * (long - still) + "░" * still


def draw_months(bars: Sequence[IncidentBar]) -> Iterator[str]:
    """A line for each month."""
    most = max((bar.count for bar in bars), default=0)
    for bar in bars:
        still = str(t(f"（対応中 {bar.open:,}）", f" ({bar.open:,} open)")) if bar.open else ""
        yield f"{bar.key[:7]}  {draw_bar(bar, most)} {bar.count:,}{still}"


def draw_trend(points: Sequence[TrendPoint]) -> Iterator[str]:
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
