"""Statements: lines of network devices (`words/records/devices.tsv`), and SQL that makes or changes a login."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import PARTICULAR_RANK, Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import read_phrase
from kb.secrets.scoring.filters import ValueStrength, find_refusal, is_digest, measure_strength
from kb.secrets.scoring.labels import read_whole_label
from kb.text.word_tables import read_records

_PROMPT = r"\s*(?:[\w.()-]{1,40}[#>$]\s*)?(?:\d{1,3}[:.]\s+)?"
_NAMES = {
    "VALUE": r"(?:\"(?P<quoted>[^\"\n]{3,80} [^\"\n]{1,80})\"|[\"']?(?P<value>[^\s\"';]{3,120})[\"']?)",
    # Type 0 is plain text; 5 to 9, ENC, encrypted and the like are hashes or ciphertext.
    "LEVEL": r"(?:(?:0|plain|clear|simple)\s+)?(?!(?:[1-9]|encrypted|hashed|cipher|\*)(?:\s|$)|ENC\s)",
    "NAME": r"\S{1,80}",
}


def _statement(row: dict[str, str]) -> tuple[str, SecretKind, re.Pattern[str]]:
    pattern = row["pattern"]
    for word, meant in _NAMES.items():
        pattern = pattern.replace(word, meant)
    return row["name"], SecretKind(row["kind"]), re.compile(_PROMPT + pattern, re.I)


_DEVICE_STATEMENTS = tuple(map(_statement, read_records("kb.secrets", "words/records/devices.tsv")))
_DEVICE_TRIGGER = re.compile(
    r"enable|user|password|login|administrator|ppp?\s|snmp|crypto|pre-shared|ipsec|ike\s|tacacs|radius|wpa|passphrase"
    r"|airlink|key|ospf|neighbor|standby|vrrp|set\s|community|psk|com2sec|eap|xauth|auth|priv|tunnel"
)
_PRIVACY = re.compile(
    r"\s(?:(?:priv|auth)\s+)?(?:aes|des|3des)\S{0,5}(?:\s+(?:128|192|256))?\s+[\"']?(?P<value>[^\s\"']{4,80})", re.I
)
_COMMUNITIES = re.compile(
    r"(?:\bv(?:1|2c?)[ \t]*[/,、][ \t]*|コミュニティ.{0,60}?\((?:RO|RW)\)[ \t:]*|\((?:RO|RW)\)[ \t:]*)"
    r"(?P<value>[!-&*-.0-~]{4,40})(?=[ \t]|[/,、]|$)",
    re.I,
)
_SNMP = re.compile("snmp", re.I)
_SNMP_AUTH = re.compile(
    r"(?:auth|priv)\w{0,10}[ \t]*:[ \t]*(?:sha|md5|aes|des)[\w-]{0,6}[ \t]*[/,][ \t]*(?P<value>[!-~]{4,60})[ \t]*$",
    re.I,
)
_SERVER = re.compile(r"tacacs|radius|server-private|aaa", re.I)


def find_in_device_config(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The credentials on a line of a device's configuration."""
    text = line.text
    if len(text) > 300 or not _DEVICE_TRIGGER.search(text.lower()):
        return
    at = line.lead if not line.code else 0
    for name, kind, pattern in _DEVICE_STATEMENTS:
        found = pattern.match(text, at)
        if found is None or not _fits(line, context, name):
            continue
        if found["quoted"]:
            if read_phrase(found["quoted"], likely=True):
                yield _device_candidate(line, *found.span("quoted"), kind, name)
            continue
        start = found.start("value")
        value = found["value"].rstrip("`")
        if value.isascii() and value not in (":", "=", "|") and value[0] not in ":=":
            why = find_refusal(value)
            if not why or (why == "word" and "community" in name):  # `public` opens what it is the name of
                yield _device_candidate(line, start, start + len(value), kind, name)
    snmp = _SNMP_AUTH.match(text, line.lead)
    if (
        snmp
        and context.above_says(_SNMP)
        and not find_refusal(snmp["value"])
        and measure_strength(snmp["value"]) is ValueStrength.STRONG
    ):
        yield _device_candidate(line, *snmp.span("value"), SecretKind.SHARED_KEY, "snmpv3")
    if len(text) < 200 and "snmp" in text.lower():
        for found in _COMMUNITIES.finditer(text):
            if not find_refusal(found["value"]) and measure_strength(found["value"]) is ValueStrength.STRONG:
                yield _device_candidate(line, *found.span("value"), SecretKind.SHARED_KEY, "communities")
    if "snmp-server user" in text or "createUser" in text:
        for found in _PRIVACY.finditer(text):
            if not find_refusal(found["value"]):
                yield _device_candidate(line, *found.span("value"), SecretKind.SHARED_KEY, "snmpv3")


def _fits(line: TextLine, context: LineContext, name: str) -> bool:
    if name == "server-block-key":
        return any(_SERVER.search(each.text) for each in context.above)
    return name != "line" or line.code or line.text[:1].isspace()


def _device_candidate(line: TextLine, start: int, end: int, kind: SecretKind, name: str) -> Candidate:
    return Candidate(line.offset(start), line.offset(end), kind, Confidence.HIGH, "device", name, PARTICULAR_RANK)


# SQL that makes or changes a login, and rows inserted into a table of users.


_Q = r"N?(?P<q>['\"])(?P<value>[^'\"\n]{2,120})(?P=q)"
_SQL_STATEMENTS = (
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
_SQL_TRIGGER = re.compile(r"identified|password|insert\s+into|sp_addlogin|passwd", re.I)
_INSERT = re.compile(r"INSERT\s+INTO\s+[^\s(]{1,80}\s*\((?P<names>[^()]{1,400})\)\s*VALUES\s*", re.I)
_FIELD = re.compile(r"\s*(?:N?'(?P<text>[^'\n]{0,200})'|[^,()']{0,80}(?:\([^()]{0,80}\))?)\s*(?P<end>[,)])")


def find_in_sql(line: TextLine) -> Iterator[Candidate]:
    """The passwords in SQL on a line."""
    text = line.text
    if not _SQL_TRIGGER.search(text):
        return
    for statement in _SQL_STATEMENTS:
        for found in statement.finditer(text):
            value = found["value"]
            if value.isascii() and not find_refusal(value) and not is_digest(value.lower()):
                yield _sql_candidate(line, *found.span("value"), "statement")
    for insert in _INSERT.finditer(text):
        names = [name.strip(' `"[]') for name in insert["names"].split(",")]
        wanted = {
            place
            for place, name in enumerate(names)
            if (label := read_whole_label(name)) and label.kind is SecretKind.PASSWORD
        }
        at = insert.end()
        while wanted and text[at : at + 1] == "(":
            at += 1
            for place in range(len(names)):
                field = _FIELD.match(text, at)
                if field is None:
                    return
                at = field.end()
                if place in wanted and field["text"] and len(field["text"]) >= 3 and not find_refusal(field["text"]):
                    yield _sql_candidate(line, *field.span("text"), "insert")
                if field["end"] == ")":
                    break
            at += len(re.match(r"\s*,\s*", text[at:])[0]) if re.match(r"\s*,\s*\(", text[at:]) else 0  # type: ignore[index]


def _sql_candidate(line: TextLine, start: int, end: int, how: str) -> Candidate:
    return Candidate(
        line.offset(start), line.offset(end), SecretKind.PASSWORD, Confidence.HIGH, "sql", how, PARTICULAR_RANK
    )
