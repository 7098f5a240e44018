"""Score one word under one governing word by a sum of named signs, and reject doubtful loose candidates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kb.model.secret import SecretKind
from kb.secrets.page.candidates import Candidate, Rank
from kb.secrets.page.text_page import TextLine, TextPage
from kb.secrets.scoring.clauses import (
    SCREEN,
    Governor,
    changes_topic,
    count_clauses_between,
    denies_password,
    find_clause_doubts,
    find_governors,
    find_sentence,
    follows_mark,
    follows_topic,
    is_argument,
    is_called,
    is_continued,
    is_entered,
    is_example,
    is_numbered,
    is_predicate,
    is_prose,
    names_other_before,
    says_it_is_set,
    says_otherwise,
)
from kb.secrets.scoring.entropy import is_named, score_code, score_digits, score_oddity
from kb.secrets.scoring.filters import ValueStrength, looks_like_token, measure_strength
from kb.text.lazy_pattern import compile_lazy

COVERED, ENOUGH, SURE = 5.0, 5.75, 8.0
"""The sums from which a value is covered, told, and told for certain."""

_RUN = compile_lazy(r"[!-~]{4,80}")
_OPENERS = "\"'`*_@([{<|~+:=>,;?&"
_CLOSERS = "\"'`)]}>|,;:.?*_@~"
_STRIPPED = _OPENERS + _CLOSERS
_END = " \t。.,、)」』`\"'*_|"
_FARTHEST = 120
_WHENEVER = compile_lazy(r"(?:とき|時|場合|際)(?:は|には|に)[ \t「『`]*$")
_BY_MEANS = compile_lazy(r"[」』`]?(?:\([^()\n]{0,30}\))?[ \t]*(?:で|を使)")
_TAG = compile_lazy(r"/?[a-z][a-z1-6]{0,9}>", re.I)
_WIDE = compile_lazy("[\uff10-\uff5a]")
_CODE = compile_lazy(r"[;{}$]|[=:]{2}|\w\(")


class ScoredWord(NamedTuple):
    """A run of characters without its quotes and punctuation, and whether quotes stand around it."""

    text: str
    start: int
    end: int
    quoted: bool


class Score:
    """A sum of named signs. `keyword` is the place of the governing word when it stands on the same line."""

    def __init__(self, governor: Governor) -> None:
        self.governor, self.total = governor, 0.0
        self.signs: list[str] = []
        self.doubts: list[str] = []
        self.keyword: tuple[int, int] | None = None

    def add(self, name: str, weight: float) -> None:
        """Count a sign, or a doubt where its weight is negative."""
        self.total += weight
        if weight:
            (self.signs if weight > 0 else self.doubts).append(name)


def find_words(line: TextLine) -> Iterator[ScoredWord]:
    """Yield the runs of a line that have the shape of a value."""
    text = line.text
    for run in _RUN.finditer(text, line.lead):
        start, end = run.span()
        while start < end and text[start] in _OPENERS:
            start += 1
        if text[start - 1 : start] == "<" and (tag := _TAG.match(text, start, end)):
            start = tag.end()
        while end > start and (text[end - 1] in _CLOSERS or text[end - 2 : end] == "!!"):
            end -= 1
        if (
            text[end : end + 1] in ("*", "#")
            and text[start:end].isdigit()
            and text[start - 1 : start] not in ("*", "#")
        ):
            end += 1  # the last stroke on a pad of keys
        if end - start >= 4 and _shaped(text[start:end]):
            quoted = text[start - 1 : start] in ("「", "『", "`", '"') and text[end : end + 1] in ("」", "』", "`", '"')
            yield ScoredWord(text[start:end], start, end, quoted)


def is_promising(text: str) -> bool:
    """Whether any run of a line as it stands in its page could be a value. Cheap; full-width letters always could."""
    if _WIDE.search(text):
        return True
    runs = dict.fromkeys(_RUN.findall(text))  # a line made to cost repeats itself
    return any(_shaped(run.strip(_STRIPPED)) or score_digits(run.strip("()[]*`\"',.")) > 0 for run in runs)


def _shaped(text: str) -> bool:
    return bool(score_oddity(text) or score_digits(text) or score_code(text))


def score_shape(word: ScoredWord, governor: Governor) -> float:
    """How well a word fits what governs it; 0 when it cannot be such a value."""
    if governor.kind is SecretKind.PIN:
        return score_digits(word.text)
    if governor.kind is SecretKind.OTP_SECRET:
        return max(score_code(word.text), score_oddity(word.text) if len(word.text) >= 8 else 0)
    odd = score_oddity(word.text) if len(word.text) <= 32 or governor.kind is SecretKind.API_TOKEN else 0
    if governor.kind is SecretKind.API_TOKEN:
        return odd if odd >= 2 and len(word.text) >= 12 and looks_like_token(word.text + "0" * 16) else 0
    return odd + 0.5 if word.quoted and odd and measure_strength(word.text) >= ValueStrength.MIXED else odd


def score_within(line: TextLine, word: ScoredWord, governor: Governor, last_found: int) -> Score | None:
    """The score of a word on the line of what governs it. `last_found`: where the last value before it ends, or -1."""
    text = line.text
    ahead = governor.start >= word.end
    start, end = (word.end, governor.start) if ahead else (governor.end, word.start)
    if end - start > _FARTHEST or (score := _score(line, word, governor, inside=True)) is None:
        return None
    doing = governor.start == governor.end
    score.keyword = None if doing else (governor.start, governor.end)
    first, last = find_sentence(text, word.start, word.end)
    if first <= governor.start <= last:
        far = (end - start) / (2 if text[start:end].isascii() else 1) + 8 * count_clauses_between(text, start, end)
        score.add("near", max(0.5, (0.5 if doing else 2.0) - far / 16))
    else:
        score.add("other-sentence", 0.5)
        first = min(first, governor.start)
    if doing and governor.kind is SecretKind.PASSWORD and SCREEN.search(text, first, last):
        score.add("screen", 0.5)
    if governor.door and is_numbered(text, word.start):
        score.add("numbered", 1.0)
    if not ahead and not doing and changes_topic(text[start:end]):
        score.add("of-another", -3.0)
    if ahead and not doing:
        score.add("ahead", 1.0 if is_predicate(text[start:end]) and not governor.doubts else -1.5)
    if (
        governor.kind is not SecretKind.PIN
        and score_shape(word, governor) <= 1
        and not {"told", "entered"} & {*score.signs}
    ):
        score.add("name-like", -1.0)
    if last_found > start and not ahead and not is_continued(text[last_found : word.start]):
        score.add("answered", -3.0)
    if not text[word.end :].strip(_END):
        score.add("last", 0.5)
    return _doubted(score, text[first:last])


def score_below(line: TextLine, word: ScoredWord, governor: Governor, weight: float, how: str) -> Score | None:
    """The score of a word below, or beside in its table, what governs it; `weight` is that of the place."""
    score = _score(line, word, governor, inside=False)
    if score is None:
        return None
    score.add(how, weight)
    text = line.text
    if not text[word.end :].strip(_END) or says_it_is_set(text, word.end):
        lead = text[line.lead : word.start].strip(" \t「『`\"'*_|")
        score.add("alone", 1.0 if len(lead) <= 16 else 0.5)
    if governor.kind is not SecretKind.PIN and (fits := score_shape(word, governor)) < 1.5:
        score.add("name-like", -2.0 if fits < 1 else 0 if "told" in score.signs else -1.0)
    first, last = find_sentence(text, word.start, word.end)
    return _doubted(score, text[first:last])


def _score(line: TextLine, word: ScoredWord, governor: Governor, *, inside: bool) -> Score | None:
    """What the two words and the text right around the value say."""
    fits, text = score_shape(word, governor), line.text
    if not fits or names_other_before(text, word.start):
        return None
    score = Score(governor)
    score.add("door" if governor.door else "asked" if governor.asked else governor.kind.value, governor.weight)
    score.add("made-up" if fits >= 2.5 else "unusual" if fits >= 1.5 else "plain", fits)
    if fits < 1.5 and governor.kind is not SecretKind.PIN and text.isascii():
        score.add("identifier", -2.0)  # names in English text and in code have capitals, marks and digits too
    for doubt in governor.doubts:
        score.add(doubt, -1.5 if doubt == "compound" else -1.0 if inside else 0)
    if says_it_is_set(text, word.end):
        score.add("told", 1.5 if governor.kind is SecretKind.PIN else 1.0)
    elif says_otherwise(text, word.end):
        score.add("otherwise", -2.0)
    if (governor.asked or governor.door) and is_entered(text, word.end):
        score.add("entered", 1.0)
    if follows_mark(text, word.start):
        score.add("marked", 1.0)
    elif word.quoted or (follows_topic(text, word.start) and (fits >= 1.5 or text[word.start - 1] != "(")):
        score.add("led", 0.5)
    if governor.kind is SecretKind.PIN and is_argument(text, word.start):
        score.add("argument", -2.0)
    if not line.cell and not is_prose(text) and line.words.strip(" \t\"'`*_") != word.text:
        score.add("no-sentence", -2.0 if " " in line.words.strip() else -1.0)
    if line.code and _CODE.search(text):
        score.add("code", -2.0)
    return score


def _doubted(score: Score, text: str) -> Score:
    if score.total < COVERED:  # doubts only take away
        return score
    for name, weight in find_clause_doubts(text):
        score.add(name, -weight)
    return score


# Doubts about the loosest candidates: their value is written like a name (RTX1220, SAML2.0), or the words before it
# (端末は …, ID …) or behind it (… という変数, … 形式, … の担当) say what it is.

_KINDS = {SecretKind.PASSWORD, SecretKind.BASIC_AUTH, SecretKind.SHARED_KEY, SecretKind.API_TOKEN}


def is_doubtful(each: Candidate, page: TextPage) -> bool:
    """Whether a loose proposal's value is something else by its shape or by the words around it."""
    if each.rule.rank != Rank.GENERAL or each.kind not in _KINDS:
        return False
    loosest = (each.rule.name == "prose" and each.context in ("told", "named-after")) or each.context.endswith("/loose")
    if not loosest and not each.context.endswith("/spoken"):
        return False
    pieces = page.pieces(page.number(each.start))
    line = next((it for it in pieces if it.start <= each.start < it.start + len(it.raw)), None)
    value = page.body[each.start : each.end]
    at = line.text.find(value) if line else -1
    while line and at >= 0 and line.offset(at) < each.start:
        at = line.text.find(value, at + 1)
    if line is None or at < 0:
        return False
    end = at + len(value)
    if is_called(line.text, end) or is_example(line.text, at, end):
        return True
    before = [it for it in find_governors(line.text) if it.end <= at]
    if loosest and (denies_password(line.text) or (before and changes_topic(line.text[before[-1].end : at]))):
        return True
    if not loosest or value.isdigit():
        return False
    if before and _WHENEVER.search(line.text[before[-1].end : at]) and _BY_MEANS.match(line.text, end):
        return not says_it_is_set(line.text, end)
    return is_named(value) or (score_oddity(value) < 1 and names_other_before(line.text, at))
