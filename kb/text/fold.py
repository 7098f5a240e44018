"""NFKC folding with a way back: what judges read, and where it stood in the original.

Full-width letters and digits, half-width kana, circled numbers and the like are one spelling to
a reader. Folding can change lengths (`㈱` → `(株)`, `ｶﾞ` → `ガ`), so a fold knows, for each of
its characters, the original one it came from.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from unicodedata import combining, is_normalized, normalize

from kb.text.lines import encode

# A starter with what combines with it: these fold together. Hangul jamo and the half-width
# sound marks combine too, though their class is zero.
_JOINS = re.compile("[\u1160-\u11ff\u3099\u309a\uff9e\uff9f\uffa0-\uffdc]")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A folded text. `origin` is None when no character moved."""

    text: str
    origin: tuple[int, ...] | None

    def back(self, index: int) -> int:
        """The original index of a folded one; the end of the text is an index too."""
        return index if self.origin is None else self.origin[index]


def fold_text(text: str) -> str:
    """The text `fold` gives, for those who ask for no places: ten times cheaper where nothing folds."""
    return text if text.isascii() or is_normalized("NFKC", text) else normalize("NFKC", text)


def fold(text: str) -> FoldedText:
    """The NFKC form of a text, equal to `unicodedata.normalize` of the whole of it."""
    if text.isascii() or is_normalized("NFKC", text):
        return FoldedText(text, None)
    whole = normalize("NFKC", text)
    if len(whole) == len(text) and all(len(normalize("NFKC", char)) == 1 for char in set(text) if char > "\x7f"):
        return FoldedText(whole, None)
    pieces: list[str] = []
    origin: list[int] = []
    start = 0
    for end in [*_boundaries(text), len(text)]:
        piece = normalize("NFKC", text[start:end])
        pieces.append(piece)
        origin.extend([start] * len(piece))
        start = end
    origin.append(len(text))
    if "".join(pieces) != whole:  # a rare composition across a boundary: keep the text, be coarse on places
        last = len(text)
        origin = [min(index * len(text) // max(len(whole), 1), last) for index in range(len(whole))] + [last]
    return FoldedText(whole, tuple(origin))


def _boundaries(text: str) -> list[int]:
    """Where a run ends that folds on its own: before every character that joins nothing."""
    return [i for i in range(1, len(text)) if not (combining(text[i]) or _JOINS.match(text[i]))]


# What a text says, as a hash: equal for texts that differ in blanks, widths, comments and the number in front only.


# 「3. 再発防止」, 「(2) 原因」, 「第4章 経緯」, 「1.2 対応」: the number moves when a section above is added.
_NUMBERED = re.compile(
    r"[#\s]*(?:第?[0-9]{1,2}(?:[章節]|[.)、](?![0-9])|(?:\.[0-9]{1,2})+\.?(?=\s[^\x00-\x7f]))|\([0-9]{1,2}\))\s*"
)

MAX_HASHED = 200_000
"""Characters that count: folding can make eighteen of one."""


def hash_content(text: str) -> str:
    """32 hexadecimal digits that change when the words of a text do."""
    words = " ".join(normalize("NFKC", _shown(text[:MAX_HASHED])).split())
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


# Names of people as they are compared: esa, Redmine and pages write them with other blanks and widths.


def normalize_name(name: str) -> str:
    """A name without widths, blanks, case, and the @ of a mention."""
    return "".join(fold_text(name).casefold().split()).removeprefix("@")
