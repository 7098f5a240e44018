"""The gate against itself: Hyperscan and `re` on texts with every character that folds, and on corpora in disguise."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from kb.errors import InputError
from kb.lint.inputs import jsonl
from kb.model.document import Document
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts
from kb.rules import registry
from kb.rules.gate import Gate, HyperscanEngine, ReEngine, list_patterns
from kb.rules.judge import Judge
from kb.rules.registry import GateGroup

ROOT = Path(__file__).parents[2]
RULES = registry.load_rules()
GROUPS = registry.groups_of(RULES)
FAST = HyperscanEngine.compile(list_patterns(GROUPS))
SLOW = ReEngine(list_patterns(GROUPS))

ASCII_ONLY = {"suppression"}
"""Groups whose word counts only as it is: `kb﹕ignore`, with a small colon, suppresses nothing."""


def foldable() -> Iterator[str]:
    """Every character that NFKC makes another, surrogates left out."""
    for number in (*range(0x80, 0xD800), *range(0xE000, sys.maxunicode + 1)):
        char = chr(number)
        if unicodedata.normalize("NFKC", char) != char:
            yield char


FOLDED = {char: unicodedata.normalize("NFKC", char) for char in foldable()}


def words(group: GateGroup) -> Iterator[str]:
    """The words a group waits for."""
    for hint in (group.alone, *group.together):
        yield from hint.words


def texts(sample: int = 1) -> Iterator[tuple[str, str]]:
    """A text, and the same folded: every foldable character inside, before and after words of the gate.

    With `sample` only every so-manieth.
    """
    every = [word for group in GROUPS for word in dict.fromkeys(words(group))]
    number = 0
    for char, folded in FOLDED.items():
        # Where it stands for a stretch of a word, in each such place.
        for word in every:
            at = word.casefold().find(folded.casefold())
            while at >= 0 and folded:
                number += 1
                if number % sample == 0:
                    text = word[:at] + char + word[at + len(folded) :]
                    yield text, unicodedata.normalize("NFKC", text)
                at = word.casefold().find(folded.casefold(), at + 1)
        # Where it stands beside or inside of one.
        word = every[ord(char) % len(every)]
        for text in (char + word, word + char, word[:1] + char + word[1:], f"{char}x\n原因{char}\n対応{char}"):
            number += 1
            if number % sample == 0:
                yield text, unicodedata.normalize("NFKC", text)


def wide(text: str) -> str:
    """ASCII in its full-width forms, line ends and blanks left alone."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def wide_letters(text: str) -> str:
    """Letters and digits in their full-width forms; marks of markup stay."""
    return "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char for char in text)


_HALF = {folded: char for char, folded in FOLDED.items() if "\uff61" <= char <= "\uff9f"}


def half(text: str) -> str:
    """Kana in their half-width forms, sound marks apart."""
    taken = unicodedata.normalize("NFD", text)
    return "".join({"\u3099": "\uff9e", "\u309a": "\uff9f"}.get(char, _HALF.get(char, char)) for char in taken)


DISGUISES: dict[str, Callable[[str], str]] = {
    "full width": wide,
    "full-width letters": wide_letters,
    "half-width kana": half,
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "folded": lambda text: unicodedata.normalize("NFKC", text),
}


def differences(sample: int = 1) -> tuple[int, list[str]]:
    """How many texts were compared, and what differed: groups opened, or findings on corpora in disguise."""
    fast, slow = Gate(GROUPS, FAST), Gate(GROUPS, SLOW)
    differ: list[str] = []
    compared = 0
    for text, folded in texts(sample):
        compared += 1
        data = text.encode()
        if FAST.scan(data) != SLOW.scan(data):
            differ.append(f"gate: patterns of {text!r}")
        opened = fast.opened(data)
        if opened != slow.opened(data):
            differ.append(f"gate: groups of {text!r}")
        if not fast.opened(folded.encode()) - ASCII_ONLY <= opened:
            differ.append(f"gate: {text!r} stays outside, {folded!r} does not")
    judges = [Judge(RULES, PagePolicy(), gate, read=read_facts) for gate in (fast, slow)]
    for document in corpus(max(sample, 3)):
        compared += 1
        one, other = (judge(document) for judge in judges)
        if one.findings != other.findings or (one.entry.facts is None) != (other.entry.facts is None):
            differ.append(f"gate: findings of {document.doc}")
    return compared, differ


def corpus(step: int) -> Iterator[Document]:
    """Every so-manieth page of the corpora, in each disguise."""
    for file in sorted((ROOT / "tests" / "corpus").glob("*/docs.jsonl")):
        for document in islice(jsonl.read_jsonl(str(file), _refuse), 0, None, step):
            for name, disguise in DISGUISES.items():
                title, body = disguise(document.title), disguise(document.body)
                yield replace(document, doc=f"{document.doc} {name}", title=title, body=body)


def _refuse(error: InputError) -> None:
    raise error
