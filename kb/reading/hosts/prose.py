"""Hosts in sentences: the words in front of a name and behind it."""

from __future__ import annotations

from collections.abc import Iterator

from kb.reading.hosts.names import WORD, Spelling, judge_spelling
from kb.reading.hosts.sign import Sign
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_RE = read_words("kb.reading", "lexicon/hosts/signs.toml").compiled
_MARKS = compile_lazy(r"[`*]")
_REACH = 40
_BEFORE = {
    "label": Sign.LABEL,
    "label_many": Sign.LABEL,
    "apposed": Sign.APPOSED,
    "of": Sign.BESIDE,
    "thing": Sign.OTHER,
}
_AFTER = {
    "person": Sign.PERSON,
    "thing": Sign.OTHER,
    "denied": Sign.OTHER,
    "machine": Sign.BESIDE,
    "role": Sign.BESIDE,
    "reach": Sign.ENTERED,
    "login": Sign.LOGIN,
    "run": Sign.USED,
    "part": Sign.USED,
    "state": Sign.USED,
}
_SPAN = compile_lazy(r"`([^`]+)`|(?<![\w@])@([\w.-]+)@(?![\w@])")
_ITEM = compile_lazy(r"\s*(?:[-*+・]|\d+\.)\s+(?:\[[ x]\]\s*)?[`*]*")


def read_sentence(line: str) -> Iterator[tuple[str, Sign]]:
    """Yield the hosts, people and other things that the words of a line say its names are."""
    plain = _MARKS.sub("", line)
    for match in WORD.finditer(plain):
        start, end = match.span()
        if start and plain[start - 1] in "/\\#" and plain[max(0, start - 2) : start] not in ("//", "\\\\"):
            continue
        if start and plain[start - 1] == "@" and not plain[max(0, start - 2) : start - 1].isalnum():
            if judge_spelling(match[0]) is Spelling.WORD:
                yield match[0], Sign.PERSON
            continue
        if judge_spelling(match[0]) is Spelling.NONE:
            continue
        behind = plain[end : end + _REACH]
        if behind[:1] in (" ", "(") or (behind and not behind[0].isascii()):
            found = _RE.after.match(behind)
            if found is not None and found.lastgroup is not None:
                yield match[0], _AFTER[found.lastgroup]
        ahead = plain[max(0, start - _REACH) : start]
        if ahead and (ahead[-1] in " :=(" or not ahead[-1].isascii()):
            found = _RE.before.search(ahead)
            if found is not None and found.lastgroup is not None:
                yield match[0], _BEFORE[found.lastgroup]
    if "`" in line or "@" in line:
        for span in _SPAN.finditer(line):
            text = span[1] or span[2]
            if WORD.fullmatch(text):
                yield text, Sign.SPAN


def is_machine_heading(text: str) -> bool:
    """Return whether a heading stands over a list of hosts."""
    return bool(_RE.heading.search(text))


def read_item(line: str) -> str:
    """Return the name an item of a list begins with, "" for none."""
    item = _ITEM.match(line)
    found = WORD.match(line, item.end()) if item else None
    if found is None:
        return ""
    behind = line[found.end() : found.end() + 3].strip("`* ")
    return found[0] if not behind or behind[0] in ":(-—―|=、," else ""


def is_lesson(title: str) -> bool:
    """Return whether a page is about other people's hosts, by its place and title."""
    return bool(_RE.lesson.search(title))
