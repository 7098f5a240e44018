"""Where one measure stands: in its box or column, behind or in front of it, or in its own verb.

Words of a state are whole (完了, 2/12 実施済, 稼働中（完了）, In progress). One stands behind its measure after
an arrow, a colon, dots or in brackets, where it may have a day and a name beside it; behind a mere blank
only when it is the last word. A measure without any says it by its verb: what was done, what is not yet.
"""

from __future__ import annotations

import re

from kb.model import ItemState
from kb.reading.blocks import Box
from kb.reading.claims import Claim
from kb.reading.state_words import first_state, word_state
from kb.reading.verdicts.care import weak
from kb.reading.verdicts.placeholder import placeholder, settled

# A state behind its measure: after a colon, an arrow, dots, in brackets, or as the last words.
_MARKED = re.compile(
    "(?:[:→⇒|]|->|=>|[-–—]\\s|\\.\\.\\.|…)\\s*(?P<state>[^:→⇒|。]{1,30})\\Z"
    "|[(\\[【](?P<inside>[^()\\[\\]【】]{1,60})[)\\]】][。\\s]*\\Z"
)
_BLANK = re.compile("\\s(?P<state>[^\\s:→⇒|、。]{1,12}(?:\\s[^\\s:→⇒|、。]{1,12}){0,2})\\Z")
_COMMA = re.compile("(?:,\\s|\\A|\\s(?=\\S+\\Z))(?P<state>[\\w -]{2,24})\\Z")
_BEFORE = re.compile("\\A[\\[(【〔](?P<state>[^\\])】〕]{1,10})[\\])】〕]\\s*")
_LAST = re.compile(
    "(?:に|は|が|を|で|まで(?:に)?|[0-9日])\\s*(?P<state>(?:[0-9]\\s)?[^、。\\s]{1,10}?)[。.]?\\Z"
    "|、(?P<done>済み?|完了|実施済み?|対応済み?)[。.]?\\Z"
)
_ALONE = re.compile("\\S{1,8}[\\s0-9/:.月日年-]*")
# What is still to come, told as a sentence: 日程が決まっていない, まだ対応できていません, 検証環境で動かしているところ.
_TO_COME = re.compile(
    "(?:決ま|終わ|済ん|でき|出来|進ん|着手し|始ま|始め|入れ|動い|手を付け|手が付い|手が回っ|取りかか"
    "|終え)[っけめ]?[てで]?い?(?:ない|ません)(?:です)?[。\\s]*\\Z"
    "|はこれから(?:です)?[。\\s]*\\Z|まだ[^。、]{1,16}(?:ない|ません)(?:です)?[。\\s]*\\Z|[てで]い(?:る"
    "|ます)(?:ところ|最中|途中)(?:です)?[。\\s]*\\Z"
    "|は[^。]{0,24}?(?:止まって|滞って|遅れて|手付かず|ずれ込|待って)[ぁ-ん]{0,4}(?:見込み|予定)?(?:です)?[。\\s]*\\Z"
    "|[、はも]?(?:あと(?:一歩|少し|わずか)|もう(?:少し|一歩))(?:です)?[。\\s]*\\Z"
    "|(?:が|は)[^。、が]{0,6}残って(?:い(?:る|ます)|おり)[ぁ-ん]*[。\\s]*\\Z"
)
_LIGHTS = {
    "🟢": ItemState.DONE,
    **dict.fromkeys("✅☑✔✓", ItemState.DONE),
    **dict.fromkeys("🟡🟠🔴⬜🔲⏳🚧", ItemState.OPEN),
}
_PAST = re.compile(
    "(?:[いっしんけせてべめれげえじち](?:た|だ)|しました|ました|済み?)[。.)\\s]*\\Z|\\b(?:added|fixed"
    "|implemented|introduced|updated|deployed|enabled|changed|created|wrote|removed|migrated)\\b",
    re.I,
)
_PARTS = re.compile("[、,/。\\s]+")


def state_of(claim: Claim) -> ItemState:
    """Where one measure stands."""
    text = claim.text
    if placeholder(text):
        return ItemState.PLACEHOLDER
    if settled(text):
        return ItemState.SETTLED
    if _ALONE.fullmatch(text) and (alone := word_state(text)) is not ItemState.UNSTATED:
        return alone
    found = _marked(text)
    if found is ItemState.SETTLED:
        return found
    if claim.box is Box.TICKED:
        return ItemState.DONE
    if claim.box is Box.OPEN:
        return ItemState.OPEN
    column = word_state(claim.state) if claim.state else ItemState.UNSTATED
    if column is not ItemState.UNSTATED:
        return column
    if found is ItemState.UNSTATED:
        found = _unmarked(text)
    if found is not ItemState.UNSTATED:
        return found
    if text[:1] in _LIGHTS:
        return _LIGHTS[text[0]]
    bare = _without_brackets(text)
    if _TO_COME.search(bare):
        return ItemState.OPEN
    if _PAST.search(bare) and not weak(text):
        return ItemState.DONE
    return ItemState.UNSTATED


def _marked(text: str) -> ItemState:
    """The state that is set apart from its measure by a sign."""
    if (found := _BEFORE.match(text)) and (state := word_state(found["state"])) is not ItemState.UNSTATED:
        return state
    found = _MARKED.search(text.rstrip(" 。."))
    return _in(found["state"] or found["inside"]) if found else ItemState.UNSTATED


def _unmarked(text: str) -> ItemState:
    """The state in the last words of a measure, behind a blank or a particle."""
    bare = text.rstrip(" 。.")
    pattern = _COMMA if bare.isascii() else _BLANK
    if (found := pattern.search(bare)) and (state := _in(found["state"])) is not ItemState.UNSTATED:
        return state
    if found := _LAST.search(_without_brackets(bare)):
        return word_state(found["state"] or found["done"])
    return ItemState.UNSTATED


def _in(words: str) -> ItemState:
    """The state among words, which may be a day and a name beside it; the last one that is counts."""
    parts = [part for part in _PARTS.split(words) if part not in ("", "-", "—")]
    state = first_state(reversed(parts))
    return state if state is not ItemState.UNSTATED else word_state(words.lstrip(". "))


def _without_brackets(text: str) -> str:
    return re.sub("[(\\[【][^()\\[\\]【】]*[)\\]】]\\s*[。.]?\\Z", "", text).rstrip()
