"""The words that say where a measure stands: 完了, 2/12 実施済, 稼働中（完了）, 検証中, In progress, won't fix."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.model.facts import ItemState
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/state_phrases.toml")
_DONE_WORD = _TABLE.group("done_word")
_OPEN_WORD = _TABLE.group("open_word")
_SETTLED_WORD = _TABLE.group("settled_word")
_OPEN_END = _TABLE.group("open_end")
_WHOLE = {
    ItemState.SETTLED: re.compile(f"[\\s(\\[【]*{_SETTLED_WORD}", re.I),
    ItemState.OPEN: re.compile(f"[\\s(\\[【]*{_OPEN_WORD}[\\s)\\]】。:]*(?:[(].*)?\\Z|.*{_OPEN_END}\\Z", re.I),
    ItemState.DONE: re.compile(f"[\\s(\\[【0-9/月日:-]*(?:に)?{_DONE_WORD}(?![ぁ-ん]*(?:予定|次第|待ち))", re.I),
}
_COPULA = re.compile(_TABLE["copula"])
_BRACKET = re.compile("(?P<outside>[^()]*)[(](?P<inside>[^()]*)[)]?\\s*")


def read_state_word(word: str) -> ItemState:
    """The state a column, a label or a word behind a measure gives; UNSTATED when it gives none."""
    word = _COPULA.sub("", word.strip(" *_`。.、()[]【】"))
    if not word:
        return ItemState.UNSTATED
    for state in (ItemState.SETTLED, ItemState.OPEN, ItemState.DONE):
        if _WHOLE[state].match(word):
            return state
    if found := _BRACKET.fullmatch(word):
        return find_first_state([found["inside"], found["outside"]])
    return ItemState.UNSTATED


def find_first_state(words: Iterable[str]) -> ItemState:
    """The first state among words."""
    states = (read_state_word(word) for word in words)
    return next((state for state in states if state is not ItemState.UNSTATED), ItemState.UNSTATED)


# Where a measure stands, said in a phrase instead of a word: 1 日早く完了, v2.3 で対応済み, 部品の入荷待ち.
#
# A phrase stands where a state does: behind its measure in brackets or after a sign, in a cell, below it.
# It is read by its grammar. What is to come ends in a noun of waiting or of delay, in a negation, a
# condition, or a time from which; a share is less than the whole; what is done ends in a verb of
# finishing or of putting in, or in a noun of work beside the day of it.


MAX_STATE_PHRASE = 40
_DAY = _TABLE.group("day")
LATER = _TABLE.group("later")
_OPEN_state_phrases = compile_words(_TABLE["open"], re.I)
_OPEN_ENGLISH = compile_words(_TABLE["open_english"], re.I)
_ASKED = compile_words(_TABLE["asked"])
_WORK = _TABLE.group("work")
_DONE_state_phrases = compile_words(_TABLE["done"])
_DONE_ENGLISH = compile_words(_TABLE["done_english"], re.I)
_DEADLINE = compile_words(_TABLE["deadline"])
_SETTLED_state_phrases = compile_words(_TABLE["settled"])
_LABELS = re.compile(_TABLE["labels"], re.I)


def read_state_phrase(words: str) -> ItemState:
    """The state a folded phrase gives that stands in the place of one; UNSTATED when it gives none."""
    words = words.strip(" *_`。.、,-–—─―/:()[]【】〔〕")
    if not words or len(words) > MAX_STATE_PHRASE:
        return ItemState.UNSTATED
    if words.isascii():
        if _OPEN_ENGLISH.search(words):
            return ItemState.OPEN
        return ItemState.DONE if _DONE_ENGLISH.search(words) else read_state_word(words)
    if _DEADLINE.search(words) or _ASKED.search(words):
        return ItemState.UNSTATED
    if _OPEN_state_phrases.search(words):
        return ItemState.OPEN
    if _SETTLED_state_phrases.search(words):
        return ItemState.SETTLED
    if _DONE_state_phrases.search(words):
        return ItemState.DONE
    return read_state_word(words)


_PARTS = re.compile("[、,。;・]\\s*|\\s/\\s")


def read_state_fragment(words: str) -> ItemState:
    """The state of what stands in brackets or after a sign: names and days, and one phrase that tells.

    What is done in part is open, whichever part comes last.
    """
    whole = read_state_word(words) if len(words) <= _LONGEST_WORD else ItemState.UNSTATED
    if whole is not ItemState.UNSTATED:
        return whole
    states = {read_state_phrase(part) for part in _PARTS.split(words)}
    for state in (ItemState.OPEN, ItemState.SETTLED, ItemState.DONE):
        if state in states:
            return state
    return ItemState.UNSTATED


_LONGEST_WORD = 12


def read_state_heading(label: str) -> str:
    """What a sub-heading says of where all below it stands, 終わったもの or 残っているもの; "" for any other."""
    said = _LABELS.sub("", label.strip())
    return said if read_state_phrase(said) is not ItemState.UNSTATED else ""


def read_state_cell(words: str) -> ItemState:
    """The state of a cell in a column of states, where a noun of work alone says that it was done."""
    bare = words.strip()
    if _BARE.fullmatch(bare):
        return ItemState.DONE
    state = read_state_word(bare)
    return state if state is not ItemState.UNSTATED else read_state_fragment(bare)


_BARE = re.compile(f"{_WORK}(?:\\s*[(]?{_DAY}[)]?)?")
