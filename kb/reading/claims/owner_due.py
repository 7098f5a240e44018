"""Who a measure belongs to: the name alone, however it is written.

「（担当: 大野 / 期限: 5/16）」「大野さん」「@ohno」「基盤チームが 5/16 までに」 all name an owner. Names are
known by where they stand (behind a label, before さん, beside a day in brackets or at the end of the
line), never by a list of names.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

from kb.text.dates import find_dates, has_day
from kb.text.patterns import compile_words

_WORD = "[一-龠々ヶぁ-んァ-ヴーA-Za-z0-9_.-]"
_NAME = "@?(?:[一-龠々ヶァ-ヴーA-Za-z0-9_.-]{1,20}|[ぁ-ん]{2,6})(?: [A-Z][A-Za-z]{1,15})?"
_TEAM = "(?:[一-龠ァ-ヴーA-Za-z]{1,10}(?:チーム|グループ|課|部|班|室|係|担当|ベンダー?)|[A-Z][a-z]+ team)"
_AND = "(?:\\s*[・、,&+と]\\s*)"
_LABEL = compile_words(
    "(?:主?担当者?|責任者|実施者|対応者|主管|オーナー|\\b(?:owners?|assignees?|assigned to|dri|responsible))"
    f"(?:\\s*[:=]\\s*|は[、\\s]*(?={_NAME}(?:さん|氏)?(?:[、,/。・)\\s]|です|\\Z))|\\s+)(?P<names>{_NAME}(?:{_AND}{_NAME}){{0,3}})",
    re.I,
)
_AT = compile_words("(?<![\\w.])@(?P<names>[A-Za-z][\\w.-]{1,30})(?![\\w@])")
_CALLED = compile_words("(?P<names>[一-龠々ヶァ-ヴー]{1,8}|[A-Za-z]{2,15}) ?(?:さん|氏|くん|君)(?![一-龠])")
_BRACKET = compile_words("[(（\\[【〔](?P<inside>[^()（）\\[\\]【】〔〕]{1,48})[)）\\]】〕]")
_DAY = "(?:[0-9]{4}[-/年])?[0-9]{1,2}(?:[-/.][0-9]{1,2}|\\s?月(?:[0-9]{1,2}日?|末|中|上旬|中旬|下旬)?)"
_SIGNED = compile_words(
    f"(?:[。、\\s]|\\A)〆?\\s?(?:{_DAY}[まで]*[\\s、,/—–-]+(?P<after>{_WORD}{{1,8}}(?:\\s{_WORD}{{1,6}})?)"
    f"|(?P<before>[一-龠々ヶァ-ヴー]{{1,6}}|[A-Z][a-z]{{1,12}})[\\s、,/—–-]+〆?\\s?{_DAY}(?:まで)?)"
    "(?:[\\s。.]*(?:済み?|完了|おわり|予定|済)?)?[。.\\s]*\\Z"
)
_ACTS = compile_words(
    f"(?:\\A|[、。]\\s?)(?P<names>{_TEAM})(?:が|で|にて|より)(?=[^。]{{2,}})"
    f"|(?:\\A|[、。]\\s?)(?P<person>[一-龠々]{{1,4}})が\\s?(?={_DAY}[^。]{{0,4}}まで)"
    "|\\A(?P<english>[A-Z][a-z]{1,14})(?: will | to (?=[a-z]))"
)
_SPLIT = compile_words("\\s*[、,/;|／・]\\s*|\\s+")
_FIELD = compile_words(
    f"(?:(?:担当者?|責任者|owner|assignee)\\s*[:：]|期限|期日|納期|予定|完了|\\b(?:due|by|eta|at|on)\\b)\\s*[:：]?\\s*|{_DAY}|[0-9]{{1,2}}\\s?月\\s?(?:[0-9]{{1,2}}\\s?日)?",
    re.I,
)
# What stands in brackets beside names: days, states, tickets, and how a measure is meant.
_NO_NAME = compile_words(
    ".*[0-9].*|(?:月|年|週|期)?(?:末|中|内|上旬|中旬|下旬)?(?:まで(?:に)?)?"
    "|(?:未|済|完了|対応|実施|検討|進行|着手|予定|継続|随時|毎[日週月年朝回]|今[週月期]|来[週月期]|次[回期]|期限|期日|目標|見込|見送|中止|保留"
    "|要確認|調整中|別途|詳細|参照|上記|別紙|優先|全[台社部件員店て]|一部|年[内度末]|月末|週末|[上下]期|恒常|定期|都度|例外|重複|必要|不要)[^部課室班係]*"
    "|(?:必須|任意|暫定|恒久|本番|開発|検証|試験|環境|高|中|低|大|小|案|例|仮|新規|既存|自動|手動|短期|長期|中期|緊急)"
    "|(?:修正|適用|稼働|反映|公開|リリース|移行|開始|導入|更新|追加|確認|切り?替え?|改版|納品|発注|配布|本番|登録|変更|設定)(?:済み?|予定|環境|分)?"
    "|(?:推定|概算|速報|目安|合計|通常|当日|翌日|前日|今回|前回|以下|以上|未満|同上|[^、]*[時版])"
    "|未定|なし|無し|todo|tbd|done|open|closed|wip|due|by|in|on|the|and|progress|none|n/?a|p[0-3]|high|low|mid(?:dle)?"
    "|ci|cd|api|db|owners?|assignees?|担当者?|責任者|(?:mon|tues|wednes|thurs|fri|satur|sun)day|jan\\w*|feb\\w*|mar(?:ch)?|apr\\w*"
    "|may|june?|july?|aug\\w*|sep\\w*|oct\\w*|nov\\w*|dec\\w*|next|this|week|month|sprint|quarter|end|of|before|after|release",
    re.I,
)
_NOBODY = compile_words(
    "[\\s\\-–—―?？…・.]*(?:未定|未割(?:り?当て?|当)?|未アサイン|未記入|調整中|要調整|検討中|これから|tbd|todo"
    "|なし|無し|none|n/?a|unassigned|nobody"
    "|-|—)?[\\s。.?？]*",
    re.I,
)
_EVERYONE = (
    "お客",
    "客",
    "皆",
    "みな",
    "利用者",
    "業者",
    "各位",
    "顧客",
    "取引先",
    "ユーザ",
    "担当者",
    "作業者",
    "開発者",
    "運用者",
)
_SUFFIX = compile_words("(?:さん|氏|様|くん|君|殿)\\Z|\\s*[(（].*\\Z")
_TAIL = compile_words("(?:です|とする|が(?:行う|対応|実施|担当).*|で(?:行う|対応|実施).*|に(?:依頼|確認).*)\\Z")


def find_owner(text: str, stated: str = "") -> str:
    """The owners of a measure, joined by 「、」; "" when it names none.

    `text` is the folded, plain measure; `stated` the words of a column or line for owners.
    """
    if stated:
        return _joined(stated)
    for found in (_LABEL.search(text), _AT.search(text)):
        if found and not _verbal(found["names"]) and (names := _joined(found["names"])):
            return names
    for called in _CALLED.finditer(text):
        if not called["names"].startswith(_EVERYONE) and not called["names"].endswith(_EVERYONE):
            return called["names"]
    for bracket in reversed(list(_BRACKET.finditer(text))):
        if names := _in_brackets(bracket["inside"], last=not text[bracket.end() :].strip(" 。.")):
            return names
    if signed := _SIGNED.search(text):
        words = (signed["after"] or signed["before"]).split()
        if len(words) <= 2 and not any(_NO_NAME.fullmatch(word) or _verbal(word) for word in words):
            return words[-1]
    if (acts := _ACTS.search(text)) and (name := acts["names"] or acts["person"] or acts["english"]):
        return str(name) if name not in ("This", "That", "It", "We", "They", "Need", "How", "What") else ""
    return ""


def find_owner_in_columns(columns: str, *, dated: bool) -> str:
    """The owner in columns that no header explains (持ち主, だれ): the first name; "" for none.

    Only where a day stands in them too, or in a column of its own (`dated`).
    """
    if not columns or not (dated or _FIELD.search(columns)):
        return ""
    pieces = _FIELD.sub(" ", columns).split()
    names = (piece for piece in pieces if len(piece) <= 10 and not _NO_NAME.fullmatch(piece) and not _verbal(piece))
    return _joined(next(names, ""))


def split_owners(owner: str) -> list[str]:
    """The single names of what `owner_of` gave."""
    return [name for name in owner.split("、") if name]


def _joined(names: str) -> str:
    """Names one by one, without titles and without what says that there is nobody yet."""
    out = []
    for piece in re.split("[・、,&+/／]|と(?=[一-龠@])|\\band\\b|\\s{2,}", names):
        name = _SUFFIX.sub("", _TAIL.sub("", piece.strip(" 。.:@"))).strip(" @")
        if name and not _NOBODY.fullmatch(name) and not _NO_NAME.fullmatch(name):
            out.append(name)
    return "、".join(dict.fromkeys(out))


def _in_brackets(inside: str, *, last: bool) -> str:
    """The names in 「（大野、5/16）」: short words beside a day, or a single one where the measure ends."""
    pieces = [piece for piece in _SPLIT.split(_FIELD.sub(" ", inside).strip()) if piece]
    names = [piece for piece in pieces if not _NO_NAME.fullmatch(piece) and len(piece) <= 14 and not _verbal(piece)]
    rest = len(pieces) - len(names) + bool(_FIELD.search(inside))
    if not names or not last or len(names) > 3 or (not rest and len(names) > 1):
        return ""
    if not rest and not re.fullmatch(f"[一-龠々ヶ]{{1,4}}|{_TEAM}|[A-Z][a-z]{{1,12}}", names[0]):
        return ""
    return _joined("、".join(names))


def _verbal(word: str) -> bool:
    """Whether a word inflects, which names do not."""
    return bool(re.search("[一-龠][ぁ-ん]{1,4}\\Z|(?:する|した|して|ない|ます)\\Z|[をはがにで]", word))


# By when a measure is to be done: a day where one can be told, or that it says so in other words.
#
# A measure may name other days (「5/8 の障害を再現するテストを 5/30 までに」): the one that is marked as an end
# counts, then one in brackets or at the end, then the last one. Months and quarters end on their last
# day; 「今月中」 is counted from when the page was written.


_END_MARK = compile_words("\\s*(?:\\([月火水木金土日]\\))?\\s*(?:まで|迄|〆|締|期限|予定|完了予定|中に|頃まで)")
_LEAD_MARK = compile_words(
    "(?:期限|期日|納期|目標日?|予定日?|完了予定日?|〆切?|締切|due(?: date)?|deadline|by|eta|until)\\s*[:は]?\\s*\\Z",
    re.I,
)
_MONTH = compile_words(
    "(?:(?P<year>20[0-9]{2})\\s*[年/-]\\s*)?(?P<month>1[0-2]|[1-9])\\s*月\\s*(?P<part>末|中旬?|上旬|下旬|内"
    "|まで|初旬|初め|頭)"
    "|(?<![0-9/])(?P<month3>1[0-2]|[1-9])/末|(?P<year2>20[0-9]{2})[-/](?P<month2>1[0-2]|0?[1-9])(?![-/0-9])"
)
_RELATIVE = compile_words(
    "(?P<this>今|当|本)(?P<unit>週|月|年度?|期)(?:中|内|末)?|(?P<next>来|翌|次)(?P<unit2>週|月|年度?|期)(?:中"
    "|内|末|頭|初め?)?|(?P<end>年内|年末|月末|週末|年度末|年度内)"
    "|(?P<day>本日|明日|今日)(?:中)?"
)
_OTHER = compile_words(
    "次(?:回|の|期)[^、。]{0,12}(?:まで|で|に|時)|(?:上|下|第[1-4一二三四])(?:半?期|四半期)|\\bq[1-4]\\b"
    "|[0-9]{1,2}(?:st|nd|rd|th)? sprint|スプリント[^、。]{0,6}(?:で|まで|内)"
    "|毎(?:日|週|月|年|朝|回|期|四半期)|(?:日|週|月|年|四半期)次|[0-9]+\\s*(?:か月|ヶ月|カ月|ヵ月|週間?|年"
    "|日)に\\s*[0-9]|半年に|定期的?に|随時|都度|常時|継続(?:的に|して|中)?|恒常"
    "|(?:まで|迄)(?:に|の)?(?=[、。)\\s]|\\Z)|[^、。\\s]{2,12}(?:まで|迄)に|[0-9]+\\s*(?:日|週間?|か月"
    "|ヶ月)(?:以内|後)|\\b(?:next (?:week|month|sprint|quarter|release)|this (?:week|month|sprint|quarter)"
    "|weekly|monthly|daily|every (?:day|week|month|release)|quarterly|by (?:the )?(?:end|next|q[1-4])|ongoing"
    "|eom|eoq|eow)\\b",
    re.I,
)


# 期限: 次のリリース
_LABELLED = re.compile("(?:期限|期日|納期|due(?: date)?|deadline)\\s*[:は]\\s*(?P<words>[^、。/|)）\\]】]+)", re.I)
_NO_DAY = re.compile("未|調整|検討|tbd|todo|なし|n/?a|none", re.I)


def find_due(text: str, near: date | None, stated: str = "") -> tuple[str, bool]:
    """The day a measure is due, ISO ("" when none can be told), and whether it says by when at all.

    `text` is the folded, plain measure, `stated` the words of a column or line for days.
    """
    words = stated or text
    days = find_dates(words, near)
    marked = [day for day, start, end in days if _END_MARK.match(words, end) or _LEAD_MARK.search(words[:start])]
    if marked:
        return marked[-1], True
    month = _month(words, near)
    if month:
        return month, True
    if days:
        return days[-1][0], True
    if relative := _relative(words, near):
        return relative, True
    if has_day(words):
        return "", True  # of a year that cannot be told
    labelled = stated or (found["words"] if (found := _LABELLED.search(text)) else "")
    if labelled.strip(" -–—―?？…・.") and not _NO_DAY.search(labelled):
        return "", True
    return "", bool(_OTHER.search(words) or _RELATIVE.search(words))


def _month(text: str, near: date | None) -> str:
    """The last day of a month that is named as a whole: 6 月末, 6 月中, 2025/6."""
    match = None
    for match in _MONTH.finditer(text):  # noqa: B007 - the last one counts
        pass
    if match is None:
        return ""
    month = int(match["month"] or match["month3"] or match["month2"])
    year = int(match["year"] or match["year2"] or 0)
    if not year:
        if near is None:
            return ""
        year = near.year + (month < near.month - 5) - (month > near.month + 6)
    day = {"上": 10, "初": 10, "頭": 10}.get((match["part"] or "")[:1], 20 if match["part"] == "中旬" else 0)
    return _last(year, month) if not day else date(year, month, day).isoformat()


def _relative(text: str, near: date | None) -> str:
    """The day that 今月中, 来週 and their like mean on a page written on the day `near`."""
    found = _RELATIVE.search(text)
    if found is None or near is None:
        return ""
    unit = found["unit"] or found["unit2"] or {"月末": "月", "週末": "週"}.get(found["end"] or "", found["end"] or "日")
    ahead = 1 if found["next"] or found["day"] == "明日" else 0
    try:
        if unit == "日":
            return (near + timedelta(days=ahead)).isoformat()
        if unit == "週":
            return (near + timedelta(days=4 - near.weekday() + 7 * ahead)).isoformat()
        if unit == "月":
            month = near.month - 1 + ahead
            return _last(near.year + month // 12, month % 12 + 1)
        if unit in ("年", "年内", "年末"):
            return _last(near.year + ahead, 12)
        if unit in ("年度", "年度末", "年度内"):
            return _last(near.year + (near.month > 3) + ahead, 3)
    except (ValueError, OverflowError):
        return ""
    return ""  # 今期: when it ends is the company's own


def _last(year: int, month: int) -> str:
    return date(year, month, calendar.monthrange(year, month)[1]).isoformat()
