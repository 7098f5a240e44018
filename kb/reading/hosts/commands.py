"""Hosts in what people type and machines print: commands, prompts, logs, alerts, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.reading.hosts.names import NAME, SPELLED, Spelling, judge_spelling
from kb.reading.hosts.sign import Sign
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_TABLE = read_words("kb.reading", "lexicon/hosts/signs.toml")
_PRINTED = read_words("kb.reading", "lexicon/hosts/printed.toml", host=rf"(?P<host>{NAME})")
_REMOTE = {entry.split()[0]: frozenset(entry.split()[1:]) for entry in _TABLE.entries("remote")}
_OPTIONS = frozenset(_TABLE.words("host_option"))
_WITH_OPTION = frozenset(_TABLE.words("host_option_command"))
_OTHER = frozenset(_TABLE.words("other_command"))
_SESSION = {entry.split()[0]: frozenset(entry.split()[1:]) for entry in _TABLE.entries("session")}
_LOOKUP = {entry.split()[0]: frozenset(entry.split()[1:]) for entry in _TABLE.entries("lookup")}
_COPY = frozenset({"scp", "rsync"})
_NODES = frozenset({"drain", "cordon", "uncordon", "node", "nodes", "no"})

_COMMANDS = sorted({*_SESSION, *_REMOTE, *_LOOKUP, *_WITH_OPTION, *_OTHER, *_COPY}, key=len, reverse=True)
_COMMAND = compile_lazy(rf"(?<![\w./=:@-])({'|'.join(map(re.escape, _COMMANDS))})(?=[ \t])", re.A)
_END = compile_lazy(r"[`|;&<>、。「」『』()\"']|\s#\s")
_MAX_WORDS = 24
_HOST = compile_lazy(rf"(?:[A-Za-z0-9._-]+@)?\[?(?P<host>{NAME})\]?(?P<path>:\S*)?", re.A)


def _compile_lines(section: str) -> tuple[tuple[re.Pattern[str], Sign], ...]:
    """Return the patterns below a heading of the table, each with the sign its list is named for."""
    return tuple(
        (compile_lazy(pattern, re.A), Sign[name.partition(".")[2].upper()])
        for name in _PRINTED.names()
        if name.startswith(f"{section}.")
        for pattern in _PRINTED.patterns(name)
    )


_ANY, _ONLY_SPELLED = _compile_lines("any"), _compile_lines("spelled")
_HOSTS_FILE = compile_lazy(
    rf"^\s*\d{{1,3}}(?:\.\d{{1,3}}){{3}}[ \t]+(?P<hosts>{NAME}(?:[ \t]+{NAME})*)\s*(?:#.*)?$", re.A
)
_URL = compile_lazy(
    rf"(?P<scheme>[A-Za-z][A-Za-z0-9+]{{1,15}})://(?:[^@/\s]{{1,80}}@)?(?P<host>{NAME})(?P<port>:\d+)?(?![\w.@-])", re.A
)
_STORE = frozenset({"s3", "gs", "docker", "file", "jdbc", "chrome", "slack", "oci"})
_AT = compile_lazy(rf"(?<![\w.@/:-])[a-z_][\w.-]{{0,31}}@(?P<host>{NAME})(?![\w@-])", re.A)

Found = tuple[str, Sign]


def read_printed(line: str) -> Iterator[Found]:
    """Yield the hosts that prompts, logs, alerts and addresses in a line name."""
    for pattern, sign in _ANY:
        for match in pattern.finditer(line):
            yield match["host"], sign
    for pattern, sign in _ONLY_SPELLED:
        for match in pattern.finditer(line):
            if judge_spelling(match["host"]) in SPELLED:
                yield match["host"], sign
    if hosts := _HOSTS_FILE.match(line):
        for name in hosts["hosts"].split():
            yield name, Sign.HOSTS_FILE
    if "://" in line:
        for match in _URL.finditer(line):
            name = match["host"]
            if match["scheme"].lower() in _STORE:
                yield name, Sign.OTHER
            elif "." not in name or judge_spelling(name) is Spelling.INSIDE or match["port"]:
                yield name, Sign.ADDRESS
    if "@" in line:
        for match in _AT.finditer(line):
            if judge_spelling(match["host"]) is not Spelling.DOMAIN:
                yield match["host"], Sign.LOGIN


def read_commands(line: str) -> Iterator[Found]:
    """Yield the hosts that commands in a line go to, and the other things they name."""
    for match in _COMMAND.finditer(line):
        end = _END.search(line, match.end())
        words = line[match.end() : end.start() if end else len(line)][:400].split()[:_MAX_WORDS]
        command = match[1]
        if command in _OTHER:
            yield from _read_other(command, words)
        if command in _SESSION:
            yield from ((name, Sign.SESSION) for name, _ in _read_remote(words, _SESSION[command]))
        if command in _REMOTE:
            yield from _read_remote(words, _REMOTE[command])
        if command in _LOOKUP:
            yield from _read_lookup(words, _LOOKUP[command])
        if command in _WITH_OPTION:
            yield from _read_option(words)
        if command in _COPY:
            for word in words:
                found = _HOST.fullmatch(word)
                if found and found["path"] and not found["path"].startswith("://"):
                    yield found["host"], Sign.SESSION


def _read_remote(words: list[str], valued: frozenset[str]) -> Iterator[Found]:
    """The first word that is no option, nor the value of one; and the jump host."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "-J" and at + 1 < len(words):
            word = words[at + 1].split(",")[0]
            at += 1
            if found := _HOST.fullmatch(word):
                yield found["host"], Sign.REACHED
        elif word in valued:
            at += 1
        elif not word.startswith(("-", "+", "@", "/")) or word.lower().startswith("/v:"):
            found = _HOST.fullmatch(word.removeprefix("\\\\").removeprefix("/v:"))
            if found and found["host"].isascii():
                yield found["host"], Sign.REACHED
            return
        at += 1
    yield from _read_option(words)


def _read_lookup(words: list[str], valued: frozenset[str]) -> Iterator[Found]:
    for word in words:
        if word.startswith("@") and (found := _HOST.fullmatch(word[1:])):
            yield found["host"], Sign.REACHED
    for name, sign in _read_remote(words, valued):
        if judge_spelling(name) is not Spelling.DOMAIN:
            yield name, sign


def _read_option(words: list[str]) -> Iterator[Found]:
    for word, following in zip(words, [*words[1:], ""], strict=False):
        option, equals, value = word.partition("=")
        if option.startswith("/v:"):
            option, value, equals = "/v:", option[3:], "="
        if option in _OPTIONS:
            found = _HOST.fullmatch(value if equals else following.removeprefix("\\\\"))
            if found:
                yield found["host"], Sign.REACHED


def _read_other(command: str, words: list[str]) -> Iterator[Found]:
    """What such a command names is no host; but nodes are."""
    nodes = command == "kubectl" and not _NODES.isdisjoint(words[:4])
    for word in words:
        found = _HOST.fullmatch(word.partition("/")[2] or word if nodes else word)
        if found and not found["path"]:
            if not nodes:
                yield found["host"], Sign.OTHER
            elif word not in _NODES:
                yield found["host"], Sign.REACHED
