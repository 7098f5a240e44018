"""Decide whether a claim holds a place and says nothing: TODO, 🚧, (ここに記載), 後日検討, 発生対策: 無.

Signs and guidance are known by their looks; what is said in words goes to `kb.reading.phrases.deferral`, and short
sentences that end in a verb of looking into, without an object, to a test of shape.

*Nothing to offer* is one class. The noun is one for a way (手, 方法, うまいやり方, 妙案), and what is said of it is
that it does not come (思いつかない, 浮かばない), or that others should bring it. A time alone (連休明けに,
来期に入ったら) says when the thinking begins. Words of hardship (つらい, 悩ましい) say nothing at all.

*Guidance* is what a template says to whoever fills it in. It asks for writing (…を記載してください), leaves blanks
(〇〇を△△する, YYYY/MM/DD), shows how (例: …), offers a choice that was not made, or is wrapped as a slot (<概要>).
Comments are not looked at: no reader sees them.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kb.markup.units import Unit, UnitForm
from kb.reading.phrases.deferral import MAX_DEFERRAL, find_deferral, is_during_work, is_filler_only
from kb.text.fold import to_hiragana, to_plain_form
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/placeholder.toml")
_RE = _TABLE.compiled
_NO_OBJECT = _TABLE.words("no_object")

MAX_GUIDANCE = 120
"""Characters of a line that may be guidance."""
_MAX_SHAPE = 18
# A ticket or an address holds what the sentence does not.
_POINTS = compile_words("#[0-9]{1,7}(?![0-9])|https?://", re.I)
_DOTTED = compile_words("\\b(?:[a-z]\\.){2,}")
# Pictures, faces and signs say nothing by themselves; ticks do, and are read where states are.
_SIGNS = compile_words(
    "[\U0001f000-\U0001faff\u2600-\u2610\u2613-\u2704\u2706-\u2712\u2715-\u27bf\ufe0f\u200d]+"
    "|\\([^()ぁ-ゟァ-ヺ一-龠a-z0-9]{1,14}\\)",
    re.I,
)
_SOUND = compile_words("[んうむえあーっ〜~…・?!、。 ]+")
# The name of a field in front, when it is a word for the matter: 発生対策: 無, 内容: 記入待ち.
_FIELD = compile_words("(?P<field>[^:、。\\s]{1,10})\\s*:\\s*(?=\\S)")
_BLANKS = compile_words("[〇○◯△▲□]{2,}|(?<![A-Za-z0-9-])[xXｘＸ]{3,}(?![A-Za-z0-9-])|_{3,}|\\.{4,}")
_OPENERS = frozenset("([<{【〈《「")
_LABEL = compile_words("[^:：]{1,14}[:：]\\s*")


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
    if is_reasoned_none(bare) or _POINTS.search(bare) or _RE.count.fullmatch(bare):
        return ""
    if len(bare) <= 80 and _RE.guidance.search(bare):
        return "placeholder:guidance"
    bare = _DOTTED.sub(lambda found: found[0].replace(".", ""), to_plain_form(bare.casefold()))
    return _find_put_off(bare) or (_find_put_off(kana) if (kana := to_hiragana(bare)) else "")


def _find_put_off(text: str) -> str:
    if len(text) <= MAX_DEFERRAL and offers_nothing(text):
        return "placeholder:nothing"
    nameless = _RE.person.sub("", text).strip()
    if is_filler_only(nameless) or is_filler_only(_RE.who_when.sub("", nameless)):
        return "placeholder:words"
    for said in dict.fromkeys((text, _RE.who_when.sub("", text))):
        if how := find_deferral(said):
            return f"placeholder:{how}"
    field = _FIELD.match(text)
    if field and (is_filler_only(field["field"]) or _RE.of_a_measure.fullmatch(field["field"])):
        return _find_put_off(text[field.end() :])
    if len(nameless) <= _MAX_SHAPE and (found := _RE.shape.search(nameless)):
        before = nameless[: found.start()].rstrip("、, ")
        if (not before or before.endswith(_NO_OBJECT)) and not is_during_work(text) and "を" not in before:
            return "placeholder:shape"
    return ""


_REASONED = 12
"""A reason and a decision take no fewer characters."""


def is_reasoned_none(text: str) -> bool:
    """なし with a reason is an answer: what was asked has been decided."""
    found = _RE.settled.match(text)
    if not found:
        return len(text) >= _REASONED and declines_more(text)
    rest = text[found.end() :].strip(" ()。、:-–—")
    return len(rest) >= 6 and bool(_RE.reason.search(rest)) and not is_filler_only(rest.casefold())


def offers_nothing(text: str) -> bool:
    """Whether a plain, casefolded claim has no measure to offer."""
    return bool((_RE.nothing_english if text.isascii() else _RE.nothing).search(text))


def declines_more(text: str) -> bool:
    """Whether a claim gives a reason and then says that nothing more is done: 防げるので追加なし."""
    return _RE.decided.search(text) is not None


NO_GUIDANCE = (UnitForm.HEADING, UnitForm.CODE, UnitForm.RULE)
"""Lines that are no guidance, whatever they say."""


def is_guidance(unit: Unit, *, measure: bool) -> bool:
    """Whether a line of a page is guidance; in `measure`, where people ask each other to write, only by its form."""
    if unit.form in NO_GUIDANCE:
        return False
    text = unit.text.strip(" *_")
    if not text or len(text) > MAX_GUIDANCE:
        return False
    return any(
        _looks_like_guidance(said, measure) for said in dict.fromkeys((text, _LABEL.sub("", text, count=1))) if said
    )


def _looks_like_guidance(text: str, measure: bool) -> bool:
    if any(form.fullmatch(text) for form in (_RE.wrapped, _RE.note, _RE.slot, _RE.english)) or _RE.no_day.search(text):
        return True
    if text[0] in _OPENERS and _RE.here.fullmatch(text):
        return True
    if len(_BLANKS.findall(text)) >= 2 or _BLANKS.fullmatch(text) or _RE.surely_shown.match(text):
        return True
    if measure:
        return False
    return any(form.fullmatch(text) for form in (_RE.here, _RE.polite, _RE.shown, _RE.choice))
