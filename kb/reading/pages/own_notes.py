"""Whether a page is a note of somebody's own or a diary, by what it and its folders are called. Pure."""

from __future__ import annotations

import re
from enum import Enum, auto

from kb.text.fold import fold_text
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/pages/own_notes.toml").compiled

MAX_NAME = 60
"""Characters of a name that can be nothing but a memo: what is longer says what it is about."""

_NUMBERS = compile_lazy(
    r"[0-9]+(?:年度?|月|日|時|分|回|週|曜|号)?|[(（](?:[月火水木金土日]|mon|tue|wed|thu|fri|sat|sun)[)）]", re.I
)
_WEEK = compile_lazy(r"(?<![A-Za-z])[WwQq](?=[0-9])")
_EDGES = " \t-_/.:：、,，#＃'\"()（）[]【】「」<>＜＞・|~〜の"


class OwnNote(Enum):
    """What a page is called."""

    MEMO = auto()
    DIARY = auto()


def find_own_note(title: str, folders: str, author: str = "") -> OwnNote | None:
    """Return what a page is called, None for a page that says what it is about.

    `folders` are those below the personal folder. A title of a day alone is a diary, unless its folder says of what
    (議事録/2025-06-10); a folder of memos may hold anything, one of diaries holds diaries.
    """
    bare = _strip(title, author)
    names = [name for each in folders.split("/") if (name := _strip(each, author)) or name is None]
    if any(name is not None and _RE.diary.fullmatch(name) for name in names):
        return OwnNote.DIARY
    if bare is None:
        return None
    if not bare:
        told = names and (names[-1] is None or not _RE.memo.fullmatch(names[-1]))
        return None if told else OwnNote.DIARY if title.strip() else OwnNote.MEMO
    if _RE.diary.fullmatch(bare):
        return OwnNote.DIARY
    return OwnNote.MEMO if _RE.memo.fullmatch(bare) else None


def _strip(name: str, author: str) -> str | None:
    """Return a name without its days, numbers, signs and its author; None for a long one."""
    if len(name) > MAX_NAME:
        return None
    folded = fold_text(name).casefold()
    if author:
        folded = folded.replace(author.casefold(), " ")
    if _RE.memo.fullmatch(folded.strip(_EDGES)):
        return folded.strip(_EDGES)  # 1on1: its numbers are part of the word
    return " ".join(_NUMBERS.sub(" ", _WEEK.sub(" ", folded)).strip(_EDGES).split())
