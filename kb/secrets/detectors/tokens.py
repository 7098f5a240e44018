"""Values with a shape of their own: vendors' tokens (`words/records/vendors.tsv`), private keys, seeds of 2FA."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, body_detector, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext
from kb.secrets.page.prefilter import LABEL, TECHNICAL
from kb.secrets.page.text_page import TextLine
from kb.secrets.scoring.filters import find_refusal
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_records

_GROUPED = compile_lazy(r"(?<![\w.-])(?<![a-z] )(?P<value>[a-z]{4}(?: [a-z]{4}){3})(?! ?[\w.-])")
_FOR_APPS = r"アプリ(?:ケーション)?(?:用|固有の?|[ \t])?[ \t]?パスワード|app(?:lication)?(?:-specific)?[ _-]passwords?"
_SPEAKS_OF_APPS = compile_lazy(_FOR_APPS, re.I)
_NO_VOWEL = compile_lazy(r"(?<![a-z])[^aeiou\s]{4}(?![a-z])")

VENDOR = detection_rule("vendor", Rank.SURE, t("発行元の決まった形", "the shape its issuer gives"))
_APP = VENDOR._replace(rank=Rank.PARTICULAR)
_PEM = detection_rule("pem", Rank.SURE, t("鍵ファイルの形", "the shape of a key file"))
_OTP = detection_rule("otp", Rank.SURE, t("ワンタイムパスワードの登録", "the set-up of one-time passwords"))
MIN_RUN = 16
"""Characters of the shortest run that is looked at."""

_RUN = compile_lazy(rf"(?<![A-Za-z0-9_-])[A-Za-z0-9][A-Za-z0-9_./~-]{{{MIN_RUN - 1}}}", re.A)

_RECOVERY = compile_lazy(r"(?:\d{6}-){7}\d{6}(?!\d)")
"""A recovery key of BitLocker; each of its numbers is one of 16 bits times 11."""


_RECURRING = compile_lazy(r"(?P<word>[A-Za-z0-9]{2,8}?)(?P=word){2,40}[A-Za-z0-9]{0,7}")
"""A word without a meaning, repeated to the length of a token."""


class TokenShape(NamedTuple):
    """What a vendor's token looks like: `begins` literally, or else has `holds` in it."""

    name: str
    begins: str
    holds: str
    kind: SecretKind
    pattern: re.Pattern[str]


def _shape(name: str, begins: str, holds: str, rest: str, kind: SecretKind) -> TokenShape:
    # A beginning that says everything is followed by any letters: a hexadecimal rest with one letter changed by
    # hand is still the credential.
    pattern = rf"(?<![A-Za-z0-9_-]){re.escape(begins)}{rest}(?![A-Za-z0-9_])"
    return TokenShape(name, begins, holds, kind, compile_lazy(pattern, re.A))


def _read_shapes() -> Iterator[TokenShape]:
    for row in read_records("kb.secrets", "words/records/vendors.tsv"):
        yield _shape(row["name"], row["begins"], row["holds"], row["rest"], SecretKind.API_TOKEN)
    for kind in SecretKind:
        if kind.shape:
            begins, rest = kind.shape
            yield _shape(kind.rule_name, begins, "", rest, kind)


_HOLDING: list[TokenShape] = []
_BEGINNINGS: dict[str, list[TokenShape]] = {}
for _each in _read_shapes():
    (_BEGINNINGS.setdefault(_each.begins[:2], []) if _each.begins else _HOLDING).append(_each)


def _needs() -> Iterator[str]:
    """How the runs begin that a vendor's token can begin with, as far as a run is long; what another holds."""
    for shapes in _BEGINNINGS.values():
        for shape in shapes:
            rest = MIN_RUN - len(shape.begins)
            yield re.escape(shape.begins.lower()) + (f"[0-9a-z_./~-]{{{rest}}}" if rest > 0 else "")
    yield from (re.escape(shape.holds.lower()) for shape in _HOLDING)
    yield "[0-9]{6}-[0-9]{6}-[0-9]{6}-"


@body_detector(*_needs())
def find_vendor_tokens(body: str) -> Iterator[Candidate]:
    """The tokens in a text that have the shape of a vendor's."""
    done = -1
    for run in _RUN.finditer(body):
        if run.start() < done:
            continue
        if run[0][6] == "-" and (found := _RECOVERY.match(body, run.start())):
            done = found.end()
            if not any(int(group) % 11 for group in found[0].split("-")) and len(set(found[0])) > 4:
                yield Candidate(*found.span(), SecretKind.PASSWORD, Confidence.HIGH, VENDOR, "bitlocker")
            continue
        for shape in _BEGINNINGS.get(run[0][:2], ()):
            if found := shape.pattern.match(body, run.start()):
                done = found.end()
                yield from _token(body, found, shape)
                break
    for shape in _HOLDING:
        if shape.holds in body:
            for found in shape.pattern.finditer(body):
                yield from _token(body, found, shape)


def _token(body: str, found: re.Match[str], shape: TokenShape) -> Iterator[Candidate]:
    start, end = found.span("value" if "value" in shape.pattern.groupindex else 0)
    if not _is_invented(body[start:end], shape) and not body.startswith("...", found.end()):
        yield Candidate(start, end, shape.kind, Confidence.HIGH, VENDOR, shape.name)


def _is_invented(token: str, shape: TokenShape) -> bool:
    """Whether a token is a placeholder: the same few characters again and again, or a word for one."""
    rest = token[len(shape.begins) :]
    body = re.sub(r"[^A-Za-z0-9]", "", rest)
    if len(set(body)) < 6 or re.search(r"x{6,}|X{6,}|\*{3}|EXAMPLE$|(?:12345678|abcdefgh)", rest, re.I):
        return True
    if _RECURRING.fullmatch(rest[max(rest.rfind("_"), rest.rfind("-")) + 1 :]):
        return True
    return bool(find_refusal(token)) and shape.name != "openshift"


# Private keys: PEM blocks, also on one line between quotes, PuTTY's format, WireGuard's.

_BEGIN = compile_lazy(r"-----BEGIN (?P<name>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
_PUTTY = compile_lazy(r"PuTTY-User-Key-File-\d: \S+")
_WIREGUARD = compile_lazy(r"PrivateKey[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_PRIVATE_LINES = compile_lazy(r"Private-Lines: \d+\r?\n")
_MATERIAL = compile_lazy(r"[A-Za-z0-9+/=]{20,}")
MAX_KEY_LENGTH = 20_000
"""Characters a block may have; the longest RSA key has a third of it."""


@body_detector("-----begin [a-z0-9 ]*private key", "putty-user-key-file-", "privatekey[ \\t]*=[ \\t]*[a-z0-9+/]{8}")
def find_private_keys(body: str) -> Iterator[Candidate]:
    """The private keys in a body, from the first mark to the last; a mark without a key behind it is none."""
    at = 0
    while found := _BEGIN.search(body, at):
        closing = f"-----END {found['name']}-----"
        end = body.find(closing, found.end(), found.end() + MAX_KEY_LENGTH)
        inside = body[found.end() : end if end >= 0 else found.end() + 400]
        at = end if end >= 0 else found.end()
        if not _MATERIAL.search(inside) or re.search(r"X{16,}|x{16,}", inside):
            continue
        # cut off by a paste: the lines of key that are there
        stop = end + len(closing) if end >= 0 else found.end() + _run(inside)
        yield Candidate(found.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, _PEM, "block")
        at = stop
    for found in _WIREGUARD.finditer(body):
        yield Candidate(*found.span("value"), SecretKind.PRIVATE_KEY, Confidence.HIGH, _PEM, "wireguard")
    for putty in _PUTTY.finditer(body):
        if lines := _PRIVATE_LINES.search(body, putty.end(), putty.end() + MAX_KEY_LENGTH):
            first = lines.end()
            end = body.find("Private-MAC:", first, first + MAX_KEY_LENGTH)
            stop = body.find("\n", end) if end >= 0 else first + _run(body[first : first + MAX_KEY_LENGTH])
            stop = len(body) if stop < 0 else stop
            yield Candidate(putty.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, _PEM, "putty")


def _run(text: str) -> int:
    """Where the last piece of key material in a stretch ends."""
    end = 0
    for found in _MATERIAL.finditer(text):
        if found.start() - end > 8:
            break
        end = found.end()
    return end


# Seeds of one-time passwords: otpauth addresses, and base32 beside the word for it.

_ADDRESS = compile_lazy(
    r"otpauth(?:-migration)?://[^\s\"'<>`]{0,300}?(?:secret|data)=(?P<value>[A-Za-z0-9%+/=]{8,400})", re.I
)
SPACED_SEED = compile_lazy(r"(?<![A-Za-z0-9])(?P<value>(?:[A-Za-z2-7]{4}[ -]){3,15}[A-Za-z2-7]{4})(?![A-Za-z0-9])")
SPEAKS_OF_OTP = compile_lazy(
    r"totp|2fa|mfa|otp|authenticator|二段階|2段階|二要素|2要素|多要素|認証アプリ|手入力キー|シークレットキー|setup key"
    r"|セットアップキー",
    re.I,
)
_BASE32 = compile_lazy(r"(?<![A-Za-z0-9+/=-])(?!A[KIRSG][IDOSP]A)(?P<value>[A-Z2-7]{16,64})(?![A-Za-z0-9+/=])")
SEED_LIKE = compile_lazy(r"(?:[A-Za-z2-7]{4}[ -]){3}|[A-Z2-7]{16}")
"""What either form of a seed begins with."""


_SEEDED = compile_lazy(f"(?i:otpauth)|{SEED_LIKE.pattern}")


def is_otp_seed(text: str) -> bool:
    """Whether a text is a seed and nothing else."""
    return bool((SPACED_SEED.fullmatch(text) or _BASE32.fullmatch(text)) and re.search(r"[2-7]", text))


@line_detector(
    LABEL | TECHNICAL, order=70, on_line=True, needs=Needs(text=_SEEDED.search, amid=(SPEAKS_OF_OTP.pattern,))
)
def find_otp_seeds(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The seeds on a line."""
    text = line.text
    if "otpauth" in text.lower():
        for found in _ADDRESS.finditer(text):
            yield _seed(line, found)
    if not SEED_LIKE.search(text):
        return
    if SPEAKS_OF_OTP.search(text) or (not line.cell and any(map(SPEAKS_OF_OTP.search, context.near))):
        for found in SPACED_SEED.finditer(text):
            letters = re.sub(r"[ -]", "", found["value"])
            if (letters.isupper() or letters.islower()) and re.search(r"[2-7]", letters):
                yield _seed(line, found)
        for found in _BASE32.finditer(text):
            if re.search(r"[2-7]", found["value"]) and re.search(r"[A-Z]", found["value"]):
                yield _seed(line, found)


def _seed(line: TextLine, found: re.Match[str]) -> Candidate:
    return propose(line, found.span("value"), SecretKind.OTP_SECRET, Confidence.HIGH, _OTP, "seed")


@line_detector(LABEL, order=245, in_cells=False, needs=Needs(patterns=(_FOR_APPS,)))
def find_app_password(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """Four groups of four letters, as Google makes a password for one app, on or below a line that speaks of such."""
    if line.code or not _SPEAKS_OF_APPS.search(line.text):
        return
    for each in (line, *context.page.following(line.number, 15)):
        found = _GROUPED.search(each.text)
        if found and _NO_VOWEL.search(found["value"]):
            yield propose(each, found.span("value"), SecretKind.PASSWORD, Confidence.MEDIUM, _APP, "groups")
            return
