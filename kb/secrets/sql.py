"""SQL: the statements that make or change a login, and rows put into a table of users."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import PARTICULAR, Candidate
from kb.secrets.filters import refusal
from kb.secrets.lexicon import whole
from kb.secrets.page import Line
from kb.secrets.shapes import digest

_Q = r"N?(?P<q>['\"])(?P<value>[^'\"\n]{2,120})(?P=q)"
_STATEMENTS = (
    re.compile(rf"IDENTIFIED\s+(?:WITH\s+[\w']{{1,40}}\s+)?(?:BY|AS)\s+{_Q}", re.I),
    re.compile(r"IDENTIFIED\s+BY\s+(?!PASSWORD\b|VALUES\b)(?P<value>[\w$#!@%^*+-]{3,60})", re.I),
    re.compile(
        rf"(?:ALTER|CREATE)\s+(?:USER|ROLE|LOGIN|DATABASE\s+LINK)\b[^;\n]{{0,160}}?\bPASSWORD\s*(?:=\s*)?{_Q}", re.I
    ),
    re.compile(rf"\bPASSWORD\s*(?:\(|FOR\s+[^=\n]{{1,80}}=\s*(?:PASSWORD\s*\()?)\s*{_Q}", re.I),
    re.compile(rf"SET\s+PASSWORD\s*=\s*(?:PASSWORD\s*\(\s*)?{_Q}", re.I),
    re.compile(
        rf"\b(?:REPLACE|USING|ENCRYPTION\s+BY\s+PASSWORD\s*=|DECRYPTION\s+BY\s+PASSWORD\s*=|WITH\s+PASSWORD)\s+{_Q}",
        re.I,
    ),
    re.compile(rf"\b(?:sp_addlogin|sp_password|DBMS_\w+)\s+[^;\n]{{0,60}}?,\s*{_Q}", re.I),
    re.compile(rf"\bpass(?:word|wd)?\s*=\s*(?:md5|sha1|sha2|crypt|PASSWORD|encode|digest|bcrypt)\s*\(\s*{_Q}", re.I),
)
_TRIGGER = re.compile(r"identified|password|insert\s+into|sp_addlogin|passwd", re.I)
_INSERT = re.compile(r"INSERT\s+INTO\s+[^\s(]{1,80}\s*\((?P<names>[^()]{1,400})\)\s*VALUES\s*", re.I)
_FIELD = re.compile(r"\s*(?:N?'(?P<text>[^'\n]{0,200})'|[^,()']{0,80}(?:\([^()]{0,80}\))?)\s*(?P<end>[,)])")


def queried(line: Line) -> Iterator[Candidate]:
    """The passwords in SQL on a line."""
    text = line.text
    if not _TRIGGER.search(text):
        return
    for statement in _STATEMENTS:
        for found in statement.finditer(text):
            value = found["value"]
            if value.isascii() and not refusal(value) and not digest(value.lower()):
                yield _candidate(line, *found.span("value"), "statement")
    for insert in _INSERT.finditer(text):
        names = [name.strip(' `"[]') for name in insert["names"].split(",")]
        wanted = {
            place for place, name in enumerate(names) if (label := whole(name)) and label.kind is SecretKind.PASSWORD
        }
        at = insert.end()
        while wanted and text[at : at + 1] == "(":
            at += 1
            for place in range(len(names)):
                field = _FIELD.match(text, at)
                if field is None:
                    return
                at = field.end()
                if place in wanted and field["text"] and len(field["text"]) >= 3 and not refusal(field["text"]):
                    yield _candidate(line, *field.span("text"), "insert")
                if field["end"] == ")":
                    break
            at += len(re.match(r"\s*,\s*", text[at:])[0]) if re.match(r"\s*,\s*\(", text[at:]) else 0  # type: ignore[index]


def _candidate(line: Line, start: int, end: int, how: str) -> Candidate:
    return Candidate(line.offset(start), line.offset(end), SecretKind.PASSWORD, Confidence.HIGH, "sql", how, PARTICULAR)
