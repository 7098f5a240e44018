"""Whether a clause that began with a word for a credential has turned to another thing before a value comes."""

from __future__ import annotations

import re

_OWN = r"(?!値|中身|ほう|方|番号|コード|数字|暗証|解除|解錠|鍵|錠|新|旧|前|今|次|本体|初期)"
_TOPIC = re.compile(
    rf"(?:[一-龠ァ-ヶー]{{1,10}}の)?(?:の|に|を|が)?{_OWN}[一-龠ァ-ヶー]{{1,8}}[ \t]?(?:は|が|:|→)[ \t「『`]*"
    rf"|[一-龠ァ-ヶー]{{0,10}}の{_OWN}[^、。:\s]{{1,10}}:[ \t「『`]*"
)
_WHO = re.compile(
    r"(?:(?:付け|使[うっい]|知って|要[るら]|必要|変え|外し|持って|管理して|設定して|忘れ)[^。、]{0,6}|する)(?:の"
    r"|者|人)(?:は|が)"
    r"[ \t「『`]*$"
)
_ANOTHER = re.compile(r"[、。,.][^、。,.]*?(?P<noun>[一-龠ァ-ヶー]{2,8}|[A-Za-z]{2,12})[ \t]?(?:は|が)[ \t「『`]*$")
_SETS = re.compile(r"(?P<noun>[一-龠ァ-ヶー]{2,8})を[ \t「『`]*$")
_SAME = re.compile(
    r"^(?:今|現在|最新|新|旧|正|実際|結局|当面|次|前|先|本番|検証|開発|テスト|初期|予備|共通)|暗証|番号|コード|パス|キー"
    r"|(?:値|方|鍵|錠|館|階|機|側|用|分|台|棟|室|庫|場|店|課|部|者|口|扉|門|サーバー?|ルータ|スイッチ|プリンタ|端末|PC|NAS|DB|Wi"
    r"|VPN|root|admin)$",
    re.I,
)
"""Topics whose value is the credential's all the same: the time, the place, the device, the account."""


def topical(between: str) -> bool:
    """Whether the text between a word for a credential and another word makes that something of it: PWの通知先は …"""
    if _TOPIC.fullmatch(between) or _WHO.search(between):
        return True
    found = _ANOTHER.search(between) or _SETS.search(between)
    return bool(found and not _SAME.search(found["noun"]))
