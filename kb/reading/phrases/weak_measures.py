"""Decide whether a measure rests on care and notice alone: 注意する, 目を光らせる, be careful.

Care has many words and few classes: what one does with the mind or the senses (気を配る, 念頭に置く), telling others
(周知), habits of the careful (指差し呼称). None of them changes a thing, so a measure is weak when it comes to care in
the end and builds nothing.

The verb a sentence ends in decides: 「監視の画面をまめに眺める」 names a screen and builds none. What is looked at,
thought about or asked for is not changed by the measure, nor is what the occasion names (設定を触るときは).
"""

from __future__ import annotations

import re

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/weak_measures.toml")
_INFLECTED = _TABLE.group("inflected")
_CAREFUL = _TABLE.group("careful")
_ENDS = compile_words(_TABLE["ends"], re.I)
_BEGGED = compile_words(f"{_CAREFUL}[^。]{{0,24}}?を(?:お願い|頼){_INFLECTED}")
# 見る alone may be what monitoring does (到達率を毎時見る): a person does it in some manner, or at a screen.
_SEEN = compile_words(f"見{_INFLECTED}")
_ATTENTION_HABIT = compile_words(_TABLE["attention_habit"])
_MEASURED = compile_words(_TABLE["measured"])
_ATTENTION_OCCASION = compile_words(_TABLE["attention_occasion"])
_MAKES = compile_words(_TABLE["makes"], re.I)
_BRACKET = re.compile("\\s*[(（][^()（）]*[)）][。.\\s]*\\Z")
_ENGLISH = compile_words(_TABLE["english"], re.I)
_MAKES_EN = compile_words(_TABLE["makes_en"], re.I)


def rests_on_attention(text: str) -> bool:
    """Whether a plain measure ends in looking, thinking, asking or telling, and makes nothing."""
    bare = _BRACKET.sub("", text)
    if bare.isascii():
        return _ENGLISH.search(bare) is not None and not _MAKES_EN.search(bare)
    if not _ENDS.search(bare):
        return False
    if _BEGGED.search(bare):
        return True
    if _SEEN.search(bare) and (not _ATTENTION_HABIT.search(bare) or _MEASURED.search(bare)):
        return False
    return not _MAKES.search(_ATTENTION_OCCASION.sub("", bare))


_CARE = compile_words(_TABLE["care"], re.I)
_BUILDS = compile_words(_TABLE["builds"], re.I)
_SMALL = compile_words(_TABLE["small"])
_REST = 4

_MORE_CARE = compile_words(_TABLE["more_care"], re.I)
_OCCASION = compile_words(_TABLE["occasion"], re.I)
_QUANTITY = compile_words(_TABLE["quantity"])


_TRIGGERED = compile_words(_TABLE["triggered"])


def changes_something(text: str) -> bool:
    """Whether a measure names something that is built, checked by a machine, or changed."""
    return bool(_BUILDS.search(text))


def is_weak(text: str) -> bool:
    """Whether a folded, plain measure rests on care and notice."""
    text = _MORE_CARE.sub("声かけ", to_plain_form(text))
    if rests_on_attention(text) and not _QUANTITY.search(text):
        return True
    named = _OCCASION.sub("", text) if text.isascii() else text
    if _BUILDS.search(named) or _QUANTITY.search(text) or _TRIGGERED.search(text):
        return False
    found = list(_CARE.finditer(text))
    if not found:
        return False
    # The care must be what the sentence comes to: 周知のうえ旧版を止める stops the old version.
    return text.isascii() or len(_SMALL.sub("", text[found[-1].end() :])) <= _REST
