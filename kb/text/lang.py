"""Two languages, each text a pair beside the code that says it.

A `Text` is decided on only when it is shown: findings and errors can be stored, sent to
another process and printed in either language.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Lang: TypeAlias = Literal["ja", "en"]

_current: Lang = "ja"


def set_language(lang: Lang) -> None:
    """Choose the language of this process. Called once, by the command line."""
    global _current
    _current = lang


def current_language() -> Lang:
    """The language in use: Japanese unless somebody asked for English."""
    return _current


@dataclass(frozen=True, slots=True)
class Text:
    """The same sentence in Japanese and in English; `str()` gives the one in use."""

    ja: str
    en: str

    def __str__(self) -> str:
        return self.en if _current == "en" else self.ja


def t(ja: str, en: str) -> Text:
    """Pair two wordings of one sentence."""
    return Text(ja, en)


def join_texts(parts: Iterable[Text], ja: str = "、", en: str = ", ") -> Text:
    """Join texts, each language with its own separator."""
    some = tuple(parts)
    return Text(ja.join(each.ja for each in some), en.join(each.en for each in some))


def count_noun(count: int, word: str) -> str:
    """A number of things in English: `1 change`, `12,034 changes`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def space_ascii(words: str) -> str:
    """Words to stand in a Japanese sentence: with a blank wherever they begin or end in ASCII."""
    return f"{' ' if words[:1].isascii() else ''}{words}{' ' if words[-1:].isascii() else ''}"
