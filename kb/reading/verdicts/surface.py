"""Whether a claim names what failed and nothing more: [component] + [predicate of failing].

The predicates are stems with any inflection. What stands before one must be a plain name (a
component, a place, a time); an artefact with a state, a clause of its own or a number with a unit
is a reason, and then the claim is no longer surface.
"""

from __future__ import annotations

import re

# Stems of "it failed", each as it may begin; inflection follows in kana.
_FAILS = re.compile(
    "(?:異常|強制|予期せ[ぬず]|不正)?(?:停止|終了|切断|落ち|ダウン|クラッシュ|ストップ|シャットダウン)"
    "|(?:止|と)ま(?:っ|り|る)|(?<!し)落ち|死ん|死亡|全滅|だんまり|沈黙|お亡くなり|(?:処理|動作|稼働|応答"
    "|サービス)を(?:止め|停止)|見失|しん[でだ]|固ま|フリーズ|ハング(?:アップ)?|スタック|刺さ|こけ|コケ"
    "|飛ん(?:だ|で)|倒れ|いなくな|消えて"
    "|(?:正常に|うまく|正しく|まともに)?(?:起動|動作|稼働|機能|応答|反応|処理|実行|開始|完了|動|立ち?上が"
    "|上が|返|回)(?:し|せ|で?き|い|か|か?っ|ら|て|して|さ|けて)?[ぁ-ん]{0,4}?(?:な(?:い|く|かった)"
    "|ません(?:でした)?|ず(?=[。、に]|\\Z)|おらず)"
    "|(?:起動|動作|応答|接続|通信|アクセス|疎通|処理|実行|利用|使用|到達|書き込み|読み込み|送信|受信|表示"
    "|配信|連携|転送|名前解決|ログイン)(?:に)?(?:不可|不能|不良|失敗|エラー|断|異常|遅延)"
    "|(?:接続|通信|アクセス|疎通|利用|使用|到達|書き込み|書込|読み込み|送信|受信|表示|配信|連携|転送|参照"
    "|取得|名前解決|ログイン|使|つな|繋)(?:が|は|を|に|も)?(?:で?き|出来|え|が[らっ]|せ|取れ"
    "|失敗し)[ぁ-ん]{0,3}?(?:な(?:い|く|かった)|ません(?:でした)?|ず(?=[。、に]|\\Z)|おらず|た|て)"
    "|(?:応答|返事|レスポンス|反応|返答)(?:が|は|も)?(?:なし|な(?:い|く|かった)|無(?:い|く|し|かった)|停止"
    "|遅延|返ら|返って|ありません|途絶|来な|得られ)[ぁ-ん]*"
    "|(?:応答|レスポンス|返事|結果|値)を?返[ぁ-ん]{0,3}?(?:な(?:い|く|かった)|ず)|(?:が|は|も)?でき(?:な(?:い"
    "|く|かった)|ず|ません)[ぁ-ん]*"
    "|無応答|無反応|不通|音信不通|途絶|途切れ|切れ(?:た|て|る)(?!い)"
    "|タイムアウト|タイム・アウト|エラー(?!率|コード|処理)|例外|障害|不調|不安定|異常(?!値|系)|不具合"
    "|トラブル|調子(?:が|の)?(?:悪|わる|よくな)|おかし"
    "|詰ま|滞留|滞|遅(?:く|れ|延|かった)|重(?:く|か)|[45](?:xx|[0-9]{2})(?:番?(?:エラー)?)?(?=を|が|に|で"
    "|エラー|[^0-9]|\\Z)"
    "|失敗(?!を|の検知)|\\b(?:was|were|is|had|has|got|went|became|being|been)?\\s*(?:suddenly |just |simply "
    "|completely )?"
    "(?:down|crash(?:ed|ing)?|stopped(?: (?:responding|working|running))?|stops?|dead|died|hung|hang|froze"
    "|frozen|stuck|unresponsive|unavailable|unreachable|offline|broken?|unstable|unhealthy|flaky"
    "|not (?:running|responding|working|started|available|up|reachable)|(?:timed?|timing)[ -]?out(?:s)?"
    "|time-?out|failed|failing|failure|outage|errors?|errored|(?:did|could|does)(?: not|n't) (?:respond|start"
    "|connect|work|come up|run)"
    "|lost (?:its |the )?connection|connection (?:lost|refused|error))\\b",
    re.I,
)
# What may follow a predicate before the claim ends.
_INFLECTION = (
    "(?:[ぁ-ん]|状態|発生|起き|返却|返答|返(?=し|す|って)|続|陥|継続|多発|頻発|出力|出(?=て|た|る|ま)|見られ"
    "|生じ|起こ|検知され|中(?=だ|で|の)|原因|要因|模様|事象|由来|様子|障害|エラー|と思われる|可能性|考え|推測"
    "|推定|見られる)*"
)
_ENDS = re.compile(f"\\s*{_INFLECTION}\\s*(?:\\([^()]{{0,12}}\\))?[\\s。.、!)\\]]*\\Z")
_LINK = re.compile(
    "[ぁ-ん]{0,6}?(?:状態に)?(?:発生し|なり|起き)?(?:て|で|し|り|ため(?:に)?|ので|から|ことで|ことにより"
    "|ことによって|により|結果|せいで|と|た(?=、)|\\band\\b|\\bso\\b|,)[、, ]?\\s*"
)

_COMPONENT = (
    "(?:サーバー?|基盤|システム|サービス|バッチ|ジョブ|環境|ツール|プロセス|エージェント|ゲートウェイ"
    "|ワーカー?|機能|画面|api|db|データベース|キュー|ホスト|ノード|デーモン|アプリ|クラスタ|機器|装置|回線"
    "|ソフト|マネージャ|プロキシ|コンテナ|pod|インスタンス|モジュール|スケジューラ|サイト|ストレージ"
    "|ネットワーク|側|系|本体|端末|ミドルウェア|タスク|スクリプト|ルータ|スイッチ|ロードバランサ|lb|連携|通知"
    "|配信|処理)"
)
# An artefact, a change or a condition: the beginning of a reason, unless it is part of a name.
_REASON = re.compile(
    f"(?:設定|制約|権限|証明書|期限|有効期|上限|下限|閾値|しきい値|(?<![a-z])ttl|インデックス|監視|テスト"
    f"|試験|手順|ライセンス|バージョン|互換|ロック|競合|容量|領域|パーティション|ディスク|メモリ|ヒープ"
    f"|(?<![a-z])cpu|負荷|アクセス(?:集中|増)|トラフィック|リーク|バグ|ミス|漏れ|誤|不足|不備|枯渇|超過"
    f"|上書き|削除|満杯|フル|例外(?!が|に|で|発生)|無限|ループ|(?<![a-z])(?:oom|kill)|変更|更新|追加|リリース"
    f"|デプロイ|移行|メンテ|作業|操作|依存|パラメータ|フラグ|引数|クエリ|スロークエリ|全件|スキャン|走査"
    f"|トランザクション|レース|並行|再試行|リトライ|キャッシュ(?!サーバ)|文字コード|桁|単位|形式|仕様|実装"
    f"|コード|分岐|条件|考慮|想定|検知|気づ|気付|把握|予測|防げ|防止|停電|電源|故障|老朽|ファームウェア"
    f"|名前解決(?!が|でき)|ポート|ファイアウォール|プール|スレッド|セッション数|失効|切れ(?:た"
    f"|て)?(?:いた)?(?=証明|認証)|認証情報|パスワード|トークン|ログローテ|肥大|急増|増加|集中|逼迫|圧迫"
    f"|使い切|食い|占有)"
    f"(?!\\S{{0,4}}{_COMPONENT})",
    re.I,
)
_REASON_EN = re.compile(
    "\\b(?:because|since|due to|caused by|which|after|when|while|as (?:the|a)|config\\w*|setting|expired"
    "|certificate|memory|disk|full|limit|leak|deploy\\w*|release\\w*|migration|missing|wrong|incorrect|bug"
    "|race|lock|deadlock|query|index|timeout (?:was|set)|permission|version|upgrade\\w*|traffic|overload\\w*"
    "|spike|exhaust\\w*|misconfig\\w*|typo|null|exception in|retry|retries|quota)\\b",
    re.I,
)
_UNIT = re.compile(
    "[0-9](?:[0-9,.]*)\\s*(?:[kmgt]i?b|%|行|万|億|接続|スレッド|倍|ms|ミリ秒|バイト|文字|rps|qps|コネクション"
    "|プロセス|回線|セッション|件を|レコード)",
    re.I,
)
_CLAUSE = re.compile(
    "[ぁ-ん](?:て|で)おらず|ずに|(?:た|だ|る|い)まま|たところ|[^ぁ-ん]せず|なく[、,]|おり[、,]?|ており"
    "|(?<=[ぁ-ん])ば[、,]|にもかかわらず|のに[、,]"
)
_BY = re.compile(
    "(?P<noun>[^\\sはがをにとへもの、]{1,20})(?:で|によって|により|による|のため|のせいで)(?=[^あ-ん]|\\s|\\Z)"
)
_PLACE = re.compile(
    f"(?:{_COMPONENT}|上|内|中|本番|ゾーン|リージョン|az|拠点|データセンター|クラウド|aws|gcp|azure"
    f"|[a-z0-9_.:/-]+|[0-9]+台|全台|一部|突然|急|何らか|原因不明|自動|夜間|深夜|途中|時点|頃|分|時|秒|日)\\Z",
    re.I,
)
_TRIVIAL = re.compile(
    "(?:そのため|その結果|これにより|それにより|このため|したがって|結果(?:として|的に)?|また|さらに|なお"
    "|よって|突然|急に|何らかの(?:理由|原因|要因)(?:で|により)?|なぜか|おそらく|恐らく|たぶん|一時的に"
    "|断続的に|完全に|[0-9/:年月日時分秒頃ごろ〜~のからまでに\\s]+(?:に|頃|から)?|深夜(?:に|帯)?(?:に)?"
    "|早朝に|夜間に|本番(?:環境)?(?:の|で)|リリース(?:直)?後(?:に)?|以上|上記|以下の?とおり)[、,]?\\s*",
    re.I,
)
_WHEN_EN = re.compile(
    "\\s+(?:at|around|about|on|for|since|until|during|overnight|again)\\b[\\s0-9:/.-]*(?:am|pm|utc|jst"
    "|minutes?|hours?|the night)?\\Z"
)
_NAME_LENGTH = 34
_KANA = re.compile("[ぁ-ん]+")
_PARTICLES = frozenset(
    (
        *(
            "の",
            "が",
            "は",
            "も",
            "で",
            "に",
            "へ",
            "への",
            "から",
            "からの",
            "まで",
            "までの",
            "と",
            "との",
            "や",
            "など",
        ),
        *(
            "などの",
            "での",
            "には",
            "では",
            "にて",
            "とは",
            "だけ",
            "のみ",
            "ごと",
            "お",
            "ご",
            "その",
            "この",
            "といった",
        ),
        *(
            "ている",
            "ていた",
            "している",
            "していた",
            "いていた",
            "いている",
            "する",
            "した",
            "するはずの",
            "していたはずの",
        ),
    )
)

_ONE_WORD = re.compile(
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


def trivial(text: str) -> bool:
    """Whether a text only says when, or links to what was said before."""
    bare = text.strip(" 。.、")
    return not bare or bool(_TRIVIAL.fullmatch(bare))


def surface(text: str) -> bool:
    """Whether a folded claim is a component and a predicate of failing, and nothing else."""
    rest = text.casefold().strip(" 。.、")
    while (found := _TRIVIAL.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    rest = _WHEN_EN.sub("", rest)
    if len(rest) > 90 or _UNIT.search(rest) or _CLAUSE.search(rest):
        return False
    return _surface(rest, 0)


def _surface(text: str, depth: int) -> bool:
    for found in _FAILS.finditer(text):
        if not _plain_name(text[: found.start()]):
            return False
        rest = text[found.end() :]
        if _ENDS.match(rest):
            return True
        for link in (_LINK.match(rest), _COMMA.match(rest)):
            if link and depth < 3 and (trivial(rest[link.end() :]) or _surface(rest[link.end() :], depth + 1)):
                return True
    return False


_COMMA = re.compile("[^、,。]{0,8}[、,。]\\s*")


def _plain_name(name: str) -> bool:
    """Whether what stands before a predicate is a component, with a place or a time perhaps."""
    name = name.strip()
    if len(name) > _NAME_LENGTH + (20 if name.isascii() else 0) or "を" in name:
        return False
    if _REASON.search(name) or _REASON_EN.search(name) or "、" in name:
        return False
    if any(run not in _PARTICLES for run in _KANA.findall(name)):
        return False  # a verb of its own
    return all(_PLACE.search(found["noun"]) for found in _BY.finditer(name))


def one_step(text: str) -> bool:
    """Whether a claim names one mechanism in a word, without its reason: OOM で落ちた, 設定ミス."""
    rest = text.casefold().strip(" 。.、")
    if len(rest) > 48 or not _ONE_WORD.search(rest) or _UNIT.search(rest):
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
    return not without or bool(_ENDS.match(without)) or surface(without)
