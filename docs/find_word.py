"""Says where a word of the tables stands, who reads it and what the tests say with it: `make word W=周知`.

A sentence marked `*` is one that its list matches through this entry alone: without the entry its verdict may change.
"""

from __future__ import annotations

import importlib
import io
import pkgutil
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from kb.text.fold import fold_text
from kb.text.word_tables import WordTable, loaded_tables

ROOT = Path(__file__).parents[1]
ROOMS = ("text", "markup", "reading", "secrets")
MOST = 5
"""Sentences shown for one entry."""
_SENTENCE = re.compile(r'[。"⏎\n]|\\n')


def find_word(word: str) -> Iterator[str]:
    """The lines of the answer: entries of tables, words in code, and sentences of the tests."""
    for room in ("reading", "secrets"):
        for module in pkgutil.walk_packages([str(ROOT / "kb" / room)], f"kb.{room}."):
            importlib.import_module(module.name)
    sentences = list(find_sentences(word))
    for table in loaded_tables():
        for name in table.names():
            yield from _in_list(table, name, word, sentences)
    for path in sorted(path for room in ROOMS for path in (ROOT / "kb" / room).rglob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if word in line:
                yield f"{_short(path)}:{number}: {line}"
    yield from _in_code(word)
    yield f"{len(sentences)} sentences in tests/ have it."


def _in_list(table: WordTable, name: str, word: str, sentences: list[tuple[str, str]]) -> Iterator[str]:
    entries = table.entries(name)
    # A list of plain words has several a line, and some patterns need what the code gives.
    patterns = table.patterns(name)
    for at, (entry, line) in enumerate(zip(entries, table.lines(name), strict=True)):
        if word not in entry and not (set(word) <= set(entry) and _matches(patterns[at], word, whole=True)):
            continue
        yield f"{table.file}:{line}: {name}: {entry}"
        yield from (f"    read by {reader}" for reader in find_readers(table, name))
        hits = [(place, text) for place, text in sentences if _matches(patterns[at], text)]
        others = "|".join(patterns[:at] + patterns[at + 1 :])
        alone = [hit for hit in hits if not (others and _matches(others, hit[1]))]
        shown = [*(("*", hit) for hit in alone), *((" ", hit) for hit in hits if hit not in alone)]
        yield from (f"  {mark} {place}: {text}" for mark, (place, text) in shown[:MOST])
        if len(shown) > MOST:
            yield f"    and {len(shown) - MOST} more, {len(alone)} in all through this entry alone"


def find_readers(table: WordTable, name: str) -> list[str]:
    """The lines of code that ask for a list, or for one that inserts it."""
    names = {name}
    while True:
        more = {each for each in table.names() if any(f"{{{n}}}" in "".join(table.entries(each)) for n in names)}
        if more <= names:
            break
        names |= more
    keys = "|".join({key for each in names for key in (each, each.partition(".")[0])})
    asks = re.compile(rf'"(?:{keys})"|\b[A-Z_]+\.(?:{keys})\b')
    found = []
    for path in sorted(path for room in ROOMS for path in (ROOT / "kb" / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if table.file.partition("/")[2].partition("/")[2] not in text:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if asks.search(line):
                found.append(f"{_short(path)}:{number}")
    return found


def find_sentences(word: str) -> Iterator[tuple[str, str]]:
    """The sentences of the tests that hold a word, each with its place."""
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix in (".txt", ".md", ".jsonl", ".py", ".psv"):
            text = path.read_text(encoding="utf-8", errors="replace")
            if word in text:
                for number, line in enumerate(text.splitlines(), 1):
                    for part in _SENTENCE.split(line) if word in line else ():
                        if word in part:
                            yield f"{_short(path)}:{number}", part.strip()


def _in_code(word: str) -> Iterator[str]:
    for path in sorted(path for room in ROOMS for path in (ROOT / "kb" / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if word in text:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.STRING and word in token.string and not token.string.startswith('"""'):
                    yield f"{_short(path)}:{token.start[0]}: in code"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern, re.I)
    except re.error:
        return None


def _matches(pattern: str, text: str, *, whole: bool = False) -> bool:
    compiled = _compiled(pattern)
    if compiled is None:
        return False
    folded = fold_text(text)
    return bool(compiled.fullmatch(folded) if whole else compiled.search(folded))


def _short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    print(*find_word(sys.argv[1]), sep="\n")
