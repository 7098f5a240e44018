"""Command lines: the option that takes a password, for each program that has one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import PARTICULAR, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import refusal
from kb.secrets.page import Line
from kb.secrets.programs import PROGRAMS, Program
from kb.secrets.shapes import Strength, secretive, strength
from kb.secrets.tries import one_of

_JAPANESE = re.compile(r"[぀-ヿ一-龠]")
_PUNCTUATION = re.compile(r"[。、`」)].*|(?<=[\w!]),$")
_DEFINED = re.compile(
    r"(?<!\S)-(?:[DJPe]\s?|var[= ]|-(?:env|set|extra-vars|build-arg)[= ])[\"']?"
    r"(?i:(?!\S{0,60}existing)[\w.]{0,60}(?:pass(?:word|wd)?|pwd|secret|token))="
    r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
)
_WORDS = sorted({word for program in PROGRAMS for word in program.words})
_WORD = re.compile(one_of(_WORDS))
_BY_WORD = {
    found: tuple(program for program in PROGRAMS if any(word in found for word in program.words)) for found in _WORDS
}


def _programs(low: str) -> Iterable[Program]:
    """The programs a line, in lower case, has a word of, in the order of the table."""
    said = {word[0] for word in _WORD.finditer(low)}
    if len(said) < 2:
        return _BY_WORD[said.pop()] if said else ()
    return sorted({program for word in said for program in _BY_WORD[word]}, key=PROGRAMS.index)


_OFTEN = frozenset({"long-option", "long-option-token", "user-and-password"})
_PROMPT = re.compile(r"pass|assword|パスワード|暗証", re.I)


def commanded(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords on a command line."""
    text = line.text
    for program in _programs(text.lower()):
        for call in program.called.finditer(text):
            found = program.option.match(text, call.end())
            if found and (place := _value(found, text, program.name)) and _fits(line, context, program.name, *place):
                yield _candidate(line, context, place, program.kind, program.name)
    if "=" in text:
        for found in _DEFINED.finditer(text):
            if (place := _value(found, text, "define")) and _fits(line, context, "define", *place):
                yield _candidate(line, context, place, SecretKind.PASSWORD, "define")


def _value(found: re.Match[str], text: str, name: str) -> tuple[int, int] | None:
    """Where the value of an option stands."""
    groups = found.groupdict()
    group = next(key for key in ("q", "d", "u") if groups.get(key) is not None)
    start, end = found.span(group)
    value = text[start:end]
    if group == "u":
        value = _PUNCTUATION.sub("", value)
        if name == "sqlplus" and "@" in value:
            value = value[: value.rindex("@")]
        elif value.endswith("@") and text.count("@", 0, start) % 2:
            value = value[:-1]  # inline code in Textile
    end = start + len(value)
    return (start, end) if len(value) >= 3 else None


def _fits(line: Line, context: Context, name: str, start: int, end: int) -> bool:
    text = line.text
    value = text[start:end]
    if not value.isascii() or refusal(value, text[end:]) or value.startswith(("/", "-", "$", "\\$")):
        return False
    if name == "mysql" and value in ("3306", "3307", "33060"):
        return False  # a port given in error
    if name == "call":
        return strength(value) is Strength.STRONG
    if name in ("expect", "redis-auth", "ftp-user"):
        return strength(value) >= Strength.STRONG and _sure(line, context, name)
    if name == "user-and-password":
        return secretive(value) or (strength(value) is Strength.STRONG and len(value) >= 8)
    behind = text[end : end + 1]
    return not (name in _OFTEN and _JAPANESE.match(behind or " ") and behind != "で")


def _sure(line: Line, context: Context, name: str) -> bool:
    if name == "expect":
        return _PROMPT.search(line.text) is not None or any(_PROMPT.search(each.text) for each in context.above[:1])
    return name != "ftp-user" or line.code or line.text.lstrip().startswith("ftp>")


def _candidate(line: Line, context: Context, place: tuple[int, int], kind: SecretKind, name: str) -> Candidate:
    if kind is SecretKind.PASSWORD and re.search("wi-?fi|wpa", line.text, re.I):
        kind = kind_in(kind, line, context)
    return Candidate(line.offset(place[0]), line.offset(place[1]), kind, Confidence.HIGH, "command", name, PARTICULAR)
