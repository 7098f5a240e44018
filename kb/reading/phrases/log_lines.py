"""Whether a line was written by a program, and stands where it stands as evidence: logs, traces, and their captions.

What a person says of a cause stands in a sentence. A line that begins with a time to the second and goes on with a
host, a level or a bracket, a line of JSON, a call of a stack: nobody types these, and their words (because, timed out)
explain nothing.
"""

from __future__ import annotations

from functools import lru_cache

from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/phrases/log_lines.toml").compiled
_LONGEST_CAPTION = 32


@lru_cache(maxsize=2048)  # a section's lines are asked about by everyone who looks at it
def is_log_line(text: str) -> bool:
    """Whether a folded line is one of a log or a trace, outside of code."""
    return text[:1].isascii() and (_RE.log_line.match(text) is not None or _RE.trace_line.match(text) is not None)


def is_caption(text: str) -> bool:
    """Whether a folded line only says that something is pasted below it: エラーログ:."""
    if len(text) > _LONGEST_CAPTION:
        return False
    return _RE.caption.fullmatch(text.strip(" *_`:#■◆●▼・【】[]()<>。")) is not None
