"""Soft signs of what a head opens, for heads the lexicon cannot explain as a whole.

「わけ」「とった処置」「明日の自分たちへ」: the word that carries the meaning may stand anywhere, in
kana or half-width, among words nobody has listed. So a cue is a stem with a weight, and decides
nothing alone: `kb.reading.sections.role_assignment` weighs it against what the section says and where it stands.
Weights are in logits, roughly: 3 is nearly certain on an incident page, 1 is a hint.
"""

from __future__ import annotations

from functools import lru_cache

from kb.model.facts import Role
from kb.text.patterns import compile_words
from kb.text.word_tables import read_words

_KATAKANA_IN = compile_words("[ァ-ヶ]")
_KATAKANA = {code: code - 0x60 for code in range(ord("ァ"), ord("ヶ") + 1)}

# Over lower-case text whose katakana has become hiragana.
_TABLE = read_words("kb.reading", "lexicon/sections/heading_cues.toml")
_CUES = tuple(
    (Role[name.upper()], float(weight.removeprefix("weight_").replace("_", ".")), words)
    for name in _TABLE.sections()
    if name != "final"
    for weight, words in _TABLE.section(name).items()
)
_PATTERNS = tuple((role, weight, compile_words(words)) for role, weight, words in _CUES)
_ANY = compile_words("|".join(words for _, _, words in _CUES))  # most labels, cells above all, hold none


def fold_kana(text: str) -> str:
    """Lower-case text with katakana as hiragana, of the same length."""
    text = text.casefold()
    return text.translate(_KATAKANA) if _KATAKANA_IN.search(text) else text


# The noun at the end says what a heading is about, whatever stands before it: 気づけなかった理由.
_FINAL = [(Role[name.upper()], compile_words(words)) for name, words in _TABLE.section("final").items()]
_HEAD_NOUN = 1.0
_ASKS = compile_words("何|なに|どこ|\\bwhat\\b")
_ASKING, _ASKED = 1.0, 2.5
_WHY = compile_words("なぜ|何故|どうして|なんで|\\bwhy\\b")


@lru_cache(maxsize=16_384)
def score_cues(label: str) -> dict[Role, float]:
    """How strongly the words of a folded head speak for each role; the strongest cue of a role counts."""
    text = fold_kana(label).strip(" ?!。.…:*_")
    found: dict[Role, float] = {}
    if not _ANY.search(text):
        return found
    for role, weight, pattern in _PATTERNS:
        if found.get(role, 0.0) < weight and pattern.search(text):
            found[role] = weight
    for role, final in _FINAL:
        if role in found and final.search(text):
            found[role] += _HEAD_NOUN
    asked = max(found.get(role, 0.0) for role in (Role.CAUSE, Role.FIX, Role.PREVENTION))
    if found.get(Role.SUMMARY, 0.0) > _ASKING and asked >= _ASKED and _ASKS.search(text):
        found[Role.SUMMARY] = _ASKING  # what caused it, 何がいけなかったか: the rest says what is asked
    if Role.CAUSE in found and _WHY.search(text):
        found.pop(Role.SUMMARY, None)  # どうして起きたか asks for no story
    return found
