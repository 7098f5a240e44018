"""Claims → items: which measures a page names, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from kb.model import Item, ItemState, Role
from kb.reading.asides import together
from kb.reading.blocks import Box
from kb.reading.claims import Claim
from kb.reading.content import content_of
from kb.reading.due import due_of
from kb.reading.lines import Lines
from kb.reading.links import tickets
from kb.reading.owners import owner_of
from kb.reading.verdicts.care import weak
from kb.reading.verdicts.placeholder import placeholder, settled
from kb.reading.verdicts.prevention import closing, lead
from kb.reading.verdicts.strength import strength_of

_DONE = (
    "(?:[一-龠ァ-ヶー]{0,8}(?<!未))(?:完了|済み?|しました|クローズ)|close[ds]?"
    "|終了|終わり|おわり|完|done|finished|completed?|resolved|fixed|shipped|released|merged|live|deployed"
    "|100\\s*[%パ]|ok|○|◯|●|✓|✔|✅|☑|🆗|👍"
)
_OPEN = (
    "未(?:着手|対応|実施|完了?|了|済|定|決|処理|開始|リリース)?|(?:対応|進行|着手|作業|実装|設計|開発|検討"
    "|調整|検証|確認|準備|実施|試験|テスト|レビュー|依頼|申請|見積|手配|計画|調査|構築|移行|発注|仕掛|推進"
    "|継続|協議|相談|待機|対処)中"
    "|進行|仕掛り?|着手|予定|来(?:週|月|期)|今(?:週|月|期)(?:中|内)|次(?:期|回)|残(?:り|件|作業)?|保留"
    "|ペンディング|待ち|延期|継続|open|opened|in[ -]?progress|ongoing|wip|doing|todo|to do|pending"
    "|not (?:yet )?(?:started|done)|planned|scheduled|blocked|backlog|new|started|review"
    "|(?<![0-9])[0-9]{1,2}\\s*[%％]|×|✕|✗|△|▲|☐|□|🚧|⏳|-|—"
)
_SETTLED = (
    "見送り?|不要|中止|取り?やめ|却下|(?:対応|実施)(?:し|せ)ない(?:こと)?|対象外|won'?t ?(?:fix|do)|rejected"
    "|cancell?ed|dropped|not needed"
)
_WHOLE = {
    ItemState.SETTLED: re.compile(f"[\\s(\\[【]*(?:{_SETTLED})", re.I),
    ItemState.OPEN: re.compile(f"[\\s(\\[【]*(?:{_OPEN})[\\s)\\]】。:]*(?:[(].*)?\\Z|.*(?:予定|未|中|待ち)\\Z", re.I),
    ItemState.DONE: re.compile(f"[\\s(\\[【0-9/月日:-]*(?:に)?(?:{_DONE})(?![ぁ-ん]*(?:予定|次第|待ち))", re.I),
}
# A state behind its measure: after a colon, an arrow, in brackets, or as the last words.
_BEHIND = re.compile(
    "(?:[:→⇒|]|->|=>|[-–—]\\s|\\s)\\s*(?P<state>[^:→⇒|、。]{1,24})\\Z"
    "|[(\\[【](?P<inside>[^()\\[\\]【】]{1,40})[)\\]】][。\\s]*\\Z"
)
_BEFORE = re.compile("\\A[\\[(【〔](?P<state>[^\\])】〕]{1,10})[\\])】〕]\\s*")
_LAST = re.compile("(?:に|は|が|を|で|まで(?:に)?|[0-9日])\\s*(?P<state>[^、。\\s]{1,10}?)[。.]?\\Z")
# What is still to come, told as a sentence: 日程が決まっていない.
_TO_COME = re.compile(
    "(?:決ま|終わ|済ん|でき|進ん|着手し|始ま|始め|入れ|動い|手を付け|取りかか)[っけめ]?[てで]?い?(?:ない|ません)(?:です)?[。\\s]*\\Z|はこれから(?:です)?[。\\s]*\\Z"
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


def word_state(word: str) -> ItemState:
    """The state a column, a label or a word behind a measure gives; UNSTATED when it gives none."""
    word = word.strip(" *_`。.、()[]【】")
    if not word:
        return ItemState.UNSTATED
    for state in (ItemState.SETTLED, ItemState.OPEN, ItemState.DONE):
        if _WHOLE[state].match(word):
            return state
    return ItemState.UNSTATED


def state_of(claim: Claim) -> ItemState:
    """Where one measure stands."""
    text = claim.text
    if placeholder(text):
        return ItemState.PLACEHOLDER
    if settled(text):
        return ItemState.SETTLED
    found = _stated(text)
    if found is ItemState.SETTLED:
        return found
    if claim.box is Box.TICKED:
        return ItemState.DONE
    if claim.box is Box.OPEN:
        return ItemState.OPEN
    column = word_state(claim.state) if claim.state else ItemState.UNSTATED
    if column is not ItemState.UNSTATED:
        return column
    if found is not ItemState.UNSTATED:
        return found
    if text[:1] in _LIGHTS:
        return _LIGHTS[text[0]]
    if _TO_COME.search(text):
        return ItemState.OPEN
    if _PAST.search(_without_brackets(text)) and not weak(text):
        return ItemState.DONE
    return ItemState.UNSTATED


def _stated(text: str) -> ItemState:
    if (found := _BEFORE.match(text)) and (state := word_state(found["state"])) is not ItemState.UNSTATED:
        return state
    bare = text.rstrip(" 。.")
    if found := _BEHIND.search(bare):
        word = found["state"] or found["inside"]
        for part in reversed(re.split("[、,/\\s]+", word)):
            if (state := word_state(part)) is not ItemState.UNSTATED and part not in ("-", "—"):
                return state
        if (state := word_state(word.lstrip(". "))) is not ItemState.UNSTATED:
            return state
    bare = _without_brackets(bare)
    if (found := _LAST.search(bare)) and (state := word_state(found["state"])) is not ItemState.UNSTATED:
        return state
    return ItemState.UNSTATED


def _without_brackets(text: str) -> str:
    return re.sub("[(\\[【][^()\\[\\]【】]*[)\\]】]\\s*[。.]?\\Z", "", text).rstrip()


def items(role: Role, claims: Sequence[Claim], lines: Lines, near: date | None, incident: int = 0) -> list[Item]:
    """The items of one role. A closing sentence (上記はすべて完了) settles those that say nothing."""
    closed = any(closing(claim.text) and _DONE_WORD.search(claim.text) for claim in claims)
    out: list[Item] = []
    said = measures(claims)
    states = dict(zip(said, _states(said), strict=True))
    for claim, asides in together(said):
        later = (states[aside] for aside in asides if states[aside] is not ItemState.UNSTATED)
        state = states[claim] if states[claim] is not ItemState.UNSTATED else next(later, ItemState.UNSTATED)
        if closed and state is ItemState.UNSTATED:
            state = ItemState.DONE
        out.append(_item(role, state, claim, asides, lines, near, incident))
    return out


def _item(
    role: Role,
    state: ItemState,
    claim: Claim,
    asides: Sequence[Claim],
    lines: Lines,
    near: date | None,
    incident: int,
) -> Item:
    words = " ".join(aside.text for aside in asides)
    due, timely = due_of(words, near) if words and not claim.due else ("", False)
    if not timely:
        due, timely = due_of(claim.text, near, claim.due)
    end = max(claim.end, *(aside.end for aside in asides)) if asides else claim.end
    return Item(
        role,
        state,
        lines.span(claim.start, claim.end),
        owner=owner_of(claim.text, claim.owner) or (owner_of(words) if words else ""),
        due=due,
        tickets=tickets(f"{lines.text(claim.start, end)} {claim.aside}"),
        content=content_of(claim.text),
        strength=strength_of(claim.text),
        timely=timely,
        incident=incident,
    )


def _states(said: Sequence[Claim]) -> list[ItemState]:
    """The state of each claim; a sentence that says nothing takes that of a later one in its item."""
    states = [state_of(claim) for claim in said]
    for index in range(len(said) - 2, -1, -1):
        same = said[index].item == said[index + 1].item
        if same and states[index] is ItemState.UNSTATED and states[index + 1] is ItemState.DONE:
            states[index] = ItemState.DONE
    return states


_DONE_WORD = re.compile("完了|済|した|終え|終わ|クローズ|残[^。]{0,8}(?:なし|ありません|ない)|done", re.I)


# Nothing is left over: 未着手のもの / なし.
_LEFT = re.compile("[^、。]{0,6}(?:未着手|未対応|未完了|未実施|残|積み残)[^、。]{0,8}")
_NOTHING = re.compile("(?:特に)?(?:なし|無し|無|ありません|ない|none)[。.]?", re.I)


def measures(claims: Iterable[Claim]) -> list[Claim]:
    """The claims that are measures: not leads, closings, pictures, nor parents of finer ones."""
    said = [claim for claim in claims if not claim.content and not lead(claim.text)]
    empty = {
        index
        for index, claim in enumerate(said)
        if _NOTHING.fullmatch(claim.text)
        and (_LEFT.fullmatch(claim.state) or (index and _LEFT.fullmatch(said[index - 1].text)))
    }
    titles = {index - 1 for index in empty if not said[index].state}
    said = [claim for index, claim in enumerate(said) if index not in empty and index not in titles]
    return [claim for claim in said if not claim.parent] or said
