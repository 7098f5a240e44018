"""Find what a page says is not to be told yet, and the day until which that holds.

Three things say it: a word that asks for silence (口外しない, オフレコ), a verb of telling that is denied where the
sentence names whom or until when (12/25 までメンバーには言わない), and a day of announcing ahead (公表は 12/25).
Words about keys, alerts and wordings are none, nor what stands in code and quotes, nor what is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kb.reading.phrases.day_phrases import find_day_phrases
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/embargo.toml").compiled
_QUOTED = compile_lazy(r"「[^「」\n]{0,200}」|`[^`\n]{0,200}`")
_SENTENCE = compile_lazy(r"[^。\n]{1,400}")
_WEEKDAY = compile_lazy(r"(?:来週の?)?([月火水木金土日])曜")
_LONGEST = 400
"""Characters of a sentence that are read."""


@dataclass(frozen=True, slots=True)
class Embargo:
    """The line, from 1, that asks for silence, and the day it ends; None where a person has to say when."""

    line: int
    until: date | None


def find_embargoes(text: str, written: date | None) -> Iterator[Embargo]:
    """Yield what a text asks not to be told yet. `written`: the day from which 来月 10 日 is counted."""
    sentences = list(_list_sentences(text))
    for at, (line, sentence) in enumerate(sentences):
        if not _asks_for_silence(sentence, written):
            continue
        around = (sentence, *(said for _, said in _near(sentences, at) if _RE.day_of_telling.search(said)))
        days = (day for said in around if (day := _find_day(said, written)) is not None)
        yield Embargo(line, next(days, None))


def _near(sentences: Sequence[tuple[int, str]], at: int) -> Iterator[tuple[int, str]]:
    yield from sentences[max(0, at - 1) : at]
    yield from sentences[at + 1 : at + 2]


def _list_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yield the sentences of prose with their lines, without code and what is quoted."""
    fence = False
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(("```", "~~~")):
            fence = not fence
        elif not fence and not line.lstrip().startswith(">"):
            for sentence in _SENTENCE.findall(_QUOTED.sub("「」", fold_text(line[: _LONGEST * 8]))):
                yield number, sentence


def _asks_for_silence(sentence: str, written: date | None) -> bool:
    if _RE.of_keys.search(sentence) or _RE.over.search(sentence):
        return False
    if _RE.hush.search(sentence) or _RE.untold.search(sentence) or _RE.english.search(sentence):
        return True
    if any(_RE.told_to.search(sentence[: denied.start()]) for denied in _RE.told_not.finditer(sentence)):
        return True
    day = _find_day(sentence, written) if _RE.announced.search(sentence) else None
    return day is not None and (written is None or day > written)


def _find_day(sentence: str, written: date | None) -> date | None:
    """Return the last day a sentence names."""
    days = [each.iso for each in find_day_phrases(sentence, written) if each.iso]
    if days:
        return date.fromisoformat(days[-1])
    if written is not None and (weekday := _WEEKDAY.search(sentence)):
        ahead = ("月火水木金土日".index(weekday[1]) - written.weekday()) % 7 or 7
        return written + timedelta(days=ahead) if written.year < date.max.year else None
    return None
