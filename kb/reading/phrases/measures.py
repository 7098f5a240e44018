"""Rate what a measure rests on: a thing that changes, a person who checks, words without an end, or care.

A check by people and a change to a document help, and depend on somebody doing them each time. A measure without an
object of its own (監視を強化する) cannot be told done from not done; one sign of closeness (a number, a name in Latin
letters, what is compared with what) makes it concrete.

A sentence may also end the matter. *All of it is over*: a word for the whole (上記は, どちらも, 3 件とも, all items)
and a verb of finishing, with no object of its own: 「全項目の検査を追加済み」 is a measure. *Nothing is left*: a word
for a remainder (残件, 未了の対策, ほかに, nothing) and its absence.
"""

from __future__ import annotations

from functools import lru_cache

from kb.model.facts import Strength
from kb.reading.phrases.weak_measures import is_weak
from kb.text.fold import to_plain_form
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/measures.toml").compiled
_BRACKETS = compile_words("[(（\\[【][^()（）\\[\\]【】]*[)）\\]】]")
_LONGEST_VAGUE = 30


def rate_strength(text: str) -> Strength:
    """What a folded, plain measure rests on."""
    if is_weak(text):
        return Strength.CARE
    said = _RE.purpose.sub("", _BRACKETS.sub("", to_plain_form(text)).strip(" 。."))
    if _RE.check.search(said) and not _RE.machine.search(said):
        return Strength.CHECK
    if len(said) <= _LONGEST_VAGUE + 40 * said.isascii() and _RE.vague.search(said) and not _RE.close.search(said):
        return Strength.VAGUE
    return Strength.CONCRETE


@lru_cache(maxsize=256)  # a claim is asked about by all who count measures
def closes_matter(text: str) -> bool:
    """Whether a folded, plain claim says that all measures are done, or none is left."""
    if text.isascii():
        small = text.casefold()
        found = _RE.english.search(small)
        return found is not None and not _RE.ahead.search(small[: found.end()])
    if _RE.not_all.search(text):
        return False
    return bool(_RE.closed.search(text) or _RE.none_left.search(text))


def is_lead_in(text: str) -> bool:
    """Whether a claim introduces or closes the measures and is none itself."""
    return bool(_RE.columns.fullmatch(text) or _RE.lead.search(text) or closes_matter(text))
