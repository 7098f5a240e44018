"""The words that say where a measure stands: 完了, 2/12 実施済, 稼働中（完了）, 検証中, In progress, won't fix."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.model.facts import ItemState
from kb.text.patterns import compile_words

_DONE_WORD = (
    "(?:[一-龠ァ-ヶー]{0,8}(?<!未))(?:完了|済み?(?!次第)|ずみ|しました|クローズ)|close[ds]?"
    "|終了|終わり|おわり|完|(?:もう)?(?:やった|やりました|できた|出来た|入れた|出した|直した|(?!依頼|発注|申請"
    "|起票|手配|打診|相談|検討|調査)[一-龠]{2}した)"
    "|(?:稼働|運用|適用|動作|運転)中|done|finished|completed?|resolved|fixed|shipped|released|merged|live|deployed"
    "|100\\s*[%パ]|ok|○|◯|●|✓|✔|✅|☑|🆗|👍"
)
_OPEN_WORD = (
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
_SETTLED_WORD = (
    "見送り?|不要|中止|取り?やめ|却下|(?:対応|実施)(?:し|せ)ない(?:こと)?|対象外|won'?t ?(?:fix|do)|rejected"
    "|cancell?ed|dropped|not needed"
)
_WHOLE = {
    ItemState.SETTLED: re.compile(f"[\\s(\\[【]*(?:{_SETTLED_WORD})", re.I),
    ItemState.OPEN: re.compile(
        f"[\\s(\\[【]*(?:{_OPEN_WORD})[\\s)\\]】。:]*(?:[(].*)?\\Z|.*(?:予定|見込み?|見通し|未"
        f"|(?<!稼働)(?<!運用)(?<!適用)(?<!動作)(?<!運転)中"
        "|(?<!順番)(?<!空き)(?<!応答)(?<!入力)(?<!手差し)(?<!接続)(?<!処理)待ち)\\Z",
        re.I,
    ),
    ItemState.DONE: re.compile(f"[\\s(\\[【0-9/月日:-]*(?:に)?(?:{_DONE_WORD})(?![ぁ-ん]*(?:予定|次第|待ち))", re.I),
}
_COPULA = re.compile(
    "(?<=[^ぁ-ん])(?:です|だ|である|となっている|となっています|の状態|の段階)\\Z|(?<=待ち)(?:です|だ|である|の状態)\\Z"
)
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
_DAY = "(?:[0-9]{4}[/年-])?[0-9]{1,2}(?:[/月-]\\s?[0-9]{1,2}日?|\\s?月\\s?(?:[0-9]{1,2}\\s?日|[上中下]旬|末|中)?)"
_BY = "(?:[に付けで頃ごろより、,~〜:\\s]|から|付け)*"
_TAIL = (
    "(?:です|だ|である|の状態|の段階|とする|とした|しま(?:す|した)|し(?:た|て(?:いる|います))|する"
    "|になった|となった|となる)?"
)
# What is not over: nouns and stems that end a phrase.
_DELAYED = (
    "途中|途上|道半ば|(?:やり|し|書き|作り|直し)かけ|手[つ付]かず|手付け?ず|遅れ(?:て(?:いる|います))"
    "|\\A(?:遅延|遅れ)(?:あり|中)?"
    "|延期|保留|棚上げ|(?:持ち?|繰り?)越し?|先送り|積み残し|後回し|次第"
    "|(?<!順番)(?<!空き)(?<!応答)(?<!入力)(?<!手差し)(?<!接続)(?<!処理)待ち|待って(?:いる|います)|予定|見込み?"
    "|見通し|つもり"
    "|未(?:着手|対応|実施|完了?|了|済|定|決|処理|開始|リリース|反映|導入|適用|検討|作成|検証|確認|設定|配布"
    "|展開|公開|提出|手配|交換"
    "|達成|整備|稼働|施工|納|納品|配備)|\\A未|\\A否|\\A(?:#[0-9]+\\s*)?オープン|着手|仕掛(?:中|かり)|これから"
    "|(?:今|いま)から|後日|別途|いずれ"
    "|そのうち|近日(?:中)?"
)
LATER = "(?:来|再来|翌|次(?!第|回|版))(?:月|週|期|年度?|春|夏|秋|冬|四半期|スプリント)"
_FINISH = (
    "(?:決ま|終わ|終え|済ん|でき|出来|進ん|着手|始ま|始め|入れ|入っ|動い|届い|取れ|付い|付け|取りかか"
    "|手掛け|載っ|載せ|直せ|直っ)"
)
_OPEN_state_phrases = compile_words(
    f"(?:{_DELAYED})(?:に|へ)?{_TAIL}\\Z"
    f"|\\A{LATER}[^。、]{{0,8}}(?:から|以降|に|へ|で)?\\Z"
    f"|まだ|手が(?:付|つ|回)|{_FINISH}[^。、]{{0,6}}(?:ない|ません|ず)(?:です)?\\Z"
    "|(?:予算|人手|余裕|手|時間|承認|機会|都合)[^。、]{0,8}(?:ば|たら|なら)\\Z"
    "|(?:着手|実施|開始|対応|リリース|反映|公開|導入)前\\Z|目指(?:す|し(?:て(?:いる|います))?|します)\\Z"
    "|(?:誰|だれ|いつ|どこ|どの)[^。]{0,10}[?？か]\\Z"
    "|(?:進め|作っ|書い|直し|試し|取っ|詰め|探し|当たっ|調べ|考え|集め|話し合っ|やりとりし|(?!運用|稼働|適用"
    "|監視|公開|利用|使用|動作)[一-龠]{2}し)"
    "[てで]い(?:る|ます)(?:ところ|最中)?\\Z"
    f"|は\\s?(?:{LATER}|(?:来|今)?(?:春|夏|秋|冬)|年内|年度内|[0-9]{{1,2}}\\s?月)(?:以降|頃|ごろ|中)?\\Z"
    "|のうち\\s*[0-9一-九]+\\s*[^\\s0-9]{0,3}(?:まで|が?済み?|は済み?|完了|が?完了|のみ|だけ)?\\Z"
    "|[0-9]\\s*[^\\s0-9]{0,3}中\\s*[0-9]+\\s*[^\\s0-9]{0,3}(?:まで|が?済み?|は済み?|が?完了|のみ"
    "|だけ)?(?:済み?)?\\Z"
    "|\\A残り?(?:は|が)?(?:\\s?[0-9一二三四五六]|\\Z)|\\A残る\\s?[0-9]|\\Aあと\\s?[0-9一二三四]|残って(?:いる"
    "|います)?\\Z"
    "|\\A(?:約|進捗)?\\s*[0-9]{1,2}\\s*[%％](?:完了|済み?|程度|ほど|まで)?\\Z|\\A[1-9一-九]\\s*割(?:まで|ほど"
    "|程度|方|がた)?(?:完了|済み?)?\\Z"
    "|\\A(?:片[方側]|一部|半分|半数|一方)(?:だけ|のみ|は|が|まで|ほど)?(?:済|完了|終|\\Z)"
    "|\\Aもう\\s?(?:一|1|片)[^。]{0,16}(?:に|から|で|は|へ)\\Z",
    re.I,
)
_OPEN_ENGLISH = compile_words(
    "\\bnot (?:yet|done|started|finished|built|ready|begun)|\\byet to\\b|\\bstill (?:to|open|missing|waiting"
    "|needs?|pending|in)\\b"
    "|\\bon hold\\b|\\bslip(?:s|ped)\\b|\\bpostponed\\b|\\bdeferred\\b|\\bdelayed\\b|\\bparked\\b|\\bpending\\b"
    "|\\bwaiting\\b"
    "|\\bblocked (?:on|by)\\b|\\Ablocked\\Z|\\Ato ?do\\b|\\bnext (?:week|month|quarter|sprint|year|release)\\b"
    "|\\Alater\\b|\\bplanned (?:for|in)\\b"
    "|\\Ahalf\\b|\\bpart(?:ly|ially)\\b|\\bin (?:progress|review|testing)\\b|\\bunder ?way\\b|\\Aongoing\\b"
    "|\\A(?:#?\\w+ )?open\\Z|\\bremains\\Z|\\Aremaining\\b|\\bnot\\b.{0,24}\\byet\\b|\\A[0-9]+ (?:of"
    "|out of) [0-9]+|\\bno \\w+ yet\\b|\\byet\\Z|\\Astarted\\b",
    re.I,
)
# Asked for is not there yet: 業者へ発注済み.
_ASKED = compile_words("(?:依頼|申請|発注|起票|手配|相談|見積もり?|打診|提案|検討|調査)(?:済み?|ずみ|した|しました)\\Z")
# What something else did is no state of a measure: 6/3 に停止した, 二度発生した.
_FAILED = "(?!発生|停止|失敗|判明|障害|故障|再発|消失|断念|中断|延期|保留|中止|遅延|検知|発覚|増加|減少|発見)"
_FINISHED = (
    "(?:片[付づ](?:い|け)|終わ(?:っ|らせ)|終え|終了し|済ん|済ませ|やっ|やり[終遂切]え?(?:っ)?|でき(?:て)?|出来"
    "|仕上(?:が|げ)(?:っ)?|入れ|入っ"
    "|出し|載[せっ]|直[しっ]|動き[出始](?:し|め)|動[かい](?:し)?|回り?[始出](?:め|し)|回し|始め|始まっ|付け"
    "|足し|替え|変え|切り?替えた?|移[しっ]"
    "|配っ|加え|組み込[んみ]|改め|掛け|張っ|書き?[足替換]?[しえ]|広げ|揃[えっ]|整え|閉じ|外し|消し|分け|上げ"
    "|下げ|延ばし|増やし|入れ終え"
    f"|{_FAILED}[一-龠]{{2}}(?:し|され|いたし))(?:まし)?[ただ]"
)
_WORK = (
    "(?:実施|導入|反映|適用|配備|公開|リリース|デプロイ|マージ|配布|配信|開始|切り?替え?|移行|稼働|投入|完工"
    "|更改|改訂|改版|納品|交換|展開|設置"
    "|運用開始|稼働開始|本番(?:反映|適用|稼働|投入|入り)|発効|施行|検収)"
)
_DONE_state_phrases = compile_words(
    "(?:(?<!未)(?:完了|済み?|ずみ|クローズ(?:済み?)?)|[^一-龠]完|\\A完|\\A了|\\A終)(?:です|しました|した)?\\Z"
    f"|(?:\\A|[0-9日に月へでらりくちをは\\s]){_FINISHED}\\Z"
    f"|\\A{_DAY}{_BY}(?:本番\\S{{0,4}}?)?{_WORK}\\Z|\\A{_WORK}[\\s(:]*{_DAY}[)付]?\\Z"
    "|(?:から|より|以降|以後|[~〜])[^。、]{0,10}(?:[てで]い(?:る|ます)|(?:稼働|運用|適用|運転)中?)\\Z"
    "|(?:効果|効き目|動作|稼働)を?(?:確認|確かめ(?:た|済み?))"
)
_DONE_ENGLISH = compile_words(
    "\\bdone\\b|\\bshipped\\b|\\bmerged\\b|\\Alive\\b|\\b(?:went|is|are|now) live\\b|\\bdeployed\\b"
    "|\\breleased\\b|\\Aclosed\\b|\\bclosed\\Z"
    "|\\bcompleted?\\b|\\bfinished\\b|\\bin place\\b|\\brolled out\\b|\\bin production\\b|\\blanded\\b"
    "|\\A(?:now )?enabled\\b|\\bsince [0-9A-Z]",
    re.I,
)
_DEADLINE = compile_words("まで(?:に)?\\s*(?:に|は)?(?:完了|実施|対応|終了)\\Z")
_SETTLED_state_phrases = compile_words(
    "(?:見送り?|取り?やめ|中止|不要|対象外|(?:やら|し|行わ|実施し)ない(?:ことに(?:した|決めた|しました))?)\\Z"
)
_LABELS = re.compile(
    "(?:もの|こと|対策|項目|対応|分|件|タスク|作業|課題|アクション|items?|actions?|tasks?)[:。\\s]*\\Z", re.I
)


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
