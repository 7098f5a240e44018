"""A page without sections that tells of one incident: what broke, when, whom it met, why, and that it works again.

Diaries, chats, mails and lines with a picture in front tell the same things as a report, in any order. What a page
tells is looked for in all its lines, those of fences and tables too; one that tells enough is about an incident, unless
it was planned, concerns somebody's own machine, or says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from kb.markup.units import Unit, UnitForm
from kb.reading.pages.telling import WHEN
from kb.reading.phrases.log_lines import is_log_line
from kb.reading.sections.section import Section
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import compile_search
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/pages/tale.toml")
_RE = _TABLE.for_search
_TELLING = read_words("kb.reading", "lexicon/pages/kind.toml").for_search
_EVIDENCE = read_words("kb.reading", "lexicon/sections/evidence.toml").for_search
_PICTURES = {name: compile_search(signs) for name, signs in _TABLE.section("pictures").items()}
# As people write it; logs have seconds.
_CLOCK = compile_search("(?<![0-9:])(?:[01]?[0-9]|2[0-3])(?:[:：][0-5][0-9](?![:0-9])|\\s?時(?!間))")
_DATED = compile_search("\\A\\W{0,4}[0-9]{1,2}(?:/|月\\s?)[0-9]{1,2}")
_MANY = 3
"""Days on which something broke or was mended that make a page a list."""
_END = compile_lazy("。|(?<=[a-z0-9])[.]\\s+")
_FIRST = 5
"""Sentences in which a tale says what broke; who speaks when may stand before each."""
_TOPIC = 2
"""The title and the sentence that say whose thing it is, and whether it was work."""
_OPENING = 8
"""Sentences that say what a tale is about."""
_LEAST, _MOST = 3, 90
"""Sentences of a tale; a longer page without sections is a log of many things."""
_LONGEST = 2_000
"""Characters of a paragraph."""


@dataclass(frozen=True, slots=True)
class Tale:
    """How much a page tells: times of day, and parts of a report, one of which it cannot do without.

    These are what `broke`, whom it met, why, that it works again, and what comes next.
    """

    clocks: int
    broke: bool
    parts: int


_PARTS = {"restored": _RE.restored, "affected": _RE.affected, "why": _RE.why, "ahead": _RE.ahead}


def befell_others(title: str, found: Sequence[Section]) -> bool:
    """Whether the beginning of a page leaves open that it befell others than who writes, unplanned."""
    opening = [title, *islice(_read_lines(found), _OPENING)]
    topic = opening[:_TOPIC]
    return not (
        _RE.planned.search("\n".join(opening)) or any(_RE.own.search(text) or _RE.moved.search(text) for text in topic)
    )


def read_tale(title: str, found: Sequence[Section]) -> Tale | None:
    """What the lines of a page tell; None where they are no tale of something that befell others on some day."""
    lines = list(islice(_read_lines(found), _MOST + 1))
    opening = "\n".join((title, *lines[:_OPENING]))
    if not _LEAST <= len(lines) <= _MOST or not befell_others(title, found):
        return None
    if _RE.work.search(title) or _is_list(lines):
        return None
    instructs = sum(bool(_TELLING.instructs.search(line)) for line in lines)
    past = sum(bool(_TELLING.past.search(line)) for line in lines)
    if instructs > past or not past or not WHEN.search(opening):
        return None
    told = {part for part in _PARTS if _tells(part, lines)}
    if not told & {"restored", "why"}:
        return None
    broke = _begins_with_trouble(title, lines)
    return Tale(sum(len(_CLOCK.findall(line)) for line in lines), broke, broke + len(told))


def opens_with_trouble(found: Sequence[Section]) -> bool:
    """Whether the text before the first head of a page says what broke, and at what time of day."""
    lines = list(islice(_read_lines([section for section in found[:1] if section.head is None]), _OPENING))
    return any(map(_CLOCK.search, lines)) and _begins_with_trouble("", lines)


def _begins_with_trouble(title: str, lines: Sequence[str]) -> bool:
    """Whether the title or the first sentences say what broke; behind something that was done, it is in passing."""
    if _RE.broke.search(title):
        return True
    for said in lines[:_FIRST]:
        if _RE.broke.search(said):
            return True
        if _EVIDENCE.did.search(said) or _RE.began.match(said):
            return False
    return False


def _is_list(lines: Sequence[str]) -> bool:
    """Whether lines or rows on one day after another say each what broke or was mended."""
    days = {
        found[0]
        for line in lines
        if (found := _DATED.match(line)) and (_RE.broke.search(line) or _RE.restored.search(line))
    }
    return len(days) >= _MANY


def _tells(part: str, lines: Sequence[str]) -> bool:
    said, picture = _PARTS[part], _PICTURES[part]
    return any(picture.match(line) or said.search(line) for line in lines)


def _read_lines(found: Sequence[Section]) -> Iterator[str]:
    """The sentences of a page, heads and fences too; a row of a table is one."""
    for section in found:
        if section.opener is not None and (not section.units or section.units[0].start != section.opener.start):
            yield section.opener.text[:_LONGEST]
        for row, group in groupby(section.units, _row):
            units = list(group)
            if row:
                yield " ".join(unit.text for unit in units)[:_LONGEST]
                continue
            for unit in units:
                if not is_log_line(unit.text):
                    yield from filter(None, _END.split(unit.text[:_LONGEST]))


def _row(unit: Unit) -> tuple[int, int] | None:
    return (unit.table, unit.row) if unit.form is UnitForm.CELL else None
