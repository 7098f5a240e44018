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
    pieces = _pieces(text, columns)
    fewest = len(_filled(pieces, columns))
    if fewest <= 1:
        return ["".join(pieces).strip()]
    return _even(pieces, columns, fewest)


def _filled(pieces: list[str], columns: int) -> list[str]:
    """Lines that take all they can."""
    lines, line = [], ""
    for piece in pieces:
        if line.strip() and width(line) + width(piece.rstrip()) > columns:
            lines.append(line)
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line] if line.strip() or not lines else lines


def _even(pieces: list[str], columns: int, count: int) -> list[str]:
    """The pieces in just so many lines, the way that hurts least; of equal ones the narrowest."""
    # What the pieces before `at` cost in a number of lines, how wide the widest is, and the lines.
    best: list[tuple[int, int, list[str]] | None] = [(0, 0, []), *([None] * len(pieces))]
    for _ in range(count):
        following: list[tuple[int, int, list[str]] | None] = [None] * (len(pieces) + 1)
        for start, way in enumerate(best):
            if way is None:
                continue
            line = ""
            for at in range(start + 1, len(pieces) + 1):
                line += pieces[at - 1]
                shown = line.strip()
                if width(shown) > columns and at > start + 1:
                    break
                hurt = way[0] + (_hurt(pieces[at - 1], pieces[at]) if at < len(pieces) else 0)
                one = (hurt, max(way[1], width(shown)), [*way[2], shown])
                there = following[at]
                if shown and (there is None or one[:2] < there[:2]):
                    following[at] = one
        best = following
    whole = best[len(pieces)]
    return whole[2] if whole else [line.strip() for line in _filled(pieces, columns)]


def _hurt(before: str, after: str) -> int:
    """How much it hurts to cut here: not at all between words, a little where the script changes, most in a word."""
    if before[-1].isspace() or after[0].isspace() or before[-1] in "、。・）」":
        return 0
    if before[-1] in "-_./:" or _script(before[-1]) != _script(after[0]):
        return 1
    return 3 if _script(after[0]) == "ア" else 2


def _script(character: str) -> str:
    """Katakana, hiragana, ASCII, or anything else."""
    if "ァ" <= character <= "ー":
        return "ア"
    return "あ" if "ぁ" <= character <= "ん" else "a" if character.isascii() else "字"


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
    """A word that fits no line, in even pieces that do."""
    if width(word) <= columns:
        return [word]
    size = -(-len(word) // -(-len(word) // columns))
    return [word[at : at + size] for at in range(0, len(word), size)]
