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

# A state behind its measure: after a colon, an arrow, dots, in brackets, or as the last words.
_MARKED = re.compile(
    "(?:[:→⇒|]|->|=>|[-–—―─]\\s?(?=\\s)|[—―─]{2}|\\.\\.\\.|…|\\s/(?=\\s))\\s*(?P<state>[^:→⇒|。—―─]{1,40})\\Z"
    "|[(\\[【〔《≪](?P<inside>[^()\\[\\]【】〔〕]{1,60})[)\\]】〕》≫][。\\s]*\\Z"
)
_BLANK = re.compile("\\s(?P<state>[^\\s:→⇒|、。]{1,12}(?:\\s[^\\s:→⇒|、。]{1,12}){0,2})\\Z")
_COMMA = re.compile("(?:,\\s|\\A|\\s(?=\\S+\\Z))(?P<state>[\\w -]{2,24})\\Z")
_BEHIND = re.compile("[)\\]】〕]\\s*(?P<state>[^()\\[\\]【】〔〕。:]{1,16})\\Z")
_BEFORE = re.compile(
    "\\A[\\[(【〔](?P<state>[^\\])】〕]{1,10})[\\])】〕]\\s*|\\A(?P<label>[^\\s:、。]{1,6})\\s*:\\s*(?=\\S)"
    "|\\A(?:[0-9]{1,2}[/月][0-9]{1,2}日?\\s*)?(?P<word>(?:対応|実施)?済み?|完了?|未(?:着手|対応|完了|了)?"
    "|(?:対応|着手|作業)中)\\s+(?=\\S)"
)
_LAST = re.compile(
    "(?:に|は|が|を|で|まで(?:に)?|[0-9日])\\s*(?P<state>(?:[0-9]\\s)?[^、。\\s]{1,10}?)[。.]?\\Z"
    "|、(?P<done>済み?|完了|実施済み?|対応済み?)[。.]?\\Z"
)
# What is open or done is said of something else: when the files are open, 上限 80%.
_SAID_OF = re.compile(
    "\\b(?:is|are|was|were|be|been|being|stays?|keeps?|left|when|if)\\s+\\Z|(?:上限|下限|閾値|しきい値|空き|容量|使用率|割合|確率)\\s*\\Z",
    re.I,
)
_LIMIT = re.compile("(?:上限|下限|閾値|しきい値|空き|容量|使用率|割合|確率)\\s*(?:は|が|:)?\\s*[0-9]")
_ALONE = re.compile("\\S{1,8}[\\s0-9/:.月日年-]*")
# What is still to come, told as a sentence: 日程が決まっていない, まだ対応できていません, 検証環境で動かしているところ.
_TO_COME = re.compile(
    "(?:決ま|終わ|済ん|でき|出来|進ん|着手し|始ま|始め|入れ|動い|手を付け|手が付い|手が回っ|取りかか"
    "|終え)[っけめ]?[てで]?い?(?:ない|ません)(?:です)?[。\\s]*\\Z"
    "|はこれから(?:です)?[。\\s]*\\Z|まだ[^。、]{1,16}(?:ない|ません)(?:です)?[。\\s]*\\Z|[てで]い(?:る"
    "|ます)(?:ところ|最中|途中)(?:です)?[。\\s]*\\Z"
    "|は[^。]{0,24}?(?:止まって|滞って|遅れて|手付かず|ずれ込|待って)[ぁ-ん]{0,4}(?:見込み"
    "|予定)?(?:です)?[。\\s]*\\Z"
    "|[、はも]?(?:あと(?:一歩|少し|わずか)|もう(?:少し|一歩))(?:です)?[。\\s]*\\Z"
    "|(?:が|は)[^。、が]{0,6}残って(?:い(?:る|ます)|おり)[ぁ-ん]*[。\\s]*\\Z"
)
# All but something is done: 2 件目以外は終わっている, 残りは 1 件.
_LEFT_OVER = re.compile(
    "\\A残り(?:は|が)\\s*[0-9一二三]"
    f"|は\\s?(?:{LATER}|(?:来|今)?(?:春|夏|秋|冬)|年内|年度内|[0-9]{{1,2}}\\s?月)(?:以降|頃|ごろ|中)?[。\\s]*\\Z"
    "|\\b(?:one|two|three|[0-9]+)(?: \\w+)? (?:is|are|remains?) (?:still )?(?:left|open|outstanding)\\b"
    "|\\bstill need\\b|(?:以外は|を除(?:いて|き))[^。]{0,12}(?:終|済|完)"
    f"|は(?![^。]*(?:毎|定期|月と))[^。、]{{0,12}}(?:{LATER}|[0-9]\\s?月)[^。、]{{0,12}}(?:に|で|へ)[^。、]{{0,10}}"
    "(?:[うくすつぬむるぐぶ]|ます)[。\\s]*\\Z"
    "|(?:持ち?|繰り?)越(?:し(?:た|ました|とした)|す|します)[。\\s]*\\Z|先送り(?:した|とした|しました)[。\\s]*\\Z"
    "|\\b(?:has|have|is|are|was) not\\b[^.]{0,40}\\byet\\b|\\bstill (?:to be|needs? to|has to)\\b|\\bnot yet\\b",
    re.I,
)
# Decided against: やらないことにした, 見送った.
_GIVEN_UP = re.compile(
    "(?:ない|ぬ)(?:こと)?(?:に(?:した|決めた|しました|決めました)|と(?:した|決めた|しました|決めました))[。\\s]*\\Z"
    "|(?:見送(?:った|りました)|取り?やめ(?:た|ました)|断念し(?:た|ました))[。\\s]*\\Z"
)
# What goes on since a day is done: 6/10 から毎日動いている; compared every morning since 10 June.
_SINCE = re.compile(
    "(?:から|以降|より)[^。、]{0,8}[てで]い(?:る|ます)[。\\s]*\\Z|\\b(?:has|have) been\\b[^.]{0,60}\\bsince\\b"
    "|\\b(?:is|are)\\b[^.]{0,60}\\bnow\\b[.\\s]*\\Z|\\A(?:we )?now \\w+",
    re.I,
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
