"""Fold the dates of categories, so that 障害/2024 and 障害/2025 are one place, and put a page's day back in."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kb.text.lazy_pattern import compile_lazy

_FISCAL = compile_lazy(r"(?:(?<![0-9])(?:19|20)[0-9]{2}(?=年度)|(?<=FY)(?:19|20)[0-9]{2}(?![0-9]))")
_COMPACT = compile_lazy(r"(?<![0-9])(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-3][0-9])?(?![0-9])")
_YEAR = compile_lazy(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_QUARTER = compile_lazy(r"(?<=[Qq])[1-4](?![0-9])")
_WEEK = compile_lazy(r"(?<=[Ww])[0-5]?[0-9](?![0-9])")
_SMALL = compile_lazy(r"(?<![0-9])[0-9]{1,2}(?![0-9])")
_DATED = compile_lazy(r"\{(?:year|fiscal|quarter|week|month|day)\}")


class DaySource(StrEnum):
    """Which of a page's days its category goes by."""

    TITLE = "title"
    TEXT = "text"
    CREATED = "created"


Days = Mapping[DaySource, date]
"""The days a page names; one it does not name is missing."""


def fold_place(category: str) -> str:
    """Return a category with its dates as `{year}`, `{month}` …; what is no date stays.

    Months, days and numbers of weeks count only below or behind a year.
    """
    dated = False
    parts: list[str] = []
    for part in category.split("/"):
        folded = _FISCAL.sub("{fiscal}", part)
        folded = _COMPACT.sub(lambda found: "{year}{month}{day}" if len(found[0]) == 8 else "{year}{month}", folded)
        folded = _YEAR.sub("{year}", folded)
        if dated or folded != part:
            folded = _fold_small(folded, months=not ("{month}" in folded or any("{month}" in each for each in parts)))
            dated = True
        parts.append(folded)
    return "/".join(parts)


def _fold_small(part: str, *, months: bool) -> str:
    part = _WEEK.sub("{week}", _QUARTER.sub("{quarter}", part))

    def name(found: re.Match[str]) -> str:
        nonlocal months
        number = int(found[0])
        if months and 1 <= number <= 12:
            months = False
            return "{month}"
        return "{day}" if not months and 1 <= number <= 31 else found[0]

    return _SMALL.sub(name, part)


def is_dated(place: str) -> bool:
    """Whether a folded category holds a date."""
    return _DATED.search(place) is not None


def fill_place(place: str, day: date, *, padded: bool = True) -> str:
    """Return a folded category with a day put in; `padded` months, days and weeks have two digits: 07."""
    fiscal = day.year if day.month >= 4 else day.year - 1
    numbers = {"year": day.year, "fiscal": fiscal, "quarter": (day.month - 1) // 3 + 1}
    small = {"week": day.isocalendar().week, "month": day.month, "day": day.day}
    words = {f"{{{name}}}": str(number) for name, number in numbers.items()}
    words |= {f"{{{name}}}": f"{number:02}" if padded else str(number) for name, number in small.items()}
    return _DATED.sub(lambda found: words[found[0]], place)


@dataclass(slots=True)
class DatedPlaces:
    """Which day the pages of each dated place go by, and how it is written, learnt from those that stand there."""

    _counts: defaultdict[str, Counter[tuple[DaySource, bool]]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, place: str, category: str, days: Days) -> None:
        """Count which days of a page put it where it is. `place` is its category, folded."""
        if is_dated(place):
            ways = ((source, padded) for source in days for padded in (True, False))
            self._counts[place].update(
                (source, padded)
                for source, padded in ways
                if fill_place(place, days[source], padded=padded) == category
            )

    def resolve(self, place: str, days: Days) -> str:
        """Return a page's category in a folded place; "" where no day of the page is known."""
        if not is_dated(place):
            return place
        counts = self._counts.get(place, Counter[tuple[DaySource, bool]]())
        ways = sorted(
            ((source, padded) for source in DaySource for padded in (True, False)), key=lambda way: -counts[way]
        )
        way = next((way for way in ways if way[0] in days), None)
        return fill_place(place, days[way[0]], padded=way[1]) if way is not None else ""
