"""Read where one measure stands: in its box or column, behind or in front of it, or in its own verb.

Words of a state are whole (完了, 2/12 実施済, 稼働中（完了）, In progress). One stands behind its measure after an
arrow, a colon, dots or in brackets, where it may have a day and a name beside it; behind a mere blank only when it is
the last word. A measure without any says it by its verb: what was done, what is not yet.

In the place of a word a phrase may stand: 1 日早く完了, v2.3 で対応済み, 部品の入荷待ち. It is read by its grammar.
What is to come ends in a noun of waiting or of delay, in a negation, a condition, or a time from which; a share is less
than the whole; what is done ends in a verb of finishing or of putting in, or in a noun of work beside the day of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from kb.markup.blocks import CheckBox
from kb.model.facts import ItemState
from kb.reading.phrases.placeholder import find_placeholder, is_reasoned_none
from kb.reading.sections.section import Claim
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/states.toml").compiled
MAX_STATE_PHRASE = 40
_MAX_STATE_WORD = 12
_BRACKET = compile_lazy("(?P<outside>[^()]*)[(](?P<inside>[^()]*)[)]?\\s*")


@lru_cache(maxsize=512)  # a word is asked about at each cut of its claim
def read_state_word(word: str) -> ItemState:
    """The state a column, a label or a word behind a measure gives; UNSTATED when it gives none."""
    word = _RE.copula.sub("", word.strip(" *_`。.、()[]【】"))
    if not word:
        return ItemState.UNSTATED
    if _RE.whole_settled.match(word):
        return ItemState.SETTLED
    if _RE.whole_open.match(word):
        return ItemState.OPEN
    if _RE.whole_done.match(word):
        return ItemState.DONE
    if found := _BRACKET.fullmatch(word):
        return find_first_state([found["inside"], found["outside"]])
    return ItemState.UNSTATED


def find_first_state(words: Iterable[str]) -> ItemState:
    """The first state among words."""
    states = (read_state_word(word) for word in words)
    return next((state for state in states if state is not ItemState.UNSTATED), ItemState.UNSTATED)


def read_state_phrase(words: str) -> ItemState:
    """The state a folded phrase gives that stands in the place of one; UNSTATED when it gives none."""
    words = words.strip(" *_`。.、,-–—─―/:()[]【】〔〕")
    if not words or len(words) > MAX_STATE_PHRASE:
        return ItemState.UNSTATED
    if words.isascii():
        if _RE.open_english.search(words):
            return ItemState.OPEN
        return ItemState.DONE if _RE.done_english.search(words) else read_state_word(words)
    if _RE.deadline.search(words) or _RE.asked.search(words):
        return ItemState.UNSTATED
    if _RE.open.search(words):
        return ItemState.OPEN
    if _RE.settled.search(words):
        return ItemState.SETTLED
    if _RE.done.search(words):
        return ItemState.DONE
    return read_state_word(words)


_PHRASES = compile_lazy("[、,。;・]\\s*|\\s/\\s")


def read_state_fragment(words: str) -> ItemState:
    """The state of what stands in brackets or after a sign: names and days, and one phrase that tells.

    What is done in part is open, whichever part comes last.
    """
    whole = read_state_word(words) if len(words) <= _MAX_STATE_WORD else ItemState.UNSTATED
    if whole is not ItemState.UNSTATED:
        return whole
    states = {read_state_phrase(part) for part in _PHRASES.split(words)}
    for state in (ItemState.OPEN, ItemState.SETTLED, ItemState.DONE):
        if state in states:
            return state
    return ItemState.UNSTATED


def read_state_heading(label: str) -> str:
    """What a sub-heading says of where all below it stands, 終わったもの or 残っているもの; "" for any other."""
    said = _RE.labels.sub("", label.strip())
    return said if read_state_phrase(said) is not ItemState.UNSTATED else ""


def read_state_cell(words: str) -> ItemState:
    """The state of a cell in a column of states, where a noun of work alone says that it was done."""
    bare = words.strip()
    if _RE.bare_work.fullmatch(bare):
        return ItemState.DONE
    state = read_state_word(bare)
    return state if state is not ItemState.UNSTATED else read_state_fragment(bare)


_ALONE = compile_lazy("\\S{1,8}[\\s0-9/:.月日年-]*")
_LIGHTS = {
    "🟢": ItemState.DONE,
    **dict.fromkeys("✅☑✔✓", ItemState.DONE),
    **dict.fromkeys("🟡🟠🔴⬜🔲⏳🚧", ItemState.OPEN),
}
_PARTS = compile_lazy("[、,/。\\s]+")


def find_state(claim: Claim) -> ItemState:
    """Where one measure stands."""
    return find_stated(claim.text, claim.box, claim.state, claim.due)


@lru_cache(maxsize=512)  # a measure is asked with and without its box, its columns, and what stands beside it
def find_stated(text: str, box: CheckBox = CheckBox.NONE, column: str = "", due: str = "") -> ItemState:
    """Where a measure stands by its words, its box, and its columns of states and days."""
    if find_placeholder(text):
        return ItemState.PLACEHOLDER
    if is_reasoned_none(text):
        return ItemState.SETTLED
    if _ALONE.fullmatch(text) and (alone := read_state_word(text)) is not ItemState.UNSTATED:
        return alone
    found = _find_marked_state(text)
    if found is ItemState.SETTLED:
        return found
    if box is CheckBox.TICKED:
        return ItemState.DONE
    if box is CheckBox.OPEN:
        return ItemState.OPEN
    stated = read_state_cell(column) if column else ItemState.UNSTATED
    if stated is not ItemState.UNSTATED:
        return stated
    if due and read_state_fragment(due) is ItemState.DONE:
        return ItemState.DONE
    if found is ItemState.UNSTATED:
        found = _find_last_words_state(text)
    if found is not ItemState.UNSTATED:
        return found
    if text[:1] in _LIGHTS:
        return _LIGHTS[text[0]]
    bare = _without_brackets(text)
    if _RE.given_up.search(bare) and not _RE.rule.search(bare):
        return ItemState.SETTLED
    if _RE.to_come.search(bare) or _RE.left_over.search(text):
        return ItemState.OPEN
    if _RE.since.search(bare):
        return ItemState.DONE
    if _RE.past.search(bare) and not _RE.decided.search(bare) and not _RE.asked.search(bare.rstrip("。. ")):
        return ItemState.DONE
    return ItemState.UNSTATED


def _find_marked_state(text: str) -> ItemState:
    """The state that is set apart from its measure by a sign."""
    if found := _RE.before.match(text):
        state = read_state_word(found["state"] or found["label"] or found["word"])
        if state is not ItemState.UNSTATED:
            return state
    found = _RE.marked.search(text.rstrip(" 。."))
    return _read_set_apart(found["state"] or found["inside"]) if found else ItemState.UNSTATED


def _find_last_words_state(text: str) -> ItemState:
    """The state in the last words of a measure, behind a blank or a particle."""
    bare = text.rstrip(" 。.")
    pattern = _RE.behind_comma if bare.isascii() else _RE.behind_blank
    if (
        (found := pattern.search(bare))
        and not _RE.said_of.search(bare, 0, found.start("state"))
        and (state := _find_last_state(found["state"])) is not ItemState.UNSTATED
    ):
        return state
    found = _RE.behind_bracket.search(bare)
    if found and (state := read_state_fragment(found["state"])) is not ItemState.UNSTATED:
        return state
    if (found := _RE.last.search(_without_brackets(bare))) and not _RE.asked.search(found[0]):
        return read_state_word(found["state"] or found["done"])
    return ItemState.UNSTATED


def _read_set_apart(words: str) -> ItemState:
    """The state that words set apart give, as words or as a phrase; what is open in part is open."""
    state = _find_last_state(words)
    if state in (ItemState.OPEN, ItemState.SETTLED):
        return state
    phrase = read_state_fragment(words)
    return phrase if phrase is not ItemState.UNSTATED else state


def _find_last_state(words: str) -> ItemState:
    """The state among words, which may be a day and a name beside it; the last one that is counts."""
    if _RE.limit.match(words):
        return ItemState.UNSTATED
    parts = [part for part in _PARTS.split(words) if part not in ("", "-", "—")]
    state = find_first_state(reversed(parts))
    return state if state is not ItemState.UNSTATED else read_state_word(words.lstrip(". "))


def _without_brackets(text: str) -> str:
    return re.sub("[(\\[【][^()\\[\\]【】]*[)\\]】]\\s*[。.]?\\Z", "", text).rstrip()


def gives_reason(text: str) -> bool:
    """Whether a sentence tells why something was not done: …ため。"""
    return bool(_RE.because.search(text))


def is_trial(text: str) -> bool:
    """Whether words are about a trial, not the measure itself: 検証環境では半日で済んだ."""
    return bool(_RE.trial.search(text))


def is_limit(text: str) -> bool:
    """Whether words give a limit, in the place of a share that is done: 上限 80%."""
    return bool(_RE.limit.match(text))
