"""The closed vocabulary of putting off: what such sentences are made of when nothing is named.

No word here is a thing that could be built or changed: one that is would make measures vanish.
"""

from __future__ import annotations

from kb.text.patterns import WordSet
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/phrases/putting_off.toml")
_PUT_OFF = WordSet(*_TABLE.entries("put_off"))
_AROUND = WordSet(*_TABLE.entries("around"), *_TABLE.entries("signs"))
PUTTING_OFF = _PUT_OFF | _AROUND
"""Both lists: verbs and nouns of putting off, and what goes around them."""
