"""Private keys: PEM blocks, PuTTY's format, and keys that came through quotes and code on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import SURE, Candidate

_BEGIN = re.compile(r"-----BEGIN (?P<name>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d: \S+")
_WIREGUARD = re.compile(r"PrivateKey[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_PRIVATE_LINES = re.compile(r"Private-Lines: \d+\r?\n")
_MATERIAL = re.compile(r"[A-Za-z0-9+/=]{20,}")
MOST = 20_000
"""Characters a block may have; the longest RSA key has a third of it."""


def keys(body: str) -> Iterator[Candidate]:
    """The private keys in a body, from the first mark to the last; a mark without a key behind it is none."""
    at = 0
    while found := _BEGIN.search(body, at):
        closing = f"-----END {found['name']}-----"
        end = body.find(closing, found.end(), found.end() + MOST)
        inside = body[found.end() : end if end >= 0 else found.end() + 400]
        at = end if end >= 0 else found.end()
        if not _MATERIAL.search(inside) or re.search(r"X{16,}|x{16,}", inside):
            continue
        if end >= 0:
            stop = end + len(closing)
        else:  # cut off by a paste: the lines of key that are there
            stop = found.end() + _run(inside)
        yield Candidate(found.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "block", SURE)
        at = stop
    for found in _WIREGUARD.finditer(body):
        yield Candidate(*found.span("value"), SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "wireguard", SURE)
    for putty in _PUTTY.finditer(body):
        lines = _PRIVATE_LINES.search(body, putty.end(), putty.end() + MOST)
        if lines:
            end = body.find("Private-MAC:", lines.end(), lines.end() + MOST)
            stop = body.find("\n", end) if end >= 0 else lines.end() + _run(body[lines.end() : lines.end() + MOST])
            stop = len(body) if stop < 0 else stop
            yield Candidate(putty.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "putty", SURE)


def _run(text: str) -> int:
    """Where the last piece of key material in a stretch ends."""
    end = 0
    for found in _MATERIAL.finditer(text):
        if found.start() - end > 8:
            break
        end = found.end()
    return end
