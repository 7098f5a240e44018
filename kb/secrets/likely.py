"""Whether a text may hold a credential at all: a few searches for fixed words, before anything is parsed.

Nine texts of ten end here, so each search is of the kind the machine does fastest.
"""

from __future__ import annotations

import re

_WORDS = (
    *("パス", "ﾊﾟｽ", "暗証", "合言葉", "合い言葉", "鍵", "キー", "シークレット", "トークン", "認証", "コミュニティ"),
    *("ログイン", "アカウント", "資格情報", "コード", "番号", "接続情報", "クレデンシャル", "ユーザ"),
)
_ASCII = (
    *(b"pass", b"pw", b"secret", b"token", b"key", b"login", b"auth", b"cred", b"community", b"psk", b"://", b"admin"),
    *(b"root", b"identified", b"-----begin", b"pin", b"pat", b"account", b"putty-", b"snmp", b"ssid", b"7z", b"zip"),
    *(b"curl", b"hash", b"otp", b"ldap", b"redis", b"mysql", b"sql", b"user", b"code", b"jdbc:", b"ftp", b"net use"),
    *(b"openssl", b"smb", b"sudo", b"rdp", b":587", b"vnc"),
)
_WIDE = re.compile("[\uff21-\uff3a\uff41-\uff5a]{2}")
_RUNS = bytes.maketrans(
    bytes(range(256)),
    bytes(97 if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "_-") else 32 for byte in range(256)),
)
_RUN = b"a" * 20


def likely(text: str) -> bool:
    """Whether a text holds a word or a run of characters any rule begins with."""
    raw = text.encode("utf-8", "surrogatepass").lower()
    if any(word in raw for word in _ASCII):
        return True
    if len(raw) == len(text):
        return _RUN in raw.translate(_RUNS)
    return any(word in text for word in _WORDS) or _WIDE.search(text) is not None or _RUN in raw.translate(_RUNS)
