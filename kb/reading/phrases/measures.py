"""What a measure rests on: a thing that changes, a person who checks, words without an end, or care.

A check by people and a change to a document help, and depend on somebody doing them each time; a
measure without an object of its own (監視を強化する) cannot be told done from not done. One sign of
closeness (a number, a name in Latin letters, what is compared with what) makes it concrete.
"""

from __future__ import annotations

import re

from kb.model.facts import Strength
from kb.reading.phrases.weak_measures import is_weak
from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/measures.toml")
_CHECK = compile_words(_TABLE["check"], re.I)
_MACHINE = compile_words(_TABLE["machine"], re.I)
_VAGUE = compile_words(_TABLE["vague"], re.I)
_CLOSE = compile_words(_TABLE["close"], re.I)
# What it is for, which every measure has in common.
_PURPOSE = compile_words("\\A[^、]{0,30}(?:よう(?:に)?|ため(?:に)?)、")
_BRACKETS = compile_words("[(（\\[【][^()（）\\[\\]【】]*[)）\\]】]")
_LONGEST_VAGUE = 30


def rate_strength(text: str) -> Strength:
    """What a folded, plain measure rests on."""
    if is_weak(text):
        return Strength.CARE
    said = _PURPOSE.sub("", _BRACKETS.sub("", to_plain_form(text)).strip(" 。."))
    if _CHECK.search(said) and not _MACHINE.search(said):
        return Strength.CHECK
    if len(said) <= _LONGEST_VAGUE + 40 * said.isascii() and _VAGUE.search(said) and not _CLOSE.search(said):
        return Strength.VAGUE
    return Strength.CONCRETE


# Sentences that end the matter: every measure is done, or nothing is left to do.
#
# Two ways to say it. *All of it is over*: a word for the whole (上記は, どちらも, 3 件とも, これをもって, all
# items) and a verb of finishing, with no object of its own: 「全項目の検査を追加済み」 is a measure. *Nothing is
# left*: a word for a remainder (残件, 未了の対策, ほかに, nothing) and its absence.


_REST = _TABLE.group("rest")
_NONE = _TABLE.group("none")

_CLOSED = compile_words(_TABLE["closed"])
_EMPTY = compile_words(f"{_REST}[はがも]?(?:特に|もう|これ以上)?[^。、を]{{0,8}}?{_NONE}")
_NOT_ALL = compile_words(_TABLE["not_all"])
_ENGLISH = compile_words(_TABLE["english"], 0)
_AHEAD = compile_words(_TABLE["ahead"])


def closes_matter(text: str) -> bool:
    """Whether a folded, plain claim says of all measures that they are done, or that none is left."""
    if text.isascii():
        small = text.casefold()
        found = _ENGLISH.search(small)
        return found is not None and not _AHEAD.search(small[: found.end()])
    if _NOT_ALL.search(text):
        return False
    return bool(_CLOSED.search(text) or _EMPTY.search(text))


_LEAD = re.compile(_TABLE["lead"])
_COLUMN = _TABLE.group("column")
_COLUMNS = re.compile(f"{_COLUMN}(?:[\\s|]+{_COLUMN})+", re.I)


def is_lead_in(text: str) -> bool:
    """Whether a claim introduces or closes the measures and is none itself."""
    return bool(_COLUMNS.fullmatch(text) or _LEAD.search(text) or closes_matter(text))
