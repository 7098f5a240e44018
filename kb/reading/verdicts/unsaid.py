"""Not knowing, told by other verbs than those of finding out.

Four ways, each a class with its own grammar:

- a *verb of saying* that one could not do, or was not done for one: 言い切れない, 開示してもらえず,
  申し上げられる段階にない
- *which of them* in the negative: どれとも言えない, いずれも当てはまらず
- an *end without a finding*: 決め手が出ないまま調査を終えた, 分からないまま収まった
- a *question to oneself*, and the search that begins anew: なんでだろう, 振り出しに戻る
"""

from __future__ import annotations

from kb.reading.patterns import prepared

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

_UNSAID = prepared(
    f"{_SAY}(?:し|て|で|い?で)?(?:ては?)?(?:でき|出来|もらえ|いただけ|頂け|くれ|られ|され|れ|え"
    f"|つけられ)(?:て)?(?:い)?{_NO}"
    f"|(?:申し上げ|言え|説明|答え|話せ|報告|お伝え|判断)(?:でき|られ|し)?[るう]?(?:段階|状況|状態|材料"
    f"|時期)(?:に|では?|が|は|には)+(?:まだ)?(?:あり|ござい|至ってい|な[いく])(?:ません)?"
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
_LEFT_SO = prepared(
    f"{_NO}(?:まま|状態で)[、,]?[^。]{{0,14}}?{_CLOSED}|(?:言い切れ|分から|わから|特定でき|つかめ|見つから"
    f"|判明し|出)[ぁ-ん]{{0,2}}(?:ない)?まま{_END}"
)
# What is not there when a search ends: without one of these, まま tells how a thing was left.
_SOUGHT = prepared(
    f"{_SIGNS}|{_SEARCH}|特定|判明|突き?止め|分から|わから|判ら|つかめ|見つから|言い切|当てはま|はっきり"
)
_WONDERS = prepared(
    "\\A(?:いったい|一体|本当に)?(?:なん|何|なぜ|何故|どうして)(?:で|なの)?(?:なん|なの|こうなった"
    "|起きた)?(?:ん)?(?:だろう|でしょう|やろ|かな|だっけ)[ぁ-ん]{0,3}(?=[。、.?!\\s~]|\\Z)"
)
# 疑ったが外れ, 違った: what was thought and was not so.
_REFUTED = prepared(
    "(?:疑っ|思っ|見て|考え|睨ん|にらん|かと|だと)[^。]{0,12}(?:が|けど|ものの|けれど)[、,]?\\s*(?:違|ちが"
    "|外れ|はずれ|空振|ハズレ|シロ|白だ|関係な|無関係)"
    "|\\A(?:が|けど|でも|結局)?(?:これ|それ|こちら|どれ)?(?:も|は)?[、,]?(?:違(?:っ|い|う)|ちが(?:っ|い|う)"
    "|外れ|はずれ|ハズレ|空振り|シロ)[ぁ-ん]{0,6}[。.!\\s]*\\Z"
)


def unsaid(text: str) -> bool:
    """Whether a folded, plain claim says that nobody could tell the cause."""
    found = _UNSAID.search(text)
    return bool(found) or bool(_WONDERS.search(text)) or bool(_LEFT_SO.search(text) and _SOUGHT.search(text))


def refuted(text: str) -> bool:
    """Whether a claim only says that a suspicion was wrong."""
    return _REFUTED.search(text) is not None
