"""What a text says, as a hash: equal for texts that differ in blanks, widths, comments and the number in front only."""

from __future__ import annotations

import hashlib
import re
from unicodedata import normalize

from kb.reading.lines import encode

# 「3. 再発防止」, 「(2) 原因」, 「第4章 経緯」, 「1.2 対応」: the number moves when a section above is added.
_NUMBERED = re.compile(
    r"[#\s]*(?:第?[0-9]{1,2}(?:[章節]|[.)、](?![0-9])|(?:\.[0-9]{1,2})+\.?(?=\s[^\x00-\x7f]))|\([0-9]{1,2}\))\s*"
)

MOST = 200_000
"""Characters that count: folding can make eighteen of one."""


def content_of(text: str) -> str:
    """32 hexadecimal digits that change when the words of a text do."""
    words = " ".join(normalize("NFKC", _shown(text[:MOST])).split())
    if numbered := _NUMBERED.match(words):
        words = words[numbered.end() :]
    return hashlib.blake2b(encode(words), digest_size=16).hexdigest()


def _shown(text: str) -> str:
    """A text without its comments: a suppression that is added or removed does not make a section another."""
    shown, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        shown.append(text[at:start])
        at = end + 3
    return "".join([*shown, text[at:]])
