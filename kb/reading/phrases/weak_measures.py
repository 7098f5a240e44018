"""Decide whether a measure rests on care and notice alone: 注意する, 目を光らせる, be careful.

Care has many words and few classes: what one does with the mind or the senses (気を配る, 念頭に置く), telling others
(周知), habits of the careful (指差し呼称). None of them changes a thing, so a measure is weak when it comes to care in
the end and builds nothing.

The verb a sentence ends in decides: 「監視の画面をまめに眺める」 names a screen and builds none. What is looked at,
thought about or asked for is not changed by the measure, nor is what the occasion names (設定を触るときは).
"""

from __future__ import annotations

from functools import lru_cache

from kb.text.fold import to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/weak_measures.toml").compiled
_MAX_REST = 4
_BRACKET = compile_lazy("\\s*[(（][^()（）]*[)）][。.\\s]*\\Z")


def rests_on_attention(text: str) -> bool:
    """Whether a plain measure ends in looking, thinking, asking or telling, and makes nothing."""
    bare = _BRACKET.sub("", text)
    if bare.isascii():
        return _RE.english.search(bare) is not None and not _RE.makes_en.search(bare)
    if not (_RE.ends.search(bare) or _RE.manner.search(bare)):
        return False
    if _RE.begged.search(bare) or _RE.manner.search(bare):
        return True
    if _RE.seen.search(bare) and (not _RE.attention_habit.search(bare) or _RE.measured.search(bare)):
        return False
    return not _RE.makes.search(_RE.attention_occasion.sub("", bare))


def changes_something(text: str) -> bool:
    """Whether a measure names something that is built, checked by a machine, or changed."""
    return bool(_RE.builds.search(text))


@lru_cache(maxsize=256)  # a measure is asked about by its section and for itself
def is_weak(text: str) -> bool:
    """Whether a folded, plain measure rests on care and notice."""
    text = _RE.more_care.sub("声かけ", to_plain_form(text))
    if rests_on_attention(text) and not _RE.quantity.search(text):
        return True
    if _RE.resolve.search(text) or _RE.checked.search(text) or _RE.occasional.search(text):
        return _RE.by_machine.search(text) is None
    named = _RE.occasion.sub("", text) if text.isascii() else _RE.attention_occasion.sub("", text)
    if _RE.builds.search(named) or _RE.quantity.search(text) or _RE.triggered.search(text):
        return False
    found = list(_RE.care.finditer(text))
    if not found:
        return _RE.request.search(text) is not None and not _RE.makes.search(text)
    # The care must be what the sentence comes to: 周知のうえ旧版を止める stops the old version.
    return text.isascii() or len(_RE.small.sub("", text[found[-1].end() :])) <= _MAX_REST
