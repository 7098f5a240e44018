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
from kb.text.patterns import compile_words
from kb.text.polite import to_hiragana, to_plain_form
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/placeholder.toml")

_NOTHING = compile_words(_TABLE["nothing"])
_NOTHING_ENGLISH = compile_words(_TABLE["nothing_english"])
_DECIDED = compile_words(_TABLE["decided"])


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


_GUIDANCE = compile_words(_TABLE["guidance"], re.I)
# A ticket or an address holds what the sentence does not.
_POINTS = compile_words("#[0-9]{1,7}(?![0-9])|https?://", re.I)
# How many there are says that there are some: Follow-ups | 4.
_COUNT = compile_words("[1-9][0-9]{0,2}\\s*(?:件|個|点|つ)?")
_PERSON = compile_words(_TABLE["person"])
_DOTTED = compile_words("\\b(?:[a-z]\\.){2,}")
_WHO_WHEN = compile_words(_TABLE["who_when"], re.I)
_SETTLED = compile_words(_TABLE["settled"], re.I)
_REASON = compile_words(_TABLE["reason"], re.I)
_SHAPE = compile_words(_TABLE["shape"])
_NO_OBJECT = _TABLE.words("no_object")
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
_OF_A_MEASURE = compile_words(_TABLE["of_a_measure"], re.I)


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

_FILL_IN = _TABLE.group("fill_in")
_ASK = _TABLE.group("ask")
_OPEN, _CLOSE = "(\\[<{【〈《「", ")\\]>}】〉》」"
_OPENERS = frozenset("([<{【〈《「")
_WRAPPED = compile_words(f"[※*_]*[{_OPEN}][^{_OPEN}{_CLOSE}]{{0,80}}{_ASK}[^{_OPEN}{_CLOSE}]{{0,12}}[{_CLOSE}][。*_]*")
_NOTE = compile_words(f"※\\s*[^。]{{0,80}}{_ASK}[。]?")
_HERE = compile_words(
    f"[{_OPEN}]?(?:ここに|ここへ|以下に|下記に|こちらに|この欄に|この項目に)[^。]{{0,50}}(?:{_FILL_IN}|書|貼)[^。]{{0,16}}[。]?"
)
_POLITE = compile_words(_TABLE["polite"])
_SHOWN = compile_words("[(（\\[【]?(?:記入|記載|入力|書き方の?)?例[)）\\]】]?\\s*[:：）)】].{2,}")
_SURELY_SHOWN = compile_words("[(（\\[【]?(?:記入|記載|入力)例\\s*(?:[)）\\]】:：]|\\Z)")
_BLANKS = compile_words("[〇○◯△▲□]{2,}|(?<![A-Za-z0-9-])[xXｘＸ]{3,}(?![A-Za-z0-9-])|_{3,}|\\.{4,}")
_NO_DAY = compile_words(_TABLE["no_day"], re.I)
_SLOT = compile_words(_TABLE["slot"], re.I)
_CHOICE = compile_words(_TABLE["choice"])
_ENGLISH = compile_words(_TABLE["english"], re.I)
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
    if any(form.fullmatch(text) for form in (_WRAPPED, _NOTE, _SLOT, _ENGLISH)) or _NO_DAY.search(text):
        return True
    if text[0] in _OPENERS and _HERE.fullmatch(text):
        return True
    if len(_BLANKS.findall(text)) >= 2 or _BLANKS.fullmatch(text) or _SURELY_SHOWN.match(text):
        return True
    if measure:
        return False
    return any(form.fullmatch(text) for form in (_HERE, _POLITE, _SHOWN, _CHOICE))
