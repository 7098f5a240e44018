"""Text as search reads it: one spelling of each character, cut into pairs.

Half-width kana, full-width letters, upper and lower case are one spelling (NFKC and case
folding); white space of any length is one blank. The index holds the set of pairs of letters and
digits of a page; a page that has all pairs of a query is a candidate, which its folded text then
confirms. Measured on 50,000 posts: a sixth of the size of a trigram index, and two-character
words can be found.
"""

from __future__ import annotations

from operator import add
from unicodedata import is_normalized, normalize

from kb.text.lazy_pattern import compile_lazy

GRAMS_VERSION = 2
"""Of the index: raised when pages must be indexed again (2: with the custom fields of tickets)."""

_APART = compile_lazy(r"[\W_]+")  # what SQLite's unicode61 cuts at, too


def fold_for_search(text: str) -> str:
    """One spelling of a text. Folding a folded text changes nothing."""
    if not is_normalized("NFKC", text):
        # Most lines need no folding: asking each is far cheaper than folding all.
        text = "\n".join(line if is_normalized("NFKC", line) else normalize("NFKC", line) for line in text.split("\n"))
    text = text.casefold()
    if not (text.isascii() or is_normalized("NFKC", text)):
        text = normalize("NFKC", text)
    return " ".join(text.split())


def letter_pairs(folded: str) -> set[str]:
    """The pairs of neighbouring letters and digits of a folded text."""
    words = _APART.sub(" ", folded)
    pairs = set(map(add, words, words[1:]))
    return {pair for pair in pairs if " " not in pair}  # most pairs stand often: each is asked once


def index_text(folded: str) -> str:
    """What the index is given for a folded text."""
    return " ".join(letter_pairs(folded))


def match_expression(terms: list[str]) -> str:
    """The FTS5 expression that finds the candidates for folded terms; "" when only a scan can."""
    wanted = sorted({pair for term in terms for pair in letter_pairs(term)})
    return " ".join(f'"{pair}"' for pair in wanted)
