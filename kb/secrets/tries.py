"""Many fixed words as one pattern that is cheap to search for."""

from __future__ import annotations

import re
from collections.abc import Iterable

Trie = dict[str, "Trie"]


def _trie(words: Iterable[str]) -> Trie:
    """Words by their first characters; a guard, `!` or `$`, is a character of its own and ends one."""
    root: Trie = {}
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node.setdefault("", {})
    return root


_GUARDS = {"!": "(?![a-z0-9-])", "$": r"(?=[ :：=＝は)）」】|\n]|\Z)", "": ""}


def _pattern(trie: Trie) -> str:
    """A pattern for the words of a trie, the longest first. `re` tries one branch for each first character."""
    inner = [re.escape(char) + _pattern(below) for char, below in trie.items() if char not in _GUARDS]
    inner += [guard for char, guard in _GUARDS.items() if char in trie]
    return inner[0] if len(inner) == 1 else f"(?:{'|'.join(inner)})"


def one_of(words: Iterable[str]) -> str:
    """The branches of a pattern for one of several words. A last `!` is a guard: no letter, digit or dash follows.

    `$` is another: the clause ends there. No group stands around the branches, so that `re` sees what a word can
    begin with and skips all else.
    """
    pattern = _pattern(_trie(words))
    return pattern[3:-1] if pattern.startswith("(?:") else pattern
