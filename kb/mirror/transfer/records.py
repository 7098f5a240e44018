"""Seal names and hashes with the team's key, and the lines of a state file.

Fingerprints and contents are hashes anybody could test guesses against, so they are permuted with the key, reversibly.
Names are hashed and known again by comparison.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Annotated

import msgspec

from kb.mirror.history.events import EventReason
from kb.mirror.history.shown_tasks import MAX_EVIDENCE
from kb.text.lazy_pattern import compile_lazy

_ROUNDS = 4
_HALF = 8
_HEX = compile_lazy(r"[0-9a-f]{32}")


class NameSeal:
    """Seals names and hashes with a key, which its repr does not show."""

    def __init__(self, key: bytes) -> None:
        self._key = hmac.new(key, b"kb state file", hashlib.sha256).digest()
        self._known: dict[tuple[str, bool], str] = {}

    def name(self, *parts: str) -> str:
        """Return 32 hexadecimal digits for a name, the same wherever the key is."""
        text = json.dumps(parts, ensure_ascii=False).encode("utf-8", "replace")
        return hashlib.blake2b(text, key=self._key, digest_size=16, person=b"kb state name").hexdigest()

    def close(self, digest: str) -> str:
        """Seal a hash of 32 hexadecimal digits; "" for anything else."""
        return self._permute_cached(digest, back=False)

    def open(self, sealed: str) -> str:
        """Return the hash given to `close`; "" for anything else."""
        return self._permute_cached(sealed, back=True)

    def mark(self, data: bytes) -> str:
        """Return the mark that proves these bytes were written with the key."""
        return hmac.new(self._key, data, hashlib.sha256).hexdigest()

    def _permute_cached(self, digest: str, *, back: bool) -> str:
        """Permute a hash one way or the other, cached."""
        found = self._known.get((digest, back))
        if found is None:
            rounds = range(_ROUNDS - 1, -1, -1) if back else range(_ROUNDS)
            found = self._permute(digest, rounds, back=back) if _HEX.fullmatch(digest) else ""
            self._known[digest, back] = found
        return found

    def _permute(self, digest: str, rounds: range, *, back: bool) -> str:
        """Run a Feistel network over two 64-bit halves: a permutation for any round function.

        Four keyed rounds cannot be told from chance (Luby and Rackoff, 1988).
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


FORMAT = 2
"""2: with the start of a workspace, and the tasks its reports showed."""

_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_SOURCE = "[a-z][a-z0-9-]{0,40}"
NUMBERED = rf"{_SOURCE}:[1-9][0-9]{{0,17}}"
"""A document by its number."""

PLACE = rf"{_SOURCE}|files~[0-9a-f]{{32}}"
"""A source; of a folder, whose name somebody chose, the seal."""

PART = r"body|(?:comment|journal):[1-9][0-9]{0,17}(?::old)?"

_WHYS = "|".join(re.escape(why) for why in EventReason)

Time = Annotated[str, msgspec.Meta(pattern=rf"\A{_TIME}\Z")]
TimeOrNot = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_TIME})?\Z")]
WhyOrNot = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{_WHYS})?\Z")]
Sealed = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{32}\Z")]
SealedOrNot = Annotated[str, msgspec.Meta(pattern=r"\A(?:[0-9a-f]{32})?\Z")]
Word = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9][A-Za-z0-9._+-]{0,39}\Z")]
Version = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9._+-]{0,64}\Z")]
Numbered = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{NUMBERED})?\Z")]
Part = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{PART})?\Z")]
Place = Annotated[str, msgspec.Meta(pattern=rf"\A(?:{PLACE})\Z")]
Judge = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(?:reader|settings|key|rule:[A-Z]{2,8}[0-9]{2,4}" rf"|source:(?:{PLACE})(?:\+(?:past|files))?)\Z"
    ),
]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[A-Z]{2,8}[0-9]{2,4}\Z")]
Figure = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class StateLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """A line: a JSON object with a `type`. Each string field has a pattern, so that no sentence fits in."""


class HeadLine(StateLine, frozen=True, tag="kb-state"):
    """The first line: format, key, time, kb version, and up to when it tells."""

    format: int
    key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    made: Time
    kb: Version
    through: TimeOrNot = ""


class JudgeLine(StateLine, frozen=True, tag="judge"):
    """A rule, reader or source that decided findings last."""

    name: Judge
    version: Version = ""


class RunLine(StateLine, frozen=True, tag="run"):
    """A run of a command with its figures."""

    command: Word
    started: Time
    ended: Time
    code: Annotated[int, msgspec.Meta(ge=0, le=255)]
    figures: dict[Word, dict[Word, Figure]] = {}


class LintLine(StateLine, frozen=True, tag="telling"):
    """When a lint told the history something."""

    at: Time


class PlacedLine(StateLine, frozen=True):
    """A line about a document: `doc` and `part`, or `hidden` for both, and `of`."""

    fingerprint: Sealed
    doc: Numbered = ""
    part: Part = ""
    hidden: SealedOrNot = ""
    of: Place = "esa"


class StateFindingLine(PlacedLine, frozen=True, tag="finding", kw_only=True):
    """A finding that ever was. `counted` is 0 where set aside, 2 where not checked."""

    code: Code
    first_at: Time
    first_why: EventReason
    content: SealedOrNot = ""
    changed_at: TimeOrNot = ""
    gone_at: TimeOrNot = ""
    gone_why: WhyOrNot = ""
    back_at: TimeOrNot = ""
    back_why: WhyOrNot = ""
    counted: Annotated[int, msgspec.Meta(ge=0, le=2)] = 1


FINDING_FIELDS = (
    "code", "first_at", "first_why", "changed_at", "gone_at", "gone_why", "back_at", "back_why", "counted",
)  # fmt: skip
"""The fields of a finding that are columns of state.db as they stand."""


class EventLine(PlacedLine, frozen=True, tag="event", kw_only=True):
    """An event: when it happened, when a lint told it, and why."""

    code: Code
    at: Time
    seen: Time
    came: bool
    why: EventReason


class StartLine(StateLine, frozen=True, tag="start"):
    """When the workspace began, and when what was open then was last looked at."""

    at: Time
    checked: Time


class StartMeasureLine(PlacedLine, frozen=True, tag="start-measure", kw_only=True):
    """A prevention open at the start. `settled` is when it was settled, if it is."""

    settled: TimeOrNot = ""


class ShownTaskLine(StateLine, frozen=True, tag="shown-task", kw_only=True):
    """A task a report showed in a week; `scope` is "" for the team's."""

    week: Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-W[0-9]{2}\Z")]
    key: SealedOrNot
    place: Annotated[int, msgspec.Meta(ge=0, le=99)]
    visibility: Annotated[int, msgspec.Meta(ge=0, le=9)]
    scope: SealedOrNot = ""
    evidence: Annotated[tuple[Sealed, ...], msgspec.Meta(max_length=MAX_EVIDENCE)] = ()


class EndLine(StateLine, frozen=True, tag="end"):
    """The last line: the number of lines, and the key's mark over them."""

    lines: int
    mark: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


AnyLine = JudgeLine | RunLine | LintLine | StateFindingLine | EventLine | StartLine | StartMeasureLine | ShownTaskLine
