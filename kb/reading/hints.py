"""Whether a page is worth reading for sections: a quick look at its bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.model import Document, Kind
from kb.reading.naming import TROUBLE

_CLASSES = (
    "原因 要因 真因 理由 なぜ 何故 どうして 引き金 cause why rca trigger wrong",
    "対応 対処 処置 復旧 解決 修正 是正 直し 直っ 直す 改修 止血 回避 恒久 暫定 応急 対策"
    " fix resol recover mitigat workaround remed solution repair",
    "再発 防止 予防 改善 今後 対策 アクション 繰り返 くり返 二度と 次回 次に 横展開 課題"
    " やること どう防 なくす 起こさな prevent action follow next counter todo avoid",
    "事象 現象 症状 影響 被害 impact affected happened symptom",
)
_HINTS = tuple(tuple(word.encode() for word in words.split()) for words in _CLASSES)
_LABEL = 72  # bytes: the longest Japanese label a head may have, and its decoration
_TAIL = 51  # and the most that follows its key word
# What may end a label: a line, a colon, a bar, a closing bracket, an arrow, a full-width space.
_AFTER = re.compile(
    rb"[\r\n:|*<>=(/\]]|\xef\xbc[\x9a\x88\x9d]|\xe3\x80[\x80\x8b\x91\x95\x89]|\xe2\x86\x92|\xe3\x83\xbb|\xe3\x81\xa8|\Z"
)


def may_be_incident(document: Document, body: bytes) -> bool:
    """Whether it is worth reading a page's sections: a place named for trouble, or key words of
    two classes near the beginnings of lines.

    A page this passes over is no incident by its own words; kb.toml can still make it one.
    """
    if document.kind in (Kind.COMMENT, Kind.NOTE):
        return False
    return True
    if TROUBLE.search(document.category):
        return True
    text = body.lower()
    heads = [_heads_a_line(text, words) for words in _HINTS]
    return sum(heads) >= 2 and any(heads[:3])


def _heads_a_line(text: bytes, words: Sequence[bytes]) -> bool:
    """Whether one of the words stands near the beginning of a line, and may end a label there."""
    for word in words:
        at = text.find(word)
        while at >= 0:
            start = text.rfind(b"\n", 0, at) + 1
            near = (
                at - start <= _LABEL
                or text[start : start + 3].lstrip().startswith((b"|", b"<"))
                or b"<" in text[start:at]
            )
            if near and _ends_label(text, at + len(word)):
                return True
            at = text.find(word, at + len(word))
    return False


def _ends_label(text: bytes, at: int) -> bool:
    """Whether a label may end soon behind byte `at`: before any comma or full stop."""
    tail = text[at : at + _TAIL]
    found = _AFTER.search(tail)
    if not found or (found.end() == len(tail) and at + _TAIL < len(text) and not found.group()):
        return False
    return b"\xe3\x80\x81" not in tail[: found.start()] and b"\xe3\x80\x82" not in tail[: found.start()]
