"""Read the marks of a page: done, in front of its title, and verified, in a comment.

`<!-- kb:verified 2026-11-20 sato -->` says that a page was read and is right. The grammar, in which full-width letters,
blanks and signs count as half-width ones: the word, perhaps `=`, a day, and a name, with blanks or a comma between;
what follows the name behind a comma or a bracket is a note. Of several marks the newest counts. Comments in code and in
quotes are texts about marks, and none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from kb.markup.parse import find_comments, iter_blocks
from kb.model.document import Document, Kind, MaskedDocument
from kb.model.facts import TitleMark
from kb.model.page import Entry, ReviewMark
from kb.text.dates import local_day
from kb.text.fold import normalize_name
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode, encode
from kb.text.word_tables import read_words

_LIKE = read_words("kb.reading", "lexicon/pages/marks.toml")["like"]
# What may stand before a mark: other marks (【障害】[完了] …), and nothing else.
_FRONT = compile_lazy("\\s*(?:[\\[【〔《(（][^\\[\\]【】〔〕《》()（）]{0,20}[\\])】〕》）]\\s*)*")


def read_title_mark(title: str, mark: str) -> TitleMark:
    """Whether a title carries the team's mark in front (DONE), a like of it (VARIANT), or none."""
    if mark and title.lstrip().startswith(mark):
        return TitleMark.DONE
    return TitleMark.VARIANT if next(_find_marks(title, mark), None) else TitleMark.NONE


def strip_title_mark(title: str, mark: str) -> str:
    """A title without the team's mark and its likes, and without the blanks that stood around them."""
    for start, end, _ in reversed(list(_find_marks(title, mark))):
        left, right = title[:start].rstrip(), title[end:].lstrip()
        title = left + right if left.endswith(("】", "〕", "》", "）")) else f"{left} {right}"
    return title.strip()


def means_done(title: str, mark: str) -> bool:
    """Whether the likes of the mark in a title say what the mark says: done, and not just solved."""
    return not any(solved for _, _, solved in _find_marks(title, mark))


def _find_marks(title: str, mark: str) -> Iterator[tuple[int, int, bool]]:
    """Where the mark or a like of it begins and ends, and whether it says 解決; only in front and at the end."""
    own = f"{re.escape(mark)}|" if mark else ""
    front = _FRONT.match(title)
    reach = front.end() if front else 0
    for found in re.finditer(f"{own}{_LIKE}", title, re.I):
        if found.start() <= reach or not title[found.end() :].strip():
            yield found.start(), found.end(), bool(found["solved"])


MAX_NAME = 40
"""Characters of a name that are kept."""
MAX_MARK_BYTES = 1000
"""Bytes of a comment that may be a mark."""

_NARROW = {0x3000: 0x20, **{wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}}
_MARK_WORDS = ("kb:verified", "ｖｅｒｉｆｉｅｄ")
_MARK = compile_lazy(r"<!--\s*kb:verified(?![\w-])[\s:=]*(?P<rest>.*?)\s*(?:-->)?\Z", re.S)
_DAY = compile_lazy(r"(?P<y>[0-9]{4})(?:[-/.]|年 ?)(?P<m>[0-9]{1,2})(?:[-/.]|月 ?)(?P<d>[0-9]{1,2})(?![0-9])日?")
_NOTE = compile_lazy(r"[,、(。]")


class MarkStatus(StrEnum):
    """What a mark says today."""

    NONE = "none"  # there is no mark
    VERIFIED = "verified"
    EDITED = "edited"  # a person edited the page on a later day
    EXPIRED = "expired"  # it was long ago
    UNCLEAR = "unclear"  # no day that can be read, a day to come, or no name


def check_mark(entry: Entry, today: date, days: int = 180, timezone: str = "Asia/Tokyo") -> MarkStatus:
    """What the mark of a page says today: it holds for `days`, until a person edits the page on a later day.

    Days are those of the team's time zone. What kb moved or marked is no edit, nor is that a file was saved, which
    a checkout does too.
    """
    mark = entry.verified
    if mark is None:
        return MarkStatus.NONE
    if not mark.on or not mark.by or date.fromisoformat(mark.on) > today:
        return MarkStatus.UNCLEAR
    if entry.kind is not Kind.FILE and _day_in_zone(entry.human_at or entry.updated_at, timezone) > mark.on:
        return MarkStatus.EDITED
    return MarkStatus.VERIFIED if today - date.fromisoformat(mark.on) <= timedelta(days) else MarkStatus.EXPIRED


def names_member(mark: ReviewMark, names: Collection[str]) -> bool:
    """Whether a mark names one of `names` (as `plain` gives them), perhaps with words behind the name."""
    first, _, more = mark.by.partition(" ")
    return any(normalize_name(name) in names for name in (mark.by, f"{first} {more.partition(' ')[0]}", first))


def may_be_verified(body: str) -> bool:
    """Whether a body holds the word of a mark."""
    return any(word in body for word in _MARK_WORDS)


def find_verified_mark(document: MaskedDocument, structure: bytes | None = None) -> ReviewMark | None:
    """The newest mark of a document; None where there is none. One that cannot be read lacks day or name.

    `structure` is what `kb.markup.parse.parse_structure` gave for the body; without it the body is parsed where it
    has a mark.
    """
    newest = find_mark(document, structure)
    return newest and newest[0]


def find_mark(document: Document, structure: bytes | None = None) -> tuple[ReviewMark, int, int] | None:
    """Return the newest mark of a document with its place in bytes of the body; None where there is none."""
    if not may_be_verified(document.body):
        return None
    body = encode(document.body)
    found = list(iter_blocks(body, document.markup, structure))
    newest: tuple[ReviewMark, int, int] | None = None
    for start, end, closed in find_comments(body, found):
        mark = (
            _read_mark(decode(body[start:end]), body.count(b"\n", 0, start) + 1)
            if closed and end - start <= MAX_MARK_BYTES
            else None
        )
        if mark is not None and (newest is None or mark.on >= newest[0].on):
            newest = (mark, start, start + len(body[start:end].rstrip()))
    return newest


def _read_mark(comment: str, line: int) -> ReviewMark | None:
    found = _MARK.match(" ".join(comment.translate(_NARROW).split()))
    if found is None:
        return None
    rest = found["rest"].strip(" ,、")
    day = _DAY.match(rest)
    name = _NOTE.split(rest[day.end() :].strip(" ,、:"), maxsplit=1)[0] if day else ""
    return ReviewMark(_iso_day(day) if day else "", name.strip().removeprefix("@")[:MAX_NAME], line)


def _iso_day(day: re.Match[str]) -> str:
    try:
        return date(int(day["y"]), int(day["m"]), int(day["d"])).isoformat()
    except ValueError:
        return ""


def _day_in_zone(moment: str, timezone: str) -> str:
    """The day of a time in a time zone, as ISO date; "" when it is none."""
    found = local_day(moment, ZoneInfo(timezone))
    return found.isoformat() if found else ""
