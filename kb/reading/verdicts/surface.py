"""Whether a claim names what failed and nothing more: [component] + [predicate of failing].

The predicates are stems with any inflection. What stands before one must be a plain name (a
component, a place, a time); an artefact with a state, a clause of its own or a number with a unit
is a reason, and then the claim is no longer surface.
"""

from __future__ import annotations

import re

from kb.reading.patterns import prepared
from kb.reading.verdicts.polite import plainly
from kb.reading.verdicts.predicates import ENDS, FAILS, LINKS, LOGGED

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
_REASON = prepared(
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
_REASON_EN = prepared(
    "\\b(?:because|since|due to|caused by|which|after|when|while|as (?:the|a)|config\\w*|setting|expired"
    "|certificate|memory|disk|full|limit|leak|deploy\\w*|release\\w*|migration|missing|wrong|incorrect|bug"
    "|race|lock|deadlock|query|index|timeout (?:was|set)|permission|version|upgrade\\w*|traffic|overload\\w*"
    "|spike|exhaust\\w*|misconfig\\w*|typo|null|exception in|retry|retries|quota)\\b",
    re.I,
)
UNIT = prepared(
    "[0-9](?:[0-9,.]*)\\s*(?:[kmgt]i?b|%|行|万|億|接続|スレッド|倍|ms|ミリ秒|バイト|文字|rps|qps|コネクション"
    "|プロセス|回線|セッション|件を|レコード)",
    re.I,
)
_CLAUSE = prepared(
    "[ぁ-ん](?:て|で)おらず|ずに|(?:た|だ|る|い)まま|たところ|[^ぁ-ん]せず|なく[、,]|おり[、,]?|ており"
    "|(?<=[ぁ-ん])ば[、,]|にもかかわらず|のに[、,]"
)
_BY = prepared(
    "(?P<noun>[^\\sはがをにとへもの、]{1,20})(?:(?<!ま)で|によって|により|による|のため|のせいで)(?=[^あ-ん]|\\s|\\Z)"
)
_PLACE = prepared(
    f"(?:{_COMPONENT}|上|内|中|本番|ゾーン|リージョン|az|拠点|データセンター|クラウド|aws|gcp|azure"
    f"|[a-z0-9_.:/-]+|[0-9]+台|全台|一部|突然|急|何らか|原因不明|自動|夜間|深夜|途中|時点|頃|分|時|秒|日)\\Z",
    re.I,
)
_TRIVIAL = prepared(
    "(?:そのため|その結果|これにより|それにより|このため|したがって|結果(?:として|的に)?|また|さらに|なお"
    "|よって|突然|急に|いつの間にか|ひとりでに|勝手に|一斉に|同時に|単に|また|再び|何らかの(?:理由|原因"
    "|要因)(?:で|により)?|なぜか|おそらく|恐らく|たぶん|一時的に"
    "|断続的に|完全に|[0-9]{1,4}[/:年月日時分][0-9/:年月日時分秒頃ごろ〜~のからまでに\\s]*(?:に|頃|から)?"
    "|深夜(?:に|帯)?(?:に)?"
    "|早朝に|夜間に|本番(?:環境)?(?:の|で)|リリース(?:直)?後(?:に)?|以上|上記|以下の?とおり)[、,]?\\s*",
    re.I,
)
_WHEN_EN = prepared(
    "\\s+(?:at|around|about|on|for|since|until|during|overnight|again)\\b[\\s0-9:/.-]*(?:am|pm|utc|jst"
    "|minutes?|hours?|the night)?\\Z"
)
# Who said it, which is no part of what is said.
_HEARSAY = prepared(
    "[^、。]{1,16}(?:によると|によれば|いわく|曰く|の話では|の(?:連絡|発表|回答|報告|説明)(?:では|によると))[、,]?\\s*"
)
_SAID = prepared(
    "(?:との?こと|との(?:連絡|報告|回答|発表|説明|見解|話|指摘)|と(?:聞い|伺っ"
    "|言われ)[ぁ-ん]+)[がをで]?(?:です|でした|だった|あり(?:ます|ました)?|あった|受け[ぁ-ん]{1,4}|した"
    "|しました)?\\Z"
)
_NAME_LENGTH = 34
_ADVERB = prepared(
    "なんか|ただの?|単なる|どうも|どうやら|要するに|結局|お?恥ずかしながら、?|いつの間にか|なぜか|急に|突然"
    "|ずっと|知ら(?:ない|ぬ)(?:うち|間)に|気(?:づ|付)(?:いたら|くと|けば)|見たら|また|再び|単に|勝手に"
    "|ひとりでに|完全に|ほぼ|一斉に|同時に|一時的に|しばらく"
)
# What a component is for, told in the present (位置を受ける仕組み); in the past it would be an event.
_FOR = prepared("(?:[^、。をに]{1,12}[をに])?[一-龠]+[ぁ-ん]{0,2}?[るうくすつむぐぶ](?=[一-龠ァ-ヶa-z])")
# The kana of a name: particles, and the ends of nouns made of verbs (受け口, 日替わりの処理).
_KANA = prepared("[ぁ-ん]+")
_NAMING = prepared(
    "(?:[わかたがらまさ]?[いきぎけげみめりえちびせ])?"
    "(?:(?:さん|くん|ちゃん)?(?:の|が|は|も|で|に|へ|への|から|からの|まで|までの|と|との|や|など|などの|での"
    "|には|では|にて|とは|だけ|のみ"
    "|ごと|において|における|のうち|のうちの|としての|という|たちが|側の|ほか|の方が|といった|および|とも"
    "|まわり(?:の|が|は)?|あたり(?:の|が|は)?)?)?"
    "|[おごその]|その|この|あの|(?:し|い)?て?い[るた]|する|した|(?:し?ていた)?する?はずの|していたはずの"
    "|のまま|な|いずれか|すべて(?:の|が)?"
)


def trivial(text: str) -> bool:
    """Whether a text only says when, or links to what was said before."""
    bare = text.strip(" 。.、")
    return not bare or bool(_TRIVIAL.fullmatch(bare))


def surface(text: str) -> bool:
    """Whether a folded claim is a component and a predicate of failing, and nothing else."""
    rest = _QUOTES.sub("", plainly(text.casefold())).strip(" 。.、")
    if _logged(rest):
        return True
    rest = _SAID.sub("", _HEARSAY.sub("", rest, count=1) if _HEARSAY.match(rest) else rest)
    while (found := _TRIVIAL.match(rest)) and found.end() < len(rest):
        rest = rest[found.end() :]
    rest = _WHEN_EN.sub("", rest)
    if len(rest) > 90 or UNIT.search(rest) or _CLAUSE.search(FAILS.sub("", rest)):
        return False
    return _surface(rest, 0)


# Parts of a machine begin reasons (ディスクが満杯で), unless they are what was silent.
_PART = prepared("(?:ディスク|メモリ|ポート|電源|ストレージ)[がはの]?")
_SILENT = ("応答", "反応", "無応答", "無反応")


def _surface(text: str, depth: int) -> bool:
    for found in FAILS.finditer(text):
        name = text[: found.start()]
        if not _plain_name(name) and not (_PART.fullmatch(name) and found[0].startswith(_SILENT)):
            return False
        rest = text[found.end() :]
        if ENDS.match(rest) or _object(rest):
            return True
        for link in (LINKS.match(rest), _COMMA.match(rest)):
            if link and depth < 3 and (trivial(rest[link.end() :]) or _surface(rest[link.end() :], depth + 1)):
                return True
    return False


_QUOTES = prepared('[「」『』"]')
_COMMA = prepared("[^、,。]{0,8}[、,。]\\s*")
_OBJECT = prepared(
    "\\s+(?:(?:to|from|with|on|in|at|by|of|for|against) )?(?:(?:the|an?|our"
    "|its) )?[\\w./:-]+(?: [\\w./:-]+){0,3}[\\s.!]*\\Z"
)


def _object(rest: str) -> bool:
    """Whether an English predicate is followed by no more than what it failed on."""
    return bool(_OBJECT.match(rest)) and not _REASON_EN.search(rest)


def _logged(text: str) -> bool:
    """Whether a claim is a line of a log: nearly all ASCII, an error, and no word for a reason."""
    letters = sum(char > "\x7f" for char in text)
    return letters * 5 <= len(text) and bool(LOGGED.search(text)) and not _LOGGED_WHY.search(text)


_LOGGED_WHY = prepared(
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
