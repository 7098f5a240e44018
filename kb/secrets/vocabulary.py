"""The words that announce a credential, in Japanese and English, as patterns for folded text read without case.

In the lists `_` stands for what may join two parts of a name: nothing, a blank, `_`, `-` or a full stop.
"""

from __future__ import annotations


def any_of(words: str) -> str:
    """A pattern for one of several words, written with blanks between them."""
    return "(?:" + "|".join(words.split()).replace("_", "[ _.-]?") + ")"


def alone(words: str) -> str:
    """A pattern for one of several words with no letter on either side."""
    return f"(?<![a-z]){any_of(words)}(?![a-z])"


def _in_kana(words: str) -> str:
    """A pattern for one of several words with no katakana on either side, of which they would be a part."""
    return f"(?<![ァ-ヶー]){any_of(words)}(?![ァ-ヶー])"


_KEY = any_of("キー key")
_CODE = any_of("番号 コード ナンバー 解錠番号 開け方")

_SECOND_FACTOR = any_of(
    """
    totp 2fa mfa otp ワンタイムパスワード ワンタイム 二段階認証 2段階認証 二要素認証 2要素認証 多要素認証
    google_authenticator 認証アプリ
    """
)
_SEED = any_of(
    "シークレットキー シークレット secret_key secret 秘密鍵 設定キー セットアップキー キー key seed シード 鍵"
)
_FALLBACK = any_of(
    "リカバリー リカバリ 予備 復旧 復元 回復 バックアップ スクラッチ 緊急 recovery backup scratch emergency"
)
OTP = "|".join(
    (
        rf"{_SECOND_FACTOR}[ _-]?の?{_SEED}",
        rf"{_FALLBACK}[ _-]?用?の?(?:コード|codes?|{_KEY}s?)",
        any_of("セットアップキー setup_key otp_seed"),
    )
)

_LOCKED = any_of(
    """
    解錠 開錠 施錠 ロック解除 解除 入室 入館 入口 玄関 ドア 扉 ダイヤル錠 ダイヤル キーボックス キーロッカー 鍵箱 金庫
    南京錠 ロッカー テンキー セキュリティ 警備 留守番電話
    """
)
PIN = "|".join(
    (
        "暗証(?:番号|コード)?|ピンコード",
        r"(?<![a-z])pin(?:[ _-]?(?:コード|番号|code|number|no\.?))?(?![a-z])",
        f"{_LOCKED}の?(?:暗証)?{_CODE}",
        "(?:警備|セキュリティ|アラーム)の?解除(?=[ \\t]*[:=→は])",
        r"(?<![a-z])puk(?:[ _-]?(?:コード|code))?(?![a-z])",
        r"(?:テンキー|電子錠|キーボックス|ダイヤル錠?|南京錠|キーロッカー|金庫)(?=[ \t]*[:=→は]|[ \t]+[A-Z*#]?\d)",
        r"(?:door|safe|gate|lock|unlock|alarm|entry)[ _-]code|(?:safe|lock)[ _-]combination",
    )
)

_NETWORK = any_of("wpa[23]?_psk wpa[23]?_personal wpa[23]? wep wi-?fi wlan 無線lan 無線 ssid アクセスポイント")
SHARED = "|".join(
    (
        "(?:事前)?共有(?:秘密)?(?:鍵|キー|シークレット)|事前共有パスワード",
        any_of("pre_shared_key pre_shared_secret shared_secret shared_key"),
        alone("psk"),
        r"(?<![a-z])(?:radius|tacacs\+?)[ _-]?(?:の|共有)?(?:secret|シークレット|キー|key|鍵)",
        rf"(?:{_NETWORK}|ネットワーク)(?:[ _-]?の?)?(?:暗号化?|セキュリティ)?(?:{_KEY}|鍵|パスフレーズ)",
        rf"{_NETWORK}[ _-]pass(?:phrase|word)?",
        "暗号化?キー|セキュリティキー|コミュニティ(?:名|ストリング|文字列)?",
        any_of("snmp_community_string snmp_community_name snmp_community community_string community_name"),
        "(?:r[ow])?community",
    )
)

_SECRETIVE = any_of(
    "client クライアント consumer app アプリ webhook jwt session cookie 署名 signing oauth channel チャネル チャンネル"
)
_TOKENS = any_of(
    """
    app アプリケーション アプリ integration 統合 master signing 署名 encryption auth 認証 private personal_access
    個人アクセス 個人用アクセス 個人用 個人 deploy デプロイ webhook refresh リフレッシュ bot ボット user ユーザー?
    bearer service サービス 接続 連携 登録 registration runner ランナー job id admin 管理者 client csrf session
    セッション secret account storage subscription ingest write license_api
    """
)
_KEYED = any_of(
    """
    app アプリケーション アプリ integration インテグレーション 統合 signing 署名 encryption encrypt account storage
    subscription service admin validation decryption rails_master master マスター? deploy access secret ingest
    instrumentation session 連携 接続 認証
    """
)
TOKEN = "|".join(
    (
        rf"api[ _-]?用?の?(?:アクセス|access)?[ _-]?(?:{_KEY}|トークン|token|シークレット|secret|鍵)",
        "アクセス(?:トークン|キー)|access[ _-]?(?:token|key)(?![ _-]?id)|秘密キー",
        rf"(?:シークレット|secret)[ _-]?(?:アクセス|access)?[ _-]?{_KEY}(?:[ _-]?base)?",
        rf"{_SECRETIVE}[ _-]?の?(?:secret|シークレット)(?:[ _-]?{_KEY})?",
        rf"{_TOKENS}[ _-]?(?:api)?[ _-]?(?:token|トークン)",
        rf"{_KEYED}[ _.-]?{_KEY}",
        alone("pat"),
        any_of("auth_key authtoken hmac_key hmac_secret"),
    )
)

PASSWORD = "|".join(
    (
        "パスワード|パスフレーズ|パスコード|パスワ(?!ード)|合い?言葉",
        any_of("pass_word passwd pass_phrase pass_code pswd passwrd"),
        alone("pwd? p/w"),
        any_of("root bind user admin login db ftp vnc my sudo mail ldap bios wp sql usr") + "pwd?(?![a-z])",
        any_of("requirepass masterauth authtok"),
        "(?:key|trust|)store[ _-]?pass(?:word)?",
    )
)
_WHOSE = any_of(
    "解凍 展開 開封 ログイン 初期 仮 新 旧 共通 管理者? root zip pdf db admin sudo su エクセル excel ルート"
)
SHORT = "|".join(
    (
        alone("pass"),
        any_of("視聴コード 受講コード アクセスコード auth_code"),
        any_of("db user admin login root auth ssh ftp smtp mail key proxy http zip sql pg my redis mq ldap sa")
        + "pass(?![a-z])",
        rf"(?:{_WHOSE}(?:用|の)?|(?<=[のでとにはもがをや])|(?<![ァ-ヶー一-龠ぁ-んA-Za-z]))パス(?![ァ-ヶー])",
    )
)
BARE = r"秘密の値|トークン|token|シークレット|(?<![a-z])secret(?![a-z])|(?<=[_.-])secret|クレデンシャル"
FAINT = f"{alone('key')}|{_in_kana('キー')}|暗号鍵|暗号化鍵|鍵(?![ぁ-んァ-ヶ一-龠])"
