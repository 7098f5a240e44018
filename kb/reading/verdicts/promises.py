"""A sentence whose verb puts off, read from its end: 中村さんが戻ってきてから一緒に考える.

Japanese says last what is done. When the last verb is one of thinking, talking or deciding, and what
it governs (を, は, が) is the matter itself or a person, the sentence commits to nothing, whatever
nouns stand around it. Verbs of writing and telling do so only beside a word for later: 手順に書く is a
measure, 後で書く is none.
"""

from __future__ import annotations

import re

from kb.reading.patterns import prepared
from kb.reading.verdicts.care import builds

_THINK = (
    "検討|協議|議論|審議|思案|熟考|熟慮|模索|立案|一考|再考|話し合|打ち?合わ?せ|すり合わせ|擦り合わせ|摺り合わせ|考え|練[りるっ]|詰め"
    "|煮詰め|揉[むみん]|決め|定め|まとめ|取り?纏め|持ち帰|持ち越|保留|先送り|後回し|見極め|預か|委ね|仰[ぎぐ]|取り上げ|判断|振り返[りる]|(?:整理|調整|準備|作成|調査|洗い出し)(?=中)"
)
_TELL = (
    "記載|記入|記述|追記|加筆|書[くきかけい]|記[しす]|埋め|報告|連絡|共有|回答|提示|提出|投げ|回[しす]|集め|(?<![一-龠りい])出[すし]|示[しす]|聞[くき]|伺[いう]|話[しす]|着手"
    "|相談|展開|確認|対応|対処"
)
_END = (
    "(?:を|は|も)?[ぁ-ん]{0,10}(?:中|予定|方針|段階|状況|状態|必要|最中|途中|模様)?[ぁ-ん]{0,6}?"
    "(?:考え|思|存じ)?[ぁ-ん]{0,8}\\Z"
)
LAST = prepared(f"(?:(?P<think>{_THINK})|(?P<tell>{_TELL})){_END}")
_PAST = prepared("(?:した|ました|った|んだ|済み?)\\Z")
# Care taken before a piece of work is a habit to come, not an answer put off.
AT_WORK = prepared("(?:作業|操作|実施|変更|リリース|送信|適用|開始|登録)[^、。]{0,4}(?:前|際|とき|時)[にはの]")
_LATER = prepared(
    "後で|あとで|後日|後ほど|のちほど|追って|おって|改めて|あらためて|別途|順次|次の|次回|来週|来月|来期|今度|以降|そのうち|いずれ|これから|まだ"
    "|てから|でから|次第|たら|だら|まで|ところ\\Z|中\\Z|段階|見込み"
)
# What a verb of putting off may govern: the matter, what one hears, and those one hears it from.
_MATTER = prepared(
    "(?:案|策|方針|対策|対応|声|意見|見解|知恵|方法|件|者|さん|君|氏|チーム|部|課|室|長|班|社|側|元|窓口|ベンダー?|メーカー?|担当|結果|判断|内容"
    "|要否|可否|何|誰|皆|全員|回答|返事|詳細|事項|時間|議題|宿題|課題|アイデア|方向性?|これ|本章|欄|項|再発防止|予防|原因|工数|予算|情シス|[0-9年月日時分/]+)\\Z"
)
_WORD = prepared("(?P<noun>[^ぁ-ん、,。\\s()]+)(?P<kana>[ぁ-ん]*)")
_GOVERNS = prepared("(?:を|は|が|も|について|に関して|に対する|とは)")


def promises(text: str, whole: str) -> bool:
    """Whether a plain, casefolded sentence ends in a verb of putting off that governs nothing named.

    `whole` is the sentence with its conditions, where the words for later may stand.
    """
    found = LAST.search(text)
    if not found or _PAST.search(text) or AT_WORK.search(whole) or builds(whole):
        return False
    before = text[: found.start()]
    if found["tell"] and (not _LATER.search(whole) or re.search("[a-z]{2,}\\s*[にへ]", before)):
        return False
    return all(_MATTER.search(word["noun"]) for word in _WORD.finditer(before) if _GOVERNS.match(word["kana"]))
