"""Labels cut into lines by the width they are drawn with, never before a mark that may not begin a line (kinsoku).

A plain wrap left "）" and "ド" alone on a line of a picture. Full-width characters count as two columns.
"""

from __future__ import annotations

import re
import unicodedata

# What must not begin a line (closing marks, small kana, prolonged sound marks), and what must not end one.
_NOT_FIRST = (
    "、。，．・：；？！゛゜ヽヾゝゞ々ー」』】〕）〉》］｝”’…‥,.:;?!)]}%～〜"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ｡｣､･ｰﾞﾟ"
)
_NOT_LAST = "「『【〔（〈《［｛“‘([{｢"
_WORD = re.compile(r"[A-Za-z0-9]+[-_./:@#+]*|\s+|.", re.S)


def width(text: str) -> int:
    """Columns a text takes; a combining mark takes none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text
    )


def wrap(text: str, columns: int) -> list[str]:
    """The lines of a text, at most `columns` wide where its marks let it, and about as long as each other.

    As few as there can be, cut between words where that is possible: 「変更案」 does not lose its last
    character to a line of its own. Never empty.
    """
    lines = _filled(text, columns)
    if len(lines) == 1:
        return lines
    narrower = (_filled(text, each) for each in range(max(1, width(text) // len(lines)), columns))
    ways = [way for way in narrower if len(way) == len(lines)]
    return min([*ways, lines], key=lambda way: (_torn(way, text), max(map(width, way))))


def _torn(lines: list[str], text: str) -> int:
    """How many of the cuts are inside a word."""
    torn = at = 0
    for line in lines[:-1]:
        at = text.find(line, at) + len(line)
        torn += not (text[at : at + 1].isspace() or line[-1] in "、。・）」-_./: ")
    return torn


def _filled(text: str, columns: int) -> list[str]:
    """Lines that take all they can."""
    lines, line = [], ""
    for piece in _pieces(text, columns):
        if line and width(line) + width(piece.rstrip()) > columns:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    lines = [*lines, line.rstrip()] if line.strip() or not lines else lines
    return [each for each in lines if each] or [""]


def _pieces(text: str, columns: int) -> list[str]:
    """What a line may be broken between: words of ASCII and single characters, with the marks that cling to them."""
    pieces: list[str] = []
    for word in _WORD.findall(text):
        for part in _cut(word, columns):
            clings = pieces and (part[0] in _NOT_FIRST or (pieces[-1] and pieces[-1][-1] in _NOT_LAST))
            if clings and width(pieces[-1] + part) <= columns:
                pieces[-1] += part
            else:
                pieces.append(part)
    return pieces


def _cut(word: str, columns: int) -> list[str]:
    """A word that fits no line, in pieces that do."""
    return [word[at : at + columns] for at in range(0, len(word), columns)] if width(word) > columns else [word]
