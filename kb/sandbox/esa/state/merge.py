"""Three-way merge of texts, line by line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

Lines = list[str]


@dataclass(frozen=True, slots=True)
class MergedText:
    """A merged text, and whether both sides had changed some lines."""

    text: str
    overlapped: bool


def merge_texts(base: str, present: str, sent: str, style: str) -> MergedText:
    """Merge `sent` into `present`, both derived from `base`.

    Where both changed the same or neighbouring lines, `style` decides: `git` (both, between markers), `diff3` (with the
    base too) or `sent` (that side alone).
    """
    if present in (base, sent):
        return MergedText(sent, False)
    old, mine, yours = base.split("\n"), present.split("\n"), sent.split("\n")
    in_mine, in_yours = _match_lines(old, mine), _match_lines(old, yours)
    merged: Lines = []
    overlapped = False
    at = at_mine = at_yours = 0
    while at < len(old) or at_mine < len(mine) or at_yours < len(yours):
        to = next((n for n in range(at, len(old)) if n in in_mine and n in in_yours), len(old))
        end_mine, end_yours = in_mine.get(to, len(mine)), in_yours.get(to, len(yours))
        lines, clash = _choose_lines(old[at:to], mine[at_mine:end_mine], yours[at_yours:end_yours], style)
        merged += lines
        overlapped |= clash
        if to < len(old):
            merged.append(old[to])
        at, at_mine, at_yours = to + 1, end_mine + 1, end_yours + 1
    return MergedText("\n".join(merged), overlapped)


def _match_lines(old: Lines, new: Lines) -> dict[int, int]:
    """Map the lines of `old` that remain to their positions in `new`."""
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return {block.a + n: block.b + n for block in blocks for n in range(block.size)}


def _choose_lines(old: Lines, mine: Lines, yours: Lines, style: str) -> tuple[Lines, bool]:
    """Return the lines between two unchanged ones, and whether both sides had changed them."""
    if mine in (old, yours):
        return yours, False
    if yours == old:
        return mine, False
    if style == "sent":
        return yours, True
    before = ["||||||| original", *old] if style == "diff3" else []
    return ["<<<<<<< current", *mine, *before, "=======", *yours, ">>>>>>> yours"], True
