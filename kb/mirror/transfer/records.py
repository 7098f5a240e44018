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
from typing import Annotated

import msgspec

from kb.mirror.history.events import EventReason

_ROUNDS = 4
_HALF = 8
_HEX = re.compile(r"[0-9a-f]{32}")


class NameSeal:
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


# The lines of a state file: what each may hold, and nothing else. Pure.
#
# A line is a JSON object that says by `type` what it is. What a string may be is written as a pattern beside it, so
# that no sentence fits in where a hash, a name of kb's own or a time belongs.


FORMAT = 1

_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_WHYS = "|".join(re.escape(why) for why in EventReason)

Time = Annotated[str, msgspec.Meta(pattern=rf"\A{_TIME}\Z")]
TimeOrNot = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_TIME})?\Z")]
WhyOrNot = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_WHYS})?\Z")]
Sealed = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
SealedOrNot = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{32})?\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,39}\Z")]
Version = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._+-]{0,64}\Z")]
Numbered = Annotated[str, msgspec.Meta(pattern=r"\A(?:(?:esa|redmine):[1-9][0-9]{0,17})?\Z")]
Part = Annotated[str, msgspec.Meta(pattern=r"\A(?:body|(?:comment|journal):[1-9][0-9]{0,17}(?::old)?)?\Z")]
Place = Annotated[str, msgspec.Meta(pattern=r"\A(?:esa|redmine|files(?:~[0-9a-f]{32})?)\Z")]
Judge = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(?:reader|settings|key|rule:[A-Z]{2,8}[0-9]{2,4}"
        r"|source:(?:esa|redmine|files(?:~[0-9a-f]{32})?)(?:\+(?:past|files))?)\Z"
    ),
]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2,8}[0-9]{2,4}\Z")]
Figure = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class StateLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """One line."""


class HeadLine(StateLine, frozen=True, tag="kb-state"):
    """The first line: the format, whose key sealed the rest, when, by which kb, and up to when it tells."""

    format: int
    key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    made: Time
    kb: Version
    through: TimeOrNot = ""


class JudgeLine(StateLine, frozen=True, tag="judge"):
    """A rule, a reader, a source: what decided findings last."""

    name: Judge
    version: Version = ""


class RunLine(StateLine, frozen=True, tag="run"):
    """One run of a command, with its figures."""

    command: Word
    started: Time
    ended: Time
    code: Annotated[int, msgspec.Meta(ge=0, le=255)]
    figures: dict[Word, dict[Word, Figure]] = {}


class LintLine(StateLine, frozen=True, tag="telling"):
    """When a lint told the history something."""

    at: Time


class PlacedLine(StateLine, frozen=True):
    """What is on a document. Either `doc` and `part` say which, or `hidden`, which stands for both, and `of`."""

    fingerprint: Sealed
    code: Code
    doc: Numbered = ""
    part: Part = ""
    hidden: SealedOrNot = ""
    of: Place = "esa"


class StateFindingLine(PlacedLine, frozen=True, tag="finding", kw_only=True):
    """One finding that ever was. `counted` is 0 where it was set aside, 2 where nobody had looked."""

    first_at: Time
    first_why: EventReason
    content: SealedOrNot = ""
    changed_at: TimeOrNot = ""
    gone_at: TimeOrNot = ""
    gone_why: WhyOrNot = ""
    back_at: TimeOrNot = ""
    back_why: WhyOrNot = ""
    counted: Annotated[int, msgspec.Meta(ge=0, le=2)] = 1


class EventLine(PlacedLine, frozen=True, tag="event", kw_only=True):
    """One coming or going of a finding: when it happened, when a lint told it, and why."""

    at: Time
    seen: Time
    came: bool
    why: EventReason


class EndLine(StateLine, frozen=True, tag="end"):
    """The last line: how many stand before it, and the mark of the key over them."""

    lines: int
    mark: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


AnyLine = JudgeLine | RunLine | LintLine | StateFindingLine | EventLine
