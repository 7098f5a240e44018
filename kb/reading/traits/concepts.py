"""What operations call the same thing in other words: 止まった, 落ちた, crashed (`lexicon/traits/concepts.toml`).

A word can mean several: 503 is an error that users cannot get past.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from operator import add
from typing import NamedTuple

from kb.reading.traits.fold_words import find_latin, fold_word, split_latin, stem_english
from kb.text.fold import fold_text
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/traits/concepts.toml")


class ConceptKind(StrEnum):
    """What a concept tells of trouble: how it shows, why it came, where it was, what it was about."""

    FAILING = "failing"
    MECHANISM = "mechanism"
    PART = "part"
    THING = "thing"


class Concept(NamedTuple):
    """A list of the table: `failing.stop`, `part.mail`."""

    kind: ConceptKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value}.{self.name}"


_SHORT = 3


def _goes_on(text: str, at: int) -> bool:
    """Whether a place is inside a word of katakana: プール is folded to what シンプル ends in."""
    return at > 0 and _is_katakana(text[at]) and _is_katakana(text[at - 1])


def _is_katakana(char: str) -> bool:
    return "ァ" <= char <= "ヴ"


class _Lexicon:
    """The words of all concepts: Japanese ones by their first two characters, English ones by their first stem."""

    def __init__(self) -> None:
        self.japanese: defaultdict[str, list[tuple[str, Concept]]] = defaultdict(list)
        self.english: defaultdict[str, list[tuple[tuple[str, ...], Concept]]] = defaultdict(list)
        for full in _TABLE.names():
            kind, _, name = full.partition(".")
            concept = Concept(ConceptKind(kind), name)
            for word in _TABLE.words(full):
                if word.isascii():
                    stems = tuple(stem_english(part) for piece in word.split("_") for part in split_latin(piece))
                    self.english[stems[0]].append((stems, concept))
                else:
                    folded = fold_word(word)
                    self.japanese[folded[:2]].append((folded, concept))


def list_mechanisms() -> tuple[str, ...]:
    """Return the concepts that tell what went wrong (`mechanism.expire`), and not only where or by whose hand."""
    return tuple(name for name in _TABLE.names() if name.partition(".")[2] in _WENT_WRONG)


def list_areas() -> tuple[str, ...]:
    """Return the concepts that tell what a trouble was about: a replica, a release, a mail."""
    found = (name for name in _TABLE.names() if "." in name and not name.startswith(f"{ConceptKind.FAILING.value}."))
    return tuple(name for name in found if name.partition(".")[2] not in _WENT_WRONG)


_WENT_WRONG = frozenset(
    {
        "memory", "disk", "expire", "certificate", "permission", "limit", "pool", "lock", "race", "retry",
        "idempotence", "clock", "encoding", "dns",
    }
)  # fmt: skip


@cache
def _lexicon() -> _Lexicon:
    return _Lexicon()


def is_concept_word(stem: str) -> bool:
    """Whether the stem of an English word stands for a concept by itself: what it means is known in Japanese, too."""
    return any(len(words) == 1 for words, _ in _lexicon().english.get(stem, ()))


def find_concepts(text: str) -> Iterator[Concept]:
    """Yield the concepts that the words of a text stand for, each as often as it is named."""
    if not text:
        return
    lexicon = _lexicon()
    if not text.isascii():
        folded = fold_word(text)
        known = lexicon.japanese
        begins = [at for at, pair in enumerate(map(add, folded, f"{folded[1:]} ")) if pair in known or pair[0] in known]
        for at in begins:
            for word, concept in (*known.get(folded[at : at + 2], ()), *known.get(folded[at], ())):
                if folded.startswith(word, at) and not (len(word) <= _SHORT and _goes_on(folded, at)):
                    yield concept
    stems = [stem_english(part) for word, _ in find_latin(fold_text(text)) for part in split_latin(word)]
    for at, stem in enumerate(stems):
        for words, concept in lexicon.english.get(stem, ()):
            if len(words) == 1 or tuple(stems[at : at + len(words)]) == words:
                yield concept
