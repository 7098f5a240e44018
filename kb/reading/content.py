"""What a text says, as a hash: equal for texts that differ in blanks and widths only."""

from __future__ import annotations

import hashlib
from unicodedata import normalize

from kb.reading.lines import encode


def content_of(text: str) -> str:
    """32 hexadecimal digits that change when the words of a text do."""
    return hashlib.blake2b(encode(" ".join(normalize("NFKC", text).split())), digest_size=16).hexdigest()
