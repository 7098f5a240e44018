"""What a title says: whether the page is marked as done, and when it happened."""

from __future__ import annotations

import re

from kb.model import TitleMark

_VARIANT = re.compile(
    "[\\[【〔《(（]\\s*(?:対応|対処|処置|調査|解決|復旧|作業|恒久対応|完全)?(?:完了|済み?|解決|クローズ|終了"
    "|closed|close|done|resolved|fixed|finished|completed?)(?:済み?)?\\s*[\\])】〕》）]"
    "|\\A\\s*(?:✅|☑|✔)|(?:✅|☑|✔)\\s*\\Z|\\A(?:完了|済|done|closed)[:：\\s　_/|]",
    re.I,
)


def title_mark(title: str, mark: str) -> TitleMark:
    """Whether a title carries the team's mark in front (DONE), a like of it (VARIANT), or none."""
    bare = title.lstrip()
    if mark and bare.startswith(mark):
        return TitleMark.DONE
    if (mark and mark in bare) or _VARIANT.search(bare):
        return TitleMark.VARIANT
    return TitleMark.NONE


def unmarked(title: str, mark: str) -> str:
    """A title without the team's mark and its likes, and without the blanks that stood around them."""
    bare = title.replace(mark, "") if mark else title
    return _VARIANT.sub("", bare).strip()
