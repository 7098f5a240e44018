"""The words that announce a credential, in Japanese and English, and how much each of them says.

A label counts only where it ends right before a separator, a value or the end of its cell: `パスワード変更日`
and `password_policy` are other things. All patterns are read without case on folded text (NFKC).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from kb.model import SecretKind


class Weight(IntEnum):
    """How much a word says by itself."""

    FAINT = 1  # KEY, 鍵: only beside an SSID or the like
    WEAK = 2  # パス, pass, トークン: needs a value of the right shape
    STRONG = 3  # パスワード: takes any value no filter refuses


_OTP = (
    r"(?:totp|2fa|mfa|otp|ワンタイム(?:パスワード)?|(?:二|2)(?:段階|要素)認証|多要素認証"
    r"|google\s?authenticator|認証アプリ)[ _-]?(?:の)?"
    r"(?:シークレット(?:キー)?|secret(?:[ _-]?key)?|秘密鍵|(?:設定|セットアップ)?キー|key|seed|シード|鍵)"
    r"|(?:リカバリー?|復旧|復元|回復|バックアップ|スクラッチ|緊急|recovery|backup|scratch"
    r"|emergency)[ _-]?(?:用)?(?:の)?(?:コード|キー|codes?|keys?)"
    r"|(?:セットアップ|setup[ _-]?)(?:キー|key)|otp[ _-]?seed"
)
_PIN = (
    r"暗証(?:番号|コード)|(?<![a-z])pin(?:[ _-]?(?:コード|番号|code|number|no\.?))?(?![a-z])|ピンコード"
    r"|(?:解錠|開錠|施錠|解除|ロック解除|入室|入館|入口|玄関|ドア|扉|ダイヤル(?:錠)?|キーボックス"
    r"|キーロッカー|鍵箱|金庫|南京錠|ロッカー|テンキー|セキュリティ|警備|留守番電話)"
    r"の?(?:暗証)?(?:番号|コード|ナンバー|解錠番号|開け方)|(?:door|safe|gate|lock|unlock|alarm"
    r"|entry)[ _-]code|(?:safe|lock)[ _-]combination"
)
_SHARED = (
    r"(?:事前)?共有(?:秘密)?(?:鍵|キー|シークレット)|pre-?shared[ _-]?(?:key|secret)"
    r"|(?<![a-z])psk(?![a-z])|shared[ _-]?(?:secret|key)|事前共有パスワード"
    r"|(?:wpa[23]?(?:-?psk|-?personal)?|wep|wi-?fi|wlan|無線(?:lan)?|ssid|ネットワーク(?:セキュリティ)?"
    r"|アクセスポイント)[ の_-]{0,2}(?:暗号化?|セキュリティ)?(?:キー|key|鍵|パスフレーズ)"
    r"|wpa[ _-]passphrase|wifi[ _-]?pass(?:word)?|暗号化?キー|セキュリティキー|コミュニティ(?:名"
    r"|ストリング|文字列)?|(?:snmp[ _-]?)?community(?:[ _-]?(?:string|name))?|r[ow]community"
)
_KEYS = (
    r"api[ _-]?(?:アクセス|access)?[ _-]?(?:キー|key|トークン|token|シークレット|secret|鍵)"
    r"|アクセス(?:トークン|キー)|access[ _-]?(?:token|key)(?![ _-]?id)"
    r"|(?:シークレット|secret)[ _-]?(?:アクセス|access)[ _-]?(?:キー|key)|(?:シークレット"
    r"|secret)[ _-]?(?:キー|key)(?:[ _-]?base)?|秘密キー"
    r"|(?:client|クライアント|consumer|app|アプリ|webhook|jwt|session|cookie|署名|signing|oauth|channel"
    r"|チャネル|チャンネル)[ _-]?(?:の)?(?:secret|シークレット)(?:[ _-]?(?:key|キー))?"
    r"|(?:app|アプリ(?:ケーション)?|integration|master|signing|encryption|encrypt|auth|署名|統合|private"
    r"|personal[ _-]access|個人(?:用)?アクセス|個人用?|deploy|デプロイ|webhook|refresh|リフレッシュ|bot"
    r"|ボット|user|ユーザー?|bearer|認証"
    r"|service|サービス|接続|連携|登録|registration|runner|ランナー|job|id|admin|管理者|client|csrf"
    r"|session|セッション|secret|account|storage|subscription|ingest|write"
    r"|license[ _-]api)[ _-]?(?:api)?[ _-]?(?:token|トークン)"
    r"|(?:app|アプリ(?:ケーション)?|integration|インテグレーション|signing|encryption|encrypt|署名|統合"
    r"|account|storage|subscription|service|admin|master|マスター?|deploy|rails[ _-]master|access|secret"
    r"|ingest|instrumentation|連携|接続|認証)[ _-]?(?:key|キー)"
    r"|(?<![a-z])pat(?![a-z])|auth[ _-]?key|authtoken|hmac[ _-]?(?:key|secret)"
)
_BARE = r"トークン|token|シークレット|(?<![a-z])secret(?![a-z])|(?<=[_.-])secret|クレデンシャル"
_WORDS = (
    r"パスワード|パスフレーズ|パスコード|パスワ(?!ード)|合い?言葉|pass[ _]?word|passwd|pass[ _-]?phrase"
    r"|pass[ _-]?code|pswd|passwrd"
    r"|(?<![a-z])pwd?(?![a-z])|(?:root|bind|user|admin|login|db|ftp|vnc|my|sudo|mail|ldap|bios|wp|sql"
    r"|usr)pwd?(?![a-z])|requirepass|masterauth"
    r"|(?:key|trust|)store[ _-]?pass|authtok"
)
_SHORT = (
    r"(?<![a-z])pass(?![a-z])|(?:db|user|admin|login|root|auth|ssh|ftp|smtp|mail|key|proxy|http|zip|sql|pg"
    r"|my|redis|mq|ldap|sa)pass(?![a-z])"
    r"|(?<![ァ-ヶー])(?:解凍|展開|開封|ログイン|初期|仮|新|旧|共通|管理者?|root|zip|pdf|db|admin|su|sudo"
    r"|エクセル|excel)?の?パス(?![ァ-ヶー])"
)
_FAINT = r"(?<![a-z])key(?![a-z])|(?<![ァ-ヶー])キー(?![ァ-ヶー])|暗号鍵|暗号化鍵|鍵(?![ぁ-んァ-ヶ一-龠])"


@dataclass(frozen=True, slots=True)
class Label:
    """A word that announces a credential, and where it stands in its line."""

    kind: SecretKind
    weight: Weight
    name: str
    start: int
    end: int


_KINDS = {
    "otp": (SecretKind.OTP_SECRET, Weight.STRONG),
    "shared": (SecretKind.SHARED_KEY, Weight.STRONG),
    "token": (SecretKind.API_TOKEN, Weight.STRONG),
    "password": (SecretKind.PASSWORD, Weight.STRONG),
    "pin": (SecretKind.PIN, Weight.STRONG),
    "pass": (SecretKind.PASSWORD, Weight.WEAK),
    "bare": (SecretKind.API_TOKEN, Weight.WEAK),
    "faint": (SecretKind.SHARED_KEY, Weight.FAINT),
}
_LABEL = re.compile(
    f"(?P<otp>{_OTP})|(?P<shared>{_SHARED})|(?P<token>{_KEYS})|(?P<pin>{_PIN})|(?P<password>{_WORDS})"
    f"|(?P<pass>{_SHORT})|(?P<bare>{_BARE})|(?P<faint>{_FAINT})",
    re.I,
)

ANY = re.compile(
    r"パス|暗証|合い?言葉|鍵|キー|シークレット|トークン|認証|コミュニティ|コード|番号|pass|pw|secret|token"
    r"|key|psk|community|pin(?![a-z])|auth|\bpat\b",
    re.I,
)
"""What every label holds: lines without it are not searched for labels."""

_AFTER_IDENTIFIER = re.compile(
    r"(?:[_.-]?(?:\d{1,3}|dev|stg|prod|prd|production|staging|test|local|old|new|value|text|string|plain"
    r"|ro|rw|admin|root|user|main|primary|default|master))?(?![A-Za-z0-9_])"
)
_AFTER = re.compile(r"[ \t]*(?:の(?:値|文字列)|文字列|(?:\d{1,2}|[①-⑳A-Z])(?![A-Za-z0-9]))?")
_NOTE = re.compile(r"[ \t]*(?:\([^()\n]{0,30}\)|\[[^\[\]\n]{0,30}\]|【[^【】\n]{0,20}】|<[^<>\n]{0,30}>)")


def labels(text: str) -> Iterator[Label]:
    """The labels in a line, in order, each up to where what belongs to its name ends."""
    for found in _LABEL.finditer(text):
        name = str(found.lastgroup)
        kind, weight = _KINDS[name]
        end = found.end()
        if text[end - 1].isascii():
            after = _AFTER_IDENTIFIER.match(text, end)
            if not after:
                continue
            end = after.end()
        if after := _AFTER.match(text, end):
            end = after.end()
        yield Label(kind, weight, name, found.start(), end)


_NOT_ONE = re.compile(
    r"max[_ -]?|min[_ -]?|num[_ -]?|count[_ -]?|主|外部|公開|キャッシュ|ショートカット|ソート|検索"
    r"|並び替え|cache[ _-]?|public[ _-]?|sort[ _-]?|primary[ _-]?|foreign[ _-]?"
    r"|partition[ _-]?|csrf[ _-]?|hot|サイト|site[ _-]?|idempotency[ _-]?|object[ _-]?|s3|アイテム"
    r"|トリガー?|ホスト|host[ _-]?|registry[ _-]?",
    re.I,
)


def misnamed(text: str, label: Label) -> bool:
    """Whether what stands right before a token's or key's name makes it another thing: 主キー, max_token, 公開鍵."""
    if label.kind is SecretKind.PASSWORD:
        return False
    before = text[max(0, label.start - 14) : label.start]
    return any(found.end() == len(before) for found in _NOT_ONE.finditer(before))


USER = re.compile(
    r"(?<![a-z])(?:user(?:[ _-]?(?:name|id))?|login(?:[ _-]?(?:id|name))?|account(?:[ _-]?name)?|acct|uid"
    r"|(?:log)?[io]d|id|usr|e-?mail)(?![a-z])"
    r"|ユーザー?(?:名|id)?|ログイン(?:id|名)|アカウント(?:名|id)?|利用者(?:id|名)|ログオン名"
    r"|メール(?:アドレス)?|会員番号|社員番号|(?:認証|接続|サイン)?id(?![a-z])",
    re.I,
)
"""A name for who signs in."""

LOGIN = re.compile(
    r"ログイン|ログオン|サインイン|認証情報|資格情報|接続情報|アカウント|クレデンシャル|認証|credentials?"
    r"|creds?\b|\blog ?in\b|\baccounts?\b|sign ?in|管理者|管理画面|コンソール|ssh|ftp|rdp|vpn|idrac|ilo\b"
    r"|ipmi"
    r"|\bdb\b|mysql|postgres|oracle|vcenter|esxi|pppoe|smtp|snmp|踏み台|\bnas\b|\bap\b|プリンタ|複合機"
    r"|ルータ|スイッチ|\bfw\b",
    re.I,
)
"""Speech of signing in, which makes a pair of words a name and its password."""

BASIC = re.compile(r"(?:basic|ベーシック|ﾍﾞｰｼｯｸ|digest|ダイジェスト)[ _-]?(?:認証|auth)|\.?htpasswd", re.I)
"""HTTP's own authentication."""

WIRELESS = re.compile(r"wi-?fi|無線|\bssid|\bwpa\d?\b|wlan|アクセスポイント|テザリング", re.I)

_ASIDE = re.compile(
    r"ポリシー|方針|規[定則約]|要件|仕様|(?:変更|更新|設定|再発行|発行|リセット|管理|保管|共有|受け渡し"
    r"|運用|入力|確認)(?:方法|手順|方針|ルール|画面|履歴|フロー|依頼|申請|のお願い|について|機能|フォーム)"
    r"|履歴|棚卸|文言|設計|改修|バリデーション|を忘れ|忘れた|強度|リスト攻撃|マネージャ"
    r"|policy|rules?\b|how to|history|reset(?:ting)?\b|forgot|feature|screen|design|guideline",
    re.I,
)


def aside(text: str) -> bool:
    """Whether a heading with a credential's name speaks of something else: a policy, a screen, how to change it."""
    return bool(_ASIDE.search(text))


_DECORATION = " \t\u3000*_`@~+:=.,、。・-■◆●○▼▽◇□★☆※#>「」『』\"'【】[]()<>→|"
_WHOLE = re.compile(
    r"(?:[ぁ-んァ-ヶー一-龠々A-Za-z0-9/ _.+&・()-]{0,24}?(?:の|用|向け|[ _.-])?)"
    r"(?:現在の?|現行の?|新しい|新|旧|初期|仮|共通|本番|検証|開発|管理者?|ログイン(?:用)?|認証(?:用)?"
    r"|接続(?:用)?|ユーザー?(?:の)?|解凍(?:用)?|展開(?:用)?|共有|変更後の?|変更前の?|DB|root|db)?"
)


def whole(text: str) -> Label | None:
    """The label a cell or a line is, when it is nothing but one: 初期パスワード, `PW（変更前）`, DB_PASSWORD."""
    bare = text.strip(_DECORATION)
    if not 2 <= len(bare) <= 48:
        return None
    bare = _NOTE.sub("", bare).strip(_DECORATION)
    best = None
    for label in labels(bare):
        if label.end >= len(bare.rstrip()) and not misnamed(bare, label):
            best = label
            break
    if best is None:
        return None
    before = bare[: best.start]
    return best if _WHOLE.fullmatch(before) and not re.search(r"[はがをにでとも](?=[^の])", before[-3:]) else None


def note_end(text: str, at: int) -> int:
    """Where a note in brackets behind a label ends, `at` when there is none: パスワード（共通）."""
    found = _NOTE.match(text, at)
    return found.end() if found else at
