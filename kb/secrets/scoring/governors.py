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
from kb.secrets.scoring.vocabulary import join_words


class Governor(NamedTuple):
    """A word that could govern a value: of which kind, how much it promises, and what speaks against it."""

    kind: SecretKind
    weight: float
    start: int
    end: int
    doubts: tuple[str, ...] = ()
    door: bool = False
    asked: bool = False


DOORS = re.compile(
    join_words(
        r"""
        解錠 開錠 施錠 電気錠 電子錠 南京錠 ダイヤル錠 の錠 錠は テンキー ダイヤル(?!イン|アップ|トーン) 金庫
        ロッカー キーボックス 鍵箱
        通用口 裏口 玄関 門扉 扉 ドア(?!コール) シャッター 警備(?!会社|員|業|契約) ゲート(?!ウェイ|キーパー)
        親展 オートロック 画面ロック
        ロック解除 ロック画面
        入退室 開け方
        留守番電話 留守電 ボイスメール 操作盤 保守画面 管理者メニュー サービスメニュー 管理メニュー
        アラームの?(?:解除|停止)
        解除 (?<![ブク])ロック(?!ダウン|イン|アウト) 聞かれる(?:番号|数字|コード)
        起動時の番号 管理者?コード 保守コード [\d一-十][けケ]た \d桁(?=[|:→=])
        """
    )
    + r"|\bunlock|\bkeypad|\bpadlock|\bdoor\b|\balarm[ _]?(?:panel|code)|\bsafe\b|\blocker\b"
    r"|\bvoice ?mail|\block ?screen"
    r"|\b(?:closet|cabinet|front|back|shed|bike|gate|store ?room)[ a-z]{0,10} lock\b"
    r"|\bcombination\b|\bgate\b",
    re.I,
)
"""What digits open."""

_CODES = re.compile(
    r"(?:管理者|責任者|担当者?|係員|保守|承認|起動時?の?|マスター|主催者|操作者|取消|店長|上司|職員|共通"
    r"|聞かれる|忘れたときの|秘密の)"
    r"(?:用)?の?(?:コード|番号|数字)|(?:番号|コード|数字)(?:を|が)?(?:聞かれ|求められ|訊かれ|きかれ)"
    r"|マスター(?=[ \t]*\d)"
    r"|スライドして|なぞって|\b(?:security|access|entry|master|supervisor|admin|service|disarm)[ -]code\b"
    r"|\b(?:wants|asks for|asked for|needs|enter) (?:a|the) (?:code|number)\b",
    re.I,
)
"""Codes by who types them, and what asks for one."""

_ASKED = re.compile(
    r"聞かれ|きかれ|求められ|尋ねられ|保護(?=[はをに:]|の?解除|され)|マウント(?=時|する|に|で|[ \t]*[:→])|復号"
    r"|暗号(?!資産|方式)|入り方|入れな[いく]"
    r"|入れません|入れるように|起動時|電源投入|合い?言葉|"
    r"(?:ログ[オイ]ン|サインイン|ロック|起動|BIOS|認証)画面|パス(?=[はがを、])|(?:ログイン|秘密)の(?:ことば"
    r"|言葉)|\bprompts? for\b"
    r"|\basks? for|\blog(?:s|ged|ging)? ?in\b|\bsign(?:s|ed|ing)? ?in\b",
    re.I,
)
"""What asks for a password without saying so."""
_NEGATED = re.compile(
    r"(?:は|が|も)?(?:なし(?!を(?:やめ|止))|無し|不要|要りません|いりません|いらない|ありません|ない|レス|無効"
    r"|未設定|廃止)|less\b",
)
_CHANGE = re.compile(
    r"の?(?:変更|再発行|リセット|再設定|更新|設定|共有|配布|通知|連絡|案内|一覧)(?!方法|手順|画面|ルール|機能"
    r"|フォーム|日)"
)
_COMPOUND = re.compile(
    r"(?:付き|つき|の?(?:変更|管理|保管|保存|棚卸|強度|入力|照合|長さ|ハッシュ|件|(?:有効)?期限|履歴|再発行|リセット"
    r"|再設定|設定|発行|更新|"
    r"共有|ルール|規則|要件|運用|扱い|配布|通知|画面|欄|項目|フォーム|ポリシー|マネージャ|ツール|台帳|一覧|認証"
    r"|方式|仕様|試験|"
    r"エラー|ロックアウト|検証|漏|総当|ファイル|シート|メール|案内|申請|依頼|保護|文字|桁|数|名前?|エイリアス|型番|ID)|"
    r"[ \t]*(?:policy|policies|manager|field|prompt|hash|reset|check|length|file|store|rotation"
    r"|change|form|screen|page|"
    r"expiry|expired|expires|protected|history|auth))",
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


# Whether a clause that began with a word for a credential has turned to another thing before a value comes.


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


def changes_topic(between: str) -> bool:
    """Whether the text between a word for a credential and another word makes that something of it: PWの通知先は …"""
    if _TOPIC.fullmatch(between) or _WHO.search(between):
        return True
    found = _ANOTHER.search(between) or _SETS.search(between)
    return bool(found and not _SAME.search(found["noun"]))
