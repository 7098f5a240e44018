"""Credentials in HTTP headers and in addresses: user info, parameters, connection strings, webhooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.detectors.tokens import VENDOR
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext
from kb.secrets.page.prefilter import TECHNICAL
from kb.secrets.page.text_page import TextLine
from kb.secrets.scoring.filters import ValueStrength, find_refusal, looks_like_token, looks_strong, measure_strength
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

_URL = detection_rule("url", Rank.PARTICULAR, t("アドレスの一部", "a part of an address"))
_PARAMETER_OF_URL = _URL._replace(rank=Rank.STRUCTURED)
_WHOLE_URL = _URL._replace(rank=Rank.SURE)
_HEADER = detection_rule("header", Rank.PARTICULAR, t("HTTP ヘッダー", "an HTTP header"))
_KEYED_VENDOR = VENDOR._replace(rank=Rank.PARTICULAR)

_TABLE = read_words("kb.secrets", "words/hooks.toml")

_AUTHORIZATION = compile_lazy(
    r"(?:proxy-)?authorization[\"'`]?\s*(?::|=>|=|,)\s*[\"'`]?\s*(?P<scheme>basic|bearer|token|digest"
    r"|apikey|api-key|negotiate)\s+(?P<value>[A-Za-z0-9+/=._~:-]{8,4000})",
    re.I,
)
_RAW = compile_lazy(
    r"(?:proxy-)?authorization[\"'`]?\s*(?::"
    r"|=>)\s*[\"'`]?\s*(?P<value>(?=[A-Za-z+/=._~-]{0,60}\d)[A-Za-z0-9+/=._~-]{16,2000})(?=[\"'`\s]|$)",
    re.I,
)
_KEYED = compile_lazy(
    r"(?<![\w-])(?P<name>"
    + _TABLE["header_names"]
    + r")[\"'`]?\s*(?::|=>|,)\s*[\"'`]?(?P<value>[A-Za-z0-9+/=._~-]{8,400})",
    re.I,
)
_COOKIE = compile_lazy(
    r"(?:set-)?cookie[\"'`]?\s*:\s*[^\n]{0,200}?(?:session(?:id)?|sid|auth|token"
    r"|jwt)[\w-]{0,20}=(?P<value>[A-Za-z0-9%+/._~-]{20,400})",
    re.I,
)
_BEARER = compile_lazy(r"(?<![\w-])bearer[ \t]+(?P<value>(?=[A-Za-z._~+/-]{0,60}\d)[A-Za-z0-9._~+/=-]{16,2000})", re.I)
_TRIGGER = compile_lazy(r"authorization|x-|token|key|cookie|bearer|authentication", re.I)

_KINTONE = compile_lazy(
    r"kintone.{0,60}?(?<![A-Za-z0-9])(?P<value>(?=[a-z0-9]{0,39}[A-Z])(?=[A-Z0-9]{0,39}[a-z])(?=[A-Za-z]{0,39}\d)[A-Za-z0-9]{40})(?![A-Za-z0-9])",
    re.I,
)


_HEADERS = tuple(each.pattern for each in (_AUTHORIZATION, _RAW, _KEYED, _COOKIE, _BEARER, _KINTONE))


@line_detector(TECHNICAL, order=230, needs=Needs(patterns=_HEADERS))
def find_in_headers(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The credentials in the headers of a line."""
    text = line.text
    for found in _KINTONE.finditer(text):
        yield propose(line, found.span("value"), SecretKind.API_TOKEN, Confidence.MEDIUM, _KEYED_VENDOR, "kintone")
    if not _TRIGGER.search(text):
        return
    for pattern, kind, how in (
        (_AUTHORIZATION, SecretKind.AUTH_HEADER, "authorization"),
        (_RAW, SecretKind.AUTH_HEADER, "authorization"),
        (_BEARER, SecretKind.AUTH_HEADER, "bearer"),
        (_KEYED, SecretKind.API_TOKEN, "keyed"),
        (_COOKIE, SecretKind.API_TOKEN, "cookie"),
    ):
        for found in pattern.finditer(text):
            value = found["value"].rstrip(".,")
            start = found.start("value")
            behind = text[start + len(value) : start + len(value) + 3]
            if behind.startswith(("...", "…", "<", "{")) or find_refusal(value) or not re.search(r"[A-Za-z]", value):
                continue
            if re.fullmatch(r"[a-z]+=|[a-z]{2,}(?:[A-Z][a-z]+){1,3}\d{0,3}", value):
                continue  # Digest username="…": a proof, and no use again
            if how != "authorization" and not re.search(r"\d", value):
                continue
            if how == "keyed" and re.search(r"request-?id|trace|idempoten", found["name"], re.I):
                continue
            yield propose(line, (start, start + len(value)), kind, Confidence.HIGH, _HEADER, how)


# Addresses.

_USERINFO = compile_lazy(
    r"(?<![A-Za-z0-9])(?P<scheme>[a-z][a-z0-9+.-]{1,25})://(?P<user>[^\s:/@\"'<>()|\[]{0,80}):(?P<value>[^\s\"'<>|`/?#]{1,200})@(?=[\w\[.*\-$%{])",
    re.I,
)
_LONE = compile_lazy(
    r"https?://(?![0-9a-f]{32}@[\w.:-]{3,80}/\d{1,9}(?![\w/.-]))(?P<value>(?=[A-Za-z_]{0,40}\d)[A-Za-z0-9_]{24,120})@(?=[\w.-]{3,80}(?:[:/?\s]|$))",
    re.I,
)
"""A token in the place of a user; the public key of an error collector stands before a project's number."""
_SLASHED = compile_lazy(
    r"(?<![A-Za-z0-9])(?P<scheme>(?:postgres(?:ql)?|mysql2?|mongodb(?:\+srv)?|amqps?|redis|https?|s?ftp"
    r"|ldaps?))://(?P<user>[^\s:/@\"'<>()|\[]{0,80}):(?P<value>(?!\d{2,5}[/?])[^\s\"'<>()|`@]{1,100})@(?=[\w.-]{3,80}(?:[:/?]"
    r"|$|[\s`\"']))",
    re.I,
)
_PLACEHOLDER = compile_lazy(r"[{<]|\$(?:[{(\[]|\w*\Z)|%(?![2-7][0-9A-Fa-f])")
"""A variable or a place to fill in; a sign of the value itself is escaped (`%24`), or more than a name follows it."""
_ORACLE = compile_lazy(r"jdbc:oracle:\w+:[\w$#.-]{1,60}/(?P<value>[^\s@\"'<>]{1,120})@", re.I)
_EASY = compile_lazy(
    r"(?<![\w/.:@-])(?!(?:https?|nfs|host|krbtgt|ldap|cifs|imap|smtp)/)[A-Za-z][\w$#]{0,40}"
    r"/(?P<value>[^\s@/\"'<>,]{4,60})@(?://)?(?:[A-Z][A-Z0-9_]{1,30}\b(?!\.)"
    r"|[\w.-]{2,60}(?::\d+)?/\w+|\w{1,40}\.world)"
)
_GO = compile_lazy(r"(?<![\w/.:@-])(?P<user>[\w.-]{1,60}):(?P<value>[^\s:@/\"'<>]{3,100})@(?:tcp|unix)\(")
"""As programs in Go name a database of MySQL."""
_WEB = _TABLE.words("web_schemes")
_PARAMETER = compile_lazy(
    r"(?P<before>[?&;]|&amp;)(?P<name>[\w.-]{0,30}?"
    + _TABLE.group("parameters")
    + r")=(?P<value>[^\s&\"'<>`#;|)」]{4,400})",
    re.I,
)
_ADO = compile_lazy(
    r"(?:^|[;\"'\s,`])(?P<name>password|pwd|passwd|AccountKey|SharedAccessKey)[ \t]*=[ \t]*"
    r"(?:\{(?P<braced>[^{}\n]{1,120})\}|\"(?P<quoted>[^\"\n]{1,120})\"(?=[;\s]|$)"
    r"|[\"']?(?P<value>[^;\"'\n`{]{1,120}?)[\"']?[ \t]*(?=[;\"'`\n]|$|、|。| です))",
    re.I,
)
_ADO_SIGN = compile_lazy(_TABLE.group("connection_keys") + r"[ \t]*=[^;=\n]{1,200}[; ]", re.I)
_HOOKS = compile_lazy("https?://" + _TABLE.group("hooks"))
_CALENDAR = compile_lazy(r"https?://[^\s\"'<>]{1,200}/private-[0-9A-Za-z]{16,64}(?:/[\w.-]{1,40})?")
_WIFI = compile_lazy(r"WIFI:(?=[^\s]{0,20}[TSP]:)[^\n]{0,100}?(?<=[:;])P:(?P<value>(?:\\.|[^;\\\s]){4,80});")
"""What the code on a notice says to a telephone that joins a network."""
_SAMPLE = compile_lazy(r"X{5,}|0{8}[^/]{0,200}$|x{6,}|/T0+/B0+/|YOUR|<|\{|\.\.\.|例|EXAMPLE")


_ADDRESSES = tuple(
    each.pattern
    for each in (
        _USERINFO,
        _SLASHED,
        _LONE,
        _ORACLE,
        _HOOKS,
        _CALENDAR,
        _WIFI,
        _EASY,
        _GO,
        _PARAMETER,
        _ADO_SIGN,
    )
)


@line_detector(TECHNICAL, order=220, needs=Needs(patterns=_ADDRESSES))
def find_in_urls(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The credentials in the addresses of a line."""
    text = line.text
    if "://" in text or "jdbc:" in text:
        seen: set[int] = set()
        for pattern in (_USERINFO, _SLASHED):
            for found in pattern.finditer(text):
                if found.start("value") not in seen and _opens(found):
                    seen.add(found.start("value"))
                    web = found["scheme"].lower() in _WEB
                    kind = SecretKind.BASIC_AUTH_URL if web else SecretKind.CONNECTION_STRING
                    yield _candidate(line, found, kind, "userinfo")
        for found in _LONE.finditer(text):
            yield _candidate(line, found, SecretKind.BASIC_AUTH_URL, "userinfo")
        for found in _ORACLE.finditer(text):
            if not find_refusal(found["value"]):
                yield _candidate(line, found, SecretKind.CONNECTION_STRING, "oracle")
        for found in _HOOKS.finditer(text):
            if not _SAMPLE.search(found[0]) and re.search(r"\d", found[0][20:]):
                yield propose(line, found.span(), SecretKind.WEBHOOK_URL, Confidence.HIGH, _WHOLE_URL, "hook")
        for found in _CALENDAR.finditer(text):
            yield propose(line, found.span(), SecretKind.API_TOKEN, Confidence.HIGH, _WHOLE_URL, "calendar")
    for found in _WIFI.finditer(text):
        if not find_refusal(found["value"]) and found["value"].isascii():
            yield _candidate(line, found, SecretKind.SHARED_KEY, "wifi")
    if "@" in text and "/" in text:
        for found in _EASY.finditer(text):
            if not find_refusal(found["value"]) and looks_strong(found["value"]):
                yield _candidate(line, found, SecretKind.CONNECTION_STRING, "oracle")
    if "@" in text and "(" in text:
        for found in _GO.finditer(text):
            if _opens(found):
                yield _candidate(line, found, SecretKind.CONNECTION_STRING, "userinfo")
    if "=" in text:
        yield from _parameters(line)
        yield from _strings(line)


def _opens(found: re.Match[str]) -> bool:
    """Whether user info holds a password, and no example or variable."""
    value, user = found["value"], found["user"]
    refused = find_refusal(value) not in ("", "measure", "option")  # neither stands between a name and a host
    if refused or _PLACEHOLDER.match(value) or (value.isdigit() and len(value) < 4):
        return False
    generic = {"", "user", "username", "id", "login", "name", "<user>", "userid"}
    return not (user.lower() in generic and re.fullmatch(r"pass(?:word|wd)?|pw|pwd|secret|token", value, re.I))


def _parameters(line: TextLine) -> Iterator[Candidate]:
    jdbc = "jdbc:" in line.text
    for found in _PARAMETER.finditer(line.text):
        name, value = found["name"].lower(), found["value"].rstrip(".,")
        passwordish = name.endswith(("password", "passwd", "passphrase", "pass", "pwd"))
        if find_refusal(value) or (passwordish and measure_strength(value) < ValueStrength.WORD):
            continue
        if not passwordish and not looks_like_token(unquote(value)):
            continue
        vague = name.endswith(("key", "code", "auth")) and not name.endswith(("apikey", "api_key"))
        if vague and not re.fullmatch(r"[\w.~%+/=-]{20,}", value):
            continue
        kind = SecretKind.CONNECTION_STRING if jdbc else SecretKind.PASSWORD if passwordish else SecretKind.API_TOKEN
        start = found.start("value")
        sure = Confidence.HIGH if passwordish else Confidence.MEDIUM
        yield propose(line, (start, start + len(value)), kind, sure, _PARAMETER_OF_URL, "parameter")


def _strings(line: TextLine) -> Iterator[Candidate]:
    text = line.text
    if ";" not in text or not _ADO_SIGN.search(text):
        return
    for found in _ADO.finditer(text):
        group = next(name for name in ("braced", "quoted", "value") if found[name] is not None)
        value = found[group].strip()
        if len(value) >= 2 and value.isascii() and " " not in value and not find_refusal(value):
            start = found.start(group) + len(found[group]) - len(found[group].lstrip())
            span = (start, start + len(value))
            yield propose(line, span, SecretKind.CONNECTION_STRING, Confidence.HIGH, _URL, "connection-string")


def _candidate(line: TextLine, found: re.Match[str], kind: SecretKind, how: str) -> Candidate:
    return propose(line, found.span("value"), kind, Confidence.HIGH, _URL, how)
