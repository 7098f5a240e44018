"""What the detectors need a text to hold, as the patterns of one pass over it (`kb.secrets.page.marks`). Pure.

Each is made of what a detector uses itself, widened to what Hyperscan reads: a word put into a table is in the pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from kb.secrets.detectors import load_detectors
from kb.secrets.detectors.tables import list_headers
from kb.secrets.page.grids import ENCODED_LETTER
from kb.secrets.page.marks import SIGNS, Mark, MarkPattern
from kb.secrets.page.prefilter import list_signs
from kb.secrets.page.widen import widen, widen_branches
from kb.secrets.scoring.clauses import list_governing
from kb.secrets.scoring.labels import list_label_patterns, list_label_words


def list_needs() -> Iterator[MarkPattern]:
    """Yield the patterns of the pass."""
    for sign, mask in list_signs():
        yield MarkPattern(SIGNS + mask, widen(sign))
    for pattern in list_label_patterns():
        yield from (MarkPattern(Mark.LABEL, wide) for wide in widen_branches(pattern, re.I))
    yield from (MarkPattern(Mark.CORE, widen(pattern, re.I)) for pattern in list_label_words())
    for pattern in list_governing():
        yield MarkPattern(Mark.GOVERNOR, widen(pattern, re.I))
    for body_detector in load_detectors()[1]:
        yield from (MarkPattern(Mark.TOKEN, need, once=True) for need in body_detector.needs)
    for detector in load_detectors()[0]:
        needs = detector.needs
        for number, patterns in enumerate((needs.patterns, needs.worth, needs.amid)):
            for pattern in patterns:
                yield MarkPattern(detector.mark + number, widen(pattern, re.I), once=patterns is needs.amid)
    for pattern in list_headers():
        yield MarkPattern(Mark.TABLE, widen(pattern, re.I), once=True)
    yield MarkPattern(Mark.ENCODED, widen(ENCODED_LETTER), once=True)
    yield MarkPattern(Mark.FOLDED, _folded(), once=True)


LAST = 0x2FFFF
"""The last character that folding may change into one of a word: those beyond are private, or invisible."""

_TOLERATED = frozenset(map(chr, (*range(0xFF01, 0xFF10), *range(0xFF5B, 0xFF5F), 0xA0, 0x202F, 0x205F, 0x3000)))
"""What the wide patterns take for a sign or a blank as it stands."""


def _folded() -> str:
    """A set of the characters that folding changes by themselves or with the one before them."""
    found = [
        code
        for code in range(0x80, LAST)
        if (char := chr(code)) not in _TOLERATED
        and not 0x2000 <= code <= 0x200A
        and not 0xD800 <= code <= 0xDFFF
        and (unicodedata.combining(char) or not unicodedata.is_normalized("NFKC", char))
    ]
    ranges: list[list[int]] = []
    for code in found:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return f"[{''.join(chr(first) if first == last else f'{chr(first)}-{chr(last)}' for first, last in ranges)}]"
