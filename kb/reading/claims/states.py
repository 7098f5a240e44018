"""Where one measure stands: in its box or column, behind or in front of it, or in its own verb.

Words of a state are whole (完了, 2/12 実施済, 稼働中（完了）, In progress). One stands behind its measure after
an arrow, a colon, dots or in brackets, where it may have a day and a name beside it; behind a mere blank
only when it is the last word. A measure without any says it by its verb: what was done, what is not yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.markup.blocks import CheckBox
from kb.model.facts import ItemState
from kb.reading.phrases.placeholder import find_placeholder, is_reasoned_none
from kb.reading.phrases.weak_measures import is_weak
from kb.reading.sections.section import Claim
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/claims/states.toml")
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
_OPEN_PHRASE = compile_words(_TABLE["open"], re.I)
_OPEN_ENGLISH = compile_words(_TABLE["open_english"], re.I)
_ASKED = compile_words(_TABLE["asked"])
_WORK = _TABLE.group("work")
_DONE_PHRASE = compile_words(_TABLE["done"])
_DONE_ENGLISH = compile_words(_TABLE["done_english"], re.I)
_DEADLINE = compile_words(_TABLE["deadline"])
_SETTLED_PHRASE = compile_words(_TABLE["settled"])
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
    if _OPEN_PHRASE.search(words):
        return ItemState.OPEN
    if _SETTLED_PHRASE.search(words):
        return ItemState.SETTLED
    if _DONE_PHRASE.search(words):
        return ItemState.DONE
    return read_state_word(words)


_PHRASES = re.compile("[、,。;・]\\s*|\\s/\\s")


def read_state_fragment(words: str) -> ItemState:
    """The state of what stands in brackets or after a sign: names and days, and one phrase that tells.

    What is done in part is open, whichever part comes last.
    """
    whole = read_state_word(words) if len(words) <= _LONGEST_WORD else ItemState.UNSTATED
    if whole is not ItemState.UNSTATED:
        return whole
    states = {read_state_phrase(part) for part in _PHRASES.split(words)}
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


# A state behind its measure: after a colon, an arrow, dots, in brackets, or as the last words.
_MARKED = re.compile(
    "(?:[:→⇒|]|->|=>|[-–—―─]\\s?(?=\\s)|[—―─]{2}|\\.\\.\\.|…|\\s/(?=\\s))\\s*(?P<state>[^:→⇒|。—―─]{1,40})\\Z"
    "|[(\\[【〔《≪](?P<inside>[^()\\[\\]【】〔〕]{1,60})[)\\]】〕》≫][。\\s]*\\Z"
)
_BLANK = re.compile("\\s(?P<state>[^\\s:→⇒|、。]{1,12}(?:\\s[^\\s:→⇒|、。]{1,12}){0,2})\\Z")
_COMMA = re.compile("(?:,\\s|\\A|\\s(?=\\S+\\Z))(?P<state>[\\w -]{2,24})\\Z")
_BEHIND = re.compile("[)\\]】〕]\\s*(?P<state>[^()\\[\\]【】〔〕。:]{1,16})\\Z")
_BEFORE = re.compile(_TABLE["before"])
_LAST = re.compile(_TABLE["last"])
_SAID_OF = re.compile(_TABLE["said_of"], re.I)
_LIMIT = re.compile(_TABLE["limit"])
_ALONE = re.compile("\\S{1,8}[\\s0-9/:.月日年-]*")
_TO_COME = re.compile(_TABLE["to_come"])
_LEFT_OVER = re.compile(_TABLE["left_over"], re.I)
_GIVEN_UP = re.compile(_TABLE["given_up"])
_SINCE = re.compile(_TABLE["since"], re.I)
_LIGHTS = {
    "🟢": ItemState.DONE,
    **dict.fromkeys("✅☑✔✓", ItemState.DONE),
    **dict.fromkeys("🟡🟠🔴⬜🔲⏳🚧", ItemState.OPEN),
}
_PAST = re.compile(_TABLE["past"], re.I)
_PARTS = re.compile("[、,/。\\s]+")


def find_state(claim: Claim) -> ItemState:
    """Where one measure stands."""
    text = claim.text
    if find_placeholder(text):
        return ItemState.PLACEHOLDER
    if is_reasoned_none(text):
        return ItemState.SETTLED
    if _ALONE.fullmatch(text) and (alone := read_state_word(text)) is not ItemState.UNSTATED:
        return alone
    found = _marked(text)
    if found is ItemState.SETTLED:
        return found
    if claim.box is CheckBox.TICKED:
        return ItemState.DONE
    if claim.box is CheckBox.OPEN:
        return ItemState.OPEN
    column = read_state_cell(claim.state) if claim.state else ItemState.UNSTATED
    if column is not ItemState.UNSTATED:
        return column
    if claim.due and read_state_fragment(claim.due) is ItemState.DONE:
        return ItemState.DONE
    if found is ItemState.UNSTATED:
        found = _unmarked(text)
    if found is not ItemState.UNSTATED:
        return found
    if text[:1] in _LIGHTS:
        return _LIGHTS[text[0]]
    bare = _without_brackets(text)
    if _GIVEN_UP.search(bare):
        return ItemState.SETTLED
    if _TO_COME.search(bare) or _LEFT_OVER.search(text):
        return ItemState.OPEN
    if _SINCE.search(bare):
        return ItemState.DONE
    if _PAST.search(bare) and not is_weak(text):
        return ItemState.DONE
    return ItemState.UNSTATED


def _marked(text: str) -> ItemState:
    """The state that is set apart from its measure by a sign."""
    if found := _BEFORE.match(text):
        state = read_state_word(found["state"] or found["label"] or found["word"])
        if state is not ItemState.UNSTATED:
            return state
    found = _MARKED.search(text.rstrip(" 。."))
    return _told(found["state"] or found["inside"]) if found else ItemState.UNSTATED


def _unmarked(text: str) -> ItemState:
    """The state in the last words of a measure, behind a blank or a particle."""
    bare = text.rstrip(" 。.")
    pattern = _COMMA if bare.isascii() else _BLANK
    if (
        (found := pattern.search(bare))
        and not _SAID_OF.search(bare, 0, found.start("state"))
        and (state := _in(found["state"])) is not ItemState.UNSTATED
    ):
        return state
    if (found := _BEHIND.search(bare)) and (state := read_state_fragment(found["state"])) is not ItemState.UNSTATED:
        return state
    if found := _LAST.search(_without_brackets(bare)):
        return read_state_word(found["state"] or found["done"])
    return ItemState.UNSTATED


def _told(words: str) -> ItemState:
    """The state that words set apart give, as words or as a phrase; what is open in part is open."""
    state = _in(words)
    if state in (ItemState.OPEN, ItemState.SETTLED):
        return state
    phrase = read_state_fragment(words)
    return phrase if phrase is not ItemState.UNSTATED else state


def _in(words: str) -> ItemState:
    """The state among words, which may be a day and a name beside it; the last one that is counts."""
    if _LIMIT.match(words):
        return ItemState.UNSTATED
    parts = [part for part in _PARTS.split(words) if part not in ("", "-", "—")]
    state = find_first_state(reversed(parts))
    return state if state is not ItemState.UNSTATED else read_state_word(words.lstrip(". "))


def _without_brackets(text: str) -> str:
    return re.sub("[(\\[【][^()\\[\\]【】]*[)\\]】]\\s*[。.]?\\Z", "", text).rstrip()
