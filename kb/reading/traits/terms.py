"""The terms of a text by which similar incidents are found, and how much each place of a page counts.

A term is a letter for what it is, and the word: `w` a part of a Latin word without its ending, `n` a numbered name,
`g` two neighbouring letters of Japanese, `c` a concept, `s` the sound of a loan word, `e` a code of an
error. So OutOfMemoryError and out of memory, サイネージ and signage, 止まった and down meet in one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from kb.markup.units import UnitForm
from kb.model.facts import Role
from kb.reading.traits.concepts import find_concepts, is_concept_word
from kb.reading.traits.error_texts import find_error_texts
from kb.reading.traits.fold_words import (
    cut_title,
    drop_speaker,
    find_latin,
    fold_numbering,
    fold_word,
    split_latin,
    stem_english,
)
from kb.reading.traits.sounds import sound_of_english, sound_of_katakana
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

if TYPE_CHECKING:
    from kb.reading.traits.read_traits import ReadIncident

_COMMON = frozenset(read_words("kb.reading", "lexicon/traits/labels.toml").words("common"))
_JAPANESE = compile_lazy("[ぁ-んァ-ヴー一-龠々〆]+")
_KATAKANA = compile_lazy("[ァ-ヴー]{3,24}")
_HIRAGANA = frozenset(map(chr, range(ord("ぁ"), ord("ん") + 1)))
_ADDRESS = compile_lazy("https?://\\S+")
_IPV4 = compile_lazy("[0-9]{1,3}(?:[.][0-9]{1,3}){3}")
_LEAST_ENGLISH = 3

WEIGHTS = {"w": 1.4, "n": 2.2, "g": 1.0, "c": 1.5, "s": 0.9, "e": 1.6}
"""What a term of each sort counts in a query."""
KNOWN_WORD = 0.2
"""Of the weight of a Latin word whose concept is known."""
TITLE_WEIGHT = 2.5
_ROLE_WEIGHTS = {
    Role.SUMMARY: 1.3,
    Role.CAUSE: 1.3,
    Role.IMPACT: 0.9,
    Role.DETECTION: 0.7,
    Role.TIMELINE: 0.7,
    Role.FIX: 0.7,
    Role.FIX_TEMP: 0.7,
    Role.FIX_PERM: 0.6,
    Role.PREVENTION: 0.5,
}
_UNTOLD = 1.0
_CODE = 0.8
NOTE_WEIGHT = 0.6
"""What a comment or a ticket's note counts beside the page itself."""
MAX_OF_A_PAGE = 240
"""Terms of a page that are searched for, before how rare they are."""
MAX_CHARS = 40_000
"""Of a page that are read for terms: what is longer is a log."""

OPENING_CHARS = 400
"""Of the text of a runbook: the rest are commands, which every third page has."""

_SATURATION = 1.2
_LENGTH_SHARE = 0.5
_USUAL_LENGTH = 260.0
"""Pairs of letters, weighted, of an incident page: measured on the sets of tests/corpus."""


def iter_terms(text: str) -> Iterator[str]:
    """Yield the terms of a text, each as often as it stands there."""
    text = _ADDRESS.sub(" ", fold_text(text))
    for word, _ in find_latin(text):
        yield from _latin_terms(word)
    if not text.isascii():
        for katakana in _KATAKANA.findall(text):
            if sound := sound_of_katakana(fold_word(katakana)):
                yield f"s{sound}"
        for run in _JAPANESE.findall(text):
            folded = fold_word(run)
            for one, other in pairwise(folded):
                if one not in _HIRAGANA or other not in _HIRAGANA:  # two of them are mostly an ending
                    yield f"g{one}{other}"
    yield from (f"c{concept}" for concept in find_concepts(text))


def _latin_terms(word: str) -> Iterator[str]:
    if word[0].isdigit():
        if _IPV4.fullmatch(word):
            yield f"n{word}"
        return
    parts = split_latin(word)
    if len(parts) > 1 or any(char.isdigit() for char in word):
        yield f"n{fold_numbering(word)}"
    for part in parts:
        if part in _COMMON or part.isdigit() or len(part) < 2:
            continue
        yield f"w{stem_english(part)}"
        if len(part) >= _LEAST_ENGLISH and part.isalpha() and (sound := sound_of_english(part)):
            yield f"s{sound}"


def iter_error_terms(text: str) -> Iterator[str]:
    """Yield the codes in the error texts of a page: 503, ORA-01555."""
    for error in find_error_texts(text):
        for word in error.split():
            if any(char.isdigit() for char in word) and word.strip("0."):
                yield f"e{word}"


def read_query_terms(text: str) -> dict[str, float]:
    """Return the terms of what somebody searches for, each with its weight.

    An English word whose concept is known counts less by its letters: few pages of a Japanese team have it, which would
    make it say more than what it means.
    """
    text = text[:MAX_CHARS]
    counts: defaultdict[str, int] = defaultdict(int)
    for term in (*iter_terms(text), *(f"e{word}" for word, _ in find_latin(fold_text(text)) if word[0].isdigit())):
        counts[term] += 1
    found = {term: WEIGHTS[term[0]] * min(count, 2) ** 0.5 for term, count in counts.items()}
    for term in found:
        if term[0] == "w" and is_concept_word(term[1:]):
            found[term] *= KNOWN_WORD
    return found


def weigh_page_terms(terms: Mapping[str, float]) -> dict[str, float]:
    """Return the terms of a page as the query that it is: those that say most of it."""
    worth = {term: weight * WEIGHTS[term[0]] for term, weight in terms.items()}
    return dict(sorted(worth.items(), key=lambda each: (-each[1], each[0]))[:MAX_OF_A_PAGE])


def read_page_terms(title: str, read: ReadIncident, body: str, notes: tuple[str, ...] = ()) -> dict[str, float]:
    """Return the terms of a page with what each counts in it, from 0 to 2.2: saturated, and less on a long page."""
    counts = _count_terms(cut_title(title), TITLE_WEIGHT)

    def add(text: str, weight: float) -> None:
        for term in iter_terms(text):
            counts[term] += weight

    left = MAX_CHARS
    for section in read.sections:
        weight = max((_ROLE_WEIGHTS.get(role, _UNTOLD) for role in section.roles), default=_UNTOLD)
        if section.head is not None and not section.roles:
            add(section.head.label, weight)
        for unit in section.units:
            if left > 0:
                text = drop_speaker(unit.text)[:left]
                left -= len(text)
                add(text, _CODE if unit.form is UnitForm.CODE else weight)
    for note in notes:
        if left > 0:
            add(note[:left], NOTE_WEIGHT)
            left -= len(note)
    for term in iter_error_terms(f"{title}\n{body[:MAX_CHARS]}"):
        counts[term] += 1.0
    return _saturate(counts)


def read_plain_terms(title: str, body: str, notes: tuple[str, ...] = ()) -> dict[str, float]:
    """Return the terms of a page whose sections nobody has read."""
    counts = _count_terms(cut_title(title), TITLE_WEIGHT)
    for text, weight in ((body, _UNTOLD), *((note, NOTE_WEIGHT) for note in notes)):
        for term in iter_terms(text[:MAX_CHARS]):
            counts[term] += weight
    return _saturate(counts)


def read_opening_terms(title: str, body: str) -> dict[str, float]:
    """Return the terms of a page that is known by its title and its first lines: a runbook."""
    return read_plain_terms(title, body[:OPENING_CHARS])


def _count_terms(text: str, weight: float) -> defaultdict[str, float]:
    counts: defaultdict[str, float] = defaultdict(float)
    for term in iter_terms(text):
        counts[term] += weight
    return counts


def _saturate(counts: Mapping[str, float]) -> dict[str, float]:
    length = sum(count for term, count in counts.items() if term[0] in "gw")
    most = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _USUAL_LENGTH)
    return {term: count * (_SATURATION + 1) / (count + most) for term, count in counts.items()}
