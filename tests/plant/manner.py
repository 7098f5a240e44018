"""How values are planted in texts of their own: in a plain manner, which the detector is sure to see."""

from __future__ import annotations

from functools import lru_cache

from plant.values import Value

from kb.secrets.masking.mask import cover_secrets
from kb.secrets.quick_scan import scan_text

_LABELLED = ("パスワード: {}", "PW：{}", "password: {}", "パスワードは「{}」です。")

_OF_KIND = {
    "api_token": ("APIキー: {}", "APIトークン: {}", "シークレット: {}"),
    "auth_header": ("Authorization: Bearer {}", "Authorization: Basic {}"),
    "basic_auth_url": ("接続先 {}", "{}"),
    "connection_string": ("接続先 {}", "{}", "sqlplus batch/{}"),
    "private_key": ("\n{}",),
    "shared_key": ("PSK: {}", "事前共有鍵: {}"),
    "webhook_url": ("通知先 {}", "{}"),
}

_AROUND = ("in-nowhere {}", "in-nowhere\n- {}\n- 次の行", "- [ ] 対処（担当: 佐藤、{}）")


@lru_cache(maxsize=1024)
def planted(value: Value) -> str:
    """A text that holds the value. Raises ValueError when there is none in which the detector sees it."""
    for manner in (*_OF_KIND.get(value.kind, ()), *_LABELLED):
        text = manner.format(value.text)
        if all(_is_seen(around.format(text), value) for around in _AROUND):
            return text
    raise ValueError(f"there is no manner for label {value.label}")


def front(value: Value) -> str:
    """What stands before the value in its text: looked for together with a value that is a plain word."""
    return planted(value).partition(value.text)[0] + value.text.partition(value.core)[0]


def _is_seen(text: str, value: Value) -> bool:
    """Whether a value is covered in a text; what stands before it may be like it."""
    at = text.index(value.text)
    return (value.told_by or (value.core,))[0] not in cover_secrets(text, scan_text(text))[at:]
