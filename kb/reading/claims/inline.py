"""Inline markup and sentences: a folded line without what only decorates it, and where its sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.text.lazy_pattern import compile_lazy

# Bounded, and none may run over its own beginning: a line of nothing but `[` or `[a](` ends too.
_LINK = compile_lazy("(!?)\\[([^\\[\\]\\n]{0,1000})\\]\\([^)\\n]{0,2000}\\)")
_IMAGE = compile_lazy("<img\\b[^<>]{0,2000}>|![^\\s!|]+\\.(?:png|jpe?g|gif)!|\\[image\\]", re.I)
_TAG = compile_lazy("</?[a-z][^<>]{0,200}>", re.I)
_EMPHASIS = compile_lazy("\\*{1,3}|(?<![A-Za-z0-9])_{1,2}(?=\\S)|(?<=\\S)_{1,2}(?![A-Za-z0-9])|`+|%\\{[^{}]{0,200}\\}")
_MARKED = compile_lazy("[!\\[<*_`%]|:[a-z0-9_+-]+:")
"""What one of the patterns above, or a short code, needs; most lines have none of it."""
_EMOJI = {":white_check_mark:": "✅", ":heavy_check_mark:": "✅", ":ballot_box_with_check:": "☑", ":x:": "×"}
_SHORTCODE = compile_lazy(":[a-z0-9_+-]+:")
# The sign in an address ends no sentence: https://…/d?from=1.
_END = compile_lazy("(?:[。！？]|[!?](?![A-Za-z0-9=&_/%]))+[)」』）]*|(?<!\\.)\\.(?=\\s+[A-Z*ぁ-んァ-ヶ一-龠])|;\\s")
MAX_CLAIM = 600
"""Characters of a claim that are read: no sentence is longer, a pasted log can be."""
MAX_SENTENCES = 2_000
"""Sentences of one line that are read."""
_OPEN, _CLOSE = "「『(（【[", "」』)）】]"
_MARKS = "■◆●▼▲◇○◎▶►▷※★☆・•>"


def strip_inline_markup(text: str) -> str:
    """A folded line without inline markup; a picture becomes `[image]`."""
    if _MARKED.search(text):
        text = _IMAGE.sub("[image]", text)
        text = _LINK.sub(lambda found: "[image]" if found[1] else found[2], text)
        text = _SHORTCODE.sub(lambda found: _EMOJI.get(found[0], found[0]), text)
        text = _EMPHASIS.sub("", _TAG.sub("", text))
    return text.strip().lstrip(_MARKS).strip()[:MAX_CLAIM]


def split_sentences(text: str, *, numbered: bool = False) -> Iterator[tuple[int, int]]:
    """Where the sentences of a line begin and end; quotations and brackets are not split.

    `numbered`: the line has numbers in circles, which folding made digits of: 1伏せる(済)2絞る.
    """
    ends = {found.start(): found.end() for found in _END.finditer(text)}
    if "/ " in text or ")/" in text:
        ends |= _find_slashes(text)
    if numbered:
        ends |= {at - 1: at for at in _find_numbers(text)}
    if not ends or (len(ends) == 1 and len(text) in ends.values()):
        yield 0, len(text)
        return
    start, depth = 0, 0
    for index, char in enumerate(text):
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth = max(depth - 1, 0)
        if index in ends and depth == 0:
            yield start, ends[index]
            start = ends[index]
    if start < len(text):
        yield start, len(text)


_NUMBER = compile_lazy("(?<=[)。、\\s])[2-9](?=[^\\W\\d])")


def _find_numbers(text: str) -> Iterator[int]:
    """Where the second and later measures of a line begin, each with the next number."""
    if text[:1] == "1":
        wanted = 2
        for found in _NUMBER.finditer(text):
            if int(found[0]) == wanted:
                yield found.start()
                wanted += 1


_MAY_END = frozenset(")]】〕。うくすつぬむるぐぶただ")
_SLASH = compile_lazy("(?:\\s|(?<=[)\\]】〕]))/\\s|(?<=[)\\]】〕])/(?=[^\\s\\x00-\\x7f])")
_LEAST_BESIDE = 8
"""Characters on both sides of a slash that parts two sentences, rather than a sentence from its owner or day."""


def _find_slashes(text: str) -> dict[int, int]:
    """The slashes between the sentences of a cell or line: 検査を入れる(済) / 表を二つに分ける(未完)."""
    places = [found.span() for found in _SLASH.finditer(text)]
    starts, ends = [0, *(end for _, end in places)], [*(start for start, _ in places), len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    if any(len(part) < _LEAST_BESIDE for part in parts) or len({part.isascii() for part in parts}) > 1:
        return {}  # names and days, or the same in another language
    if not all(part[-1] in _MAY_END for part in parts[:-1]):
        return {}  # two words for one thing
    if parts[-1].rstrip()[-1:] not in _MAY_END and "を" not in parts[-1]:
        return {}  # a remark: 端末を入れ替える / 予算の都合で来年度
    return dict(places)


def as_ticket_ref(value: str) -> str:
    """What a column or line for tickets says; a bare number is one."""
    return f"#{value}" if value.isdecimal() else value
