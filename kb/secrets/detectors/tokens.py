"""Tokens with their vendor's shape (`words/records/vendors.tsv`), and private keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import SURE_RANK, Candidate
from kb.secrets.scoring.filters import find_refusal
from kb.text.word_tables import read_records


class TokenShape(NamedTuple):
    """What a vendor's token looks like: `begins` literally, or else has `holds` in it."""

    name: str
    begins: str
    holds: str
    kind: SecretKind
    pattern: re.Pattern[str]


def _read_shapes() -> Iterator[TokenShape]:
    for row in read_records("kb.secrets", "words/records/vendors.tsv"):
        # A beginning that says everything is followed by any letters: a hexadecimal rest with one letter changed by
        # hand is still the credential.
        pattern = rf"(?<![A-Za-z0-9_-]){re.escape(row['begins'])}{row['rest']}(?![A-Za-z0-9_])"
        kind = SecretKind(row["kind"] or "api_token")
        yield TokenShape(row["name"], row["begins"], row["holds"], kind, re.compile(pattern, re.A))


_HOLDING: list[TokenShape] = []
_BEGINNINGS: dict[str, list[TokenShape]] = {}
for _shape in _read_shapes():
    (_BEGINNINGS.setdefault(_shape.begins[:2], []) if _shape.begins else _HOLDING).append(_shape)
_RUN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9][A-Za-z0-9_./~-]{15}", re.A)

_RECOVERY = re.compile(r"(?:\d{6}-){7}\d{6}(?!\d)")
"""A recovery key of BitLocker; each of its numbers is one of 16 bits times 11."""


def find_vendor_tokens(body: str) -> Iterator[Candidate]:
    """The tokens in a text that have the shape of a vendor's."""
    done = -1
    for run in _RUN.finditer(body):
        if run.start() < done:
            continue
        if run[0][6] == "-" and (found := _RECOVERY.match(body, run.start())):
            done = found.end()
            if not any(int(group) % 11 for group in found[0].split("-")) and len(set(found[0])) > 4:
                yield Candidate(*found.span(), SecretKind.PASSWORD, Confidence.HIGH, "vendor", "bitlocker", SURE_RANK)
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
        yield Candidate(start, end, shape.kind, Confidence.HIGH, "vendor", shape.name, SURE_RANK)


def _is_invented(token: str, shape: TokenShape) -> bool:
    """Whether a token is a placeholder: the same few characters again and again, or a word for one."""
    rest = token[len(shape.begins) :]
    body = re.sub(r"[^A-Za-z0-9]", "", rest)
    if len(set(body)) < 6 or re.search(r"x{6,}|X{6,}|\*{3}|EXAMPLE$|(?:12345678|abcdefgh)", rest, re.I):
        return True
    return bool(find_refusal(token)) and shape.name != "openshift"


# Private keys: PEM blocks, also on one line between quotes, PuTTY's format, WireGuard's.


_BEGIN = re.compile(r"-----BEGIN (?P<name>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d: \S+")
_WIREGUARD = re.compile(r"PrivateKey[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_PRIVATE_LINES = re.compile(r"Private-Lines: \d+\r?\n")
_MATERIAL = re.compile(r"[A-Za-z0-9+/=]{20,}")
MAX_KEY_LENGTH = 20_000
"""Characters a block may have; the longest RSA key has a third of it."""


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
        if end >= 0:
            stop = end + len(closing)
        else:  # cut off by a paste: the lines of key that are there
            stop = found.end() + _run(inside)
        yield Candidate(found.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "block", SURE_RANK)
        at = stop
    for found in _WIREGUARD.finditer(body):
        yield Candidate(*found.span("value"), SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "wireguard", SURE_RANK)
    for putty in _PUTTY.finditer(body):
        lines = _PRIVATE_LINES.search(body, putty.end(), putty.end() + MAX_KEY_LENGTH)
        if lines:
            end = body.find("Private-MAC:", lines.end(), lines.end() + MAX_KEY_LENGTH)
            stop = (
                body.find("\n", end)
                if end >= 0
                else lines.end() + _run(body[lines.end() : lines.end() + MAX_KEY_LENGTH])
            )
            stop = len(body) if stop < 0 else stop
            yield Candidate(putty.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "putty", SURE_RANK)


def _run(text: str) -> int:
    """Where the last piece of key material in a stretch ends."""
    end = 0
    for found in _MATERIAL.finditer(text):
        if found.start() - end > 8:
            break
        end = found.end()
    return end
