"""The words that say where a measure stands: 完了, 2/12 実施済, 稼働中（完了）, 検証中, In progress, won't fix."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.model import ItemState

_DONE = (
    "(?:[一-龠ァ-ヶー]{0,8}(?<!未))(?:完了|済み?(?!次第)|ずみ|しました|クローズ)|close[ds]?"
    "|終了|終わり|おわり|完|(?:もう)?(?:やった|やりました|できた|出来た|入れた|出した|直した|(?!依頼|発注|申請"
    "|起票|手配|打診|相談|検討|調査)[一-龠]{2}した)"
    "|(?:稼働|運用|適用|動作|運転)中|done|finished|completed?|resolved|fixed|shipped|released|merged|live|deployed"
    "|100\\s*[%パ]|ok|○|◯|●|✓|✔|✅|☑|🆗|👍"
)
_OPEN = (
    "未(?:着手|対応|実施|完了?|了|済|定|決|処理|開始|リリース)?|(?:対応|進行|着手|作業|実装|設計|開発|検討"
    "|調整|検証|確認|準備|実施|試験|テスト|レビュー|依頼|申請|見積|手配|計画|調査|構築|移行|発注|仕掛|推進"
    "|継続|協議|相談|待機|対処)中"
    "|進行|仕掛り?|着手|予定|これから|まだ|途中|半分|(?:引き続き|継続)[^。、]{0,6}|来(?:週|月|期)|今(?:週|月"
    "|期)(?:中|内)"
    "|次(?:期|回|スプリント|リリース|月|年度)(?:[に以]?[^、。]{0,4})|来(?:スプリント|年度)|残(?:り|件|作業)?|保留"
    "|ペンディング|待ち|延期|open|opened|in[ -]?progress|ongoing|wip|doing|todo|to do|pending|waiting[^.]{0,24}"
    "|half(?:[ -]?way)?|partly|partial(?:ly)?"
    "|not (?:yet )?(?:started|done)|planned|scheduled|blocked|backlog|new|started|review"
    "|(?<![0-9])[0-9]{1,2}\\s*[%％]|[1-9]\\s*割(?:まで|ほど|程度|方|がた)?|ng|×|✕|✗|△|▲|☐|□|🚧|⏳|-|—"
)
_SETTLED = (
    "見送り?|不要|中止|取り?やめ|却下|(?:対応|実施)(?:し|せ)ない(?:こと)?|対象外|won'?t ?(?:fix|do)|rejected"
    "|cancell?ed|dropped|not needed"
)
_WHOLE = {
    ItemState.SETTLED: re.compile(f"[\\s(\\[【]*(?:{_SETTLED})", re.I),
    ItemState.OPEN: re.compile(
        f"[\\s(\\[【]*(?:{_OPEN})[\\s)\\]】。:]*(?:[(].*)?\\Z|.*(?:予定|見込み?|見通し|未"
        f"|(?<!稼働)(?<!運用)(?<!適用)(?<!動作)(?<!運転)中"
        "|(?<!順番)(?<!空き)(?<!応答)(?<!入力)(?<!手差し)(?<!接続)(?<!処理)待ち)\\Z",
        re.I,
    ),
    ItemState.DONE: re.compile(f"[\\s(\\[【0-9/月日:-]*(?:に)?(?:{_DONE})(?![ぁ-ん]*(?:予定|次第|待ち))", re.I),
}
_COPULA = re.compile(
    "(?<=[^ぁ-ん])(?:です|だ|である|となっている|となっています|の状態|の段階)\\Z|(?<=待ち)(?:です|だ|である|の状態)\\Z"
)
_BRACKET = re.compile("(?P<outside>[^()]*)[(](?P<inside>[^()]*)[)]?\\s*")


def word_state(word: str) -> ItemState:
    """The state a column, a label or a word behind a measure gives; UNSTATED when it gives none."""
    word = _COPULA.sub("", word.strip(" *_`。.、()[]【】"))
    if not word:
        return ItemState.UNSTATED
    for state in (ItemState.SETTLED, ItemState.OPEN, ItemState.DONE):
        if _WHOLE[state].match(word):
            return state
    if found := _BRACKET.fullmatch(word):
        return first_state([found["inside"], found["outside"]])
    return ItemState.UNSTATED


def first_state(words: Iterable[str]) -> ItemState:
    """The first state among words."""
    states = (word_state(word) for word in words)
    return next((state for state in states if state is not ItemState.UNSTATED), ItemState.UNSTATED)
