"""Closed lists of plain words that detectors compare with: words of sentences, names of accounts and roles."""

from __future__ import annotations

from kb.text.word_tables import read_words

_TABLE = read_words("kb.secrets", "words/plain.toml")


def _words(name: str) -> frozenset[str]:
    return frozenset(_TABLE.words(name))


SENTENCE_WORDS = _words("sentence_words")
SENTENCE_ONLY = (SENTENCE_WORDS - _words("syllables") - {"correct", "long"}) | _words("sentence_only")
ACCOUNT_NAMES = _words("account_names")
COMMON_ACCOUNT_NAMES = _words("common_account_names")
DEFAULT_PASSWORDS = _words("default_passwords")
ROLE_NAMES = _words("role_names")
