"""What is kept of an incident so that it can be told of without reading it again: its Facts, and where it says what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kb.model.facts import Facts
from kb.reading.claims.inline import strip_inline_markup
from kb.reading.traits.fold_words import drop_speaker
from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import decode

_BOX = compile_lazy("\\A[\\s>|*+-]*(?:[0-9]{1,2}[.)]\\s*)?(?:\\[[ xX]\\]\\s*)?")
_ENDS = "。.!?！？」）)、,"

Stretch = tuple[int, int]
"""Bytes of the text that was read: first, and behind the last."""


@dataclass(frozen=True, slots=True)
class IncidentDigest:
    """The Facts of a page, and where it gives its cause, how service came back, what was changed for good. No text.

    The Facts hold no sketch: that is for INC601 to compare, and would be a seventh of the reading.
    """

    facts: Facts
    cause: tuple[Stretch, ...] = ()
    restored: tuple[Stretch, ...] = ()
    lasting: tuple[Stretch, ...] = ()


def cut_stretches(text: bytes, stretches: Iterable[Stretch]) -> str:
    """Return what stretches of the text that was read say, on one line, a command with every sign of it."""
    return join_words(decode(text[start:end]) for start, end in stretches)


def join_words(pieces: Iterable[str]) -> str:
    """Return pieces of a page without bullets, boxes and markup, as sentences on one line."""
    shown = list(_plain(pieces))
    line = " ".join(piece if piece[-1] in _ENDS else f"{piece}。" for piece in shown)
    return line.removesuffix("。")


def _plain(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        piece = drop_speaker(" ".join(_BOX.sub("", piece).split()))
        if "`" not in piece:
            piece = strip_inline_markup(fold_text(piece))
        if piece := piece.strip(" |"):
            yield piece
