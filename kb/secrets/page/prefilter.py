"""Which lines of a text may hold a credential: one search for fixed words, before anything else is looked at.

Nine lines of ten end here, so the search is of the kind `re` does fastest: words, and nothing but words in
front. What a rule needs to begin with stands here; a rule whose word is missing never sees its line.
"""

from __future__ import annotations

import re
from functools import cached_property

from kb.text.fold import fold_text
from kb.text.patterns import build_trie_pattern

LABEL, LOGIN, TECHNICAL, SCOPE, DOOR = 1, 2, 4, 8, 16
"""What a line is worth looking at for: labels and prose, names with passwords, formats of machines; what the lines
have that a line of the first two kinds speaks for; and what is opened, entered or asked for in any words."""

# `!` behind a word: no letter, digit or dash may follow. `$`: the clause ends there. `␣` is a blank.
_EVERYTHING = """
    pass pw p/w! psk secret token key community pin! pat! creds credential otp 2fa mfa authtok authenticator webhook
"""
_SAID = """
    パス 暗証 合言葉 合い言葉 鍵 キー シークレット トークン コミュニティ クレデンシャル 二段階 2段階 二要素 2要素 多要素
"""
_LABELS = """
    番号 コード ナンバー 開け方 code! codes! combination 電子錠 ダイヤル 南京錠 金庫 警備 puk! 秘密の値 旧姓 ペット
    育った 担任 出身校
"""
_DOORS = """
    錠 テンキー ダイヤル 金庫 ロッカー キーボックス 鍵箱 通用口 裏口 玄関 扉 ドア シャッター 警備 ゲート 親展
    オートロック
    画面ロック ロック解除 ロック画面 解除 ロック 入退室 開け方 留守番電話 留守電 ボイスメール 操作盤 保守画面
    管理者メニュー サービスメニュー 管理メニュー アラーム unlock keypad padlock door! alarm␣panel alarm␣code
    safe! locker voicemail voice␣mail lock␣screen combination gate!
"""
_DOINGS = """
    聞かれ きかれ 求められ 入り方 入れない 入れません と入力 を入力 と打 と入れ を入れ で入れ で開き で開く
    で開け で開い
    で解除 を押して を押す と押す マウント 復号 起動時 電源投入 保護 asks␣for prompt! なぞって スライドして
"""
_LOGINS = """
    ログイン ログオン サインイン 認証情報 認証$ 資格情報 接続情報 アカウント 管理者 管理画面 コンソール 踏み台 プリンタ
    複合機 ルータ スイッチ ベーシック ダイジェスト account login! sign␣in signin log␣in ssh! ftp rdp! vpn! idrac ilo!
    ipmi mysql! postgres! oracle! vcenter esxi pppoe smtp! snmp db! nas! fw! basic digest root! admin sysadmin
    superuser ups! nvr! カメラ ubuntu! centos! debian! cisco ubnt guest! webmaster kanri vagrant
"""
_TECHNICAL = """
    mysql mariadb mycli curl wget http␣- https␣- redis-cli redis-bench keydb-cli valkey-cli auth␣ ldap smb
    rpcclient cifs net␣use net␣user zip 7z␣ 7za␣ rar␣ qpdf pdftk pdftotext openssl sudo docker podman
    nerdctl helm skopeo buildah ipmi racadm ilorest snmp mongo sqlcmd bcp! isql! osql! tsql! sqlplus expdp impdp
    sqlldr rman! lftp ncftp wput ftp rdp mstsc cmdkey runas wmic psexec schtasks rasdial securestring
    networkcred basic_auth httpbasic basicauth http_basic auth.basic vnc nmcli wpa netsh keygen ktpass kadmin
    samba-tool send␣ cryptsetup veracrypt manage-bde esxcli from-literal auth( login( authenticate( connect(
    ␣-p /p: /rp userid= chap enable␣ radius tacacs isakmp ike! l2tp ppp wep! createuser com2sec airlink
    machine␣ login␣user ospf vrrp standby␣ /private- wifi: auth": net␣ads net␣rpc mosquitto tochararray
    ugfzc3dvcmq6 kintone auth: priv: getenv env( :␣eap␣ :␣xauth␣ ntp␣auth sysdba protect␣" pdo(
    getconnection( neighbor␣ :587 :465 ]:25 identified jdbc: hook chat.googleapis logic.azure powerplatform
    ifttt zapier opsgenie pagerduty incoming sig= auth= code= signature= authorization cookie bearer x-auth
    base64 エンコード -----begin putty-user
"""
_SHAPES = (
    r":(?:\d{4,5}|\*):[\w*.-]{1,60}:",  # a line of .pgpass
    r"://[^\s/@:]{0,80}:(?:[^\s@/]|/(?!/)){1,120}@|://\w{24,120}@",  # a password may hold a slash, not another address
    r"/[^\s@/\"'<>,]{4,60}@",  # Oracle's user/password@name
    r"\*[ \t]+[\"']",  # a line of chap-secrets
)


def _calls() -> dict[str, int]:
    calls: dict[str, int] = {}
    every = LABEL | LOGIN | TECHNICAL
    for mask, words in (
        (every, _EVERYTHING),
        (LABEL | LOGIN, _SAID),
        (LABEL, _LABELS),
        (LOGIN, _LOGINS),
        (DOOR, _DOORS + _DOINGS),
        (TECHNICAL, _TECHNICAL),
    ):
        for word in words.split():
            calls[word.replace("␣", " ")] = calls.get(word, 0) | mask
    return calls


_CALLS = _calls()
_WORDS = re.compile("|".join((build_trie_pattern(_CALLS), *_SHAPES)))
_MASKS: dict[str, int] = {}
for _word in _CALLS:  # what a word calls for, a longer one that it stands in calls for too
    _plain = _word.rstrip("!$")
    _MASKS[_plain] = 0
    for _other, _mask in _CALLS.items():
        if _other.rstrip("!$") in _plain:
            _MASKS[_plain] |= _mask
_RUN = re.compile(r"[A-Za-z0-9_~.\-]{16}", re.A)
_WIDE = re.compile("[\uff10-\uff5a\uff66-\uff9f]")

MAX_SIGNS_PER_LINE = 500
"""Words of a line that are looked up; one with more is worth looking at for everything."""

MAX_SIGN_LINES = 10_000
"""Lines of a text with such words that are told; `find` looks at half of them."""


class LoweredText:
    """A text in one width, and as the words are written, each made once and when it is asked for.

    Both have the line feeds of the text. Only wide letters are worth folding for to find words.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def folded(self) -> str:
        """In one width."""
        return fold_text(self._text)

    @cached_property
    def low(self) -> str:
        """As the words are written."""
        return (self.folded if _WIDE.search(self._text) else self._text).lower()


def may_hold_secret(text: str, lowered: LoweredText | None = None) -> bool:
    """Whether a text holds a word or a run of characters any rule begins with."""
    return bool(_RUN.search(text) or _WORDS.search((lowered or LoweredText(text)).low))


def find_signs(lowered: LoweredText, most: int = MAX_SIGN_LINES) -> dict[int, int]:
    """The first lines of a text, from 0, with a word of a rule on them, and what those words call for."""
    low = lowered.low
    found: dict[int, int] = {}
    number = at = said = 0
    words = _WORDS.finditer(low)
    while len(found) < most and (word := next(words, None)):
        number, before = number + low.count("\n", at, word.start()), number
        at = word.start()
        said = said + 1 if number == before else 1
        found[number] = found.get(number, 0) | _MASKS.get(word[0], TECHNICAL | LOGIN)
        if said == MAX_SIGNS_PER_LINE:
            found[number] = LABEL | LOGIN | TECHNICAL | DOOR
            end = low.find("\n", at)
            if end < 0:
                break
            words = _WORDS.finditer(low, end)
    return found
