"""Whether a claim holds a place and says nothing: TODO, 🚧, (ここに記載), 後日検討, 発生対策: 無.

Signs and guidance are known by their looks; what is said in words goes to `deferral`, and short
sentences that end in a verb of looking into, without an object, to a test of shape.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.reading.patterns import prepared
from kb.reading.verdicts.deferral import LONGEST, covered, defers
from kb.reading.verdicts.nothing import decided, nothing
from kb.reading.verdicts.polite import as_kana, plainly
from kb.reading.verdicts.promises import AT_WORK
from kb.reading.words import any_of

_GUIDANCE = any_of(
    [
        "(?:ここに|ここへ|以下に|こちらに).{0,30}(?:記載|記入|記述|書|入力|列挙|追記|貼)",
        "[〇○△×□●◯]{2}|(?<![A-Za-z0-9-])[XxＸ]{3,}(?![A-Za-z0-9-])|\\.\\.\\.を|…を",
        "\\A[(<\\[{※].{0,40}(?:記載|記入|記述|書く|書き|書いて|入力|列挙|明記)(?:する|して(?:ください)?"
        "|してください)?(?:こと)?[)>\\]}。]*\\Z",
        "\\A(?:(?:この|本|当該?)[欄項章][はを])?(?:空白|空欄|未記入|ブランク|記入(?:漏れ"
        "|もれ))[^。]{0,12}(?:ないで(?:ください|下さい)|ないこと|不可|禁止|差し戻[ぁ-ん]*)[。)]*\\Z",
        "\\A(?:必ず|漏れなく|もれなく)(?:ご)?(?:記入|記載|入力)(?:の?こと|する(?:こと)?|して?(?:ください"
        "|下さい))[。)]*\\Z",
        "\\A(?:例|記入例|記載例|ex|e\\.g\\.)[:).]",
        "<(?:your|insert|describe|add|fill).{0,40}>|\\[(?:your|insert|describe|add|fill).{0,40}\\]",
        "\\A[(<\\[{](?:いつ|どこで|誰が|何が|なぜ).{0,40}[)>\\]}]\\Z",
    ]
)
# A ticket or an address holds what the sentence does not.
_POINTS = prepared("#[0-9]{1,7}(?![0-9])|https?://", re.I)
# How many there are says that there are some: Follow-ups | 4.
_COUNT = prepared("[1-9][0-9]{0,2}\\s*(?:件|個|点|つ)?")
_PERSON = prepared("@[\\w.-]+|[\\w々ヶ]{1,6}(?:さん|氏|様|くん|君)")
_DOTTED = prepared("\\b(?:[a-z]\\.){2,}")
# Brackets that only say who and when.
_WHO_WHEN = prepared(
    "[(\\[【](?:(?:担当|期限|期日|due|owner|by)?[\\s::]*[\\w々ヶ@./\\-・、,:\\s]{0,20}?)[)\\]】][。.\\s]*\\Z", re.I
)
_SETTLED = prepared(
    "\\A(?:特に)?(?:対策|対応|追加対策|追加対応|再発防止策?)?(?:は|の)?(?:なし|無し|ナシ|不要|不可|見送り?"
    "|行わない|実施しない|しない|必要ない|必要なし|none|n/?a|not needed|no action)",
    re.I,
)
_REASON = prepared("ため|ので|から|理由|による|により|ことで|見込|予定|because|since|due|as ", re.I)
_SHAPE = prepared(
    "(?:検討|調査|協議|相談|議論|調整|精査|検証|記載|記入|追記|作成|策定|立案|整理|(?:確認|対応|追加"
    "|実施)(?=中|予定|待ち))"
    "(?:を|中|予定|待ち|する|します|していく|していきます|いたします|しています|している|したい|すること"
    "|が必要|要|です|とする|とします|だ)*[。.!?]*\\Z"
    "|(?:考え|決め|書|まとめ|詰め|練)(?:る|く|ます|きます|て(?:いく|いる|います))(?:予定)?(?:です)?[。.]*\\Z"
)
_NO_OBJECT = ("が", "は", "で", "から", "まで", "と", "も", "て", "後", "次第", "上", "うえ")
SHAPE_LENGTH = 18
# Pictures, faces and signs say nothing by themselves; ticks do, and are read where states are.
_SIGNS = prepared(
    "[\U0001f000-\U0001faff\u2600-\u2610\u2613-\u2704\u2706-\u2712\u2715-\u27bf\ufe0f\u200d]+"
    "|\\([^()ぁ-ゟァ-ヺ一-龠a-z0-9]{1,14}\\)",
    re.I,
)
_SOUND = prepared("[んうむえあーっ〜~…・?!、。 ]+")
# The name of a field in front, when it is a word for the matter: 発生対策: 無, 内容: 記入待ち.
_FIELD = prepared("(?P<field>[^:、。\\s]{1,10})\\s*:\\s*(?=\\S)")
_OF_A_MEASURE = prepared("担当者?|期限|期日|状態|状況|進捗|内容|owner|due|status|action items?|prevention", re.I)


@lru_cache(maxsize=4096)  # a claim is asked about by its role, its items and its neighbours
def placeholder(text: str) -> str:
    """Which test finds that a folded, plain claim only holds a place; "" when it says something."""
    bare = text.strip()
    if not bare.strip(' -–—―ー?…・.。:、,()[]×✕✗/_~〃"') or _SOUND.fullmatch(bare):
        return "placeholder:mark" if bare else ""
    signless = _SIGNS.sub("", bare).strip(" ✕✗×")
    if not signless:
        return "placeholder:mark"
    bare = signless
    if settled(bare) or _POINTS.search(bare) or _COUNT.fullmatch(bare):
        return ""
    if len(bare) <= 80 and _GUIDANCE.search(bare):
        return "placeholder:guidance"
    bare = _DOTTED.sub(lambda found: found[0].replace(".", ""), plainly(bare.casefold()))
    return _put_off(bare) or (_put_off(kana) if (kana := as_kana(bare)) else "")


def _put_off(text: str) -> str:
    if len(text) <= LONGEST and nothing(text):
        return "placeholder:nothing"
    nameless = _PERSON.sub("", text).strip()
    if covered(nameless) or covered(_WHO_WHEN.sub("", nameless)):
        return "placeholder:words"
    for said in dict.fromkeys((text, _WHO_WHEN.sub("", text))):
        if how := defers(said):
            return f"placeholder:{how}"
    field = _FIELD.match(text)
    if field and (covered(field["field"]) or _OF_A_MEASURE.fullmatch(field["field"])):
        return _put_off(text[field.end() :])
    if len(nameless) <= SHAPE_LENGTH and (found := _SHAPE.search(nameless)):
        before = nameless[: found.start()].rstrip("、, ")
        if (not before or before.endswith(_NO_OBJECT)) and not AT_WORK.search(text) and "を" not in before:
            return "placeholder:shape"
    return ""


_REASONED = 12
"""A reason and a decision take no fewer characters."""


def settled(text: str) -> bool:
    """なし with a reason is an answer: what was asked has been decided."""
    found = _SETTLED.match(text)
    if not found:
        return len(text) >= _REASONED and decided(text)
    rest = text[found.end() :].strip(" ()。、:-–—")
    return len(rest) >= 6 and bool(_REASON.search(rest)) and not covered(rest.casefold())
