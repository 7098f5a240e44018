"""What a title says: whether the page is marked as done, and in which spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import TitleMark

_DONE = "完了|済み?|クローズ|終了|closed?|done|finished|completed?"
_SOLVED = "解決|resolved|fixed"
_ACT = "対応|対処|処置|作業|恒久対応|完全"
_LIKE = re.compile(
    f"[\\[【〔《(（]\\s*(?:(?:{_ACT})?(?:{_DONE})|(?P<solved>{_SOLVED}))(?:済み?)?\\s*[\\])】〕》）]"
    f"|✅|☑|✔|\\A(?:完了|済|done|closed)(?=[:：\\s　_/|])[:：_/|]?",
    re.I,
)
# What may stand before a mark: other marks (【障害】[完了] …), and nothing else.
_FRONT = re.compile("\\s*(?:[\\[【〔《(（][^\\[\\]【】〔〕《》()（）]{0,20}[\\])】〕》）]\\s*)*")


def title_mark(title: str, mark: str) -> TitleMark:
    """Whether a title carries the team's mark in front (DONE), a like of it (VARIANT), or none."""
    if mark and title.lstrip().startswith(mark):
        return TitleMark.DONE
    return TitleMark.VARIANT if next(_likes(title, mark), None) else TitleMark.NONE


def unmarked(title: str, mark: str) -> str:
    """A title without the team's mark and its likes, and without the blanks that stood around them."""
    for start, end, _ in reversed(list(_likes(title, mark))):
        left, right = title[:start].rstrip(), title[end:].lstrip()
        title = left + right if left.endswith(("】", "〕", "》", "）")) else f"{left} {right}"
    return title.strip()


def same_meaning(title: str, mark: str) -> bool:
    """Whether the likes of the mark in a title say what the mark says: done, and not just solved."""
    return not any(solved for _, _, solved in _likes(title, mark))


def _likes(title: str, mark: str) -> Iterator[tuple[int, int, bool]]:
    """Where the mark or a like of it begins and ends, and whether it says 解決; only in front and at the end."""
    own = f"{re.escape(mark)}|" if mark else ""
    front = _FRONT.match(title)
    reach = front.end() if front else 0
    for found in re.finditer(f"{own}{_LIKE.pattern}", title, re.I):
        if found.start() <= reach or not title[found.end() :].strip():
            yield found.start(), found.end(), bool(found["solved"])
