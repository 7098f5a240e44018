"""The values of the corpus, and how they are looked for in whatever kb gives away.

A value is looked for in one width and case, and as JSON, TOML, URLs, HTML, Python and base64 write it. A value
that is a plain word or a number (`guest`, a PIN) stands in times, counts and manuals too: of those what is
looked for is the value together with the words it was planted behind, ending where the value ends.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from unicodedata import normalize
from urllib.parse import quote, quote_plus

from kb.rules.gate import HyperscanEngine

CORPUS = Path(__file__).parents[1] / "corpus" / "secrets"

LINE = 16
"""Characters of a line of a longer value, a key in PEM, that tell it."""

MARK = re.compile(r"in-[a-z-]+|/attachments/download/")
"""What each planted text begins with, the place it was planted in; or what stands before names of files."""

_WORD = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the corpus: the number of its label, its kind, what stands in the text, and what opens the door."""

    label: int
    kind: str
    text: str
    core: str

    def __repr__(self) -> str:
        return f"Value({self.label})"  # pytest shows what it compares

    @property
    def plain(self) -> bool:
        """Whether it is a word or a number like any other."""
        return bool(_WORD.fullmatch(normalize("NFKC", self.core))) and len(self.core) < LINE

    @property
    def told_by(self) -> tuple[str, ...]:
        """What gives it away wherever it stands; nothing for a plain one."""
        if "\n" in self.core:
            return tuple(line for line in self.core.split("\n") if len(line) >= LINE and not line.startswith("--"))
        return () if self.plain else (self.core,)


@lru_cache(maxsize=1)
def labels() -> tuple[dict[str, object], ...]:
    """The labels of secrets, in the order of the file."""
    rows = map(json.loads, (CORPUS / "labels.jsonl").read_text("utf-8").splitlines())
    return tuple(row for row in rows if row["kind"] not in ("negative", "ignore"))


@lru_cache(maxsize=1)
def documents() -> tuple[dict[str, str], ...]:
    """The documents of the corpus."""
    return tuple(map(json.loads, (CORPUS / "docs.jsonl").read_text("utf-8").splitlines()))


@lru_cache(maxsize=1)
def values() -> tuple[Value, ...]:
    """Each value once, by the first label that has it."""
    found: dict[str, Value] = {}
    for number, row in enumerate(labels()):
        text = str(row["text"])
        found.setdefault(text, Value(number, str(row["kind"]), text, str(row.get("core") or text)))
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Hit:
    """A value that was found where it must not be: its label, where, and the place it had been planted in."""

    label: int
    where: str
    planted: str = ""

    def __str__(self) -> str:
        return f"label {self.label} in {self.where}" + (f" (planted {self.planted})" if self.planted else "")


class Search:
    """Looks for values in texts and bytes. `behind` are the words that plain values were planted behind, by label."""

    def __init__(self, wanted: Iterable[Value], behind: Iterable[tuple[int, str, str]] = ()) -> None:
        self._needles: dict[str, int] = {}
        for value in wanted:
            for told in value.told_by:
                for written in _written(told):
                    self._needles.setdefault(written, value.label)
        self._words: dict[str, int] = {}
        for label, front, word in behind:
            for written in _written(front + word):
                self._words.setdefault(written, label)
        self._all = (*self._needles, *self._words)
        try:
            self._engine = HyperscanEngine.compile([re.escape(each) for each in self._all])
        except ImportError:
            self._engine = None

    def _standing(self, low: str) -> set[str]:
        """What may stand in a text, by one pass over it; all where there is no engine for that."""
        if self._engine is None:
            return set(self._all)
        return {self._all[number] for number in self._engine.scan(low.encode())}

    def marks(self, content: bytes) -> frozenset[str]:
        """The marks of all places of values in bytes, "" for a value without one."""
        low = _low(content.decode("utf-8", "replace"))
        standing = self._standing(low)
        found = [_planted(low, at) for needle in standing & self._needles.keys() for at in _everywhere(low, needle)]
        words = standing & self._words.keys()
        return frozenset([*found, *(_planted(low, at) for needle in words for at in _everywhere(low, needle, 1))])

    def __call__(self, content: str | bytes, where: str) -> list[Hit]:
        """The values in a text, each once."""
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        low = _low(text)
        hits: dict[int, Hit] = {}
        standing = self._standing(low)
        for needle, label in self._needles.items():
            if needle in standing and label not in hits and (at := low.find(needle)) >= 0:
                hits[label] = Hit(label, where, _planted(low, at))
        for needle, label in self._words.items():
            if needle in standing and label not in hits and (at := _alone(low, needle)) >= 0:
                hits[label] = Hit(label, where, _planted(low, at))
        return sorted(hits.values(), key=lambda hit: hit.label)


def _low(text: str) -> str:
    return text.casefold() if text.isascii() else normalize("NFKC", text).casefold()


def _written(text: str) -> Iterator[str]:
    """A text in the ways it may be written down, in one width and case."""
    for each in (text, normalize("NFKC", text)):
        raw = each.encode()
        yield from map(
            _low,
            (
                each,
                json.dumps(each)[1:-1],
                json.dumps(each, ensure_ascii=False)[1:-1],
                quote(each, safe=""),
                quote(each),
                quote_plus(each),
                html.escape(each),
                html.escape(each, quote=False),
                repr(each)[1:-1],
                repr(raw)[2:-1],
                base64.b64encode(raw).decode().rstrip("="),
                base64.urlsafe_b64encode(raw).decode().rstrip("="),
            ),
        )


def _everywhere(low: str, needle: str, alone: int = 0) -> Iterator[int]:
    """Where a text stands; with `alone` with no letter or digit of ASCII behind it."""
    at = low.find(needle)
    while at >= 0:
        after = low[at + len(needle) : at + len(needle) + alone]
        if not (after.isascii() and after.isalnum()):
            yield at
        at = low.find(needle, at + 1)


def _alone(low: str, needle: str) -> int:
    return next(_everywhere(low, needle, 1), -1)


def _planted(low: str, at: int) -> str:
    """The mark of the place that stands nearest before a hit."""
    marks = MARK.findall(low[max(0, at - 200) : at])
    return marks[-1] if marks else ""
