"""Read the days and periods people name for something to come, each with the day it ends on.

    find_day_phrases("5/26〜5/30 に試し、来月末に出す", date(2025, 5, 20))  # 2025-05-30, 2025-06-30

A period ends on its last day: 6 月末, 6/末, 来月中, 年度内, Q3, 2 週間以内. The business year begins in April, and
quarters and halves are its own. Of a range the last day counts. A day without a year is the next one from the day of
writing on. Weeks end on Friday, numbered ones on Sunday, the weeks of a month (第 2 週) on each seventh day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from kb.text.dates import (
    WEEKDAYS,
    add_months,
    add_workdays,
    get_month_end,
    get_next_day,
    get_quarter_end,
    get_weekday_of_month,
)
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/day_phrases.toml")
_RE = _TABLE.compiled
_FORMS = _TABLE.section("forms")
_FORM = "|".join(f"(?P<f_{name}>{form})" for name, form in _FORMS.items())
_ANY = compile_words(f"(?:{_FORM})(?:{_TABLE['of_week']})?")
_EXACT = frozenset({"full", "american", "european", "era", "packed", "md", "kanji_md", "english", "bare_day", "near"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AHEAD = {"来": 1, "翌": 1, "次": 1, "再来": 2, "さ来": 2}
_NUMERALS = "一二三四五六七八九十"
_ENGLISH_ENDS = {"beginning": 10, "early": 10, "mid": 20, "middle": 20}
_PART_ENDS = {"上旬": 10, "初旬": 10, "初め": 10, "始め": 10, "頭": 10, "前半": 15, "半ば": 15, "中旬": 20}

Found = re.Match[str]


@dataclass(frozen=True, slots=True)
class DayPhrase:
    """Where a text names a day or period, and the last day of it, ISO; "" when it cannot be told.

    `kind` is the form it is written in, by the names of the word table; `year_month` is a month with its year.
    """

    iso: str
    start: int
    end: int
    kind: str


@lru_cache(maxsize=512)  # a measure's words are asked for a name, a state and a day
def find_day_phrases(text: str, written: date | None, behind: int = 0) -> tuple[DayPhrase, ...]:
    """The days and periods a folded text names, in its order.

    A day without a year may lie up to `behind` days before `written`. Without `written` it has no date.
    """
    if not _RE.may.search(text):
        return ()
    return tuple(_find(text, written, timedelta(days=behind)))


def _find(text: str, written: date | None, behind: timedelta) -> Iterator[DayPhrase]:
    at = 0
    while match := _ANY.search(text, at):
        kind = next(name for name in _FORMS if match[f"f_{name}"] is not None)
        end = match.end()
        try:
            day = _resolve(kind, match, written, behind)
            if day is not None and kind in _EXACT and (until := _RE.until.match(text, end)):
                last = date(int(until["y"] or day.year), int(until["m"] or day.month), int(until["d"]))
                day = last if last >= day or until["y"] else last.replace(year=last.year + 1)
                end = until.end()
        except (ValueError, OverflowError):  # 2/30
            at = max(match.end(), at + 1)
            continue
        named = "year_month" if kind == "month" and match["mo_y"] else kind
        yield DayPhrase(day.isoformat() if day else "", match.start(), end, named)
        at = end


def _resolve(kind: str, found: Found, written: date | None, behind: timedelta) -> date | None:
    """The day a phrase means; None when that takes the day of writing. Raises ValueError for one that is none."""
    if kind == "full":
        year = int(found["full_y"].lstrip("'"))
        return date(year if year > 99 else 2000 + year, int(found["full_m"]), int(found["full_d"]))
    if kind == "era":
        since = 2018 if found["era"] in ("令和", "R") else 1988
        year = since + (1 if found["era_y"] == "元" else int(found["era_y"]))
        return date(year, int(found["era_m"]), int(found["era_d"]))
    if kind == "american":
        return date(int(found["us_y"]), int(found["us_m"]), int(found["us_d"]))
    if kind == "european":
        return date(int(found["eu_y"]), int(found["eu_m"]), int(found["eu_d"]))
    if kind == "era_month":
        return _read_era_month(found)
    if kind == "english" and found["en_y"]:
        return date(int(found["en_y"]), *_read_english(found))
    if kind == "english_part" and (stated := found["ep_y"] or found["ep_y2"]):
        return _end_english(int(stated), found)
    if kind == "iso_week" and found["iw_y"]:
        return date.fromisocalendar(int(found["iw_y"]), int(found["iw"]), 7)
    if kind == "packed":
        return date(int(found["packed_y"]), int(found["packed_m"]), int(found["packed_d"]))
    if kind == "month_part" and found["mp_y"]:
        return _end_part(int(found["mp_y"]), _number(found["mp_m"]), found["mp_part"] or found["mp_part2"])
    if kind == "month" and found["mo_y"]:
        return get_month_end(int(found["mo_y"]), _number(found["mo_m"]))
    if kind == "year" and found["yr_y"]:
        return date(int(found["yr_y"]), 12, 31)
    if kind == "fiscal" and (fiscal := found["fiscal_y"] or found["fiscal_fy"]):
        return date(2001 + int(fiscal[-2:]), 3, 31)
    return _COUNTED[kind](found, written, written - behind) if written is not None else None


def _read_era_month(found: Found) -> date:
    era, number = found["erm"] or found["ery"], found["erm_y"] or found["ery_y"]
    year = (2018 if era in ("令和", "R") else 1988) + (1 if number == "元" else int(number))
    if found["ery"]:
        return date(year + 1, 3, 31)
    return _end_part(year, _number(found["erm_m"]), found["erm_part"] or "末")


def _end_english(year: int, found: Found) -> date:
    """The last day of a month or of a part of it: mid June, end of June, June 2026."""
    month = _MONTHS.index((found["ep_m"] or found["ep_m2"])[:3].casefold()) + 1
    day = _ENGLISH_ENDS.get((found["ep_part"] or found["ep_part2"] or "end").casefold())
    return date(year, month, day) if day else get_month_end(year, month)


# What is counted from the day of writing: `start` is the first day a day without a year may be.


def _count_day(found: Found, written: date, start: date) -> date:
    return get_next_day(start, int(found["md_m"]), int(found["md_d"]))


def _count_kanji_day(found: Found, written: date, start: date) -> date:
    return get_next_day(start, _number(found["km"]), _number(found["kd"]))


def _count_english(found: Found, written: date, start: date) -> date:
    return get_next_day(start, *_read_english(found))


def _read_english(found: Found) -> tuple[int, int]:
    name = (found["en_m"] or found["en_m2"])[:3].casefold()
    return _MONTHS.index(name) + 1, int(found["en_d"] or found["en_d2"])


def _count_english_part(found: Found, written: date, start: date) -> date:
    if unit := found["ep_unit"]:
        ahead = (found["ep_rel"] or "").strip() == "next"
        if unit.casefold() == "year":
            return date(written.year + ahead, 12, 31)
        if unit.casefold() == "week":
            return written + timedelta(days=4 + 7 * ahead - written.weekday())
        first = add_months(written.replace(day=1), int(ahead))
        return get_month_end(first.year, first.month)
    day = _end_english(written.year, found)
    return day if day >= start else _end_english(written.year + 1, found)


def _count_week(found: Found, written: date, start: date) -> date:
    day = date.fromisocalendar(written.year, int(found["iw"]), 7)
    return day if day >= start else date.fromisocalendar(written.year + 1, int(found["iw"]), 7)


def _count_workday(found: Found, written: date, start: date) -> date:
    first = add_months(written.replace(day=1), _AHEAD.get(found["wd_rel"] or "", 0))
    if found["wd_m"]:
        month = _number(found["wd_m"])
        first = date(written.year + (get_month_end(written.year, month) < start), month, 1)
    return add_workdays(first - timedelta(days=1), int(found["wd"]))


def _count_month_part(found: Found, written: date, start: date) -> date:
    part, month = found["mp_part"] or found["mp_part2"], _number(found["mp_m"])
    if rel := found["mp_rel"]:
        return _end_part(written.year + _AHEAD.get(rel, 0), month, part)
    day = _end_part(written.year, month, part)
    return day if day >= start else _end_part(written.year + 1, month, part)


def _count_months(found: Found, written: date, start: date) -> date:
    month = _number(found["ms_m"])
    return get_month_end(written.year + (get_month_end(written.year, month) < start), month)


def _count_month(found: Found, written: date, start: date) -> date:
    month = _number(found["mo_m"] or found["mo_m2"])
    if found["mo_rel"]:
        return get_month_end(written.year + _AHEAD.get(found["mo_rel"], 0), month)
    return get_month_end(written.year + (get_month_end(written.year, month) < start), month)


def _count_rel_month(found: Found, written: date, start: date) -> date:
    first = add_months(written.replace(day=1), _AHEAD.get(found["rm"], 0))
    if found["rm_d"]:
        return first.replace(day=int(found["rm_d"]))
    return _end_part(first.year, first.month, found["rm_part"] or "末")


def _count_rel_week(found: Found, written: date, start: date) -> date:
    monday = written + timedelta(days=7 * _AHEAD.get(found["rw"], 0) - written.weekday())
    if found["rw_day"]:
        return monday + timedelta(days=WEEKDAYS.index(found["rw_day"]))
    return monday + timedelta(days=0 if found[0].endswith(("頭", "明け")) else 4)


def _count_ahead(found: Found, written: date, start: date) -> date:
    count, unit = _number(found["ah"]), found["ah_unit"]
    if unit == "営業日":
        return add_workdays(written, count)
    if unit == "日" or unit.startswith("週"):
        return written + timedelta(days=count * (1 if unit == "日" else 7))
    return add_months(written, count * (12 if unit == "年" else 1))


def _count_nth(found: Found, written: date, start: date) -> date:
    number = _number(found["nth"])
    first = add_months(written.replace(day=1), _AHEAD.get(found["nth_rel"] or "", 0))
    if found["nth_m"]:
        month = _number(found["nth_m"])
        first = date(written.year + (get_month_end(written.year, month) < start), month, 1)
    if found["nth_day"]:
        return get_weekday_of_month(first, WEEKDAYS.index(found["nth_day"]), number)
    day = min(first + timedelta(days=7 * number - 1), get_month_end(first.year, first.month))
    if day < start and not (found["nth_m"] or found["nth_rel"]):
        return add_months(first, 1) + timedelta(days=7 * number - 1)
    return day


def _count_near(found: Found, written: date, start: date) -> date:
    return written + timedelta(days={"明日": 1, "明後日": 2, "あさって": 2}.get(found["near"], 0))


def _count_bare_day(found: Found, written: date, start: date) -> date:
    day = int(found["bd"])
    return add_months(written.replace(day=1), day < start.day).replace(day=day)


def _count_year(found: Found, written: date, start: date) -> date:
    name = found["yr"] or ""
    if name.startswith("週"):
        return written + timedelta(days=(7 if name == "週明け" else 4) - written.weekday())
    if name.startswith("月"):
        return get_month_end(written.year, written.month)
    if name == "年明け":
        return date(written.year + 1, 1, 31)
    return date(written.year + (found["yr_rel"] == "来"), 12, 31)


def _count_quarter(found: Found, written: date, start: date) -> date:
    quarter = _number(found["q1"] or found["q2"] or found["q3"])
    if stated := found["q_fy"] or found["q_y"]:
        return get_quarter_end(2000 + int(stated[-2:]), quarter)
    day = get_quarter_end(_business_year(written), quarter)
    return day if day >= written else get_quarter_end(_business_year(written) + 1, quarter)


def _count_this_quarter(found: Found, written: date, start: date) -> date:
    quarter = (written.month - 4) % 12 // 3 + _AHEAD.get(found["tq"], 0)
    return get_quarter_end(_business_year(written) + quarter // 4, quarter % 4 + 1)


def _count_half(found: Found, written: date, start: date) -> date:
    stated = found["h_fy"] or found["h_y"]
    year = 2000 + int(stated[-2:]) if stated else _business_year(written) + _AHEAD.get(found["half_rel"] or "", 0)
    day = get_quarter_end(year, 2 if found["half"] == "上" else 4)
    return day if stated or day >= written else day.replace(year=day.year + 1)


def _count_business_year(found: Found, written: date, start: date) -> date:
    rel = found["term"] or found["fiscal_rel"] or ""
    return date(_business_year(written) + 1 + _AHEAD.get(rel, 0), 3, 31)


_COUNTED: dict[str, Callable[[Found, date, date], date]] = {
    "md": _count_day,
    "kanji_md": _count_kanji_day,
    "english": _count_english,
    "english_part": _count_english_part,
    "iso_week": _count_week,
    "workday": _count_workday,
    "month_part": _count_month_part,
    "months": _count_months,
    "month": _count_month,
    "rel_month": _count_rel_month,
    "rel_week": _count_rel_week,
    "ahead": _count_ahead,
    "nth": _count_nth,
    "near": _count_near,
    "bare_day": _count_bare_day,
    "year": _count_year,
    "quarter": _count_quarter,
    "this_quarter": _count_this_quarter,
    "half": _count_half,
    "term": _count_business_year,
    "fiscal": _count_business_year,
}


def _business_year(day: date) -> int:
    return day.year - (day.month < 4)


def _end_part(year: int, month: int, part: str) -> date:
    """The last day of a part of a month."""
    day = _PART_ENDS.get(part)
    return date(year, month, day) if day else get_month_end(year, month)


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    tens, ten, units = word.rpartition("十")
    return (10 * (_NUMERALS.index(tens) + 1 if tens else 1) if ten else 0) + (
        _NUMERALS.index(units) + 1 if units else 0
    )
