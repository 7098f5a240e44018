"""Find what a page says is not to be told yet, and the day until which that holds.

Three things say it: a word that asks for silence (口外しない, オフレコ), a verb of telling that is denied where the
sentence names whom or until when (12/25 までメンバーには言わない), and a day of announcing ahead (公表は 12/25).
What is kept of keys is none, nor what stands in code and quotes, in a template, nor what is over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from kb.reading.phrases.day_phrases import find_day_phrases
from kb.text.dates import WEEKDAYS
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import mark_code
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/embargo.toml").compiled
_QUOTED = compile_lazy(r"「[^「」\n]{0,200}」|`[^`\n]{0,200}`")
_BESIDE = 80
"""Characters beside a verb or a day in which its object, its addressee and its particle stand."""
_PAST = 92
"""Days behind the day of writing in which a day of announcing has been, rather than comes in a year."""


@dataclass(frozen=True, slots=True)
class Embargo:
    """The line, from 1, that asks for silence, and the last day it does; None where a person has to say when.

    `words` is what both were read from.
    """

    line: int
    until: date | None
    words: str = field(default="", compare=False, repr=False)


def find_embargoes(text: str, written: date | None) -> Iterator[Embargo]:
    """Yield what a text asks not to be told yet. `written`: the day from which 来月 10 日 is counted.

    The day is the last one that its sentence, or one beside it, names as an end: rather too late than too early.
    """
    sentences = list(_list_sentences(text))
    for at, (line, sentence) in enumerate(sentences):
        if _asks_for_silence(sentence, written):
            beside = (*sentences[max(0, at - 1) : at], *sentences[at + 1 : at + 2])
            around = (sentence, *(said for _, said in beside if _RE.day_of_telling.search(said)))
            until = max((day for said in around for day in _find_ends(said, written)), default=None)
            yield Embargo(line, until, "。".join(around))


def find_stamp(text: str) -> int:
    """Return the line, from 1, that stamps a text as confidential (社外秘); 0 for none."""
    lines = enumerate(mark_code(text.split("\n")), 1)
    return next((number for number, (line, code) in lines if not code and _RE.stamp.search(fold_text(line))), 0)


def _list_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of prose with their lines, without code and what is quoted."""
    for number, (line, code) in enumerate(mark_code(text.split("\n")), 1):
        if not code and not line.lstrip().startswith(">"):
            sentences = _QUOTED.sub("「」", fold_text(line)).split("。")
            yield from ((number, sentence) for sentence in sentences if sentence.strip())


def _asks_for_silence(sentence: str, written: date | None) -> bool:
    if _RE.template.search(sentence):
        return False
    over = max((each.start() for each in _RE.over.finditer(sentence)), default=-1)
    if any(over < asked.end() and not _is_of_keys(sentence, asked) for asked in _list_asking(sentence)):
        return True
    if over >= 0 or written is None or not _RE.announced.search(sentence):
        return False
    return any(day > written for day in _find_ends(sentence, written, _PAST))


def _list_asking(sentence: str) -> Iterator[re.Match[str]]:
    """Yield where a sentence asks for silence."""
    yield from _RE.hush.finditer(sentence)
    yield from _RE.untold.finditer(sentence)
    until = _RE.until_then.search(sentence)
    for denied in _RE.told_not.finditer(sentence):
        start = denied.start()
        if (until and until.end() <= start) or _RE.told_to.search(sentence[max(0, start - _BESIDE) : start]):
            yield denied


def _is_of_keys(sentence: str, asked: re.Match[str]) -> bool:
    """Whether it is a key that is not to be told, which holds for ever and of no news."""
    return _RE.of_keys.search(sentence[max(0, asked.start() - _BESIDE) : asked.start()]) is not None


def _find_ends(sentence: str, written: date | None, behind: int = 0) -> Iterator[date]:
    """Yield the days a sentence names as the end of a silence: until when, or when it is told."""
    for each in find_day_phrases(sentence, written, behind):
        if each.iso and _is_end(sentence, each.start, each.end):
            yield date.fromisoformat(each.iso)
    if written is not None and written.year < date.max.year:
        for weekday in _RE.weekday.finditer(sentence):
            if _is_end(sentence, weekday.start(), weekday.end()):
                ahead = (WEEKDAYS.index(weekday[1]) - written.weekday()) % 7 or 7
                yield written + timedelta(days=ahead)


def _is_end(sentence: str, start: int, end: int) -> bool:
    return (
        _RE.end_behind.match(sentence, end) is not None
        or _RE.end_before.search(sentence[max(0, start - _BESIDE) : start]) is not None
    )
