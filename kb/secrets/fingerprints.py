"""A name for a value that tells nobody the value: keyed, so that a short password cannot be guessed from it."""

from __future__ import annotations

import hashlib
import hmac
from unicodedata import normalize

from kb.model import Document, Secret
from kb.secrets.secret import value_of

KEY_BYTES = 32
"""How long a key is made."""
LEAST_BYTES = 16
"""How long one must be."""

_DIGITS = 24


def value_id(document: Document, secret: Secret, key: bytes) -> str:
    """The keyed name of a value, the same wherever the value stands, in any width of its characters.

    HMAC-SHA-256 of the NFKC form, cut to 96 bits. Raises ValueError for a key under 16 bytes.
    """
    return value_name(value_of(document, secret), key)


def value_name(value: str, key: bytes) -> str:
    """`value_id` of a value that is at hand already."""
    return _keyed(b"value", value, key)


def place_id(document: Document, secret: Secret, key: bytes) -> str:
    """The keyed name of a value in one document: it survives edits around the value, and the value's moving."""
    return _keyed(f"place\0{document.doc}\0{document.part}".encode("utf-8", "replace"), value_of(document, secret), key)


def key_id(key: bytes) -> str:
    """A name for a key, for baselines to say which one made their ids."""
    _check(key)
    return hmac.new(key, b"kb key id", hashlib.sha256).hexdigest()[:8]


def _keyed(purpose: bytes, value: str, key: bytes) -> str:
    _check(key)
    said = purpose + b"\0" + normalize("NFKC", value).encode("utf-8", "replace")
    return hmac.new(key, said, hashlib.sha256).hexdigest()[:_DIGITS]


def _check(key: bytes) -> None:
    if len(key) < LEAST_BYTES:
        raise ValueError(f"a key needs {LEAST_BYTES} bytes, this one has {len(key)}")
