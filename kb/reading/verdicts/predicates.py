"""Predicates of failing: how people say that a thing stopped, broke or did not answer.

Stems, with any inflection behind them. Four classes, each open in its own way:

- *ceasing* and *dying*, in earnest and in jest (停止, 落ち, 固まり, 天に召され, ダンマリ)
- nouns that end in ceasing (接続断, サーバ落ち, 応答不能, 通信エラー): any noun may stand before the ending
- *not doing what it is for*: the negative of a verb of working, and the negative potential of any verb
  (開けない, つながらず). The negative passive is left out: 登録されていない names a state somebody left
- English: states (down, unavailable), ends (crashed, died), status codes, and log lines
"""

from __future__ import annotations

import re

from kb.reading.patterns import prepared

_NO = "(?:な(?:い|く|かった|さ)|ません(?:でした)?|ず(?=[。、に]|\\Z)|ぬ)"
_CEASE = (
    "(?:異常|強制|予期せ[ぬず]|不正)?(?:停止|終了|切断|落ち|ダウン|クラッシュ|ストップ|シャットダウン|消失)"
    "|(?:止|と)ま(?:っ|り|る)|(?<!し)落ち|全滅|だんまり|ダンマリ|沈黙|無言|(?:処理|動作|稼働|応答"
    "|サービス)を(?:止め|停止)|見失|固ま|フリーズ|ハング(?:アップ)?|スタック|刺さ|ず?っ?こけ|コケ"
    "|飛ん(?:だ|で)|倒れ|いなくな|消え(?:て|た)|[伸の]びて|ゾンビ|空回り"
)
_DIE = (
    "死ん|死亡|死に|しん[でだ]|お?亡くなり|逝|召され|息を引き|昇天|息絶え|力尽き|事切れ|永眠|寝て|寝込|眠って"
    "|お?休みして"
    "|黙(?:り込|りこ|[りっる])[ぁ-ん]{0,6}|口を(?:き|利|聞|開)[かけ][ぁ-ん]{0,4}|口を閉[ざじ][ぁ-ん]{0,3}|(?:息"
    "|呼吸)をし[ぁ-ん]{0,4}(?:ない|なく|なかっ|ません|ず)"
    "|(?:天国|あの世|彼岸|天|星|お?空|三途の川|虹の橋|旅)(?:に|へ|を|と)(?:行[っく]|旅立|逝|召|渡[っる]|なっ"
    "|帰[っら]|出[てた])|旅立|気絶|失神|昏睡|冬眠|体調(?:不良|が悪|を崩)"
    "|うんともすんとも|へそを曲げ|ご?機嫌(?:斜め|が悪)|拗ね|白目|ご?臨終|瀕死|虫の息"
)
_WORK = (
    "(?:正常に|うまく|正しく|まともに)?(?:起動|動作|稼働|機能|応答|反応|処理|実行|開始|完了|動|立ち?上が"
    "|上が|返|回|届|流れ|飛|鳴|進|終わ|始ま|走|映|開|利|効|繋|つな|続|来|出|見え|聞こえ|つ|着)"
    "(?:し|せ|で?き|い|か|か?っ|ら|て|して|さ|けて|ば|え|わ|な|り|っ|がら)?[ぁ-ん]{0,4}?"
    f"{_NO}"
)
_POTENTIAL = (
    "[さかがたなばまらわ]れなくな[っり]"
    f"|(?:でき|出来|られ|(?<=[一-龠])(?:れ|え|け|せ|め|べ|て|げ|ね)|つながら|繋がら)(?:て|な)?(?:い)?{_NO}"
)
_UNABLE = (
    "(?:返事|返答|応答|返信|反応|答え|合図|挨拶)を(?:し|返し|くれ|よこ|寄こ|寄越)[ぁ-ん]{0,5}?(?:な(?:い|く"
    "|かった)|ません(?:でした)?|ず(?=[。、に]|\\Z))|"
    "(?:起動|動作|応答|接続|通信|アクセス|疎通|処理|実行|利用|使用|到達|書き込み|読み込み|送信|受信|表示"
    "|配信|連携|転送|名前解決|ログイン|参照|操作|復帰)(?:に|が)?(?:不可能?|不能|不良|失敗|エラー|断|異常|遅延)"
    "|(?:接続|通信|アクセス|疎通|利用|使用|到達|書き込み|書込|読み込み|送信|受信|表示|配信|連携|転送|参照"
    "|取得|名前解決|ログイン|使|つな|繋)(?:が|は|を|に|も)?(?:で?き|出来|え|が[らっ]|せ|取れ"
    "|失敗し)[ぁ-ん]{0,3}?(?:な(?:い|く|かった)|ません(?:でした)?|ず(?=[。、に]|\\Z)|いず|た|て)"
    "|(?:応答|返事|レスポンス|反応|返答)(?:が|は|も)?(?:なし|な(?:い|く|かった)|無(?:い|く|し|かった)|停止"
    "|遅延|返ら|返って|ありません|途絶|来な|得られ|帰って|極端に|大幅に|著しく)[ぁ-ん]*"
    "|(?:応答|レスポンス|返事|結果|値)を?返[ぁ-ん]{0,3}?(?:な(?:い|く|かった)|ず)"
    "|不在|無応答|無反応|応答なし|不通|音信不通|途絶|途切れ|瞬断|(?<=[一-龠ァ-ヶーa-z ])(?:全?断|落ち)(?![ぁ-ん一-龠])"
    "|(?:接続|回線|通信|リンク|セッション|コネクション|socket|ソケット|vpn|電波)\\s?[がはも]\\s?切れ|切れ(?:た"
    "|て|る)(?!い)"
)
_STATE = (
    "タイムアウト|タイム・アウト|エラー(?!率|コード|処理)|例外|障害|不調|不安定|異常(?!値|系)|不具合"
    "|トラブル|(?:調子|具合)(?:が|の|は|も)?(?:あまり)?(?:悪|わる|[よ良]くな|いまひとつ)|おかし|悪化"
    "|劣化(?!版)|だめ|ダメ|駄目|使い物にならな"
    "|詰ま|滞留|滞|遅(?:く|れ|延|かった|い)|重(?:く|か|い)"
    "|[45](?:xx|[0-9]{2})(?:番?(?:エラー)?)?(?=を|が|に|で|エラー|[^0-9]|\\Z)|失敗(?!を|の検知)"
)
_ENGLISH = (
    "\\b(?:was|were|is|are|had|has|got|went|goes|became|being|been|kept|keeps)?\\s*(?:suddenly |just |simply "
    "|completely |all )?"
    "(?:down|crash(?:ed|ing|es)?|stopped(?: (?:responding|working|running))?|stops?|dead|died|dies|dying|hung"
    "|hang|hanging|froze"
    "|frozen|freez\\w+|stuck|stalled|unresponsive|unavailable|unreachable|offline|broken?|unstable|unhealthy"
    "|flaky|slow|sluggish|degraded"
    "|not (?:running|responding|working|started|available|up|reachable|answering|alive)|(?:timed?|timing)[ -]?out(?:s)?"
    "|time-?out|failed|failing|fails|failures?|outage|errors?|errored|erroring|returning [45][0-9]{2}s?"
    "|crashloopbackoff|imagepullbackoff|notready|evicted|unschedulable|return(?:ed|ing"
    "|s) (?:http )?[45][0-9x]{2}s?|oomkilled"
    "|(?:did|does|do|could|can|would|will)(?: not|n'?t) "
    "(?:respond|start|connect|work|come|come up|come back|run|finish|fire|launch|boot|load|answer|return|complete"
    "|reach|get through|open)"
    "|never (?:finished|started|ran|fired|completed|came|returned|responded|answered)"
    "|lost (?:its |the )?connection|connection (?:lost|refused|reset|error|closed)|disconnected|disappeared"
    "|dropped|fell over|bailed|gone"
    "|(?:went|gone|going) (?:away|dark|silent|offline)|vanished|exited|terminated)\\b"
)
FAILS = prepared("|".join((_CEASE, _DIE, _WORK, _UNABLE, _POTENTIAL, _STATE, _ENGLISH)), re.I)
"""What a claim that only says something failed comes to."""

# What may follow a predicate before the claim ends.
_AFTER = (
    "(?:[ぁ-ん]|状態|発生|起き|返却|返答|返(?=し|す|って)|続|陥|継続|多発|頻発|出力|出(?=て|た|る|ま)|見られ"
    "|生じ|起こ|検知され|中(?=だ|で|の)|原因|要因|模様|事象|由来|様子|障害|エラー|思[わいうっ]|可能性|考え"
    "|推測|為|起因|判明|気味|状況"
    "|言[わっい]|推定|起動|完全|流れな|動かな|現象|症状|切っ|行|全部|全台|同時)*"
)
ENDS = prepared(
    f"\\s*{_AFTER}\\s*(?:\\([^()]{{0,12}}\\))?[\\s。.、!)\\]」]*(?:(?:という|との)?(?:エラー|状態"
    f"|メッセージ)[ぁ-ん]*(?:出[ぁ-ん]+)?)?\\Z"
)
"""The end of a claim behind its predicate: inflection, hearsay, and words like 状態 and 模様."""

LINKS = prepared(
    "[ぁ-ん]{0,6}?(?:状態に)?(?:発生し|なり|起き)?(?:て|で|し|り|ため(?:に)?|ので|から|ことで|ことにより"
    "|ことによって|により|に伴い|に伴って|に伴う|結果|せいで|と|た(?=、)|\\band\\b|\\bso\\b|,)[、, ]?\\s*"
)
"""What joins a predicate to the next clause of the same kind: 停止したため、…できなくなった."""

# A line of a log, which says what failed in the machine's own words.
LOGGED = prepared(
    "\\b[\\w.$]*(?:Exception|Error)\\b\\s*(?:[:(]|\\Z)|\\b(?:ERROR|FATAL|WARN|CRITICAL|panic)\\b[\\s:0-9(]"
    "|Connection (?:refused|reset|timed out)"
    "|\\b(?:ECONN\\w+|ETIMEDOUT|EHOSTUNREACH)\\b|\\bno route to host\\b|\\bBad Gateway\\b|\\bGateway Time-?out\\b"
    "|\\bService Unavailable\\b"
    "|\\bCan'?t connect to\\b|\\bCouldn'?t (?:connect|resolve)\\b|\\bexit(?:ed with)? (?:code|status) [0-9]+",
    re.I,
)
