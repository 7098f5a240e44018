"""Lines of a template that speak to whoever fills it in, left on a page that was filled in.

They are known by what they do: they ask for writing (…を記載してください), leave blanks (〇〇を△△する,
YYYY/MM/DD), show how (例: …), offer a choice that was not made, or are wrapped as a slot (<概要>).
Comments are not looked at: no reader sees them.
"""

from __future__ import annotations

import re

from kb.reading.patterns import prepared
from kb.reading.unit import Form, Unit

LONGEST = 120

_FILL_IN = "(?:記載|記入|記述|入力|列挙|明記|追記|貼り付け|選択|削除|書き換え|置き換え)"
_ASK = (
    f"(?:{_FILL_IN}(?:して)?(?:ください|下さい|すること|のこと|をお願いします|願います)|{_FILL_IN}する(?:こと)?"
    f"|(?:お)?書き(?:ください|下さい)|書いて(?:ください|下さい|おく)|書くこと|書く)"
)
_OPEN, _CLOSE = "(\\[<{【〈《「", ")\\]>}】〉》」"
_OPENERS = frozenset("([<{【〈《「")
_WRAPPED = prepared(f"[※*_]*[{_OPEN}][^{_OPEN}{_CLOSE}]{{0,80}}{_ASK}[^{_OPEN}{_CLOSE}]{{0,12}}[{_CLOSE}][。*_]*")
_NOTE = prepared(f"※\\s*[^。]{{0,80}}{_ASK}[。]?")
_HERE = prepared(
    f"[{_OPEN}]?(?:ここに|ここへ|以下に|下記に|こちらに|この欄に|この項目に)[^。]{{0,50}}(?:{_FILL_IN}|書|貼)[^。]{{0,16}}[。]?"
)
_POLITE = prepared(
    f"[^。、]{{0,40}}(?:を|は|も|について|など|等を?)?(?:具体的に|簡潔に|時系列で|箇条書きで|できるだけ詳しく"
    f"|詳細に|漏れなく)?{_FILL_IN}して(?:ください|下さい)[。]?"
)
_SHOWN = prepared("[(（\\[【]?(?:記入|記載|入力|書き方の?)?例[)）\\]】]?\\s*[:：）)】].{2,}")
_SURELY_SHOWN = prepared("[(（\\[【]?(?:記入|記載|入力)例\\s*(?:[)）\\]】:：]|\\Z)")
_BLANKS = prepared("[〇○◯△▲□]{2,}|(?<![A-Za-z0-9-])[xXｘＸ]{3,}(?![A-Za-z0-9-])|_{3,}|\\.{4,}")
_NO_DAY = prepared(
    "(?<![a-z0-9])(?:yyyy|20xx|xxxx|[〇○◯]{4}|20[〇○◯]{2})\\s*[-/.年]\\s*(?:mm?|xx"
    "|[〇○◯]{1,2})(?:\\s*[-/.月]\\s*(?:dd?|xx|[〇○◯]{1,2}))?|(?<![a-z])hh:mm(?![a-z])|(?<![a-z])xx:xx(?![a-z])"
    "|(?:\\A|[:\\s])年\\s+月\\s+日|[〇○◯]月[〇○◯]日",
    re.I,
)
_SLOT = prepared(
    "<[^<>/!a-z][^<>]{0,40}>|[<\\[{]{1,2}\\s*(?:your|insert|describe|add|fill in|fill|enter|write|list|name of"
    "|date of|time of|what|who|when|how|why)\\b[^<>\\[\\]{}]{0,70}[>\\]}]{1,2}"
    "|\\{\\{[^{}]{1,40}\\}\\}|[%$]\\{[A-Za-z][^{}]{0,30}\\}",
    re.I,
)
_CHOICE = prepared(
    "[^。]{0,40}(?:から|のいずれか(?:を|に)?|どちらか(?:を|に)?)(?:1つ|一つ|ひとつ)?(?:選択|選んで|選ぶ|○を付け"
    "|丸を付け)[^。]{0,10}"
)
_ENGLISH = prepared(
    "(?:please )?(?:describe|explain|list|summari[sz]e|fill in|provide|write|add|include) (?:the|a|an|what|how"
    "|any|all|each|your|here|when|who|briefly)\\b[^.]{0,80}(?:here|below|\\.\\.\\.|…)\\.?"
    "|(?:delete|remove) this (?:line|section|text|block)[^.]{0,30}\\.?|\\(?(?:e\\.g\\.|example:|for example:).{2,}",
    re.I,
)
_LABEL = prepared("[^:：]{1,14}[:：]\\s*")


def guides(unit: Unit, *, measure: bool) -> bool:
    """Whether a line of a page is guidance; in `measure`, where people ask each other to write, only by its form."""
    if unit.form in (Form.HEADING, Form.CODE, Form.RULE):
        return False
    text = unit.text.strip(" *_")
    if not text or len(text) > LONGEST:
        return False
    return any(_guidance(said, measure) for said in dict.fromkeys((text, _LABEL.sub("", text, count=1))) if said)


def _guidance(text: str, measure: bool) -> bool:
    if any(form.fullmatch(text) for form in (_WRAPPED, _NOTE, _SLOT, _ENGLISH)) or _NO_DAY.search(text):
        return True
    if text[0] in _OPENERS and _HERE.fullmatch(text):
        return True
    if len(_BLANKS.findall(text)) >= 2 or _BLANKS.fullmatch(text) or _SURELY_SHOWN.match(text):
        return True
    if measure:
        return False
    return any(form.fullmatch(text) for form in (_HERE, _POLITE, _SHOWN, _CHOICE))
