"""How many findings were open at the end of each of the last weeks, and what moved in them."""

from __future__ import annotations

from datetime import datetime

from kb.mirror.past import Past, Way
from kb.reports.week.calendar import Stretch, before
from kb.reports.week.model import Moved, Point

WEEKS = 52


def trend(past: Past, last: Stretch, open_now: int | None = None) -> tuple[Point, ...]:
    """The weeks up to this one, the oldest first, from the one in which history began.

    `open_now` is what is open at the end of the last one, where somebody has counted it.
    """
    began = past.began()
    if not began:
        return ()
    first = datetime.fromisoformat(began)
    weeks = [week for week in before(last, WEEKS) if week.until > first]
    if not weeks:
        return ()
    counts = past.open_at([week.until for week in weeks])
    if open_now is not None:
        counts[-1] = open_now
    return tuple(_point(past, week, count) for week, count in zip(weeks, counts, strict=True))


def _point(past: Past, week: Stretch, count: int) -> Point:
    ways = past.figures(week.begins, week.until)
    moved = Moved(ways[Way.NEW], ways[Way.FIXED], ways[Way.BACK])
    return Point(week.name, week.end.isoformat(), count, moved, week.partial)
