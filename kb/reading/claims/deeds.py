"""Tell whether words say what is done, rather than name a matter: 締切をサーバの時計で判定する, not 短期."""

from __future__ import annotations

from kb.reading.claims.attributes import peel
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/claims/group_measures.toml").compiled


def is_deed(text: str) -> bool:
    """Whether a folded, plain line says what is done, whatever stands beside it."""
    core = peel(text).core or text
    return "を" in core and _RE.predicate.search(core) is not None
