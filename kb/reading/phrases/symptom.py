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

from kb.text.patterns import compile_words
from kb.text.polite import to_plain_form

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
FAILING = compile_words("|".join((_CEASE, _DIE, _WORK, _UNABLE, _POTENTIAL, _STATE, _ENGLISH)), re.I)
"""What a claim that only says something failed comes to."""

# What may follow a predicate before the claim ends.
_AFTER = (
    "(?:[ぁ-ん]|状態|発生|起き|返却|返答|返(?=し|す|って)|続|陥|継続|多発|頻発|出力|出(?=て|た|る|ま)|見られ"
    "|生じ|起こ|検知され|中(?=だ|で|の)|原因|要因|模様|事象|由来|様子|障害|エラー|思[わいうっ]|可能性|考え"
    "|推測|為|起因|判明|気味|状況"
    "|言[わっい]|推定|起動|完全|流れな|動かな|現象|症状|切っ|行|全部|全台|同時)*"
)
FAILING_END = compile_words(
    f"\\s*{_AFTER}\\s*(?:\\([^()]{{0,12}}\\))?[\\s。.、!)\\]」]*(?:(?:という|との)?(?:エラー|状態"
    f"|メッセージ)[ぁ-ん]*(?:出[ぁ-ん]+)?)?\\Z"
)
"""The end of a claim behind its predicate: inflection, hearsay, and words like 状態 and 模様."""

FAILING_LINK = compile_words(
    "[ぁ-ん]{0,6}?(?:状態に)?(?:発生し|なり|起き)?(?:て|で|し|り|ため(?:に)?|ので|から|ことで|ことにより"
    "|ことによって|により|に伴い|に伴って|に伴う|結果|せいで|と|た(?=、)|\\band\\b|\\bso\\b|,)[、, ]?\\s*"
)
"""What joins a predicate to the next clause of the same kind: 停止したため、…できなくなった."""

# A line of a log, which says what failed in the machine's own words.
ERROR_LOG = compile_words(
    "\\b[\\w.$]*(?:Exception|Error)\\b\\s*(?:[:(]|\\Z)|\\b(?:ERROR|FATAL|WARN|CRITICAL|panic)\\b[\\s:0-9(]"
    "|Connection (?:refused|reset|timed out)"
    "|\\b(?:ECONN\\w+|ETIMEDOUT|EHOSTUNREACH)\\b|\\bno route to host\\b|\\bBad Gateway\\b|\\bGateway Time-?out\\b"
    "|\\bService Unavailable\\b"
    "|\\bCan'?t connect to\\b|\\bCouldn'?t (?:connect|resolve)\\b|\\bexit(?:ed with)? (?:code|status) [0-9]+",
    re.I,
)


# Whether a claim names what failed and nothing more: [component] + [predicate of failing].
#
# The predicates are stems with any inflection. What stands before one must be a plain name (a
# component, a place, a time); an artefact with a state, a clause of its own or a number with a unit
# is a reason, and then the claim is no longer surface.


_COMPONENT = (
    "(?:サーバー?|基盤|システム|サービス|バッチ|ジョブ|環境|ツール|プロセス|エージェント|ゲートウェイ"
    "|ワーカー?|機能|画面|api|db|データベース|キュー|ホスト|ノード|デーモン|アプリ|クラスタ|機器|装置|回線"
    "|ソフト|マネージャ|プロキシ|コンテナ|pod|インスタンス|モジュール|スケジューラ|サイト|ストレージ"
    "|ネットワーク|側|系|本体|端末|ミドルウェア|タスク|スクリプト|ルータ|スイッチ|ロードバランサ|lb|連携|通知"
    "|配信|処理|コンソール|ビューア|センター|パネル|カメラ|センサ|レジ|プリンタ|親機|子機|受け口|中継|リーダ"
    "|ポータル|クライアント|ブラウザ"
    "|フロント|バックエンド|エンジン|ブローカ|レプリカ|プライマリ|コントローラ|アダプタ|ハブ)"
)
# An artefact, a change or a condition: the beginning of a reason, unless it is part of a name.
_REASON = compile_words(
    f"(?:設定|制約|権限|証明書|期限|有効期|上限|下限|閾値|しきい値|(?<![a-z])ttl|インデックス|監視|テスト"
    f"|試験|手順|ライセンス|バージョン|互換|ロック|競合|容量|領域|パーティション|ディスク|メモリ|ヒープ"
    f"|(?<![a-z])cpu|負荷|アクセス(?:集中|増)|トラフィック|リーク|バグ|ミス|漏れ|誤|不足|不備|枯渇|超過"
    f"|上書き|削除|満杯|フル|例外(?!が|に|で|発生)|無限|ループ|(?<![a-z])(?:oom|kill)|変更|更新|追加|リリース"
    f"|デプロイ|移行|メンテ|作業|操作|依存|パラメータ|フラグ|引数|クエリ|スロークエリ|全件|スキャン|走査"
    f"|トランザクション|レース|並行|再試行|リトライ|キャッシュ(?!サーバ)|文字コード|桁|単位|形式|仕様|実装"
    f"|コード|分岐|条件|考慮|想定|検知|気づ|気付|把握|予測|防げ|防止|停電|電源|故障|老朽|ファームウェア"
    f"|名前解決(?!が|でき)|ポート|ファイアウォール(?!\\s?[がはの]?\\s?\\Z)|プール|スレッド|セッション数|失効|切れ(?:た"
    f"|て)?(?:いた)?(?=証明|認証)|認証情報|パスワード|トークン|ログローテ|肥大|急増|増加|集中|逼迫|圧迫"
    f"|使い切|食い|占有)"
    f"(?!\\S{{0,4}}{_COMPONENT})",
    re.I,
)
_REASON_EN = compile_words(
    "\\b(?:because|since|due to|caused by|which|after|when|while|as (?:the|a)|config\\w*|setting|expired"
    "|certificate|memory|disk|full|limit|leak|deploy\\w*|release\\w*|migration|missing|wrong|incorrect|bug"
    "|race|lock|deadlock|query|index|timeout (?:was|set)|permission|version|upgrade\\w*|traffic|overload\\w*"
    "|spike|exhaust\\w*|misconfig\\w*|typo|null|exception in|retry|retries|quota)\\b",
    re.I,
)
QUANTITY = compile_words(
    "[0-9](?:[0-9,.]*)\\s*(?:[kmgt]i?b|%|行|万|億|接続|スレッド|倍|ms|ミリ秒|バイト|文字|rps|qps|コネクション"
    "|プロセス|回線|セッション|件を|レコード)",
    re.I,
)
_CLAUSE = compile_words(
    "[ぁ-ん](?:て|で)おらず|ずに|(?:た|だ|る|い)まま|たところ|[^ぁ-ん]せず|なく[、,]|おり[、,]?|ており"
    "|(?<=[ぁ-ん])ば[、,]|にもかかわらず|のに[、,]"
)
_BY = compile_words(
    "(?P<noun>[^\\sはがをにとへもの、]{1,20})(?:(?<!ま)で|によって|により|による|のため|のせいで)(?=[^あ-ん]|\\s|\\Z)"
)
_PLACE = compile_words(
    f"(?:{_COMPONENT}|上|内|中|本番|ゾーン|リージョン|az|拠点|データセンター|クラウド|aws|gcp|azure"
    f"|[a-z0-9_.:/-]+|[0-9]+台|全台|一部|突然|急|何らか|原因不明|自動|夜間|深夜|途中|時点|頃|分|時|秒|日)\\Z",
    re.I,
)
_TRIVIAL = compile_words(
    "(?:そのため|その結果|これにより|それにより|このため|したがって|結果(?:として|的に)?|また|さらに|なお"
    "|よって|突然|急に|いつの間にか|ひとりでに|勝手に|一斉に|同時に|単に|また|再び|何らかの(?:理由|原因"
    "|要因)(?:で|により)?|なぜか|おそらく|恐らく|たぶん|一時的に"
    "|断続的に|完全に|[0-9]{1,4}[/:年月日時分][0-9/:年月日時分秒頃ごろ〜~のからまでに\\s]*(?:に|頃|から)?"
    "|深夜(?:に|帯)?(?:に)?"
    "|早朝に|夜間に|本番(?:環境)?(?:の|で)|リリース(?:直)?後(?:に)?|以上|上記|以下の?とおり)[、,]?\\s*",
    re.I,
)
_WHEN_EN = compile_words(
    "\\s+(?:at|around|about|on|for|since|until|during|overnight|again)\\b[\\s0-9:/.-]*(?:am|pm|utc|jst"
    "|minutes?|hours?|the night)?\\Z"
)
# Who said it, which is no part of what is said.
_HEARSAY = compile_words(
    "[^、。]{1,16}(?:によると|によれば|いわく|曰く|の話では|の(?:連絡|発表|回答|報告|説明)(?:では|によると))[、,]?\\s*"
)
_SAID = compile_words(
    "(?:との?こと|との(?:連絡|報告|回答|発表|説明|見解|話|指摘)|と(?:聞い|伺っ"
    "|言われ)[ぁ-ん]+)[がをで]?(?:です|でした|だった|あり(?:ます|ました)?|あった|受け[ぁ-ん]{1,4}|した"
    "|しました)?\\Z"
)
_NAME_LENGTH = 34
_ADVERB = compile_words(
    "なんか|ただの?|単なる|どうも|どうやら|要するに|結局|お?恥ずかしながら、?|いつの間にか|なぜか|急に|突然"
    "|ずっと|知ら(?:ない|ぬ)(?:うち|間)に|気(?:づ|付)(?:いたら|くと|けば)|見たら|また|再び|単に|勝手に"
    "|ひとりでに|完全に|ほぼ|一斉に|同時に|一時的に|しばらく"
)
# What a component is for, told in the present (位置を受ける仕組み); in the past it would be an event.
_FOR = compile_words("(?:[^、。をに]{1,12}[をに])?[一-龠]+[ぁ-ん]{0,2}?[るうくすつむぐぶ](?=[一-龠ァ-ヶa-z])")
# The kana of a name: particles, and the ends of nouns made of verbs (受け口, 日替わりの処理).
_KANA = compile_words("[ぁ-ん]+")
_NAMING = compile_words(
    "(?:[わかたがらまさ]?[いきぎけげみめりえちびせ])?"
    "(?:(?:さん|くん|ちゃん)?(?:の|が|は|も|で|に|へ|への|から|からの|まで|までの|と|との|や|など|などの|での"
    "|には|では|にて|とは|だけ|のみ"
    "|ごと|において|における|のうち|のうちの|としての|という|たちが|側の|ほか|の方が|といった|および|とも"
    "|まわり(?:の|が|は)?|あたり(?:の|が|は)?)?)?"
    "|[おごその]|その|この|あの|(?:し|い)?て?い[るた]|する|した|(?:し?ていた)?する?はずの|していたはずの"
    "|のまま|な|いずれか|すべて(?:の|が)?"
)


def is_trivial(text: str) -> bool:
    """Whether a text only says when, or links to what was said before."""
    bare = text.strip(" 。.、")
    return not bare or bool(_TRIVIAL.fullmatch(bare))


def is_symptom_only(text: str) -> bool:
    """Whether a folded claim is a component and a predicate of failing, and nothing else."""
    rest = _QUOTES.sub("", to_plain_form(text.casefold())).strip(" 。.、")
    if _logged(rest):
        return True
    rest = _SAID.sub("", _HEARSAY.sub("", rest, count=1) if _HEARSAY.match(rest) else rest)
    while (found := _TRIVIAL.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    rest = _WHEN_EN.sub("", rest)
    if len(rest) > 90 or QUANTITY.search(rest) or _CLAUSE.search(FAILING.sub("", rest)):
        return False
    return _surface(rest, 0)


# Parts of a machine begin reasons (ディスクが満杯で), unless they are what was silent.
_PART = compile_words("(?:ディスク|メモリ|ポート|電源|ストレージ)[がはの]?")
_SILENT = ("応答", "反応", "無応答", "無反応")


def _surface(text: str, depth: int) -> bool:
    for found in FAILING.finditer(text):
        name = text[: found.start()]
        if not _plain_name(name) and not (_PART.fullmatch(name) and found[0].startswith(_SILENT)):
            return False
        rest = text[found.end() :]
        if FAILING_END.match(rest) or _object(rest):
            return True
        for link in (FAILING_LINK.match(rest), _COMMA.match(rest)):
            if link and depth < 3 and (is_trivial(rest[link.end() :]) or _surface(rest[link.end() :], depth + 1)):
                return True
    return False


_QUOTES = compile_words('[「」『』"]')
_COMMA = compile_words("[^、,。]{0,8}[、,。]\\s*")
_OBJECT = compile_words(
    "\\s+(?:(?:to|from|with|on|in|at|by|of|for|against) )?(?:(?:the|an?|our"
    "|its) )?[\\w./:-]+(?: [\\w./:-]+){0,3}[\\s.!]*\\Z"
)


def _object(rest: str) -> bool:
    """Whether an English predicate is followed by no more than what it failed on."""
    return bool(_OBJECT.match(rest)) and not _REASON_EN.search(rest)


def _logged(text: str) -> bool:
    """Whether a claim is a line of a log: nearly all ASCII, an error, and no word for a reason."""
    letters = sum(char > "\x7f" for char in text)
    return letters * 5 <= len(text) and bool(ERROR_LOG.search(text)) and not _LOGGED_WHY.search(text)


_LOGGED_WHY = compile_words(
    "\\b(?:because|since|due to|full|memory|heap|limit|exceeded|expired|certificate|denied|permission|quota|lock"
    "|deadlock|disk|space|schema"
    "|syntax|null\\w*|undefined|not found|no such|invalid|missing|version|after|when|while|caused)\\b|outofmemory"
    "|nullpointer",
    re.I,
)


def _plain_name(name: str) -> bool:
    """Whether what stands before a predicate is a component, with a place or a time perhaps."""
    name = _FOR.sub("", _ADVERB.sub("", name).strip().rstrip("、, "))
    if len(name) > _NAME_LENGTH + (20 if name.isascii() else 0) or "を" in name:
        return False
    if _REASON.search(name) or _REASON_EN.search(name) or "、" in name:
        return False
    if any(not _NAMING.fullmatch(run) for run in _KANA.findall(name)):
        return False  # a verb of its own
    return all(_PLACE.search(found["noun"]) for found in _BY.finditer(name))


# Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス.


_ONE_WORD = compile_words(
    "oom(?:[ -]?killer)?|out of memory|メモリ(?:ー)?(?:の)?(?:不足|枯渇|リーク|逼迫|が足り\\w+|使用率\\w*)"
    "|ディスク(?:の|が)?(?:容量)?(?:フル|不足|逼迫|枯渇|溢れ|あふれ|満杯|いっぱい|full)|容量(?:の)?(?:不足"
    "|超過|逼迫)|(?:高|過)負荷|負荷(?:の|が)?(?:増|高|集中|上昇)\\w*|アクセス(?:の|が)?(?:集中|過多|増"
    "|殺到)\\w*"
    "|(?:設定|作業|操作|オペレーション|手順|入力|人為的?な?|ヒューマン|確認|実装|考慮|判断|連携|コーディング"
    "|オペ|リリース|デプロイ|認識|引き継ぎ|伝達|仕様)(?:の)?(?:ミス|エラー|誤り|間違い|不備|漏れ|不足|違い"
    "|齟齬)|ヒューマンエラー|人為ミス|オペミス|不注意|うっかり|(?:プログラム|ソフト\\w*|アプリ\\w*|システム"
    "|コード|製品|ライブラリ)?(?:の)?バグ"
    "|(?:証明書|ライセンス|トークン|パスワード|ドメイン|認証|鍵)?(?:の)?(?:有効)?期限(?:の|が)?切れ\\w*|失効"
    "|(?:ハードウェア|ハード|hw|ディスク|hdd|ssd|nic|メモリ|電源|機器|ネットワーク|回線|スイッチ|rai?d"
    "|筐体)(?:の)?(?:障害|故障|不良|トラブル)|故障|停電|デッドロック|リソース(?:の)?(?:不足|枯渇)|(?:cpu"
    "|コネクション|接続数?|スレッド|性能|スペック|キャパ\\w*|帯域|リソース)(?:の)?(?:不足|枯渇|超過|高騰|逼迫"
    "|上限)|スペック不足|経年劣化|老朽化"
    "|memory leak|disk (?:was |is )?full|high load|overload(?:ed)?|misconfiguration|human error|(?:a "
    "|software )?bug|expired (?:certificate|token)|(?:certificate|token) expired|hardware failure"
    "|operator error",
    re.I,
)


def is_single_step(text: str) -> bool:
    """Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""
    rest = text.casefold().strip(" 。.、")
    if len(rest) > 48 or not _ONE_WORD.search(rest) or QUANTITY.search(rest):
        return False
    without = _ONE_WORD.sub("エラー", rest)
    without = re.sub(
        "エラー(?:による|によって|により|で|が原因で|のため(?:に)?|が発生し(?:て)?|に(?:より|なり)|になって)[、, ]?",
        "",
        without,
    )
    without = re.sub("\\b(?:because|since|due to|caused by|after|from|an?|the)\\b\\s*", "", without).strip()
    without = re.sub(
        "\\A(?:担当者?|作業者|運用者|開発者|オペレータ\\w*|ベンダー?|当方|弊社|人)(?:の|による|が)", "", without
    )
    return not without or bool(FAILING_END.match(without)) or is_symptom_only(without)
