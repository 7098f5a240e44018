"""The words of a line that could govern a value, wherever in its clause that stands, and how much each promises.

Besides the labels these are what is opened with digits: doors, safes, alarms, screens, voice mail. What a word is
but the first part of (パスワード欄, パスワードの変更) promises less; what is said not to be (パスワードなし) nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from kb.model.secret import SecretKind
from kb.secrets.scoring.labels import Weight, find_labels, is_misnamed
from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/governors.toml")


class Governor(NamedTuple):
    """A word that could govern a value: of which kind, how much it promises, and what speaks against it."""

    kind: SecretKind
    weight: float
    start: int
    end: int
    doubts: tuple[str, ...] = ()
    door: bool = False
    asked: bool = False


DOORS = re.compile(_TABLE["doors"], re.I)
"""What digits open."""

_CODES = re.compile(_TABLE["codes"], re.I)
"""Codes by who types them, and what asks for one."""

_ASKED = re.compile(_TABLE["asked"], re.I)
"""What asks for a password without saying so."""
_NEGATED = re.compile("(?:は|が|も)?" + _TABLE.group("negated") + r"|less\b")
_CHANGE = re.compile("の?" + _TABLE.group("change") + "(?!方法|手順|画面|ルール|機能|フォーム|日)")
_COMPOUND = re.compile(
    "(?:付き|つき|の?"
    + _TABLE.group("compound")
    + r"|[ \t]*(?:policy|policies|manager|field|prompt|hash|reset|check|length|file|store"
    "|rotation|change|form|screen|page|expiry|expired|expires|protected|history|auth))",
    re.I,
)
_OTHER_NOUN = re.compile(
    r"(?:の(?!値|中身|ほう|方|ところ|もの|変更後))?(?!文字列|情報)[一-龠ァ-ヶ]{2}|については|に関して"
)
"""A noun the word is only the first half of, and speech about it."""
_FIELD = re.compile(r"(?:入力)?欄(?:に|へ)")


def denies_password(text: str) -> bool:
    """Whether a line says that there is no password: パスワードが不要な …"""
    return any(_NEGATED.match(text, each.end) for each in find_labels(text))


@lru_cache(maxsize=512)
def find_governors(text: str) -> tuple[Governor, ...]:
    """The words of a line that could govern a value, in order."""
    return tuple(sorted(_governors(text), key=lambda each: each.start))


_WEIGHTS = {Weight.STRONG: 3.0, Weight.WEAK: 2.0}


def _governors(text: str) -> Iterator[Governor]:
    said = [each for each in find_labels(text) if each.weight > Weight.FAINT and not is_misnamed(text, each)]
    for each in said:
        doubts = []
        if _NEGATED.match(text, each.end):
            continue
        if (_COMPOUND.match(text, each.end) or _OTHER_NOUN.match(text, each.end)) and not _FIELD.match(text, each.end):
            doubts.append("change" if _CHANGE.match(text, each.end) else "compound")
        yield Governor(each.kind, _WEIGHTS[each.weight], each.start, each.end, tuple(doubts))
    for found in DOORS.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PIN, 2.0, found.start(), found.end(), (), door=True)
            if found[0] in ("ロック", "解除"):
                yield Governor(SecretKind.PASSWORD, 1.5, found.start(), found.end(), (), asked=True)
    for found in _CODES.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PIN, 2.5, found.start(), found.end(), (), door=True)
    for found in _PLURAL.finditer(text):
        yield Governor(SecretKind.PASSWORD, 3.0, found.start(), found.end())
    for found in _ASKED.finditer(text):
        if not any(each.start < found.end() and found.start() < each.end for each in said):
            yield Governor(SecretKind.PASSWORD, 1.5, found.start(), found.end(), (), asked=True)
    for found in _NETWORK.finditer(text):
        yield Governor(SecretKind.SHARED_KEY, 1.5, *found.span())
    for found in _WIRELESS_KEY.finditer(text):
        yield Governor(SecretKind.SHARED_KEY, 2.0, found.start("key"), found.end("key"))


_PLURAL = re.compile(r"\bpass(?:words|phrases|codes)\b(?! (?:must|should|are|expire|policy))", re.I)
_NETWORK = re.compile(r"(?:wi-?fi|無線|wlan)(?:LAN)?(?=[ \t]?[はのを、:]|確認|\()", re.I)
_WIRELESS_KEY = re.compile(
    r"(?:wi-?fi|無線|\bssid|アクセスポイント)[^。\n]{0,16}?(?P<key>の?(?:キー|鍵)|\bkey\b)(?![ァ-ヶー一-龠])", re.I
)
"""The key of a wireless network, by any name."""


# Whether a clause that began with a word for a credential turns to something else before the value.


_OWN = r"(?!値|中身|ほう|方|番号|コード|数字|暗証|解除|解錠|鍵|錠|新|旧|前|今|次|本体|初期)"
_TOPIC = re.compile(
    rf"(?:[一-龠ァ-ヶー]{{1,10}}の)?(?:の|に|を|が)?{_OWN}[一-龠ァ-ヶー]{{1,8}}[ \t]?(?:は|が|:|→)[ \t「『`]*"
    rf"|[一-龠ァ-ヶー]{{0,10}}の{_OWN}[^、。:\s]{{1,10}}:[ \t「『`]*"
)
_WHO = re.compile("(?:" + _TABLE.group("who_does") + r"[^。、]{0,6}|する)(?:の|者|人)(?:は|が)[ \t「『`]*$")
_ANOTHER = re.compile(r"[、。,.][^、。,.]*?(?P<noun>[一-龠ァ-ヶー]{2,8}|[A-Za-z]{2,12})[ \t]?(?:は|が)[ \t「『`]*$")
_SETS = re.compile(r"(?P<noun>[一-龠ァ-ヶー]{2,8})を[ \t「『`]*$")
_SAME = re.compile(
    "^(?:今|現在|最新|新|旧|正|実際|結局|当面|次|前|先|本番|検証|開発|テスト|初期|予備|共通)|暗証|番号|コード|パス|キー|"
    + _TABLE.group("same_thing")
    + "$",
    re.I,
)
"""Topics whose value is the credential's all the same: the time, the place, the device, the account."""


def changes_topic(between: str) -> bool:
    """Whether the text between a word for a credential and another word makes that something of it: PWの通知先は …"""
    if _TOPIC.fullmatch(between) or _WHO.search(between):
        return True
    found = _ANOTHER.search(between) or _SETS.search(between)
    return bool(found and not _SAME.search(found["noun"]))
