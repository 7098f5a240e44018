"""Sentences that only say who, by when and how far: they belong to the measure before them.

「接続数を監視する。担当は大野、期限は 5/16。」 is one measure in two sentences, and so is a measure with
「（大野、5/16）」 or 「5/16 大野」 behind its full stop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.reading.claims import Claim
from kb.reading.patterns import prepared

_FIELDS = (
    "担当者?|責任者|実施者|対応者|期限|期日|納期|(?:完了|実施)?予定日?|目標日?|チケット|課題|owner|assignee"
    "|due(?: date)?|deadline|ticket"
)
_LABELLED = prepared(f"[(（]?(?:{_FIELDS})(?:は|:|：|\\s)[^。をに]{{1,40}}[。)）\\s]*", re.I)
_BRACKETED = prepared("[(（\\[【][^()（）\\[\\]【】をが。]{1,40}[)）\\]】][。.\\s]*")
_SIGNED = prepared(
    "〆?\\s?(?:[0-9]{4}[-/年])?[0-9]{1,2}(?:/[0-9]{1,2}|月(?:[0-9]{1,2}日?|末"
    "|中)?)(?:まで)?[\\s、,/]*[^\\s。、をにがはで0-9]{0,8}(?:[\\s、,/]+[^\\s。、をにがはで0-9]{1,8})?[。.\\s]*"
    "|[^\\s。、をにがはで0-9]{1,8}[\\s、,/]+〆?\\s?(?:[0-9]{4}[-/年])?[0-9]{1,2}(?:/[0-9]{1,2}"
    "|\\s?月\\s?(?:[0-9]{1,2}\\s?日?|末|中)?)(?:まで)?[。.\\s]*"
    "|#[0-9]{1,7}[。.\\s]*"
)


def together(said: Sequence[Claim]) -> list[tuple[Claim, tuple[Claim, ...]]]:
    """Each measure with the sentences of its own item that only say who and when."""
    out: list[tuple[Claim, tuple[Claim, ...]]] = []
    for claim in said:
        if out and out[-1][0].item == claim.item and _aside(claim.text):
            out[-1] = (out[-1][0], (*out[-1][1], claim))
        else:
            out.append((claim, ()))
    return out


def _aside(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_LABELLED, _BRACKETED, _SIGNED))
