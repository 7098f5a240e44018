"""Read what a section heading means, from the morphemes it is made of.

One meaning has many headings: 再発防止策, 再発を防ぐために, 同じことを繰り返さないための取り組み. A list of headings is
always too short. The table holds the cores of each role, and the words that may surround them without changing the
meaning: a heading is known when it is one core with nothing but filling around it, or several such parts.

Of heads that this cannot explain (「わけ」「とった処置」「明日の自分たちへ」), the word that carries the meaning may
stand anywhere, in kana or half-width, among words nobody has listed. So a *cue* is a stem with a weight, and decides
nothing alone: `kb.reading.sections.role_assignment` weighs it against what the section says and where it stands.
Weights are in logits, roughly: 3 is nearly certain on an incident page, 1 is a hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kb.model.facts import Confidence, Role
from kb.text.fold import fold_kana
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import WordSet, compile_words
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/sections/heading_words.toml")
_RE = _TABLE.compiled


FILLERS = WordSet(*_TABLE.entries("fillers"), "? ! 、 。 ・ ~ - _ . 0 1 2 3 4 5 6 7 8 9 \t")


OWNER_COLUMN = _RE.owner_column
DUE_COLUMN = _RE.due_column
STATE_COLUMN = _RE.state_column
NUMBER_COLUMN = _RE.number_column


@dataclass(frozen=True, slots=True)
class HeadingMeaning:
    """What one heading says it opens.

    `weak` keys (対策, 今後, 背景, TODO) hold a role only when no other section of the page does;
    `measure` is 対策 alone, which is the fix or prevention depending on its neighbours. `confidence`
    is HIGH for what the lexicon explains and lower for what `kb.reading.sections.role_assignment` worked out.
    """

    roles: tuple[Role, ...]
    weak: bool = False
    measure: bool = False
    confidence: Confidence = Confidence.HIGH


# All cores in one pattern; the name of the group that matched is the number of its entry.
_ENTRIES = tuple(
    (Role[name.upper()], weak, core)
    for section, weak in (("cores", False), ("weak", True))
    for name, core in _TABLE.section(section).items()
)
_ANY_CORE = compile_words("|".join(f"(?P<k{index}>{core})" for index, (_, _, core) in enumerate(_ENTRIES)), re.I)

_DECORATION = (
    "/#*_~`=+|<>《》〈〉〔〕【】「」『』[]{}■◆●▼▲□◇○△▽★☆◎▶►▷※・→⇒✓✔〓❖♦"
    "―─━═〜·•…‥»«›‹¶§〖〗〘〙〚〛⟦⟧-–—:。.,、!！?？\"' \u3000\ufe0f\u200d\u200b"
)
_INSIDE = compile_lazy("[【】《》〈〉〔〕「」『』\\[\\]*`_]+")
_JAPANESE_SPACE = compile_lazy("(?<=[^\x00-\x7f])\\s+(?=[^\x00-\x7f])")
_EMOJI = compile_lazy("[\U0001f000-\U0001faff\u2190-\u21ff\u2200-\u27bf\u2b00-\u2bff\ufe0f\u200d]+|:[a-z0-9_+-]+:")
_ODD = compile_lazy(f"{_INSIDE.pattern}|{_EMOJI.pattern}")  # most lines hold neither
_WITH = compile_lazy("と|\\s+")

_SPREAD = 12
"""Characters of a heading whose letters may stand apart."""
MAX_HEADING_WIDTH = 48
"""The widest heading that is looked up, in columns: 24 kanji or 48 letters."""


def strip_decoration(head: str) -> str:
    """A folded heading without decoration, emoji, numbering and what else surrounds its words."""
    text = (_INSIDE.sub(" ", _EMOJI.sub("", head)) if _ODD.search(head) else head).casefold()
    before = None
    while before != text:
        before = text
        text = text.strip(_DECORATION)
        if number := _RE.number.match(text):
            text = text[number.end() :] or text
    return text if len(text.split(None, 1)) < 2 else _JAPANESE_SPACE.sub("", text)


# An option of a command opens no section, whatever its name says: --log-level, **--restore**.
_OPTION = compile_lazy(r"[*`_\\\[! \t]{0,8}--[a-z][a-z0-9]*(?:-[a-z0-9]+){0,8}(?![\w-])")
# Where something is dealt with: → #123 で対応.
_REFERS = compile_lazy("#[0-9]{1,7}\\s?[でにへを]")
# A line of a timeline, whatever it says was done: 8:50 復旧.
_CLOCK = compile_lazy("\\W*(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?![0-9])")


@lru_cache(maxsize=8192)
def lookup_heading(head: str) -> HeadingMeaning | None:
    """What a folded heading opens; None when it says nothing to kb.

    A heading of two parts (「原因と対策」, `Root cause / 根本原因`, 「再発防止（横展開含む）」) opens
    the roles of all its parts.
    """
    if " " in head and len(head) <= _SPREAD:
        head = _JAPANESE_SPACE.sub("", head)  # 影　響
    if len(head) > 2 * MAX_HEADING_WIDTH or not _RE.core_stems.search(head.casefold()) or _CLOCK.match(head):
        return None
    if _OPTION.match(head) or ("#" in head and _REFERS.search(head)):
        return None
    text = strip_decoration(head)
    if not text or "。" in text or _is_too_wide(text) or not _RE.core_stems.search(text):
        return None
    whole = _find_core(text)
    if whole:
        return whole
    for splitter, all_of_them in ((_RE.parts, False), (_WITH, True)):
        parts = [part for part in splitter.split(text) if part.strip(_DECORATION)]
        if len(parts) < 2 or len(parts) > 4:
            continue
        keys = [_find_core(part.strip(_DECORATION)) for part in parts]
        known = [key for key in keys if key]
        if not known or (len(known) < len(parts) and (all_of_them or not keys[0] or "、" in text)):
            continue
        roles = tuple(dict.fromkeys(role for key in known for role in key.roles if role is not Role.OTHER))
        if roles:
            strong = [key for key in known if not key.weak]
            return HeadingMeaning(roles, weak=not strong)
    return None


def _is_too_wide(text: str) -> bool:
    """Whether a text takes more columns than any heading: two for each letter beyond ASCII."""
    return 2 * len(text) > MAX_HEADING_WIDTH and 2 * len(text) - len(text.encode("ascii", "ignore")) > MAX_HEADING_WIDTH


def _find_core(text: str) -> HeadingMeaning | None:
    """The longest core with only filling around it."""
    starts = [start for start in FILLERS.reach(text) if _ANY_CORE.match(text, start)]
    if not starts:
        return None
    ends = [len(text) - length for length in FILLERS.reach(text, backwards=True)]
    spans = sorted(
        ((start, end) for start in starts for end in ends if start < end), key=lambda span: span[0] - span[1]
    )
    for start, end in spans:
        if found := _ANY_CORE.fullmatch(text, start, end):
            role, weak, _ = _ENTRIES[int(str(found.lastgroup)[1:])]
            return HeadingMeaning(
                (role,), weak, measure=weak and role is Role.PREVENTION and ("対策" in text or "是正" in text)
            )
    return None


# Over lower-case text whose katakana has become hiragana.
_CUE_TABLE = read_words("kb.reading", "lexicon/sections/heading_cues.toml")
_CUES = tuple(
    (Role[name.upper()], float(weight.removeprefix("weight_").replace("_", ".")), words)
    for name in _CUE_TABLE.sections()
    if name != "final"
    for weight, words in _CUE_TABLE.section(name).items()
)
_PATTERNS = tuple((role, weight, compile_words(words)) for role, weight, words in _CUES)
_ANY = compile_words("|".join(words for _, _, words in _CUES))  # most labels, cells above all, hold none
# The noun at the end says what a heading is about, whatever stands before it: 気づけなかった理由.
_FINAL = [(Role[name.upper()], compile_words(words)) for name, words in _CUE_TABLE.section("final").items()]
_HEAD_NOUN = 1.0
_ASKS = compile_words("何|なに|どこ|\\bwhat\\b")
_ASKING, _ASKED = 1.0, 2.5
_WHY = compile_words("なぜ|何故|どうして|なんで|\\bwhy\\b")


@lru_cache(maxsize=16_384)
def score_cues(label: str) -> dict[Role, float]:
    """How strongly the words of a folded head speak for each role; the strongest cue of a role counts."""
    text = fold_kana(label).strip(" ?!。.…:*_")
    found: dict[Role, float] = {}
    if not _ANY.search(text) or _OPTION.match(label):
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
