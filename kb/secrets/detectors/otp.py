"""Seeds of one-time passwords: otpauth addresses, and base32 beside the word for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import SURE_RANK, Candidate
from kb.secrets.page.context import LineContext
from kb.secrets.page.text_page import TextLine
from kb.secrets.page.values import ValueSpan, read_value

_ADDRESS = re.compile(
    r"otpauth(?:-migration)?://[^\s\"'<>`]{0,300}?(?:secret|data)=(?P<value>[A-Za-z0-9%+/=]{8,400})", re.I
)
SPACED_SEED = re.compile(r"(?<![A-Za-z0-9])(?P<value>(?:[A-Za-z2-7]{4}[ -]){3,15}[A-Za-z2-7]{4})(?![A-Za-z0-9])")
SPEAKS_OF_OTP = re.compile(
    r"totp|2fa|mfa|otp|authenticator|二段階|2段階|二要素|2要素|多要素|認証アプリ|手入力キー|シークレットキー|setup key"
    r"|セットアップキー",
    re.I,
)


_BASE32 = re.compile(r"(?<![A-Za-z0-9+/=-])(?!A[KIRSG][IDOSP]A)(?P<value>[A-Z2-7]{16,64})(?![A-Za-z0-9+/=])")


SEED_LIKE = re.compile(r"(?:[A-Za-z2-7]{4}[ -]){3}|[A-Z2-7]{16}")
"""What either form of a seed begins with."""


def is_otp_seed(text: str) -> bool:
    """Whether a text is a seed and nothing else."""
    return bool((SPACED_SEED.fullmatch(text) or _BASE32.fullmatch(text)) and re.search(r"[2-7]", text))


def find_otp_seeds(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The seeds on a line."""
    text = line.text
    if "otpauth" in text.lower():
        for found in _ADDRESS.finditer(text):
            yield _candidate(line, found)
    if not SEED_LIKE.search(text):
        return
    if SPEAKS_OF_OTP.search(text) or (not line.cell and any(map(SPEAKS_OF_OTP.search, context.near()))):
        for found in SPACED_SEED.finditer(text):
            letters = re.sub(r"[ -]", "", found["value"])
            if (letters.isupper() or letters.islower()) and re.search(r"[2-7]", letters):
                yield _candidate(line, found)
        for found in _BASE32.finditer(text):
            if re.search(r"[2-7]", found["value"]) and re.search(r"[A-Z]", found["value"]):
                yield _candidate(line, found)


def _candidate(line: TextLine, found: re.Match[str]) -> Candidate:
    start, end = found.span("value")
    return Candidate(
        line.offset(start), line.offset(end), SecretKind.OTP_SECRET, Confidence.HIGH, "otp", "seed", SURE_RANK
    )


_AND = re.compile(r"[ \t]*(?:、|,|と|/|[ \t])[ \t]*(?=[!-~])")


def find_more_codes(line: TextLine, value: ValueSpan) -> Iterator[Candidate]:
    """The codes of the same form behind one."""
    text = line.text
    form = _form(text[value.start : value.end])
    at = value.after
    for _ in range(20):
        joint = _AND.match(text, at)
        found = read_value(text, joint.end()) if joint else None
        if found is None or _form(text[found.start : found.end]) != form:
            return
        at = found.after
        start, end = line.offset(found.start), line.offset(found.end)
        yield Candidate(start, end, SecretKind.OTP_SECRET, Confidence.HIGH, "label", "others", SURE_RANK)


def _form(word: str) -> str:
    return re.sub(r"[A-Za-z0-9]", "0", word)
