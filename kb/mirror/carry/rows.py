"""The lines of a state file: what each may hold, and nothing else. Pure.

A line is a JSON object that says by `type` what it is. What a string may be is written as a pattern beside it, so
that no sentence fits in where a hash, a name of kb's own or a time belongs.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from kb.mirror.reasons import Why

FORMAT = 1

_TIME = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
_WHYS = "|".join(re.escape(why) for why in Why)

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


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="type"):
    """One line."""


class Head(Line, frozen=True, tag="kb-state"):
    """The first line: the format, whose key sealed the rest, when, by which kb, and up to when it tells."""

    format: int
    key: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{8}\Z")]
    made: Time
    kb: Version
    through: TimeOrNot = ""


class JudgeLine(Line, frozen=True, tag="judge"):
    """A rule, a reader, a source: what decided findings last."""

    name: Judge
    version: Version = ""


class RunLine(Line, frozen=True, tag="run"):
    """One run of a command, with its figures."""

    command: Word
    started: Time
    ended: Time
    code: Annotated[int, msgspec.Meta(ge=0, le=255)]
    figures: dict[Word, dict[Word, Figure]] = {}


class TellingLine(Line, frozen=True, tag="telling"):
    """When a lint told the history something."""

    at: Time


class Placed(Line, frozen=True):
    """What is on a document. Either `doc` and `part` say which, or `hidden`, which stands for both, and `of`."""

    fingerprint: Sealed
    code: Code
    doc: Numbered = ""
    part: Part = ""
    hidden: SealedOrNot = ""
    of: Place = "esa"


class FindingLine(Placed, frozen=True, tag="finding", kw_only=True):
    """One finding that ever was. `counted` is 0 where it was set aside, 2 where nobody had looked."""

    first_at: Time
    first_why: Why
    content: SealedOrNot = ""
    changed_at: TimeOrNot = ""
    gone_at: TimeOrNot = ""
    gone_why: WhyOrNot = ""
    back_at: TimeOrNot = ""
    back_why: WhyOrNot = ""
    counted: Annotated[int, msgspec.Meta(ge=0, le=2)] = 1


class EventLine(Placed, frozen=True, tag="event", kw_only=True):
    """One coming or going of a finding: when it happened, when a lint told it, and why."""

    at: Time
    seen: Time
    came: bool
    why: Why


class End(Line, frozen=True, tag="end"):
    """The last line: how many stand before it, and the mark of the key over them."""

    lines: int
    mark: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


Row = JudgeLine | RunLine | TellingLine | FindingLine | EventLine
