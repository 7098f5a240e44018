"""Command lines (`words/records/programs.tsv`), lines of network devices (`words/records/devices.tsv`), and SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.prefilter import TECHNICAL
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import read_phrase
from kb.secrets.scoring.code_shapes import is_object_name
from kb.secrets.scoring.filters import (
    ValueStrength,
    find_refusal,
    is_digest,
    looks_like_token,
    looks_secret,
    looks_strong,
    measure_strength,
)
from kb.secrets.scoring.labels import read_whole_label
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.patterns import build_trie_pattern
from kb.text.word_tables import read_records

_COMMAND = detection_rule("command", Rank.PARTICULAR, t("コマンドの引数", "an argument of a command"))
_DEVICE = detection_rule("device", Rank.PARTICULAR, t("機器の設定行", "a line of a device's configuration"))
_SQL = detection_rule("sql", Rank.PARTICULAR, t("SQL 文", "an SQL statement"))


# Command lines: the option that takes a password, for each program that has one.

_VALUE = r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>(?:\^[&|<>^]|[^\s'\"|&;<>`)]){1,200}))"
"""A caret stands before what the command line of Windows would read itself."""
_ARGUMENTS = r"[^|;\n]{0,400}?"
_JAPANESE = compile_lazy(r"[぀-ヿ一-龠]")
_PUNCTUATION = compile_lazy(r"[。、`」)].*|(?<=[\w!]),$")
_DEFINED = compile_lazy(
    r"(?<!\S)-(?:[DJPe]\s?|var[= ]|-(?:env|set|extra-vars|build-arg)[= ])[\"']?"
    r"(?i:(?!\S{0,60}existing)[\w.]{0,60}(?:pass(?:word|wd)?|pwd|secret|token))=" + _VALUE
)
_STATS_USER = compile_lazy(r"[A-Za-z][\w.-]{1,40}:(?=\S{3})")
"""A name before the password, as HAProxy has it behind `stats auth`."""
_IN_LIST = compile_lazy(r"[\"'][ \t]*,[ \t]*[\"']-{1,2}[A-Za-z]")
_BETWEEN = compile_lazy(r"[\[\](){}\"',]")
_PIPED = compile_lazy(
    r"(?:^|[\s=(])(?:(?:Write-Output|echo)\s+)?(?:'(?P<q>[^'\n]{3,200})'|\"(?P<d>[^\"\n]{3,200})\")\s*\|\s*"
    r"(?:ConvertTo-SecureString|(?:docker|podman)\s+login)\b",
    re.I,
)
"""A literal that a pipe gives to what reads a password."""
_ASKING = compile_lazy(
    r"(?<!\S)--?(?:\w{1,20}-){0,3}(?:verify|check|confirm|ask|prompt|require|show|hide|print|no|skip|read|query|repeat|force|gen\w{0,5})"
    r"-[a-z-]{2,30}[ \t]+[\"']?$",
    re.I,
)
"""An option named for what is done about a password, which takes none."""
_KEYED_CALLS = frozenset({"single-call", "token-call", "mac-call", "cipher-call", "key-call"})
_ANY_LITERAL = frozenset({"sign-in-call", "bind-call", "connect-call", "key-call", "typed"})
"""Places that hold a password whatever stands there, words among them."""
_PROMPTS = compile_lazy(r"(?<![\w.-])(?:mysql\w{0,8}|mariadb(?:-\w{2,8})?|mycli)[ \t][^|;]{0,260}-p[ \t]+$")
"""Programs that take a password right behind the letter only: `man mysql`."""
_KEY_SIZES = (16, 24, 32)
"""Bytes of a key of AES (FIPS 197)."""
_OFTEN = frozenset({"long-option", "long-option-token", "user-and-password"})
_SUBCOMMAND = compile_lazy(
    r"(?:^|[$#%>][ \t]+|sudo[ \t]+)(?!redis|valkey|keydb|echo|printf)[a-z][\w-]{2,30}[ \t]+auth[ \t](?!\S+:\S)"
)
"""Where `auth` is what a program is told to do, to whomever it names next."""
_PROMPT = compile_lazy(r"pass|assword|パスワード|暗証", re.I)


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
        compile_lazy(f"{before}(?:{plain}){behind}", re.I),
        compile_lazy(row["pattern"].replace("VALUE", _VALUE).replace("…", _ARGUMENTS)),
        SecretKind(row["kind"] or "password"),
    )


PROGRAMS = tuple(map(_program, read_records("kb.secrets", "words/records/programs.tsv")))
_WORDS = sorted({word for program in PROGRAMS for word in program.words})
_WORD = compile_lazy(build_trie_pattern(_WORDS))
_BY_WORD = {
    found: tuple(program for program in PROGRAMS if any(word in found for word in program.words)) for found in _WORDS
}


def _programs(low: str) -> Iterable[Program]:
    """The programs a line, in lower case, has a word of, in the order of the table."""
    said = {word[0] for word in _WORD.finditer(low)}
    if len(said) < 2:
        return _BY_WORD[said.pop()] if said else ()
    return sorted({program for word in said for program in _BY_WORD[word]}, key=PROGRAMS.index)


_CALLS = (
    *(each.called.pattern + each.option.pattern for each in PROGRAMS),
    _IN_LIST.pattern,
    _PIPED.pattern,
)
_DEFINES = r"(?:pass(?:word|wd)?|pwd|secret|token)=[^\s|&;<>`)]"


@line_detector(TECHNICAL, order=200, needs=Needs(patterns=_CALLS, text=_DEFINED.search, worth=(_DEFINES,)))
def find_in_command(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords on a command line."""
    text = line.text
    if _IN_LIST.search(text):  # the words of a command as a list of literals
        text = _BETWEEN.sub(lambda found: " " * len(found[0]), text)
    for program in _programs(text.lower()):
        for call in program.called.finditer(text):
            found = program.option.match(text, call.end())
            if found and (place := _value(found, text, program.name)) and _fits(line, context, program.name, *place):
                kind = program.kind
                if kind is SecretKind.PASSWORD and re.search("wi-?fi|wpa", text, re.I):
                    kind = refine_kind(kind, line, context)
                word = text[place[0] : place[1]]
                sure = Confidence.HIGH if looks_strong(word) or program.name not in _ANY_LITERAL else Confidence.MEDIUM
                yield propose(line, place, kind, sure, _COMMAND, program.name)
    for pattern, sign, name in ((_DEFINED, "=", "define"), (_PIPED, "|", "piped")):
        for found in pattern.finditer(text) if sign in text else ():
            if (place := _value(found, text, name)) and _fits(line, context, name, *place):
                yield propose(line, place, SecretKind.PASSWORD, Confidence.HIGH, _COMMAND, name)


_SENT = compile_lazy(
    r"[ \t>]*send(?:ln|_user)?[ \t]+(?:--[ \t]+)?[\"'](?P<value>[^\"'\\$\n\[]{3,80})"
    r"(?:\\[rn]){0,2}[\"'][ \t]*(?:[;#].*)?$"
)
_WAITS = compile_lazy(r"[ \t>]*(?:expect|wait)\w{0,8}[ \t].{0,60}(?:assword|パスワード|assphrase|PASSWORD)")


@line_detector(TECHNICAL, order=203, in_cells=False, needs=Needs(patterns=(r"[ \t>]*send(?:ln|_user)?[ \t]",)))
def find_typed(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The literal that a script of expect or Tera Term sends right below the line that waits for a password."""
    found = _SENT.fullmatch(line.text)
    if not found or not context.above or not _WAITS.match(context.above[0].text):
        return
    if found["value"].isascii() and not find_refusal(found["value"]):
        sure = Confidence.HIGH if looks_strong(found["value"]) else Confidence.MEDIUM
        yield propose(line, found.span("value"), SecretKind.PASSWORD, sure, _COMMAND, "typed")


def _value(found: re.Match[str], text: str, name: str) -> tuple[int, int] | None:
    """Where the value of an option stands."""
    groups = found.groupdict()
    group = next(key for key in ("q", "d", "u") if groups.get(key) is not None)
    start, end = found.span(group)
    value = text[start:end]
    if group == "u":
        value = _PUNCTUATION.sub("", value)
        if text[end:].isspace() or end == len(text):
            value = value.removesuffix("\\")  # the command goes on below
        if name == "redis-auth" and (user := _STATS_USER.match(value)):
            start, value = start + user.end(), value[user.end() :]
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
    if name == "connect-call":
        return measure_strength(value) >= ValueStrength.MIXED
    if name in ("call", "traced-call", "encoded-call", "user-option", "sign-in"):
        return looks_strong(value)
    if name == "key-call" and len(value) in _KEY_SIZES and not looks_strong(value):
        return measure_strength(value) is ValueStrength.MIXED and text[start - 1] in "\"'"
    if name in _KEYED_CALLS:
        return looks_strong(value) and len(value) >= 8 and (looks_secret(value) or looks_like_token(value))
    if name in ("expect", "redis-auth", "ftp-user"):
        return looks_strong(value.rstrip("?!.")) and _sure(line, context, name)
    if name in _OFTEN and not looks_strong(value) and _ASKING.search(text, max(0, start - 80), start):
        return False  # --verify-passphrase luksFormat
    if name == "long-option-token" and is_object_name(value):
        return False  # --secret=kura-db: what it is called
    if name == "user-and-password" and _PROMPTS.search(text, max(0, start - 300), start):
        return False  # mysql -u app -p orders: asks, and opens that database
    if name == "user-and-password":
        return looks_secret(value) or (looks_strong(value) and len(value) >= 8)
    behind = text[end : end + 1]
    return not (name in _OFTEN and _JAPANESE.match(behind or " ") and behind != "で")


def _sure(line: TextLine, context: LineContext, name: str) -> bool:
    if name == "expect":
        return _PROMPT.search(line.text) is not None or any(_PROMPT.search(each.text) for each in context.above[:1])
    if name == "redis-auth" and ("radclient" in line.text or _SUBCOMMAND.search(line.text)):
        return False
    return (
        name != "ftp-user"
        or re.match(r"\s*(?:ftp>\s*)?user\s" if line.code else r"\s*ftp>", line.text, re.I) is not None
    )


_FTP_SCRIPT = compile_lazy(r"(?<![\w-])ftp(?:\.exe)?[ \t](?=[^\n]{0,120}<<|-\w*n)", re.I)
_FTP_USER = compile_lazy(r"\s*(?:quote\s+)?user\s+[\w.@-]{1,60}\s+(?P<value>[!-~]{4,80})\s*", re.I)


@line_detector(TECHNICAL, order=205, in_cells=False, needs=Needs(patterns=(_FTP_SCRIPT.pattern,)))
def find_in_ftp_script(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The password among the commands that a call of ftp reads from the lines below it."""
    if not line.code or not _FTP_SCRIPT.search(line.text):
        return
    for following in context.page.following(line.number, 12):
        found = _FTP_USER.fullmatch(following.text)
        if found and looks_strong(found["value"]) and not find_refusal(found["value"]):
            yield propose(following, found.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _COMMAND, "ftp-script")
            return


# Lines of network devices.

_DEVICE_PROMPT = r"\s*(?:[\w.()-]{1,40}[#>$]\s*)?(?:\d{1,3}[:.]\s+)?"
_NAMES = {
    "VALUE": r"(?:\"(?P<quoted>[^\"\n]{3,80} [^\"\n]{1,80})\"|[\"']?(?P<value>[^\s\"';]{3,120})[\"']?)",
    # Type 0 is plain text; 5 to 9, ENC, encrypted and the like are hashes or ciphertext.
    "LEVEL": r"(?:(?:0|plain|clear|simple)\s+)?(?!(?:[1-9]|encrypted|hashed|cipher|\*)(?:\s|$)|ENC\s)",
    "NAME": r"\S{1,80}",
}
_DEVICE_TRIGGER = compile_lazy(
    r"enable|user|password|login|administrator|ppp?\s|snmp|crypto|pre-shared|ipsec|ike\s|tacacs|radius|wpa|passphrase"
    r"|airlink|key|secret\s*=|ospf|neighbor|standby|vrrp|set\s|community|psk|com2sec|eap|xauth|auth|priv|tunnel"
)
_PRIVACY = compile_lazy(
    r"\s(?:(?:priv|auth)\s+)?(?:aes|des|3des)\S{0,5}(?:\s+(?:128|192|256))?\s+[\"']?(?P<value>[^\s\"']{4,80})", re.I
)
_COMMUNITIES = compile_lazy(
    r"(?:\bv(?:1|2c?)[ \t]*[/,、][ \t]*|コミュニティ.{0,60}?\((?:RO|RW)\)[ \t:]*|\((?:RO|RW)\)[ \t:]*)"
    r"(?P<value>[!-&*-.0-~]{4,40})(?=[ \t]|[/,、]|$)",
    re.I,
)
_SNMP = compile_lazy("snmp", re.I)
_SNMP_AUTH = compile_lazy(
    r"(?:auth|priv)\w{0,10}[ \t]*:[ \t]*(?:sha|md5|aes|des)[\w-]{0,6}[ \t]*[/,][ \t]*(?P<value>[!-~]{4,60})[ \t]*$",
    re.I,
)
_SERVER = compile_lazy(
    r"tacacs|radius|server-private|aaa|^\s*client\s+\S{1,80}\s*\{|^\s*type\s*=\s*(?:friend|peer|user)\s*$", re.I
)


def _statement(row: dict[str, str]) -> tuple[str, SecretKind, str]:
    pattern = row["pattern"]
    for word, meant in _NAMES.items():
        pattern = pattern.replace(word, meant)
    return row["name"], SecretKind(row["kind"]), pattern


_STATEMENTS = tuple(map(_statement, read_records("kb.secrets", "words/records/devices.tsv")))
_DEVICE_STATEMENTS = tuple(
    (name, kind, compile_lazy(_DEVICE_PROMPT + pattern, re.I)) for name, kind, pattern in _STATEMENTS
)
_DEVICE_LINES = (
    *(pattern for *_, pattern in _STATEMENTS),
    *(each.pattern for each in (_SNMP_AUTH, _COMMUNITIES, _PRIVACY)),
)


@line_detector(TECHNICAL, order=180, in_cells=False, needs=Needs(patterns=_DEVICE_LINES))
def find_in_device_config(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The credentials on a line of a device's configuration."""
    text = line.text
    if len(text) > 300 or not _DEVICE_TRIGGER.search(text.lower()):
        return
    at = line.lead and (0 if line.code else line.lead)
    for name, kind, pattern in _DEVICE_STATEMENTS:
        found = pattern.match(text, at)
        if found is None or not _fits_device(line, context, name):
            continue
        if found["quoted"]:
            if read_phrase(found["quoted"], likely=True):
                yield propose(line, found.span("quoted"), kind, Confidence.HIGH, _DEVICE, name)
            continue
        start = found.start("value")
        value = found["value"].rstrip("`")
        if value.isascii() and value not in (":", "=", "|") and value[0] not in ":=":
            why = find_refusal(value)
            # `public` opens what it is the name of, and the secret of a server is in no file.
            if not why or (why == "word" and "community" in name) or (why == "path" and _is_slashed(name, value)):
                yield propose(line, (start, start + len(value)), kind, Confidence.HIGH, _DEVICE, name)
    snmp = _SNMP_AUTH.match(text, line.lead)
    if snmp and context.above_says(_SNMP) and not find_refusal(snmp["value"]) and looks_strong(snmp["value"]):
        yield _shared_key(line, snmp, "snmpv3")
    if len(text) < 200 and "snmp" in text.lower():
        for found in _COMMUNITIES.finditer(text):
            if not find_refusal(found["value"]) and looks_strong(found["value"]):
                yield _shared_key(line, found, "communities")
    if "snmp-server user" in text or "createUser" in text:
        for found in _PRIVACY.finditer(text):
            if not find_refusal(found["value"]):
                yield _shared_key(line, found, "snmpv3")


def _is_slashed(name: str, value: str) -> bool:
    """Whether what a server shares with its clients only looks like a path."""
    return name == "server-block-key" and value[0] not in "/~." and ":" not in value


_ASKS_BELOW = compile_lazy(
    r"[ \t]*(?:Changing password|(?:New|Old|Current|Enter|Retype)\b.{0,30}password|新しいパスワード)", re.I
)


def _fits_device(line: TextLine, context: LineContext, name: str) -> bool:
    if name == "server-block-key":
        return any(_SERVER.search(each.text) for each in context.above)
    if name != "line":
        return True
    if any(_ASKS_BELOW.match(each.text) for each in context.page.following(line.number, 2)):
        return False  # SQL> password kura: whose it is
    return line.code or line.text[:1].isspace()


def _shared_key(line: TextLine, found: re.Match[str], how: str) -> Candidate:
    return propose(line, found.span("value"), SecretKind.SHARED_KEY, Confidence.HIGH, _DEVICE, how)


# SQL that makes or changes a login, and rows inserted into a table of users.

_Q = r"N?(?P<q>['\"])(?P<value>[^'\"\n]{2,120})(?P=q)"
_SQL_STATEMENTS = (
    compile_lazy(rf"IDENTIFIED\s+(?:WITH\s+[\w']{{1,40}}\s+)?(?:BY|AS)\s+{_Q}", re.I),
    compile_lazy(r"IDENTIFIED\s+BY\s+(?!PASSWORD\b|VALUES\b)(?P<value>[\w$#!@%^*+-]{3,60})", re.I),
    compile_lazy(
        rf"(?:ALTER|CREATE)\s+(?:USER|ROLE|LOGIN|DATABASE\s+LINK)\b[^;\n]{{0,160}}?\bPASSWORD\s*(?:=\s*)?{_Q}", re.I
    ),
    compile_lazy(rf"\bPASSWORD\s*(?:\(|FOR\s+[^=\n]{{1,80}}=\s*(?:PASSWORD\s*\()?)\s*{_Q}", re.I),
    compile_lazy(rf"(?:ATTACH\s[^;\n]{{0,160}}?\sKEY|PRAGMA\s+(?:re)?key\s*=)\s*{_Q}", re.I),
    compile_lazy(rf"SET\s+PASSWORD\s*=\s*(?:PASSWORD\s*\(\s*)?{_Q}", re.I),
    compile_lazy(
        rf"\b(?:REPLACE|USING|ENCRYPTION\s+BY\s+PASSWORD\s*=|DECRYPTION\s+BY\s+PASSWORD\s*=|WITH\s+PASSWORD)\s+{_Q}",
        re.I,
    ),
    compile_lazy(rf"\b(?:sp_addlogin|sp_password|DBMS_\w+)\s+[^;\n]{{0,60}}?,\s*{_Q}", re.I),
    compile_lazy(rf"\bpass(?:word|wd)?\s*=\s*(?:md5|sha1|sha2|crypt|PASSWORD|encode|digest|bcrypt)\s*\(\s*{_Q}", re.I),
)
_SQL_TRIGGER = compile_lazy(r"attach|pragma|identified|password|insert\s+into|sp_addlogin|passwd", re.I)
_INSERT = compile_lazy(r"INSERT\s+INTO\s+[^\s(]{1,80}\s*\((?P<names>[^()]{1,400})\)\s*VALUES\s*", re.I)
_GOES_ON = compile_lazy(r"(?:\bVALUES|\),)\s*$", re.I)
_ROW = compile_lazy(r"\s{0,40}\(")
_NEXT_ROW = compile_lazy(r"\s*,\s*(?=\()")
_MAX_ROWS = 500
"""Rows of a dump below their statement that are looked at."""
_SUBSTITUTED = compile_lazy(r"&{1,2}[A-Za-z_]\w*\.?|:[A-Za-z_]\w*")
"""A variable that SQL*Plus puts in, or that is bound."""
_FIELD = compile_lazy(r"\s*(?:N?'(?P<text>[^'\n]{0,200})'|[^,()']{0,80}(?:\([^()]{0,80}\))?)\s*(?P<end>[,)])")


@line_detector(TECHNICAL, order=210, needs=Needs(patterns=(_SQL_TRIGGER.pattern,)))
def find_in_sql(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords in SQL on a line."""
    text = line.text
    if not _SQL_TRIGGER.search(text):
        return
    for statement in _SQL_STATEMENTS:
        for found in statement.finditer(text):
            value = found["value"]
            if not value.isascii() or find_refusal(value) or is_digest(value.lower()):
                continue
            if not _SUBSTITUTED.fullmatch(value):
                yield propose(line, found.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _SQL, "statement")
    for insert in _INSERT.finditer(text):
        names = [name.strip(' `"[]') for name in insert["names"].split(",")]
        wanted = {
            place
            for place, name in enumerate(names)
            if (label := read_whole_label(name)) and label.kind is SecretKind.PASSWORD
        }
        if not wanted:
            continue
        yield from _rows(line, insert.end(), wanted, len(names))
        if _GOES_ON.search(text):
            for following in context.page.following(line.number, _MAX_ROWS):
                opened = _ROW.match(following.text)
                if opened is None:
                    break
                yield from _rows(following, opened.end() - 1, wanted, len(names))


def _rows(line: TextLine, at: int, wanted: set[int], width: int) -> Iterator[Candidate]:
    """What the rows of values on a line, from `at` on, have in the wanted of their `width` places."""
    text = line.text
    while text[at : at + 1] == "(":
        at += 1
        for place in range(width):
            field = _FIELD.match(text, at)
            if field is None:
                return
            at = field.end()
            if place in wanted and field["text"] and len(field["text"]) >= 3 and not find_refusal(field["text"]):
                yield propose(line, field.span("text"), SecretKind.PASSWORD, Confidence.HIGH, _SQL, "insert")
            if field["end"] == ")":
                break
        more = _NEXT_ROW.match(text, at)
        at = more.end() if more else at
