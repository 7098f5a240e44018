"""Match words as Redmine does (lib/redmine/search.rb, Tokenizer, and Query's LIKE; 6.0.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.text.lazy_pattern import compile_lazy

_HAN = compile_lazy("[\u3005\u3007\u3400-\u9fff\uf900-\ufaff]")


def words(text: str) -> list[str]:
    """Return up to five words of a search; single characters only if they are kanji."""
    found = [token.strip('"').strip() for token in re.findall(r'"[^"]+"|[^ \u00a0\u3000]+', text)]
    kept = [word for word in dict.fromkeys(found) if len(word) > 1 or _HAN.search(word)]
    return kept[:5] or [text]


def matches_text(operator: str, values: Sequence[str], text: str | None) -> bool:
    """Whether a text has every word (`~`), any (`*~`, `^`, `$`), none (`!~`), or equals one (`=`)."""
    if operator == "!*":
        return not text
    if operator == "*":
        return bool(text)
    if operator == "=":
        return text in values
    if text is None:
        return False
    folded = text.lower()
    tokens = [word.lower() for word in words(values[0] if values else "")]
    if operator == "^":
        return any(folded.startswith(word) for word in tokens)
    if operator == "$":
        return any(folded.endswith(word) for word in tokens)
    if operator == "!~":
        return not all(word in folded for word in tokens)
    return (any if operator == "*~" else all)(word in folded for word in tokens)
