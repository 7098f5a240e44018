"""Decide whether a sentence puts off what it should say: 来週の定例で揉みます, to follow, 名案募集.

A measure commits to something when it names a thing and what is done to it. A sentence that puts off has neither: its
verb is one of talking, thinking, writing or waiting, and what stands before the verb only says with whom, when, and
after what. Those are open classes (anybody may be asked, anything may have to end first), so they are known by their
grammar and taken out first:

- *conditions*: [anything] + a verb of ending or arriving + たら, 次第, てから, 後に
- *consultations*: [anything] + a verb of hearing or receiving + て, うえで, ながら
- *circumstances*: [noun] + で, と, から, まで, and the prepositions of English

What remains must be made of a closed vocabulary: verbs of putting off, words for the matter itself (対策, 方針), and
what goes around them. A thing worth naming is in no such list and breaks the cover.

A *promise* is read from its end (中村さんが戻ってきてから一緒に考える): Japanese says last what is done. When the last
verb is one of thinking, talking or deciding, and what it governs (を, は, が) is the matter itself or a person, the
sentence commits to nothing. Verbs of writing and telling do so only beside a word for later: 手順に書く is a measure,
後で書く is none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.reading.phrases.weak_measures import changes_something
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import WordSet, compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/deferral.toml")
_RE = _TABLE.compiled
_PUTTING_OFF = WordSet(*(entry for name in ("put_off", "around", "signs") for entry in _TABLE.entries(name)))

MAX_DEFERRAL = 72
"""Characters of a sentence that is read this way: who puts off says it in one breath."""


class _LedPattern:
    """A pattern behind any words at all: `re` tries those at every place, so what must follow is looked for first."""

    __slots__ = ("_core", "_whole")

    def __init__(self, words: str, core: str) -> None:
        self._core = compile_words(core)
        self._whole = compile_lazy(words + core)

    def sub(self, instead: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._whole.sub(instead, text) if self._core.search(text) else text


# A condition: 原因が固まってから, 報告書の到着後に, 落ち着き次第, 同じことが起きたら, 提出待ち.
_CONDITION = _LedPattern("[^、,。()]{0,30}?", _TABLE["condition"])
# A consultation: 木下さんの意見を聞いて, ベンダーから返事をもらって, 状況を見ながら, 見解を踏まえ.
_CONSULTED = _LedPattern("[^、,。()]{0,24}?", _TABLE["consulted"])


@lru_cache(maxsize=256)  # a sentence comes in several cuts, and most are the same
def is_filler_only(text: str) -> bool:
    """Whether a text is made of the closed vocabulary as it stands."""
    return 0 < len(text) <= MAX_DEFERRAL and not _RE.finished.search(text) and _PUTTING_OFF.cover(text)


def find_deferral(text: str) -> str:
    """Which test finds that a plain, casefolded sentence puts off; "" when it commits to something."""
    if not 0 < len(text) <= MAX_DEFERRAL:
        return ""
    if is_filler_only(text):
        return "words"
    if _RE.finished.search(text) or not _RE.hint.search(text):
        return ""
    bare = text.strip(" 。.、!?…~〜()")
    if _RE.gathers.search(bare) or _RE.duty.match(bare):
        return ""
    if (
        _RE.nothing.search(bare)
        or _RE.not_any.search(bare)
        or _RE.passed_on.search(bare)
        or _RE.asks.search(bare)
        or _RE.meeting.search(bare)
    ):
        return "nothing"
    if (found := _RE.named.match(bare)) and not _RE.thing.search(found["name"]):
        return "named"
    if _is_reducible(bare) or _RE.upon.search(bare):
        return "reduced"
    if not _RE.last_verb.search(bare):
        return ""
    rest = _CONSULTED.sub("", _CONDITION.sub("", _RE.excuse.sub("", bare)))
    if ends_in_promise(bare, bare) or ends_in_promise(rest, bare):
        return "promise"
    short = _RE.at_some_time.sub("", bare)
    return "promise" if short != bare and ends_in_promise(short, short) else ""


def _is_reducible(text: str) -> bool:
    """Whether nothing but deferral is left once conditions, consultations and circumstances are out."""
    if text.isascii():
        rest = _RE.english.sub(" ", _RE.waits_for.sub("pending", text))
        return rest != text and bool(_RE.verbs.search(rest)) and is_filler_only(rest)
    rest = text
    for pattern in (_RE.excuse, _CONDITION, _CONSULTED, _RE.whether, _RE.circumstance, _RE.dative):
        before, rest = rest, pattern.sub("", rest)
        if rest == before:
            continue
        if not rest.strip(" 、,()"):
            return pattern is _CONDITION
        if is_filler_only(rest):
            return rest != text and bool(_RE.verbs.search(rest))
    return False


def ends_in_promise(text: str, whole: str) -> bool:
    """Whether a plain, casefolded sentence ends in a verb of putting off that governs nothing named.

    `whole` is the sentence with its conditions, where the words for later may stand.
    """
    found = _RE.last_verb.search(text)
    if not found or _RE.past.search(text) or is_during_work(whole) or changes_something(whole):
        return False
    before = text[: found.start()]
    if found["tell"] and (not _RE.later.search(whole) or re.search("[a-z]{2,}\\s*[にへ]", before)):
        return False
    return all(_RE.matter.search(word["noun"]) for word in _RE.word.finditer(before) if _RE.governs.match(word["kana"]))


def is_during_work(text: str) -> bool:
    """Whether a sentence says what is done while the work goes on, which is a measure."""
    return _RE.during_work.search(text) is not None
