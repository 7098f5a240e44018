"""Closed lists of words the rules compare with: what is said of credentials, who signs in, names of groups."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SENTENCE_WORDS = _words(
    """
    none n/a na n.a nil null nan undefined true false yes no on off ok ng required optional unset empty blank
    hidden unknown tbd todo tba same ditto sent ask see expired expires changed change updated invalid wrong
    incorrect correct missing mismatch string text varchar char boolean bool int integer number float double
    datetime date json bytes object array enum uuid enabled disabled enable disable fail failed failure pass
    passed passing error errors reset protected encrypted encryption rotated stored available strong weak
    standard prompt stdin input output file files env form field fields hash hashed bcrypt argon2 sha256 md5
    plain plaintext plain-text basic digest bearer default with for is are was the a an and or but not in to of
    from at by as via per using used use must should will can may has have had been be it this that these those
    please then when where which who authentication authenticated authorization policy policies length manager
    management protected-mode require requires generated generate auto random login logout count usage limit
    type name value id url uri path key keys token tokens secret secrets user username users account accounts
    admin-only link page button screen dialog form-data expire expiry expiration valid validity verify
    verification verified confirm confirmation forgotten forgot lost locked unlock rotate rotation recovery
    manual everyone each own personal private public internal external shared common various several many
    none-set as-is pending done changed-on protocol publickey keyboard-interactive pam_unix.so sha512 yescrypt
    nopasswd without-password prohibit-password pubkey success succeeded denied granted accepted rejected aging
    attempts attempt sync based less only again twice passwords password-less passwordless above below following
    here there
    """
)
"""What stands behind `password:` or `token is` without being one: answers, types, states, the words of a sentence."""

_SYLLABLES = _words("no to na so do go on in at as be by or it me ga wa ni de mo he wo ka ya")
"""Syllables of Japanese that are words of English sentences too."""

SENTENCE_ONLY = (SENTENCE_WORDS - _SYLLABLES - {"correct", "long"}) | _words(
    """
    more less least most than words word letters letter characters character chars char digits digit times time
    days day minutes lock try enter call announced every or be per version ver copy
    """
)
"""Words that make several words a sentence, and no passphrase."""

ACCOUNT_NAMES = _words(
    """
    root admin administrator administrators sysadmin superuser sa sys system postgres oracle ubuntu debian centos
    ec2-user pi cisco ubnt apc adm vagrant kanri rootuser fwadmin dbadmin webmaster elastic guest
    """
)
"""Names of accounts and of hardly anything else: beside one of them the other half of a pair is a password."""

COMMON_ACCOUNT_NAMES = _words(
    """
    operator op ops mysql test tester user master manager maint service support backup deploy jenkins tomcat zabbix
    nagios git ftp ftpuser www-data app appuser dbuser monitor demo dev qa ansible enable
    """
)
"""Names that accounts have often, and other things too."""

DEFAULT_PASSWORDS = _words("password passwd pass root admin administrator toor changeme default guest public private")
"""Passwords that things come with, which would be words anywhere else."""

ROLE_NAMES = _words(
    """
    viewer editor owner member wheel group users groups staff logout password pass none public private
    """
)
"""What stands behind a name and a slash and is a role or a group of that name."""


# The words that announce a credential, in Japanese and English, as patterns for folded text read without case.
#
# In the lists `_` stands for what may join two parts of a name: nothing, a blank, `_`, `-` or a full stop.


def join_words(words: str) -> str:
    """A pattern for one of several words, written with blanks between them."""
    return "(?:" + "|".join(words.split()).replace("_", "[ _.-]?") + ")"


def join_lone_words(words: str) -> str:
    """A pattern for one of several words with no letter on either side."""
    return f"(?<![a-z]){join_words(words)}(?![a-z])"


def _in_kana(words: str) -> str:
    """A pattern for one of several words with no katakana on either side, of which they would be a part."""
    return f"(?<![ァ-ヶー]){join_words(words)}(?![ァ-ヶー])"


_KEY = join_words("キー key")
_CODE = join_words("番号 コード ナンバー 解錠番号 開け方")

_SECOND_FACTOR = join_words(
    """
    totp 2fa mfa otp ワンタイムパスワード ワンタイム 二段階認証 2段階認証 二要素認証 2要素認証 多要素認証
    google_authenticator 認証アプリ
    """
)
_SEED = join_words(
    "シークレットキー シークレット secret_key secret 秘密鍵 設定キー セットアップキー キー key seed シード 鍵"
)
_FALLBACK = join_words(
    "リカバリー リカバリ 予備 復旧 復元 回復 バックアップ スクラッチ 緊急 recovery backup scratch emergency"
)
OTP = "|".join(
    (
        rf"{_SECOND_FACTOR}[ _-]?の?{_SEED}",
        rf"{_FALLBACK}[ _-]?用?の?(?:コード|codes?|{_KEY}s?)",
        join_words("セットアップキー setup_key otp_seed"),
    )
)

_LOCKED = join_words(
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

_NETWORK = join_words("wpa[23]?_psk wpa[23]?_personal wpa[23]? wep wi-?fi wlan 無線lan 無線 ssid アクセスポイント")
SHARED = "|".join(
    (
        "(?:事前)?共有(?:秘密)?(?:鍵|キー|シークレット)|事前共有パスワード",
        join_words("pre_shared_key pre_shared_secret shared_secret shared_key"),
        join_lone_words("psk"),
        r"(?<![a-z])(?:radius|tacacs\+?)[ _-]?(?:の|共有)?(?:secret|シークレット|キー|key|鍵)",
        rf"(?:{_NETWORK}|ネットワーク)(?:[ _-]?の?)?(?:暗号化?|セキュリティ)?(?:{_KEY}|鍵|パスフレーズ)",
        rf"{_NETWORK}[ _-]pass(?:phrase|word)?",
        "暗号化?キー|セキュリティキー|コミュニティ(?:名|ストリング|文字列)?",
        join_words("snmp_community_string snmp_community_name snmp_community community_string community_name"),
        "(?:r[ow])?community",
    )
)

_SECRETIVE = join_words(
    "client クライアント consumer app アプリ webhook jwt session cookie 署名 signing oauth channel チャネル チャンネル"
)
_TOKENS = join_words(
    """
    app アプリケーション アプリ integration 統合 master signing 署名 encryption auth 認証 private personal_access
    個人アクセス 個人用アクセス 個人用 個人 deploy デプロイ webhook refresh リフレッシュ bot ボット user ユーザー?
    bearer service サービス 接続 連携 登録 registration runner ランナー job id admin 管理者 client csrf session
    セッション secret account storage subscription ingest write license_api
    """
)
_KEYED = join_words(
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
        join_lone_words("pat"),
        join_words("auth_key authtoken hmac_key hmac_secret"),
    )
)

PASSWORD = "|".join(
    (
        "パスワード|パスフレーズ|パスコード|パスワ(?!ード)|合い?言葉",
        join_words("pass_word passwd pass_phrase pass_code pswd passwrd"),
        join_lone_words("pwd? p/w"),
        join_words("root bind user admin login db ftp vnc my sudo mail ldap bios wp sql usr") + "pwd?(?![a-z])",
        join_words("requirepass masterauth authtok"),
        "(?:key|trust|)store[ _-]?pass(?:word)?",
    )
)
_WHOSE = join_words(
    "解凍 展開 開封 ログイン 初期 仮 新 旧 共通 管理者? root zip pdf db admin sudo su エクセル excel ルート"
)
SHORT = "|".join(
    (
        join_lone_words("pass"),
        join_words("視聴コード 受講コード アクセスコード auth_code"),
        join_words("db user admin login root auth ssh ftp smtp mail key proxy http zip sql pg my redis mq ldap sa")
        + "pass(?![a-z])",
        rf"(?:{_WHOSE}(?:用|の)?|(?<=[のでとにはもがをや])|(?<![ァ-ヶー一-龠ぁ-んA-Za-z]))パス(?![ァ-ヶー])",
    )
)
BARE = r"秘密の値|トークン|token|シークレット|(?<![a-z])secret(?![a-z])|(?<=[_.-])secret|クレデンシャル"
FAINT = f"{join_lone_words('key')}|{_in_kana('キー')}|暗号鍵|暗号化鍵|鍵(?![ぁ-んァ-ヶ一-龠])"
