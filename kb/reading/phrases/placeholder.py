"""Nothing to offer yet: no way comes to mind, others are asked for one, or only a time is named.

The noun is one for a way (手, 方法, うまいやり方, 妙案); what is said of it is that it does not come
(思いつかない, 浮かばない), or that others should bring it. A time alone (連休明けに, 来期に入ったら) says when the
thinking begins. Words of hardship (つらい, 悩ましい) say nothing at all.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.markup.units import Unit, UnitForm
from kb.reading.phrases.deferral import DURING_WORK, MAX_DEFERRAL, find_deferral, is_filler_only
from kb.text.patterns import compile_lines, compile_words
from kb.text.polite import to_hiragana, to_plain_form

_WAY = (
    "(?:(?<![一-龠])(?:手|策|案|知恵|考え)|方法|方策|やり方|やりよう|しよう|打ちよう|打ち手|手立て|アイデア"
    "|アイディア|妙案|名案|良案|解決策|対策|防ぎ方|仕掛け|うまい[^、。をが]{1,6}|[い良よ]い[^、。をが]{1,6})"
)
_NO = "(?:な(?:い|く|し|かった)|ません(?:でした)?|ず|ん)"
_STATE = "(?:です|状態(?:です)?|状況(?:です)?|まま(?:です)?|というのが(?:正直|本音).*)?[。.!…\\s]*\\Z"
_COMES = "(?:思い(?:つ|付|当た|浮か)|思いつい|浮か|見つか|見当た|ひらめ|出て|出)"
_BLANK = "(?:な(?:し|い(?:です)?)|無し|無い|ありません|ございません|ナシ)"
_TIME = (
    "(?:(?:来|次|翌|今)?(?:年度?|月|週|期|四半期)|連休|お?盆|休み|正月|gw|ゴールデンウィーク|夏休み|冬休み"
    "|繁忙期|年末年始|年末|年始|年内|春|夏|秋|冬|下期|上期|期初|期末|[0-9]{1,2}\\s?月|[0-9]{1,2}/[0-9]{1,2})"
    "(?:明け|末|初め?|頭|中|後|以降|半ば|前半|後半)*"
)

_NOTHING = compile_words(
    f"{_WAY}(?:が|は|も|を|すら)?(?:まだ|何も|一つも|特に)?[^、。を]{{0,4}}?{_COMES}[ぁ-ん]{{0,6}}?{_NO}{_STATE}"
    f"|\\A[^、。を]{{0,14}}?(?:これといっ[たて]|めぼしい|目ぼしい|特段の?|格別の?"
    f"|特別な?)[^、。を]{{0,10}}?{_BLANK}{_STATE}"
    f"|\\A(?:現状|現時点|今のところ|今回)?(?:では?|は)?[、,]?(?:特に|特筆|特記|特段)(?:の|すべき|する)?(?:記載"
    f"|報告|対策)?(?:事項|こと|もの|点)?(?:は|も)?{_BLANK}{_STATE}"
    f"|{_WAY}(?:が|を|は|の)?[^。、をが]{{0,6}}?(?:あれば|あったら|ありましたら|ございましたら|お?持ち|募集"
    f"|求む|求め|求め|ください|下さい|教えて|お?寄せ|お?聞かせ|欲しい|ほしい|提供)"
    "(?:の方|でしたら|いただけ[ぁ-ん]*)?[^。を]{0,14}(?:教え|ください|下さい|お?知らせ|お?聞かせ|お?寄せ"
    "|お願い|欲しい|ほしい|求む|募集|歓迎|待って)?[ぁ-ん]{0,8}[。.!…\\s]*\\Z"
    f"|\\A(?:また)?{_TIME}(?:に(?:でも|は|また)?|から|以降|にて|まで(?:に)?|に(?:なったら|入ったら|なってから"
    f"|入ってから)|が(?:明け|替わ|変わ|改ま|終わ)[ぁ-ん]{{0,5}})?[、,]?(?:また|改めて|以降に?|に)?[。.…\\s]*\\Z"
    f"|\\A(?:これといって|特に|今は|いまは|現状|まだ|何も|今のところ)[^。をが]{{0,4}}?{_COMES}[ぁ-ん]{{0,6}}?"
    f"{_NO}{_STATE}"
    "|(?:決めかね|決められず|判断しかね|迷っ|悩ん)(?:て|で)?(?:い(?:る|ます)|おり(?:ます)?)?[。.…\\s]*\\Z"
    "|\\A(?:ノー|no)\\s?(?:アイデア|アイディア|プラン)[ぁ-ん]{0,3}[。.\\s]*\\Z"
    "|(?:検討|調査|協議|議論|会議)の?結果(?:を|は)[^。、]{0,14}?(?:反映|記載|追記|共有|報告|記入|更新)(?:する"
    "|します|いたします)?(?:予定)?(?:です)?[。.\\s]*\\Z"
    "|\\A(?:正直|ほんとうに|本当に|とても|かなり|うーん[、,]?)?(?:つら|ツラ|辛|しんど|悩まし|難し|むずかし"
    "|厳し)(?:い|く)[ぁ-んー]{0,8}[。.!…\\s]*\\Z"
)
_NOTHING_ENGLISH = compile_words(
    "\\b(?:can ?not|can'?t|could ?n[o']t) think of (?:anything|any\\w*|a (?:way|fix))\\b|\\bno ideas?\\b"
    "|\\b(?:have|has)(?: not|n't) (?:yet )?(?:been )?(?:decided|agreed|settled|figured)\\b[\\w ]*[.\\s]*\\Z"
    "|\\bideas? (?:are |is )?(?:welcome|wanted|needed)\\b"
    "|\\bany (?:ideas?|suggestions?)\\b|\\A(?:after|next|early|later|in|some ?time)(?: the| this| next"
    "| new)? (?:holidays?|break|quarter|year|month|week|sprint|fiscal year|fy|summer|winter)[.\\s]*\\Z"
)
_DECIDED = compile_words(
    "(?:ため|ので|から|につき|ゆえ)[、,]?\\s*(?:ここでは|本件では|特に)?(?:追加の?(?:対策|対応|措置)?"
    "|(?:新たな|恒久の|別途の)?(?:対策|対応|措置|再発防止策?)|これ以上)?(?:は|を|も)?"
    "(?:なし|不要|無し|しない|せず|行わない|行いません|講じない|講じません|しません|増やさない|取らない"
    "|要らない)(?:と(?:する|した|します|しました|いたします))?(?:です)?(?:\\s*[(（][^()（）]{0,40}[)）])?[。."
    "\\s]*\\Z"
)


def offers_nothing(text: str) -> bool:
    """Whether a plain, casefolded claim has no measure to offer."""
    return bool((_NOTHING_ENGLISH if text.isascii() else _NOTHING).search(text))


def declines_more(text: str) -> bool:
    """Whether a claim gives a reason and then says that nothing more is done: 防げるので追加なし."""
    return _DECIDED.search(text) is not None


# Whether a claim holds a place and says nothing: TODO, 🚧, (ここに記載), 後日検討, 発生対策: 無.
#
# Signs and guidance are known by their looks; what is said in words goes to `deferral`, and short
# sentences that end in a verb of looking into, without an object, to a test of shape.


_GUIDANCE = compile_lines(
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
_POINTS = compile_words("#[0-9]{1,7}(?![0-9])|https?://", re.I)
# How many there are says that there are some: Follow-ups | 4.
_COUNT = compile_words("[1-9][0-9]{0,2}\\s*(?:件|個|点|つ)?")
_PERSON = compile_words("@[\\w.-]+|[\\w々ヶ]{1,6}(?:さん|氏|様|くん|君)")
_DOTTED = compile_words("\\b(?:[a-z]\\.){2,}")
# Brackets that only say who and when.
_WHO_WHEN = compile_words(
    "[(\\[【](?:(?:担当|期限|期日|due|owner|by)?[\\s::]*[\\w々ヶ@./\\-・、,:\\s]{0,20}?)[)\\]】][。.\\s]*\\Z", re.I
)
_SETTLED = compile_words(
    "\\A(?:特に)?(?:対策|対応|追加対策|追加対応|再発防止策?)?(?:は|の)?(?:なし|無し|ナシ|不要|不可|見送り?"
    "|行わない|実施しない|しない|必要ない|必要なし|none|n/?a|not needed|no action)",
    re.I,
)
_REASON = compile_words("ため|ので|から|理由|による|により|ことで|見込|予定|because|since|due|as ", re.I)
_SHAPE = compile_words(
    "(?:検討|調査|協議|相談|議論|調整|精査|検証|記載|記入|追記|作成|策定|立案|整理|(?:確認|対応|追加"
    "|実施)(?=中|予定|待ち))"
    "(?:を|中|予定|待ち|する|します|していく|していきます|いたします|しています|している|したい|すること"
    "|が必要|要|です|とする|とします|だ)*[。.!?]*\\Z"
    "|(?:考え|決め|書|まとめ|詰め|練)(?:る|く|ます|きます|て(?:いく|いる|います))(?:予定)?(?:です)?[。.]*\\Z"
)
_NO_OBJECT = ("が", "は", "で", "から", "まで", "と", "も", "て", "後", "次第", "上", "うえ")
MAX_SHAPE = 18
# Pictures, faces and signs say nothing by themselves; ticks do, and are read where states are.
_SIGNS = compile_words(
    "[\U0001f000-\U0001faff\u2600-\u2610\u2613-\u2704\u2706-\u2712\u2715-\u27bf\ufe0f\u200d]+"
    "|\\([^()ぁ-ゟァ-ヺ一-龠a-z0-9]{1,14}\\)",
    re.I,
)
_SOUND = compile_words("[んうむえあーっ〜~…・?!、。 ]+")
# The name of a field in front, when it is a word for the matter: 発生対策: 無, 内容: 記入待ち.
_FIELD = compile_words("(?P<field>[^:、。\\s]{1,10})\\s*:\\s*(?=\\S)")
_OF_A_MEASURE = compile_words("担当者?|期限|期日|状態|状況|進捗|内容|owner|due|status|action items?|prevention", re.I)


@lru_cache(maxsize=4096)  # a claim is asked about by its role, its items and its neighbours
def find_placeholder(text: str) -> str:
    """Which test finds that a folded, plain claim only holds a place; "" when it says something."""
    bare = text.strip()
    if not bare.strip(' -–—―ー?…・.。:、,()[]×✕✗/_~〃"') or _SOUND.fullmatch(bare):
        return "placeholder:mark" if bare else ""
    signless = _SIGNS.sub("", bare).strip(" ✕✗×")
    if not signless:
        return "placeholder:mark"
    bare = signless
    if is_reasoned_none(bare) or _POINTS.search(bare) or _COUNT.fullmatch(bare):
        return ""
    if len(bare) <= 80 and _GUIDANCE.search(bare):
        return "placeholder:guidance"
    bare = _DOTTED.sub(lambda found: found[0].replace(".", ""), to_plain_form(bare.casefold()))
    return _put_off(bare) or (_put_off(kana) if (kana := to_hiragana(bare)) else "")


def _put_off(text: str) -> str:
    if len(text) <= MAX_DEFERRAL and offers_nothing(text):
        return "placeholder:nothing"
    nameless = _PERSON.sub("", text).strip()
    if is_filler_only(nameless) or is_filler_only(_WHO_WHEN.sub("", nameless)):
        return "placeholder:words"
    for said in dict.fromkeys((text, _WHO_WHEN.sub("", text))):
        if how := find_deferral(said):
            return f"placeholder:{how}"
    field = _FIELD.match(text)
    if field and (is_filler_only(field["field"]) or _OF_A_MEASURE.fullmatch(field["field"])):
        return _put_off(text[field.end() :])
    if len(nameless) <= MAX_SHAPE and (found := _SHAPE.search(nameless)):
        before = nameless[: found.start()].rstrip("、, ")
        if (not before or before.endswith(_NO_OBJECT)) and not DURING_WORK.search(text) and "を" not in before:
            return "placeholder:shape"
    return ""


_REASONED = 12
"""A reason and a decision take no fewer characters."""


def is_reasoned_none(text: str) -> bool:
    """なし with a reason is an answer: what was asked has been decided."""
    found = _SETTLED.match(text)
    if not found:
        return len(text) >= _REASONED and declines_more(text)
    rest = text[found.end() :].strip(" ()。、:-–—")
    return len(rest) >= 6 and bool(_REASON.search(rest)) and not is_filler_only(rest.casefold())


# Lines of a template that speak to whoever fills it in, left on a page that was filled in.
#
# They are known by what they do: they ask for writing (…を記載してください), leave blanks (〇〇を△△する,
# YYYY/MM/DD), show how (例: …), offer a choice that was not made, or are wrapped as a slot (<概要>).
# Comments are not looked at: no reader sees them.


MAX_GUIDANCE = 120

_FILL_IN = "(?:記載|記入|記述|入力|列挙|明記|追記|貼り付け|選択|削除|書き換え|置き換え)"
_ASK = (
    f"(?:{_FILL_IN}(?:して)?(?:ください|下さい|すること|のこと|をお願いします|願います)|{_FILL_IN}する(?:こと)?"
    f"|(?:お)?書き(?:ください|下さい)|書いて(?:ください|下さい|おく)|書くこと|書く)"
)
_OPEN, _CLOSE = "(\\[<{【〈《「", ")\\]>}】〉》」"
_OPENERS = frozenset("([<{【〈《「")
_WRAPPED = compile_words(f"[※*_]*[{_OPEN}][^{_OPEN}{_CLOSE}]{{0,80}}{_ASK}[^{_OPEN}{_CLOSE}]{{0,12}}[{_CLOSE}][。*_]*")
_NOTE = compile_words(f"※\\s*[^。]{{0,80}}{_ASK}[。]?")
_HERE = compile_words(
    f"[{_OPEN}]?(?:ここに|ここへ|以下に|下記に|こちらに|この欄に|この項目に)[^。]{{0,50}}(?:{_FILL_IN}|書|貼)[^。]{{0,16}}[。]?"
)
_POLITE = compile_words(
    f"[^。、]{{0,40}}(?:を|は|も|について|など|等を?)?(?:具体的に|簡潔に|時系列で|箇条書きで|できるだけ詳しく"
    f"|詳細に|漏れなく)?{_FILL_IN}して(?:ください|下さい)[。]?"
)
_SHOWN = compile_words("[(（\\[【]?(?:記入|記載|入力|書き方の?)?例[)）\\]】]?\\s*[:：）)】].{2,}")
_SURELY_SHOWN = compile_words("[(（\\[【]?(?:記入|記載|入力)例\\s*(?:[)）\\]】:：]|\\Z)")
_BLANKS = compile_words("[〇○◯△▲□]{2,}|(?<![A-Za-z0-9-])[xXｘＸ]{3,}(?![A-Za-z0-9-])|_{3,}|\\.{4,}")
_NO_DAY = compile_words(
    "(?<![a-z0-9])(?:yyyy|20xx|xxxx|[〇○◯]{4}|20[〇○◯]{2})\\s*[-/.年]\\s*(?:mm?|xx"
    "|[〇○◯]{1,2})(?:\\s*[-/.月]\\s*(?:dd?|xx|[〇○◯]{1,2}))?|(?<![a-z])hh:mm(?![a-z])|(?<![a-z])xx:xx(?![a-z])"
    "|(?:\\A|[:\\s])年\\s+月\\s+日|[〇○◯]月[〇○◯]日",
    re.I,
)
_SLOT = compile_words(
    "<[^<>/!a-z][^<>]{0,40}>|[<\\[{]{1,2}\\s*(?:your|insert|describe|add|fill in|fill|enter|write|list|name of"
    "|date of|time of|what|who|when|how|why)\\b[^<>\\[\\]{}]{0,70}[>\\]}]{1,2}"
    "|\\{\\{[^{}]{1,40}\\}\\}|[%$]\\{[A-Za-z][^{}]{0,30}\\}",
    re.I,
)
_CHOICE = compile_words(
    "[^。]{0,40}(?:から|のいずれか(?:を|に)?|どちらか(?:を|に)?)(?:1つ|一つ|ひとつ)?(?:選択|選んで|選ぶ|○を付け"
    "|丸を付け)[^。]{0,10}"
)
_ENGLISH_guidance = compile_words(
    "(?:please )?(?:describe|explain|list|summari[sz]e|fill in|provide|write|add|include) (?:the|a|an|what|how"
    "|any|all|each|your|here|when|who|briefly)\\b[^.]{0,80}(?:here|below|\\.\\.\\.|…)\\.?"
    "|(?:delete|remove) this (?:line|section|text|block)[^.]{0,30}\\.?|\\(?(?:e\\.g\\.|example:|for example:).{2,}",
    re.I,
)
_LABEL = compile_words("[^:：]{1,14}[:：]\\s*")


def is_guidance(unit: Unit, *, measure: bool) -> bool:
    """Whether a line of a page is guidance; in `measure`, where people ask each other to write, only by its form."""
    if unit.form in (UnitForm.HEADING, UnitForm.CODE, UnitForm.RULE):
        return False
    text = unit.text.strip(" *_")
    if not text or len(text) > MAX_GUIDANCE:
        return False
    return any(_guidance(said, measure) for said in dict.fromkeys((text, _LABEL.sub("", text, count=1))) if said)


def _guidance(text: str, measure: bool) -> bool:
    if any(form.fullmatch(text) for form in (_WRAPPED, _NOTE, _SLOT, _ENGLISH_guidance)) or _NO_DAY.search(text):
        return True
    if text[0] in _OPENERS and _HERE.fullmatch(text):
        return True
    if len(_BLANKS.findall(text)) >= 2 or _BLANKS.fullmatch(text) or _SURELY_SHOWN.match(text):
        return True
    if measure:
        return False
    return any(form.fullmatch(text) for form in (_HERE, _POLITE, _SHOWN, _CHOICE))
