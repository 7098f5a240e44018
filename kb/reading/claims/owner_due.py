"""Read who a measure belongs to and by when it is due, however it is written.

「（担当: 大野 / 期限: 5/16）」「大野さん」「@ohno」「基盤チームが 5/16 までに」 all name an owner. Names are known by
where they stand (behind a label, before さん, beside a day in brackets or at the end of the line), never by a list of
names.

A measure may name other days (「5/8 の障害を再現するテストを 5/30 までに」): the one that is marked as an end counts,
then one in brackets or at the end, then the last one. Months and quarters end on their last day; 「今月中」 is counted
from when the page was written. A due date may also be told in other words than a day.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from kb.text.dates import find_dates, has_day
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/owner_due.toml")
_RE = _TABLE.compiled
_AT = compile_words("(?<![\\w.])@(?P<names>[A-Za-z][\\w.-]{1,30})(?![\\w@])")
_BRACKET = compile_words("[(（\\[【〔](?P<inside>[^()（）\\[\\]【】〔〕]{1,48})[)）\\]】〕]")
_SPLIT = compile_words("\\s*[、,/;|／・]\\s*|\\s+")
_EVERYONE = _TABLE.words("everyone")


def find_owner(text: str, stated: str = "") -> str:
    """The owners of a measure, joined by 「、」; "" when it names none.

    `text` is the folded, plain measure; `stated` the words of a column or line for owners.
    """
    if stated:
        return _join_names(stated)
    for found in (_RE.label.search(text), _AT.search(text)):
        if found and not _is_inflected(found["names"]) and (names := _join_names(found["names"])):
            return names
    for called in _RE.called.finditer(text):
        if not called["names"].startswith(_EVERYONE) and not called["names"].endswith(_EVERYONE):
            return called["names"]
    for bracket in reversed(list(_BRACKET.finditer(text))):
        if names := _names_in_brackets(bracket["inside"], last=not text[bracket.end() :].strip(" 。.")):
            return names
    if signed := _RE.signed.search(text):
        words = (signed["after"] or signed["before"]).split()
        if len(words) <= 2 and not any(_RE.no_name.fullmatch(word) or _is_inflected(word) for word in words):
            return words[-1]
    if (acts := _RE.acts.search(text)) and (name := acts["names"] or acts["person"] or acts["english"]):
        return str(name) if name not in ("This", "That", "It", "We", "They", "Need", "How", "What") else ""
    return ""


def find_owner_in_columns(columns: str, *, dated: bool) -> str:
    """The owner in columns that no header explains (持ち主, だれ): the first name; "" for none.

    Only where a day stands in them too, or in a column of its own (`dated`).
    """
    if not columns or not (dated or _RE.field.search(columns)):
        return ""
    pieces = _RE.field.sub(" ", columns).split()
    names = (
        piece for piece in pieces if len(piece) <= 10 and not _RE.no_name.fullmatch(piece) and not _is_inflected(piece)
    )
    return _join_names(next(names, ""))


def _join_names(names: str) -> str:
    """Names one by one, without titles and without what says that there is nobody yet."""
    out = []
    for piece in re.split("[・、,&+/／]|と(?=[一-龠@])|\\band\\b|\\s{2,}", names):
        name = _RE.suffix.sub("", _RE.tail.sub("", piece.strip(" 。.:@"))).strip(" @")
        if name and not _RE.nobody.fullmatch(name) and not _RE.no_name.fullmatch(name):
            out.append(name)
    return "、".join(dict.fromkeys(out))


def _names_in_brackets(inside: str, *, last: bool) -> str:
    """The names in 「（大野、5/16）」: short words beside a day, or a single one where the measure ends."""
    pieces = [piece for piece in _SPLIT.split(_RE.field.sub(" ", inside).strip()) if piece]
    names = [
        piece for piece in pieces if not _RE.no_name.fullmatch(piece) and len(piece) <= 14 and not _is_inflected(piece)
    ]
    rest = len(pieces) - len(names) + bool(_RE.field.search(inside))
    if not names or not last or len(names) > 3 or (not rest and len(names) > 1):
        return ""
    if not rest and not _RE.lone_name.fullmatch(names[0]):
        return ""
    return _join_names("、".join(names))


def _is_inflected(word: str) -> bool:
    """Whether a word inflects, which names do not."""
    return bool(re.search("[一-龠][ぁ-ん]{1,4}\\Z|(?:する|した|して|ない|ます)\\Z|[をはがにで]", word))


def find_due(text: str, near: date | None, stated: str = "") -> tuple[str, bool]:
    """The day a measure is due, ISO ("" when none can be told), and whether it says by when at all.

    `text` is the folded, plain measure, `stated` the words of a column or line for days.
    """
    words = stated or text
    days = find_dates(words, near)
    marked = [day for day, start, end in days if _RE.end_mark.match(words, end) or _RE.lead_mark.search(words[:start])]
    if marked:
        return marked[-1], True
    month = _end_of_named_month(words, near)
    if month:
        return month, True
    if days:
        return days[-1][0], True
    if relative := _resolve_relative(words, near):
        return relative, True
    if has_day(words):
        return "", True  # of a year that cannot be told
    labelled = stated or (found["words"] if (found := _RE.labelled.search(text)) else "")
    if labelled.strip(" -–—―?？…・.") and not _RE.no_day.search(labelled):
        return "", True
    return "", bool(_RE.other.search(words) or _RE.relative.search(words))


def _end_of_named_month(text: str, near: date | None) -> str:
    """The last day of a month that is named as a whole: 6 月末, 6 月中, 2025/6."""
    match = None
    for match in _RE.month.finditer(text):  # noqa: B007 - the last one counts
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
    return _last_day(year, month) if not day else date(year, month, day).isoformat()


def _resolve_relative(text: str, near: date | None) -> str:
    """The day that 今月中, 来週 and their like mean on a page written on the day `near`."""
    found = _RE.relative.search(text)
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
            return _last_day(near.year + month // 12, month % 12 + 1)
        if unit in ("年", "年内", "年末"):
            return _last_day(near.year + ahead, 12)
        if unit in ("年度", "年度末", "年度内"):
            return _last_day(near.year + (near.month > 3) + ahead, 3)
    except (ValueError, OverflowError):
        return ""
    return ""  # 今期: when it ends is the company's own


def _last_day(year: int, month: int) -> str:
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
