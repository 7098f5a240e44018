"""Not knowing, told by other verbs than those of finding out.

Four ways, each a class with its own grammar:

- a *verb of saying* that one could not do, or was not done for one: 言い切れない, 開示してもらえず,
  申し上げられる段階にない
- *which of them* in the negative: どれとも言えない, いずれも当てはまらず
- an *end without a finding*: 決め手が出ないまま調査を終えた, 分からないまま収まった
- a *question to oneself*, and the search that begins anew: なんでだろう, 振り出しに戻る
"""

from __future__ import annotations

import re

from kb.text.patterns import compile_words

# A negative that says something of the thing behind it (推測できない ID) is no predicate.
_NO = (
    "(?:な(?:い(?!\\s?[一-龠ァ-ヶA-Za-z0-9](?<![状段模態]))|く|かった|し)|ません(?:でした)?|ず|ぬ"
    "|ん(?![ぁ-んァ-ヶ一-龠]))"
)
_SAY = (
    "(?<![一-龠ァ-ヶ])(?:言い切|言え|言明|断言|明言|説明|お?答え|申し上げ|伝え|報告|公表|開示|教え|推測|想像"
    "|明かせ|示せ|示さ)"
)
_SEARCH = "(?:調査|解析|究明|原因探し|切り?分け|検証|対応|追跡|本件)"
_SIGNS = (
    "(?:手[がか掛]かり|手応え|見当|裏付け|確証|確信|根拠|材料|証拠|決め手|糸口|答え|結論|共通点|説明|推測|契機"
    "|きっかけ|引き金|要因|原因|理由|正体)"
)
_CLOSED = "(?:終え|終わ|終了|打ち切|切り上げ|締め|閉じ|クローズ|戻|直|治|復旧|収ま|収束|解消|至|過ぎ|現在|今日)"
_END = "[ぁ-ん]{0,8}(?:状態|状況|段階)?(?:です|だ|である|でした)?[。.、)\\s]*(?:[(（][^()（）]{0,24}[)）])?[。.\\s]*\\Z"

_UNSAID = compile_words(
    f"{_SAY}(?:し|て|で|い?で)?(?:ては?)?(?:でき|出来|もらえ|いただけ|頂け|くれ|られ|され|れ|え"
    f"|つけられ)(?:て)?(?:い)?{_NO}"
    f"|(?:申し上げ|言え|説明|答え|話せ|報告|お伝え|判断)(?:でき|られ|し)?[るう]?(?:段階|状況|状態|材料"
    f"|時期)(?:に|では?|が|は|には)+(?:まだ)?(?:あり|ござい|至ってい|な[いく])(?:ません)?"
    f"|(?:言え|明かせ|示せ|語れ|答えられ)[るた]?(?:わけでは|こと(?:は|が))?{_NO}"
    f"|(?:突き?止め|特定|解明|究明|判明|明らかに)[ぁ-ん]{{0,4}}?(?:に|まで)?は?(?:至|届|及)[ぁ-ん]{{0,2}}?{_NO}"
    f"|(?:原因|理由|答え|結論|真因|真相|正体)(?:に|まで)(?:は|も)?(?:まだ)?(?:行き着|辿り着|たどり着|届|到達"
    f"|行き当た)[ぁ-ん]{{0,5}}?{_NO}"
    f"|(?:収穫|成果|手応え|当たり|得るもの|発見)(?:は|が|も)?(?:特に|何も)?(?:な(?:し|い|く|かった)|ゼロ|無し"
    f"|ありません)"
    f"|(?:ベンダー?|サポート|先方|開発元|窓口|メーカー?|業者|相手|提供元|製造元"
    f"|問い?合わ?せ先)[^、。]{{0,10}}?(?:から|より)(?:の)?(?:返事|回答|返答|連絡|報告|音沙汰|返信)(?:は|が"
    f"|も)?(?:まだ)?(?:な(?:い|く|し)|来|届|得|もらえ)"
    "|(?:これから|今後|明日|追って|引き続き|近日中に|来週)[^。、]{0,12}?(?:調べ|調査し|確認し|解析し|追いかけ"
    "|探し)(?:る|ます|ていく|ていきます|てみる|てみます)(?=[。.\\s]|\\Z)"
    "|(?:手[がか掛]かり|証跡|証拠)(?:が|は|も)?(?:すべて|全て)?(?:消え|失われ|飛ん|上書きされ)(?:て|た"
    "|ました)[ぁ-ん]{0,6}(?=[。.\\s]|\\Z)"
    f"|(?:判断|判別|結論|見極め|区別|答え)(?:が|は|も)(?:まだ)?(?:つ|付|出|で)[ぁ-ん]{{0,4}}?{_NO}"
    f"|(?:原因|要因|理由|真因)(?:は|を|が)[^。、]{{0,6}}?見(?:いだ|出)せ[ぁ-ん]{{0,4}}?{_NO}"
    f"|(?:闇|霧|藪)の中"
    f"|(?:どれ|いずれ|どちら|何)(?:とも|にも|も)(?:つか|当てはま|該当|言い切|言え|断定|決めら|合わ|結びつ"
    f"|つながら)[ぁ-んで]{{0,4}}?{_NO}"
    f"|説明(?:が|を|も)?(?:つ[かけ]|付[かけ]|でき)[ぁ-ん]{{0,3}}?(?:て)?い?{_NO}"
    f"|(?:はっきり|判然と)(?:とは)?(?:し|せ){_NO}"
    f"|{_SIGNS}(?:は|が|も|に)(?:まだ|何も|特に)?(?:見え|見つか|つか[まめ]|掴め|分か|わか|判|得られ|立た"
    f"|示され|浮か)[ぁ-ん]{{0,4}}?{_NO}"
    f"|(?:進展|進捗|新しい情報|続報|目新しいこと)(?:は|が|も)?(?:特に|まだ)?(?:な(?:し|い|く)|無(?:し|い)"
    f"|ありません|見られ(?:ない|ず))"
    f"|(?:わから|分から|判ら|知ら|つかめ|見当がつか)ん(?=[。、.!]|\\Z)"
    f"|(?:調査|解析|分析|究明|検証|切り?分け|特定)を?(?:し|を行っ)?て?(?:いただい|頂い|頼ん|依頼し|お願いし"
    f"|続け)[てで](?:い|お)[るり]"
    "|(?:振り出し|白紙|ふりだし)に戻[っりる]|(?:調べ|やり|探し|考え|洗い)直し(?:中|だ|です|[。.\\s]|\\Z)"
    "|(?:かも|のかは|のかも|何も|どこが悪いかも)(?:まだ)?何も(?=[。.\\s]|\\Z)"
)
_LEFT_SO = compile_words(
    f"{_NO}(?:まま|状態で)[、,]?[^。]{{0,14}}?{_CLOSED}|(?:言い切れ|分から|わから|特定でき|つかめ|見つから"
    f"|判明し|出)[ぁ-ん]{{0,2}}(?:ない)?まま{_END}"
)
# What is not there when a search ends: without one of these, まま tells how a thing was left.
_SOUGHT = compile_words(
    f"{_SIGNS}|{_SEARCH}|特定|判明|突き?止め|分から|わから|判ら|つかめ|見つから|言い切|当てはま|はっきり"
)
_WONDERS = compile_words(
    "\\A(?:いったい|一体|本当に)?(?:なん|何|なぜ|何故|どうして)(?:で|なの)?(?:なん|なの|こうなった"
    "|起きた)?(?:ん)?(?:だろう|でしょう|やろ|かな|だっけ)[ぁ-ん]{0,3}(?=[。、.?!\\s~]|\\Z)"
)
# 疑ったが外れ, 違った: what was thought and was not so.
_REFUTED = compile_words(
    "(?:疑っ|思っ|見て|考え|睨ん|にらん|かと|だと)[^。]{0,12}(?:が|けど|ものの|けれど)[、,]?\\s*(?:違|ちが"
    "|外れ|はずれ|空振|ハズレ|シロ|白だ|関係な|無関係)"
    "|\\A(?:が|けど|でも|結局)?(?:これ|それ|こちら|どれ)?(?:も|は)?[、,]?(?:違(?:っ|い|う)|ちが(?:っ|い|う)"
    "|外れ|はずれ|ハズレ|空振り|シロ)[ぁ-ん]{0,6}[。.!\\s]*\\Z"
    "|\\b(?:ruled out|red herring|(?:is|was) innocent|not the (?:cause|culprit))\\b"
)


def leaves_cause_open(text: str) -> bool:
    """Whether a folded, plain claim says that nobody could tell the cause."""
    found = _UNSAID.search(text)
    return bool(found) or bool(_WONDERS.search(text)) or bool(_LEFT_SO.search(text) and _SOUGHT.search(text))


def only_refutes(text: str) -> bool:
    """Whether a claim only says that a suspicion was wrong."""
    return _REFUTED.search(text) is not None


# Whether a claim gives the cause as not known, or only says how it will be found out.
#
# Three classes: words and idioms of not knowing (不明, 迷宮入り, 推測の域を出ない), a thing one knows by
# (手がかり, 裏付け, 見当) or a verb of finding out (特定, 判断) in the negative, and a verb of looking into
# that goes on (調べている最中, 解析してもらっている). An unknown that was resolved is none: 当初は不明だったが.


_NOT_KNOWN = (
    "不明(?:瞭|確)?(?!者|な\\s?[一-龠ァ-ヶA-Za-z](?<!点))|未詳|不詳|未(?:だに?)?(?!(?:確認|検証|記入"
    "|調査)の[一-龠ァ-ヶ](?<![状段]))(?:特定|解明|判明|確定|調査|定|究明|確認|検証|着手|記入)|(?:謎|なぞ"
    "|ナゾ)(?!の(?:通信|アクセス|プロセス|リクエスト))|未知|迷宮入り"
    "|(?:報告|回答|結果|返事|返答|連絡|見解)(?:は|が|も)?(?:まだ|未だ)?[^。、]{0,5}(?:来|届|出|得られ|もらえ"
    "|戻)[ぁ-ん]{0,5}?(?:ない|ません)"
    "|確たる[^。]{0,6}(?:言え|分か|わか)[ぁ-ん]*(?:ない|ません)|(?:特定|究明|解明|調査"
    "|解析)に(?:は)?時間が?(?:かか|を要)[ぁ-ん]*"
    "|お?手上げ|五里霧中|藪の中|(?:憶測|推測|想像|臆測|仮説)の(?:域|段階)(?:を[出脱]?|で|に)[ぁ-ん]*"
    "|(?:いまだ|依然|まだ)?判然としな\\w*|判然としません|はっきりし(?:な|ません|て(?:い)?(?:な|ません))\\w*"
    "|定かで\\w*な\\w*|心当たり\\w*な\\w*|(?:追跡|調査|特定"
    "|解析|究明|断定|再現)(?:が"
    "|は)?(?:不能|不可|困難)|確証(?:は|が)?な(?:し|い|く)"
    "|(?:手[がか掛]かり|見当|裏(?:付け)?|調べ|確証|確信|根拠|目[処途星]|めど|材料|思い当たる節|心当たり|証拠"
    "|決め手|糸口|答え)(?:は"
    "|が|も|に|の)*[ぁ-ん得付掴取立見出]{0,8}?(?:ない|なし|ず|ません|おらず|なかった)[ぁ-ん]*"
    "|(?:特定|判明|解明|把握|究明|断定|確定|説明|再現|確証|手掛?かり|判断|判別|裏付け|調べ)(?:に|まで|は|が|も"
    "|を|に関して)*(?:でき"
    "|出来|して|し|せ|され|つか|つけ|つい|至|得|と?れ|な)[ぁ-ん至得]{0,6}?(?:ない|ず|ません|なかった|おらず"
    "|いない|しない)[ぁ-ん]*"
    "|(?:わか|分か|判|解)(?:って|ら|り)(?:は)?(?:い|お)?(?:ない|らず|ず|ません|なかった|なく)[ぁ-ん]*"
    "|思い当た[りる](?:もの|こと|節|点)?[がはも]?(?:な(?:い|く|し)|ません|ありません)|何もわか[ぁ-ん]*|\\A何も\\Z"
    "|(?:見つか|見付か|つかめ|掴め|突き?止め|追え|追いきれ|辿れ|たどれ|絞り?込め"
    "|見当がつか|[つ掴]か?みきれ|追いきれ|見極められ)[ぁ-ん]{0,5}?(?:ない|ず|ません|なかった|なくな[っり])[ぁ-ん]*"
)
_ONGOING = (
    "(?:原因|要因|調査|確認|解析|分析|切り?分け|究明|検証|精査|追跡|深掘り|再現|ヒアリング|問い?合わ?せ|照会"
    "|依頼|協議|検討|トレース|ログ)(?:の)?(?:調査|確認|解析|分析|特定|究明|検証)?"
    "(?:を|は|が)?(?:引き?続き|継続(?:して)?)?(?:中|継続|待ち|予定|続行|(?:を)?(?:続け|進め|行っ|おこなっ"
    "|実施し?)て(?:いる|います|おります|いく)|して(?:いる|います|おります|いく)|しております|してます)"
    "(?:です|だ|である|でして|のため|となる|となっている|となります|の状況|の段階|とのこと|とする)*"
    "|(?:回答|返答|結果|返事|連絡|見解|報告)(?:を)?(?:待ち|待って\\w*)(?:です)?"
    "|(?:調べ|探し|さがし|追っ|追いかけ|(?<!と)聞い|洗っ|掘っ|絞り込ん|突き合わせ|総当たりし"
    "|(?:調査|解析|分析|確認|究明|検証|照会|精査|追跡|考察)(?:し|を行っ|に当たっ|にあたっ|を進め))(?:て"
    "|で)(?:もらっ|いただい|頂い|くれ)?(?:て)?"
    "(?:い(?:る|ます)|い?る)?(?:最中|さなか|ところ|段階|途中)?(?:です|だ|である)?(?=[。、]|\\Z)"
    "|(?:考察|推理|捜索|審議|照合|検分|鑑定)中(?:です)?|(?:している|調査の|解析の|確認の)(?:最中|さなか"
    "|途中)(?:です|だ|である)?"
)
_ENGLISH_UNKNOWN = (
    "\\b(?:unknown(?=\\s*[.,;:)!]|\\s*\\Z|\\s+(?:at|so|yet|for|as|until|why|whether|how|what|but|to us)\\b)"
    "|unclear(?! from)|(?:do(?:es)?n[o']t|do(?:es)? not|did ?n[o']t) (?:yet |really "
    "|fully )?(?:know(?! that\\b)"
    "|understand)|no one knows|nobody knows"
    "|a mystery|mystery|still guessing"
    "|(?:has|have)(?: not|n't) been (?:pinned down|identified|found|determined|established|able to \\w+|confirmed)"
    "|digging(?: into)?|being analy[sz]ed|analysis (?:is )?(?:ongoing|in progress|pending)"
    "|awaiting (?:the )?(?:vendor|analysis|results?|reply|answer)"
    "|waiting (?:for|on) (?:the )?(?:vendor|analysis|results?|reply|answer)|undetermined|not (?:yet )?(?:known"
    "|clear(?! (?:from|to)\\b)|identified|determined|found|understood|understand"
    "|confirmed|established)|no idea|inconclusive"
    "|(?:still )?(?:under|pending) (?:investigation|analysis|review)|(?:still )?(?:investigating|looking into"
    "|being investigated)|investigation (?:is )?(?:ongoing|in progress|pending)"
    "|(?:could ?n[o']t|could not|cannot|can't|unable to|have(?:n't| not)|did ?n[o']t"
    "|failed to|been able to|not been) (?:be |been )?(?:determined?|identify|identified|find|found|reproduced?"
    "|pinpoint(?:ed)?|figured?"
    "|isolated?|pin(?:ned)? (?:it )?down|traced?|explain(?:ed)?|established?|locate(?:d)?|tell|work(?:ed)? out"
    "|narrow(?:ed)? down)"
    "|(?:nobody|no one|none of us)\\b[^.]{0,30}\\b(?:why|knows?|explain|tell|say|understands?|found|sure)"
    "|not (?:yet )?explained|no (?:good |real |clear )?(?:explanation|leads?|clues?)|no (?:root |clear "
    "|single |obvious )?cause (?:was |has been |could be )?(?:found|identified|established|determined))\\b"
)
# Not in front of a thing (問い合わせ中の伝票), nor telling when something else happened (調査中に戻した).
_SAID_OF_IT = (
    "(?!の(?!段階|状況|状態|模様|現象|事象|挙動|不具合|エラー|障害|よう|まま"
    "|ため)[一-龠ァ-ヶA-Za-z])(?!に(?!つき|なっ|あ)|な[一-龠ァ-ヶA-Za-z])"
    "(?!(?<=ない)(?!状態|段階|状況|模様|現状)[一-龠ァ-ヶA-Za-z])"
)
_UNKNOWN_END = compile_words(
    f"(?:{_NOT_KNOWN}|{_ONGOING})(?:[ (（].*|[ぁ-ん]{{0,6}}(?:状態|状況|段階)?(?:です|だ|である"
    f"|でした)?)[。.、)\\s]*\\Z",
    re.I,
)
_UNKNOWN_SO = compile_words(
    f"(?:{_NOT_KNOWN})[。、]?\\s*(?:[(（].*)?\\Z|\\A(?:原因|要因)?(?:は|が)?(?:{_NOT_KNOWN}|{_ONGOING}){_SAID_OF_IT}",
    re.I,
)
_UNKNOWN_EN = compile_words(_ENGLISH_UNKNOWN, re.I)
# Text that was true once and is followed by what replaced it.
SUPERSEDED = compile_words(
    f"\\A.{{0,40}}?(?:{_NOT_KNOWN}|{_ONGOING}|未定|検討中)[^。、]{{0,12}}?(?:だった|であった|でした|していた"
    f"|と(?:なって|して|思われて|見られて)いた|[いお]たが|った)"
    "[^。、]{0,6}?(?:が|けれども?|けど|ものの|ところ)[、,]?\\s*(?P<rest>.+)\\Z"
)
AT_FIRST = compile_words(
    "(?i:\\b(?:at first|initially|originally|first report)\\b)|当初|時点|第[一1]報|初報|その後|のちに|最初は"
)
CAUSE_FOUND = compile_words(
    "判明(?!し(?:て(?:い)?)?(?:な|ません|ず)|せ(?:ず|ん)|に至)|特定(?:した|できた|済)|(?:わか|分か|判)(?:った|りました)"
    "|突き?止め(?:た|ました)|明らかにな|発覚"
    "|見つか(?:った|りました)|と結論|turned out|identified as|traced to|found (?:that|to)",
    re.I,
)
INQUIRY = compile_words(
    "(?:採取|取得|調査|確認|解析|問い?合わ?せ|照会|再現|検証|依頼|追加|待|監視|共有|報告|更新|精査|切り?分け"
    "|試|見る|観察|追跡|様子見|様子を見)[ぁ-ん]{0,4}?(?:する|します|く|予定(?:です)?|中(?:です)?|ている|ています"
    "|る|ます|つ|たい|てみる|てみます)[。.)\\s]*\\Z"
    "|(?:異常|エラー|問題|痕跡|ログ|変更|不審な点|手掛?かり)[ぁ-んァ-ヶ一-龠]{0,8}?(?:なし|無し|な(?:い"
    "|かった)|ありません(?:でした)?|見られ(?:ない|なかった|ず)|見当たら\\w+|残って(?:い(?:ない|なかった"
    "|ません)|おらず)\\w*)[。.)\\s]*\\Z"
)


# Which of them is which cannot be told from a name or a screen: a property of the thing, not a search.
_WHICH = compile_words(
    "(?:どちら|どれ|どの[^、。か]{1,12}|誰|だれ|いつ)(?:が|を|の|に|で|から|も|か)[^。]{0,20}?か(?:は|が|を|も"
    "|の)?[^。]{0,12}?(?:分か|わか|判)"
)
# One thing is not known, but the reason of another is: 落ちた理由は分からないが、切り替わらなかったのは…だから.
_BUT = re.compile(
    "[^。]{0,40}?(?:ない|ません|不明だ|不明です)(?:が|けれど|けど|ものの)[、,](?P<rest>[^。]{8,}(?:から|ため"
    "|せい|ので)(?:だ|です|だった|でした)?[。.\\s]*\\Z)"
)
# Not known, and what it might be: 判明していないが、機器の可能性が高い.
_GUESSED = re.compile(
    "(?P<first>[^。]{0,40}?(?:ない|ません|不明だ|不明です|中だ|中です))(?:が|けれど|けど"
    "|ものの)[、,][^。]*(?:可能性|思われ|推測|疑|かもしれ|のではない|らしい|と見て)"
)
_A_CAUSE = re.compile("原因|要因|きっかけ|引き金|効い|変更|影響")
_KANA = re.compile("[ぁ-ん]")
_ONLY = re.compile("(?:the )?(?:root )?(?:原因|要因|理由|cause)?[はもが:is ]*\\Z", re.I)


def is_unknown(step: str) -> bool:
    """Whether a folded, plain claim says that the cause is not known, or not yet."""
    if (which := _WHICH.search(step)) and not _A_CAUSE.search(which[0]):
        return False
    if (but := _BUT.match(step)) and not is_unknown(but["rest"]):
        return False
    if (guess := _GUESSED.match(step)) and is_unknown(guess["first"]):
        return True
    if _UNKNOWN_END.search(step) or _UNKNOWN_SO.search(step) or leaves_cause_open(step):
        return True
    found = _UNKNOWN_EN.search(step)
    # In a Japanese sentence an English word may be the name of a state: 状態が UNKNOWN のとき.
    return found is not None and (not _KANA.search(step) or _ONLY.match(step[: found.start()]) is not None)
