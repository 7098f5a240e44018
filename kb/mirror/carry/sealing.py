"""Names and hashes made unreadable for whoever has no key. Pure.

A finding's fingerprint is a hash of where it stands, and its content one of what stands there: both are hashes
anybody could try guesses against. In a file that travels they are permuted with the team's key, and come back the
same where the key is. Names cannot come back: they are hashed, and known again where a document has the same.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re

_ROUNDS = 4
_HALF = 8
_HEX = re.compile(r"[0-9a-f]{32}")


class Seal:
    """What one key makes of names and hashes. Its repr shows no key."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"kb state file", hashlib.sha256).digest()
        self._known: dict[tuple[str, bool], str] = {}

    def name(self, *parts: str) -> str:
        """32 hexadecimal digits that stand for a name, the same wherever the key is."""
        text = json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self._key, digest_size=16, person=b"kb state name").hexdigest()

    def close(self, digest: str) -> str:
        """A hash of 32 hexadecimal digits as another one; "" for what is none."""
        return self._turned(digest, back=False)

    def open(self, sealed: str) -> str:
        """The hash that `close` was given; "" for what is none."""
        return self._turned(sealed, back=True)

    def mark(self, data: bytes) -> str:
        """What shows that nobody without the key wrote or changed these bytes."""
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def _turned(self, digest: str, *, back: bool) -> str:
        """A hash the one way or the other; each is asked for often, of a finding and all its events."""
        found = self._known.get((digest, back))
        if found is None:
            rounds = range(_ROUNDS - 1, -1, -1) if back else range(_ROUNDS)
            found = self._permuted(digest, rounds, back=back) if _HEX.fullmatch(digest) else ""
            self._known[digest, back] = found
        return found

    def _permuted(self, digest: str, rounds: range, *, back: bool) -> str:
        """A Feistel network over two halves of 64 bits: a permutation whatever its rounds are made of.

        Four rounds of a keyed hash cannot be told from chance (Luby and Rackoff, 1988).
        """
        data = bytes.fromhex(digest)
        left, right = (data[_HALF:], data[:_HALF]) if back else (data[:_HALF], data[_HALF:])
        for number in rounds:
            left, right = right, _xor(left, self._round(number, right))
        return (right + left if back else left + right).hex()

    def _round(self, number: int, half: bytes) -> bytes:
        return hashlib.blake2b(half, key=self._key, digest_size=_HALF, person=b"kb state hash %d" % number).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))
