"""What a machine wrote to name or to check something: digests, fingerprints, ids of resources, public keys."""

from __future__ import annotations

import base64
import binascii
import re

from kb.model.secret import SecretKind
from kb.secrets.scoring.code_shapes import names_itself
from kb.secrets.surroundings.candidate_text import CandidateText, Refusal
from kb.text.lazy_pattern import compile_lazy

_HEX = compile_lazy(r"[0-9a-f]{8,128}|[0-9A-F]{8,128}")
_FINGERPRINT = compile_lazy(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{40}")
"""A long id of OpenPGP, and the SHA-1 of a certificate's key."""

_SIGNS = compile_lazy(r"(?:gpg|pgp|sign(?:ing|ed)|署名)[^\n]{0,24}(?:key|鍵)[ \t\"'`:=]{0,4}$", re.I)
_CHECKS = compile_lazy(
    r"(?:checksum|digest|fingerprint|thumbprint)s?[/_.-]\w{1,20}[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?$", re.I
)
_OF_WINDOWS = compile_lazy(r"(?:NT|LM)_?(?:Password|Hash)$")
_ENCRYPTED = compile_lazy(r"encrypted\w{0,20}[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?$", re.I)
_SEALED_VALUE = compile_lazy(r"[A-Za-z0-9+/]{40,2000}={0,2}@?")
_SEALS = compile_lazy(r"kubeseal|sealed|sops\b|ansible-vault|encrypted|ciphertext|暗号化(?:済|した)|暗号文", re.I)
_SCHEME = compile_lazy(r"\{[A-Z0-9]{2,10}")
_OF_CALL = compile_lazy(r"\w\(.{0,60}\)[@`\"']?[ \t]{0,4}(?:→|->|=>|⇒)[ \t]{0,4}[@`\"']?$")
_RESOURCE = compile_lazy(r"(?:^|[\s\"'`=(<])[au]rn:[^\s\"'`]{1,200}$")
_DERIVED = compile_lazy(r"(?:[A-Za-z0-9+/]{4}){7,22}(?:[A-Za-z0-9+/]{2,3}={1,2})?")
_DERIVES = compile_lazy(r"(?<![A-Za-z])(?:salt|iterations|rounds)[\"']?[ \t]?[=:]", re.I)
"""What stands beside a key that a server derived from a password, to check it by."""
_TRACE = compile_lazy(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")  # Trace Context of the W3C
_HOST_KEY = compile_lazy(r"(?:ssh|ecdsa)-[\w-]{2,30} \d{3,5} [A-Za-z0-9+/=:-]{0,60}$")
"""How WinSCP and PuTTY give the key of a host: its kind, its bits and its digest."""
_NAMESPACED = compile_lazy(r"[a-z][a-z0-9-]{0,30}(?::[a-z][a-z-]{1,30}){1,5}(?::v?\d{1,3})?")
_PUBLIC_KEY_URL = compile_lazy(r"@[\w.-]{1,100}/\d{1,20}(?!\w)")
"""Behind the key of a client's address for error reports, which has no password: https://KEY@host/7."""

_SAID_PUBLIC = compile_lazy(r"公開(?!鍵)|(?<![a-z])public(?![a-z-])", re.I)


def _is_digest(text: CandidateText) -> bool:
    """Whether the candidate is a hash, a fingerprint, or what a call gave back, by its own shape and its label."""
    value, announced = text.value, text.before_label + text.label
    if _is_encoded_hash(value) or _ENCRYPTED.search(text.before_label[-60:]):
        return True
    if _DERIVED.fullmatch(value) and _DERIVES.search(text.line_before[-200:] + text.line_after[:200]):
        return text.label.lower() in ("key", "鍵", "キー", "hash")
    if _SEALED_VALUE.fullmatch(value) and not _HEX.fullmatch(value):
        sealed = any(map(_SEALS.search, (text.line_before, *text.above(3))))
        return sealed or (len(value) >= 60 and text.candidate.kind is SecretKind.PASSWORD)
    if not _HEX.fullmatch(value):
        return False
    if _FINGERPRINT.fullmatch(value) and _SIGNS.search(text.line_before[-80:]):
        return True
    return bool(
        _CHECKS.search(text.line_before[-60:])
        or (len(value) == 32 and _OF_WINDOWS.search(announced))
        or _OF_CALL.search(text.line_before[-120:])
    )


def _is_encoded_hash(value: str) -> bool:
    """Whether a value is the base64 of a hash with the name of its scheme, as LDIF has it: {SSHA}…."""
    if len(value) < 20:
        return False
    try:
        head = base64.b64decode(value[:8], validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return _SCHEME.match(head) is not None


def _is_id(text: CandidateText) -> bool:
    """Whether the candidate is part of the name of a resource or of a host's fingerprint, or the id of a trace."""
    if _HOST_KEY.search(text.line_before[-120:]):
        return True
    return _TRACE.fullmatch(text.value) is not None or _RESOURCE.search(text.line_before[-260:]) is not None


def _is_namespaced(text: CandidateText) -> bool:
    """Whether the candidate is a name below others, as keys of a store are: app:session:v2."""
    if text.value.count(":") < 2 or not (text.in_code or text.in_table):
        return False
    return _NAMESPACED.fullmatch(text.value) is not None


def _is_public(text: CandidateText) -> bool:
    """Whether the candidate is the key in an address for reports, which is made to be handed out."""
    if text.candidate.rule.name != "url" or not text.before.endswith("://") or not _HEX.fullmatch(text.value):
        return False
    line = text.line_before + text.line_after
    return _PUBLIC_KEY_URL.match(text.after) is not None and _SAID_PUBLIC.search(line) is not None


def _is_pair_of_names(text: CandidateText) -> bool:
    """Whether a header of Basic spells names: client_id:client_secret."""
    if text.candidate.rule.name not in ("header", "file") or len(text.value) > 200:
        return False
    try:
        password = base64.b64decode(text.value, validate=True).decode("ascii").partition(":")[2]
    except (binascii.Error, ValueError):
        return False
    return names_itself(password)


IDENTIFIERS: tuple[tuple[str, Refusal], ...] = (
    ("digest", _is_digest),
    ("id", _is_id),
    ("namespace", _is_namespaced),
    ("public", _is_public),
    ("pair-of-names", _is_pair_of_names),
)
"""Refusals by name, whatever rule proposed the candidate."""
