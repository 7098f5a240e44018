"""HTTP headers that carry a credential, in commands, logs and code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import PARTICULAR, Candidate
from kb.secrets.filters import refusal
from kb.secrets.page import Line

_AUTHORIZATION = re.compile(
    r"(?:proxy-)?authorization[\"'`]?\s*(?::|=>|=|,)\s*[\"'`]?\s*(?P<scheme>basic|bearer|token|digest"
    r"|apikey|api-key|negotiate)\s+(?P<value>[A-Za-z0-9+/=._~:-]{8,4000})",
    re.I,
)
_RAW = re.compile(
    r"(?:proxy-)?authorization[\"'`]?\s*(?::"
    r"|=>)\s*[\"'`]?\s*(?P<value>(?=[A-Za-z+/=._~-]{0,60}\d)[A-Za-z0-9+/=._~-]{16,2000})(?=[\"'`\s]|$)",
    re.I,
)
_KEYED = re.compile(
    r"(?<![\w-])(?P<name>x-(?:[a-z0-9]+-){0,4}(?:key|token|secret|auth|password)|private-token|job-token"
    r"|deploy-token|api-?key|ocp-apim-subscription-key|circle-token|authentication)[\"'`]?\s*(?::|=>"
    r"|,)\s*[\"'`]?(?P<value>[A-Za-z0-9+/=._~-]{8,400})",
    re.I,
)
_COOKIE = re.compile(
    r"(?:set-)?cookie[\"'`]?\s*:\s*[^\n]{0,200}?(?:session(?:id)?|sid|auth|token"
    r"|jwt)[\w-]{0,20}=(?P<value>[A-Za-z0-9%+/._~-]{20,400})",
    re.I,
)
_BEARER = re.compile(r"(?<![\w-])bearer[ \t]+(?P<value>(?=[A-Za-z._~+/-]{0,60}\d)[A-Za-z0-9._~+/=-]{16,2000})", re.I)
_TRIGGER = re.compile(r"authorization|x-|token|key|cookie|bearer|authentication", re.I)


_KINTONE = re.compile(
    r"kintone.{0,60}?(?<![A-Za-z0-9])(?P<value>(?=[a-z0-9]{0,39}[A-Z])(?=[A-Z0-9]{0,39}[a-z])(?=[A-Za-z]{0,39}\d)[A-Za-z0-9]{40})(?![A-Za-z0-9])",
    re.I,
)


def headed(line: Line) -> Iterator[Candidate]:
    """The credentials in the headers of a line."""
    text = line.text
    for found in _KINTONE.finditer(text):
        start, end = map(line.offset, found.span("value"))
        yield Candidate(start, end, SecretKind.API_TOKEN, Confidence.MEDIUM, "vendor", "kintone", PARTICULAR)
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
            if behind.startswith(("...", "…", "<", "{")) or refusal(value) or not re.search(r"[A-Za-z]", value):
                continue
            if re.fullmatch(r"[a-z]+=|[a-z]{2,}(?:[A-Z][a-z]+){1,3}\d{0,3}", value):
                continue  # Digest username="…": a proof, and no use again
            if how != "authorization" and not re.search(r"\d", value):
                continue
            if how == "keyed" and re.search(r"request-?id|trace|idempoten", found["name"], re.I):
                continue
            yield Candidate(
                line.offset(start), line.offset(start + len(value)), kind, Confidence.HIGH, "header", how, PARTICULAR
            )
