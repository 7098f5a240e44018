"""Formats with a place for a password and no word for it: .netrc, .pgpass (`records/file_formats.tsv`), manifests."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.detectors import Needs, line_detector
from kb.secrets.page.candidates import Candidate, Rank, detection_rule, propose
from kb.secrets.page.context import LineContext
from kb.secrets.page.prefilter import LABEL, TECHNICAL
from kb.secrets.page.text_page import TextLine
from kb.secrets.scoring.filters import ValueStrength, find_refusal, is_slashed_value, looks_like_token, measure_strength
from kb.secrets.scoring.labels import BASIC_AUTH_WORDS, Weight, read_whole_label
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_records

_FILE = detection_rule("file", Rank.PARTICULAR, t("設定ファイルの書き方", "the form of a configuration file"))

_FORMATS = tuple(
    (
        row,
        compile_lazy(row["pattern"]),
        ValueStrength[row["least"].upper() or "NONE"],
        SecretKind(row["kind"] or "password"),
    )
    for row in read_records("kb.secrets", "words/records/file_formats.tsv")
)
_DEFAULT = compile_lazy(
    r"\$\{[\w.]{0,40}(?:PASS(?:WORD|WD)?|PW|PWD|SECRET|TOKEN)\w{0,20}(?::[-=]?(?!\?)|[-=])"
    r"[\"']?(?P<value>[^\s}\"'$]{3,120})[\"']?\}",
    re.I,
)
_ENVIRONMENT = compile_lazy(
    r"(?:getenv|env|environ(?:\.get)?|ENV)(?:\(|\[|\.fetch\()\s*[\"'][\w.]{0,40}(?:PASS\w{0,7}|PW|SECRET|TOKEN)\w{0,20}[\"']\s*"
    r"[)\]]?\s*(?:\?:|\?\?|\|\||\bor\b|,|\{)\s*[\"'](?P<value>[^\"'\n]{3,120})[\"']"
)
"""What is taken when the environment says nothing."""
_NAMING = compile_lazy(
    r"[\s\-{]*[\"']?(?:name|key|variable|field|param(?:eter)?|output|env|項目|キー)?[\"']?[ \t]*[:= ][ \t]*"
    r"[\"']?(?P<name>[A-Za-z][\w.-]{1,60})[\"']?[ \t]*[,{]?[ \t]*$",
    re.I,
)
_VALUED = compile_lazy(
    r"[\s\-]*[\"']?(?:value|default|content|val|値)[\"']?[ \t]*[:=][ \t]*"
    r"(?P<q>[\"']?)(?P<value>[^\s\"',]{3,160})(?P=q)",
    re.I,
)

_OPENED = compile_lazy(
    r"\s*<\w{0,40}Pass(?:word|phrase)>\s*$|\s*<key>\w{0,40}Pass(?:word|phrase|code)?</key>\s*$", re.I
)
_INNER = compile_lazy(r"\s*<(?:Value|string)>(?P<value>[^<>\s]{3,400})</(?:Value|string)>", re.I)
_SMTP_ASKS = compile_lazy(r"334[ -]UGFzc3dvcmQ6\s*$")
_TRIGGER = compile_lazy(r"pass|login|:|auth|pw|key|psk|user|\*|secret|token|credentials", re.I)
_PASSWORD_FILE = compile_lazy(
    r"(?<![\w-])[\w./~-]{0,60}"
    r"(?:\bchpasswd|\bnewusers|\.secrets|/secrets|\bpasswd-s3fs|[._/-]passwd|\.pwd?|\.passwords?|[._-]credentials)(?![\w=/.-]|:(?!\s*$))",
    re.I,
)
"""The name of a file of nothing but accounts with their passwords."""

_ACCOUNT_LINE = compile_lazy(
    r"[ \t>]{0,20}(?:[-*+][ \t]{1,3})?[+-]?[ \t]{0,2}[A-Za-z][\w.@-]{1,40}:(?P<value>[!-9;-~]{4,80})[ \t]*"
)
_SKIPPED_LINE = compile_lazy(r"[ \t>]{0,20}(?:$|#|```|~~~|</?pre|@@ |---|\+\+\+|(?:list|expire|users):)")
_MANIFEST = compile_lazy(r"\s{0,80}(?:-\s{0,4})?[\"']?kind[\"']?\s*:\s*[\"']?Secret[\"']?\s*,?\s*$")
_KIND = r"kind[\"']?\s*:\s*[\"']?Secret"
_DATA = compile_lazy(r"(?P<indent>\s{0,80})(?:data|stringData)\s*:\s*$")
_ENTRY = compile_lazy(
    r"(?P<indent>\s{0,80}+)[\"']?(?P<name>[\w.-]{1,60})[\"']?\s*:\s*[\"']?(?P<value>[A-Za-z0-9+/]{4,2000}={0,2})[\"']?\s*$"
)
_PLAIN_ENTRY = compile_lazy(
    r"(?P<indent>\s{0,80}+)[\"']?(?P<name>[\w.-]{1,60})[\"']?\s*:\s+(?P<q>[\"']?)(?P<value>[!-~]{3,200}?)(?P=q)\s*(?:#.*)?$"
)
"""Of stringData, which holds text as it is."""
_SECRETIVE = compile_lazy(r"pass|pwd|pw\b|secret|token|key|auth|credential|cert|dsn|url", re.I)
_BASE64 = compile_lazy(r"(?<![\w+/=])[A-Za-z0-9+/]{12,400}={0,2}(?![\w+/=])")

_MADE_TYPE = compile_lazy(r"[\"']type[\"'][ \t]*:[ \t]*[\"']random_password[\"']")
_ANY_TYPE = compile_lazy(r"[\"']type[\"'][ \t]*:[ \t]*[\"']\w{1,60}[\"'],?[ \t]*$")
_MADE = compile_lazy(r"[\"']result[\"'][ \t]*:[ \t]*\"(?P<value>(?:[^\"\\\n]|\\.){4,200})\"")

_NOBODY = compile_lazy(
    r"(?:hoge|fuga|piyo|foo|user|username|name|aladdin):(?:hoge|fuga|piyo|bar|pass|password|open ?sesame)", re.I
)
_PLAIN = compile_lazy(r"AUTH(?:ENTICATE)?[ \t]+PLAIN[ \t]+(?P<value>[A-Za-z0-9+/]{8,400}={0,2})(?![\w+/=])", re.I)
_AUTH = compile_lazy(r"[\"']auth[\"'][ \t]*:[ \t]*[\"']$")
_SAYS_ENCODED = compile_lazy("base64|basic|エンコード", re.I)
_ENCODES = (_SAYS_ENCODED.pattern, BASIC_AUTH_WORDS.pattern, _AUTH.pattern)
"""What stands on the line of an encoded login, or not far above."""


@line_detector(LABEL | TECHNICAL, order=110, in_cells=False, needs=Needs(label=True, patterns=(_SMTP_ASKS.pattern,)))
def find_named_below(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The value on the line below a name: `name: DB_PASSWORD`, `value: …`; `<Password>`, `<Value>…`."""
    if _OPENED.match(line.text):
        for following in context.page.following(line.number, 1):
            value = _INNER.match(following.text)
            if value and value["value"].isascii() and not find_refusal(value["value"]):
                yield propose(following, value.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "nested")
        return
    if _SMTP_ASKS.search(line.text):
        for following in context.page.following(line.number, 1):
            word = following.text.strip().removeprefix("C: ").removeprefix("> ")
            if len(word) >= 4 and decode_base64_text(word):
                start = following.offset(following.text.index(word))
                yield Candidate(start, start + len(word), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "smtp")
        return
    found = _NAMING.match(line.text)
    label = read_whole_label(found["name"]) if found else None
    if label is None or label.weight < Weight.WEAK or label.kind is SecretKind.OTP_SECRET:
        return
    for following in context.page.following(line.number, 3):
        value = _VALUED.match(following.text)
        if value is None:
            continue
        word = value["value"]
        token = label.kind is SecretKind.API_TOKEN
        shaped = looks_like_token(word) if token else measure_strength(word) >= ValueStrength.MIXED or value["q"]
        if word.isascii() and shaped and not find_refusal(word, code=not value["q"]):
            yield propose(following, value.span("value"), label.kind, Confidence.MEDIUM, _FILE, "named-value")
        return


@line_detector(LABEL, order=105, in_cells=False, needs=Needs(patterns=(_PASSWORD_FILE.pattern,)))
def find_in_password_file(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values of the entries `name:value` below a line that names a file of nothing else: rsyncd.secrets."""
    if len(line.text) > 200 or not _PASSWORD_FILE.search(line.text):
        return
    for following in context.page.following(line.number, 16):
        text = following.text
        found = _ACCOUNT_LINE.fullmatch(text)
        if found is None:
            if _SKIPPED_LINE.match(text):
                continue
            return
        word = found["value"]
        if measure_strength(word) >= ValueStrength.MIXED and not find_refusal(word) and not word.startswith("//"):
            yield propose(following, found.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "password-file")


_PLACES = (_DEFAULT.pattern, _ENVIRONMENT.pattern, *(pattern.pattern for _, pattern, *_ in _FORMATS))


@line_detector(TECHNICAL, order=190, in_cells=False, needs=Needs(patterns=_PLACES))
def find_in_file_line(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The values on a line of a file format that has its own place for them."""
    text = line.text
    if len(text) > 600 or not _TRIGGER.search(text):
        return
    at = line.lead and (0 if line.code else line.lead)
    for default in (*_DEFAULT.finditer(text), *_ENVIRONMENT.finditer(text)):
        if not find_refusal(default["value"]):
            yield propose(line, default.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "default")
    for row, pattern, least, kind in _FORMATS:
        name = row["name"]
        found = pattern.search(text) if row["anywhere"] else pattern.match(text, at)
        if found is None or not found["value"].isascii():
            continue
        if find_refusal(found["value"]) and not (name == "pgpass" and is_slashed_value(found["value"])):
            continue
        if measure_strength(found["value"].replace("\\", "-")) < least:  # what stands for itself behind a backslash
            continue
        if name == "sasl" and not re.search(r"\w\.\w", text[: found.start("value")]):
            continue
        yield propose(line, found.span("value"), kind, Confidence.HIGH, _FILE, name)


@line_detector(LABEL, order=100, in_cells=False, needs=Needs(patterns=(_KIND,)))
def find_in_manifest(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The base64 values of the Kubernetes Secret manifest that a line begins, which hide nothing."""
    page = context.page
    if not _MANIFEST.match(page.text(line.number)):
        return
    inside, plain = -1, False
    for following in page.following(line.number, 80):
        text = following.raw  # the depth of an entry is the number of its blanks
        if _MANIFEST.match(text):
            return
        if inside < 0:
            found = _DATA.match(text)
            inside = len(found["indent"]) if found else -1
            plain = found is not None and "stringData" in found[0]
            continue
        entry = (_PLAIN_ENTRY if plain else _ENTRY).match(text)
        if entry is None or len(entry["indent"]) <= inside:
            if text.strip() and len(text) - len(text.lstrip()) <= inside:
                found = _DATA.match(text)
                inside = len(found["indent"]) if found else -1
                plain = found is not None and "stringData" in found[0]
            continue
        if plain and (not read_whole_label(entry["name"]) or find_refusal(entry["value"])):
            continue
        if plain or (_SECRETIVE.search(entry["name"]) and _readable(entry["value"])):
            start, end = (following.start + at for at in entry.span("value"))
            yield Candidate(start, end, SecretKind.PASSWORD, Confidence.HIGH, _FILE, "k8s-secret")


@line_detector(LABEL, order=102, in_cells=False, needs=Needs(patterns=(r"random_password",)))
def find_in_state(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The password that Terraform made, in the state of the resource that a line begins."""
    if not _MADE_TYPE.search(line.text):
        return
    for following in context.page.following(line.number, 60):
        if _ANY_TYPE.search(following.text):
            return
        found = _MADE.search(following.text)
        if found and not find_refusal(found["value"]):
            yield propose(following, found.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "tfstate")


def _readable(value: str) -> bool:
    """Whether base64 holds text, as an encoded credential does."""
    decoded = decode_base64_text(value)
    return decoded is not None and len(decoded) >= 3 and not find_refusal(decoded.strip())


def decode_base64_text(value: str, joined: str = "") -> str | None:
    """The text in base64, None when it is none; `joined`: a character it may have that is not printed."""
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return text if text.replace(joined, "").strip().isprintable() else None


@line_detector(TECHNICAL, order=238, needs=Needs(patterns=(_PLAIN.pattern,)))
def find_in_dialogue(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """Base64 of a name and its password between zero bytes, as a client of SMTP or IMAP sends it: AUTH PLAIN …."""
    for found in _PLAIN.finditer(line.text):
        text = decode_base64_text(found["value"], joined="\0") if len(found["value"]) % 4 == 0 else None
        if text and re.fullmatch(r"[^\0]{0,80}\0[^\0]{1,80}\0[^\0]{3,100}", text):
            yield propose(line, found.span("value"), SecretKind.PASSWORD, Confidence.HIGH, _FILE, "sasl-plain")


def holds_encoded_login(text: str) -> bool:
    """Whether a line holds base64 of a name and a password."""
    return any(map(_decode_login, _BASE64.findall(text)))


def _decode_login(value: str) -> str:
    """The `name:password` in base64, "" where there is none."""
    text = decode_base64_text(value) if len(value) % 4 == 0 else None
    return text if text and re.fullmatch(r"[\w.@-]{2,60}:\S{3,100}", text) and not _NOBODY.fullmatch(text) else ""


@line_detector(TECHNICAL, order=240, needs=Needs(text=holds_encoded_login, amid=_ENCODES))
def find_in_base64(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """Base64 of `name:password` beside a word that says so."""
    for found in _BASE64.finditer(line.text):
        if not _decode_login(found[0]):
            continue
        login = _AUTH.search(line.text, 0, found.start()) is not None  # as registries keep it
        if login or _SAYS_ENCODED.search(line.text) or context.basic(line):
            kind = SecretKind.BASIC_AUTH if login else SecretKind.AUTH_HEADER
            yield propose(line, found.span(), kind, Confidence.MEDIUM, _FILE, "base64")
