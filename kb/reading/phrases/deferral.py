"""A sentence whose verb puts off, read from its end: 中村さんが戻ってきてから一緒に考える.

Japanese says last what is done. When the last verb is one of thinking, talking or deciding, and what
it governs (を, は, が) is the matter itself or a person, the sentence commits to nothing, whatever
nouns stand around it. Verbs of writing and telling do so only beside a word for later: 手順に書く is a
measure, 後で書く is none.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.reading.phrases.weak_measures import changes_something
from kb.text.patterns import WordSet, compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/deferral.toml")
_PUT_OFF = WordSet(*_TABLE.entries("put_off"))
_AROUND = WordSet(*_TABLE.entries("around"), *_TABLE.entries("signs"))
PUTTING_OFF = _PUT_OFF | _AROUND
"""Both lists: verbs and nouns of putting off, and what goes around them."""


_THINK = _TABLE.group("think")
_TELL = _TABLE.group("tell")
_END = _TABLE.group("end")
LAST_VERB = compile_words(f"(?:(?P<think>{_THINK})|(?P<tell>{_TELL})){_END}")
_PAST = compile_words("(?:した|ました|った|んだ|済み?)\\Z")
DURING_WORK = compile_words(_TABLE["during_work"])
_LATER = compile_words(_TABLE["later"])
_MATTER = compile_words(_TABLE["matter"])
_WORD = compile_words(_TABLE["word"])
_GOVERNS = compile_words(_TABLE["governs"])


def ends_in_promise(text: str, whole: str) -> bool:
    """Whether a plain, casefolded sentence ends in a verb of putting off that governs nothing named.

    `whole` is the sentence with its conditions, where the words for later may stand.
    """
    found = LAST_VERB.search(text)
    if not found or _PAST.search(text) or DURING_WORK.search(whole) or changes_something(whole):
        return False
    before = text[: found.start()]
    if found["tell"] and (not _LATER.search(whole) or re.search("[a-z]{2,}\\s*[にへ]", before)):
        return False
    return all(_MATTER.search(word["noun"]) for word in _WORD.finditer(before) if _GOVERNS.match(word["kana"]))


# Whether a sentence puts off what it should say: 来週の定例で揉みます, to follow, 名案募集.
#
# A measure commits to something when it names a thing and what is done to it. A sentence that puts
# off has neither: its verb is one of talking, thinking, writing or waiting, and what stands before the
# verb only says with whom, when, and after what. Those are open classes (anybody may be asked,
# anything may have to end first), so they are known by their grammar and taken out first:
#
# - *conditions*: [anything] + a verb of ending or arriving + たら, 次第, てから, 後に
# - *consultations*: [anything] + a verb of hearing or receiving + て, うえで, ながら
# - *circumstances*: [noun] + で, と, から, まで, and the prepositions of English
#
# What remains must be made of a closed vocabulary: verbs of putting off, words for the matter itself
# (対策, 方針), and what goes around them. A thing worth naming is in no such list and breaks the cover.


MAX_DEFERRAL = 72
"""Characters of a sentence that is read this way: who puts off says it in one breath."""


class _Led:
    """A pattern behind any words at all: `re` tries those at every place, so what must follow is looked for first."""

    __slots__ = ("_core", "_whole")

    def __init__(self, words: str, core: str) -> None:
        self._core = compile_words(core)
        self._whole = re.compile(words + core)

    def sub(self, instead: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._whole.sub(instead, text) if self._core.search(text) else text


# A condition: 原因が固まってから, 報告書の到着後に, 落ち着き次第, 同じことが起きたら, 提出待ち.
_CONDITION = _Led("[^、,。()]{0,30}?", _TABLE["condition"])
# A consultation: 木下さんの意見を聞いて, ベンダーから返事をもらって, 状況を見ながら, 見解を踏まえ.
_CONSULTED = _Led("[^、,。()]{0,24}?", _TABLE["consulted"])
_CIRCUMSTANCE = compile_words(_TABLE["circumstance"])
_EXCUSE = compile_words(_TABLE["excuse"])
_DATIVE = compile_words(_TABLE["dative"])
_AT_SOME_TIME = compile_words(_TABLE["at_some_time"])
_UPON = compile_words(_TABLE["upon"])
_ENGLISH = compile_words(_TABLE["english"], re.I)
_WAITS_FOR = compile_words("\\b(?:(?:a)?waiting(?: for| on)?|awaits?|pending)\\s+[\\w'’ -]{1,40}\\Z", re.I)
_WHETHER = compile_words(_TABLE["whether"])
_NOTHING = compile_words(_TABLE["nothing"], re.I)
_NOT_ANY = compile_words(_TABLE["not_any"])
_PASSED_ON = compile_words(_TABLE["passed_on"])
_ASKS = compile_words(_TABLE["asks"])
_MEETING = compile_words(_TABLE["meeting"])
_NAMED = compile_words(_TABLE["named"])
_THING = compile_words(_TABLE["thing"])
_FINISHED = compile_words("(?:した|しました|済み?|完了)[。.)」\\s]*\\Z")


@lru_cache(maxsize=256)  # a sentence comes in several cuts, and most are the same
def is_filler_only(text: str) -> bool:
    """Whether a text is made of the closed vocabulary as it stands."""
    return 0 < len(text) <= MAX_DEFERRAL and not _FINISHED.search(text) and PUTTING_OFF.cover(text)


def find_deferral(text: str) -> str:
    """Which test finds that a plain, casefolded sentence puts off; "" when it commits to something."""
    if not 0 < len(text) <= MAX_DEFERRAL:
        return ""
    if is_filler_only(text):
        return "words"
    if _FINISHED.search(text) or not _HINT.search(text):
        return ""
    bare = text.strip(" 。.、!?…~〜()")
    if (
        _NOTHING.search(bare)
        or _NOT_ANY.search(bare)
        or _PASSED_ON.search(bare)
        or _ASKS.search(bare)
        or _MEETING.search(bare)
    ):
        return "nothing"
    if (found := _NAMED.match(bare)) and not _THING.search(found["name"]):
        return "named"
    if _reduced(bare) or _UPON.search(bare):
        return "reduced"
    if not LAST_VERB.search(bare):
        return ""
    rest = _CONSULTED.sub("", _CONDITION.sub("", _EXCUSE.sub("", bare)))
    if ends_in_promise(bare, bare) or ends_in_promise(rest, bare):
        return "promise"
    short = _AT_SOME_TIME.sub("", bare)
    return "promise" if short != bare and ends_in_promise(short, short) else ""


def _reduced(text: str) -> bool:
    """Whether nothing but deferral is left once conditions, consultations and circumstances are out."""
    if text.isascii():
        rest = _ENGLISH.sub(" ", _WAITS_FOR.sub("pending", text))
        return rest != text and _says(rest) and is_filler_only(rest)
    rest = text
    for pattern in (_EXCUSE, _CONDITION, _CONSULTED, _WHETHER, _CIRCUMSTANCE, _DATIVE):
        before, rest = rest, pattern.sub("", rest)
        if rest == before:
            continue
        if not rest.strip(" 、,()"):
            return pattern is _CONDITION
        if is_filler_only(rest):
            return rest != text and _says(rest)
    return False


_VERBS = compile_words(_TABLE["verbs"], re.I)


# A sentence without any of these puts nothing off: most need no closer look.
_HINT = compile_words(_TABLE["hint"], re.I)


def _says(rest: str) -> bool:
    """Whether what is left has a word of putting off in it, and is not only filling."""
    return bool(_VERBS.search(rest))
