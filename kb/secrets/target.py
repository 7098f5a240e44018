"""What a credential is a key to, by the words around it: its line first, then what stands above. Pure.

A hint for the order people look at things in, and no more: where nothing tells, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from unicodedata import normalize

from kb.model.secret import Secret, SecretKind
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_LONGEST = 400
"""Characters of a line that are looked at."""
_ABOVE = 3
"""Lines above a credential that may speak of it, blank ones not counted."""
_FARTHEST = 60
"""Lines above it among which its heading is looked for."""

_HEADING = compile_lazy(r"#{1,6}\s|h[1-6]\.\s|[■●◆【]")

_WORDS = tuple(
    (opens, compile_lazy(words, re.ASCII))
    for opens, words in read_words("kb.secrets", "words/targets.toml").section("targets").items()
)

_PLAIN = {
    SecretKind.PASSWORD,
    SecretKind.BASIC_AUTH,
    SecretKind.BASIC_AUTH_URL,
    SecretKind.CONNECTION_STRING,
    SecretKind.API_TOKEN,
    SecretKind.AUTH_HEADER,
    SecretKind.PRIVATE_KEY,
}
"""Kinds that do not say by themselves what they open."""


def find_target(secret: Secret, lines: Sequence[str], title: str = "", taken: Collection[int] = ()) -> str:
    """What a credential opens, "" when nothing tells. `lines` are those of its text with the values covered.

    `taken` are the numbers of lines that hold credentials: words there speak of those.
    """
    if secret.kind not in _PLAIN:
        return ""
    for stretch in _nearer_first(secret.span.line, secret.span.end_line, lines, title, taken):
        said = normalize("NFKC", stretch[:_LONGEST]).lower()
        for opens, words in _WORDS:
            if words.search(said):
                return opens
    return ""


def _nearer_first(first: int, last: int, lines: Sequence[str], title: str, taken: Collection[int]) -> list[str]:
    """The stretches that may speak of what stands on these lines, the nearest first."""
    own, heading = " ".join(line[:_LONGEST] for line in lines[first - 1 : last][:2]), ""
    above: list[str] = []
    for number in range(first - 1, max(0, first - _FARTHEST), -1):
        line = lines[number - 1][:_LONGEST].strip()
        if _HEADING.match(line):
            heading = line
            break
        if line and len(above) < _ABOVE and number not in taken:
            above.append(line)
    return [own, *above, heading, title]
