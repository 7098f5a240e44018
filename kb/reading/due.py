"""By when a measure is to be done: a day where one can be told, or that it says so in other words.

A measure may name other days (「5/8 の障害を再現するテストを 5/30 までに」): the one that is marked as an end
counts, then one in brackets or at the end, then the last one. Months and quarters end on their last
day; 「今月中」 is counted from when the page was written.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from kb.reading.dates import dates, has_day
from kb.reading.patterns import prepared

_END_MARK = prepared("\\s*(?:\\([月火水木金土日]\\))?\\s*(?:まで|迄|〆|締|期限|予定|完了予定|中に|頃まで)")
_LEAD_MARK = prepared(
    "(?:期限|期日|納期|目標日?|予定日?|完了予定日?|〆切?|締切|due(?: date)?|deadline|by|eta|until)\\s*[:は]?\\s*\\Z",
    re.I,
)
_MONTH = prepared(
    "(?:(?P<year>20[0-9]{2})\\s*[年/-]\\s*)?(?P<month>1[0-2]|[1-9])\\s*月\\s*(?P<part>末|中旬?|上旬|下旬|内"
    "|まで|初旬|初め|頭)"
    "|(?<![0-9/])(?P<month3>1[0-2]|[1-9])/末|(?P<year2>20[0-9]{2})[-/](?P<month2>1[0-2]|0?[1-9])(?![-/0-9])"
)
_RELATIVE = prepared(
    "(?P<this>今|当|本)(?P<unit>週|月|年度?|期)(?:中|内|末)?|(?P<next>来|翌|次)(?P<unit2>週|月|年度?|期)(?:中"
    "|内|末|頭|初め?)?|(?P<end>年内|年末|月末|週末|年度末|年度内)"
    "|(?P<day>本日|明日|今日)(?:中)?"
)
_OTHER = prepared(
    "次(?:回|の|期)[^、。]{0,12}(?:まで|で|に|時)|(?:上|下|第[1-4一二三四])(?:半?期|四半期)|\\bq[1-4]\\b"
    "|[0-9]{1,2}(?:st|nd|rd|th)? sprint|スプリント[^、。]{0,6}(?:で|まで|内)"
    "|毎(?:日|週|月|年|朝|回|期|四半期)|(?:日|週|月|年|四半期)次|[0-9]+\\s*(?:か月|ヶ月|カ月|ヵ月|週間?|年"
    "|日)に\\s*[0-9]|半年に|定期的?に|随時|都度|常時|継続(?:的に|して|中)?|恒常"
    "|(?:まで|迄)(?:に|の)?(?=[、。)\\s]|\\Z)|[^、。\\s]{2,12}(?:まで|迄)に|[0-9]+\\s*(?:日|週間?|か月"
    "|ヶ月)(?:以内|後)|\\b(?:next (?:week|month|sprint|quarter|release)|this (?:week|month|sprint|quarter)"
    "|weekly|monthly|daily|every (?:day|week|month|release)|quarterly|by (?:the )?(?:end|next|q[1-4])|ongoing"
    "|eom|eoq|eow)\\b",
    re.I,
)


# 期限: 次のリリース
_LABELLED = re.compile("(?:期限|期日|納期|due(?: date)?|deadline)\\s*[:は]\\s*(?P<words>[^、。/|)）\\]】]+)", re.I)
_NO_DAY = re.compile("未|調整|検討|tbd|todo|なし|n/?a|none", re.I)


def due_of(text: str, near: date | None, stated: str = "") -> tuple[str, bool]:
    """The day a measure is due, ISO ("" when none can be told), and whether it says by when at all.

    `text` is the folded, plain measure, `stated` the words of a column or line for days.
    """
    words = stated or text
    days = dates(words, near)
    marked = [day for day, start, end in days if _END_MARK.match(words, end) or _LEAD_MARK.search(words[:start])]
    if marked:
        return marked[-1], True
    month = _month(words, near)
    if month:
        return month, True
    if days:
        return days[-1][0], True
    if relative := _relative(words, near):
        return relative, True
    if has_day(words):
        return "", True  # of a year that cannot be told
    labelled = stated or (found["words"] if (found := _LABELLED.search(text)) else "")
    if labelled.strip(" -–—―?？…・.") and not _NO_DAY.search(labelled):
        return "", True
    return "", bool(_OTHER.search(words) or _RELATIVE.search(words))


def _month(text: str, near: date | None) -> str:
    """The last day of a month that is named as a whole: 6 月末, 6 月中, 2025/6."""
    match = None
    for match in _MONTH.finditer(text):  # noqa: B007 - the last one counts
        pass
    if match is None:
        return ""
    month = int(match["month"] or match["month3"] or match["month2"])
    year = int(match["year"] or match["year2"] or 0)
    if not year:
        if near is None:
            return ""
        year = near.year + (month < near.month - 5) - (month > near.month + 6)
    day = {"上": 10, "初": 10, "頭": 10}.get((match["part"] or "")[:1], 20 if match["part"] == "中旬" else 0)
    return _last(year, month) if not day else date(year, month, day).isoformat()


def _relative(text: str, near: date | None) -> str:
    """The day that 今月中, 来週 and their like mean on a page written on the day `near`."""
    found = _RELATIVE.search(text)
    if found is None or near is None:
        return ""
    unit = found["unit"] or found["unit2"] or {"月末": "月", "週末": "週"}.get(found["end"] or "", found["end"] or "日")
    ahead = 1 if found["next"] or found["day"] == "明日" else 0
    try:
        if unit == "日":
            return (near + timedelta(days=ahead)).isoformat()
        if unit == "週":
            return (near + timedelta(days=4 - near.weekday() + 7 * ahead)).isoformat()
        if unit == "月":
            month = near.month - 1 + ahead
            return _last(near.year + month // 12, month % 12 + 1)
        if unit in ("年", "年内", "年末"):
            return _last(near.year + ahead, 12)
        if unit in ("年度", "年度末", "年度内"):
            return _last(near.year + (near.month > 3) + ahead, 3)
    except (ValueError, OverflowError):
        return ""
    return ""  # 今期: when it ends is the company's own


def _last(year: int, month: int) -> str:
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
