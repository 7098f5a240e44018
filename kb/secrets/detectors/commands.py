"""Command lines: the option that takes a password, for each program that has one (`words/records/programs.tsv`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import PARTICULAR_RANK, Candidate
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.text_page import TextLine
from kb.secrets.scoring.filters import ValueStrength, find_refusal, looks_secret, measure_strength
from kb.text.patterns import build_trie_pattern
from kb.text.word_tables import read_records

_VALUE = r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
_ARGUMENTS = r"[^|;\n]{0,400}?"


class Program(NamedTuple):
    """A way to give a program a credential. `words`: one of them is on the line, in lower case."""

    name: str
    words: tuple[str, ...]
    called: re.Pattern[str]
    option: re.Pattern[str]
    kind: SecretKind


def _program(row: dict[str, str]) -> Program:
    """A program by its names, or an option any program may have, by what it ends with."""
    names = [word.replace("␣", " ") for word in row["words"].split()]
    plain = "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in sorted(names, key=len, reverse=True))
    before, behind = r"(?<![\w.-])" if not plain.startswith(r"\.") else "", r"(?:\.exe)?(?![\w-])"
    if row["option"]:
        before, behind = r"(?<!\S)-{1,2}(?:[\w.]{1,20}-){0,4}?", ""
    return Program(
        row["name"],
        tuple(each.split(" ")[0].lower() for each in names),
        re.compile(f"{before}(?:{plain}){behind}", re.I),
        re.compile(row["pattern"].replace("VALUE", _VALUE).replace("…", _ARGUMENTS)),
        SecretKind(row["kind"] or "password"),
    )


PROGRAMS = tuple(map(_program, read_records("kb.secrets", "words/records/programs.tsv")))


_JAPANESE = re.compile(r"[぀-ヿ一-龠]")
_PUNCTUATION = re.compile(r"[。、`」)].*|(?<=[\w!]),$")
_DEFINED = re.compile(
    r"(?<!\S)-(?:[DJPe]\s?|var[= ]|-(?:env|set|extra-vars|build-arg)[= ])[\"']?"
    r"(?i:(?!\S{0,60}existing)[\w.]{0,60}(?:pass(?:word|wd)?|pwd|secret|token))="
    r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
)
_WORDS = sorted({word for program in PROGRAMS for word in program.words})
_WORD = re.compile(build_trie_pattern(_WORDS))
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


def find_in_command(line: TextLine, context: LineContext) -> Iterator[Candidate]:
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


def _fits(line: TextLine, context: LineContext, name: str, start: int, end: int) -> bool:
    text = line.text
    value = text[start:end]
    if not value.isascii() or find_refusal(value, text[end:]) or value.startswith(("/", "-", "$", "\\$")):
        return False
    if name == "mysql" and value in ("3306", "3307", "33060"):
        return False  # a port given in error
    if name == "call":
        return measure_strength(value) is ValueStrength.STRONG
    if name in ("expect", "redis-auth", "ftp-user"):
        return measure_strength(value) >= ValueStrength.STRONG and _sure(line, context, name)
    if name == "user-and-password":
        return looks_secret(value) or (measure_strength(value) is ValueStrength.STRONG and len(value) >= 8)
    behind = text[end : end + 1]
    return not (name in _OFTEN and _JAPANESE.match(behind or " ") and behind != "で")


def _sure(line: TextLine, context: LineContext, name: str) -> bool:
    if name == "expect":
        return _PROMPT.search(line.text) is not None or any(_PROMPT.search(each.text) for each in context.above[:1])
    return name != "ftp-user" or line.code or line.text.lstrip().startswith("ftp>")


def _candidate(line: TextLine, context: LineContext, place: tuple[int, int], kind: SecretKind, name: str) -> Candidate:
    if kind is SecretKind.PASSWORD and re.search("wi-?fi|wpa", line.text, re.I):
        kind = refine_kind(kind, line, context)
    return Candidate(
        line.offset(place[0]), line.offset(place[1]), kind, Confidence.HIGH, "command", name, PARTICULAR_RANK
    )
