"""Where one measure stands: in its box or column, behind or in front of it, or in its own verb.

Words of a state are whole (完了, 2/12 実施済, 稼働中（完了）, In progress). One stands behind its measure after
an arrow, a colon, dots or in brackets, where it may have a day and a name beside it; behind a mere blank
only when it is the last word. A measure without any says it by its verb: what was done, what is not yet.
"""

from __future__ import annotations

import re

from kb.markup.blocks import CheckBox
from kb.model.facts import ItemState
from kb.reading.claims.state_phrases import (
    LATER,
    find_first_state,
    read_state_cell,
    read_state_fragment,
    read_state_word,
)
from kb.reading.phrases.care import is_weak
from kb.reading.phrases.placeholder import find_placeholder, is_reasoned_none
from kb.reading.sections.section import Claim
from kb.text.word_tables import read_words

# A state behind its measure: after a colon, an arrow, dots, in brackets, or as the last words.
_MARKED = re.compile(
    "(?:[:→⇒|]|->|=>|[-–—―─]\\s?(?=\\s)|[—―─]{2}|\\.\\.\\.|…|\\s/(?=\\s))\\s*(?P<state>[^:→⇒|。—―─]{1,40})\\Z"
    "|[(\\[【〔《≪](?P<inside>[^()\\[\\]【】〔〕]{1,60})[)\\]】〕》≫][。\\s]*\\Z"
)
_BLANK = re.compile("\\s(?P<state>[^\\s:→⇒|、。]{1,12}(?:\\s[^\\s:→⇒|、。]{1,12}){0,2})\\Z")
_COMMA = re.compile("(?:,\\s|\\A|\\s(?=\\S+\\Z))(?P<state>[\\w -]{2,24})\\Z")
_BEHIND = re.compile("[)\\]】〕]\\s*(?P<state>[^()\\[\\]【】〔〕。:]{1,16})\\Z")
_TABLE = read_words("kb.reading", "lexicon/claims/states.toml", later=LATER)
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
