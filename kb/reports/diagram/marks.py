"""The comments in kb's own section of a post that tell which files esa has: no other place has to remember them. Pure.

    <!-- kb:diagram drawn=2026-11-26 commit=1a2b3c4 -->
    <!-- kb:diagram view=all form=png sha256=9f86… url=https://files.esa.io/… -->

`sha256` stands for what a picture was made from, so two machines that draw it a pixel apart share one file. A comment
counts only as a line of its own outside of code, and only in a section that nobody edited: a name in the model that
looks like one does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kb.changes.section import lines_of
from kb.sources.esa_uploads import ADDRESS

_FILE = re.compile(
    r"<!-- kb:diagram view=([a-z0-9.-]{1,130}) form=([a-z]{1,10}) sha256=([0-9a-f]{64}) url=(\S{1,2000}) -->"
)
_STAMP = re.compile(r"<!-- kb:diagram drawn=(\d{4}-\d\d-\d\d)(?: commit=([0-9a-f]{4,40}))? -->")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a section was written, and the commit its model is from, "" where there is none."""

    day: str
    commit: str = ""


def key(form: str, source: str) -> str:
    """What a file is known by."""
    return f"{form}:{source}"


def stamped(stamp: Stamp) -> str:
    """The comment of a stamp."""
    commit = f" commit={stamp.commit}" if stamp.commit else ""
    return f"<!-- kb:diagram drawn={stamp.day}{commit} -->"


def marked(view: str, form: str, source: str, url: str) -> str:
    """The comment of a file."""
    return f"<!-- kb:diagram view={view} form={form} sha256={source} url={url} -->"


def stamp_in(content: str) -> Stamp | None:
    """The stamp of a section; None where there is none."""
    found = next((match for line in _lines(content) if (match := _STAMP.fullmatch(line))), None)
    return Stamp(found[1], found[2] or "") if found else None


def files_in(content: str) -> Mapping[str, str]:
    """The files a section says esa has, with their addresses."""
    found: dict[str, str] = {}
    for line in _lines(content):
        match = _FILE.fullmatch(line)
        if match and ADDRESS.fullmatch(match[4]):
            found.setdefault(key(match[2], match[3]), match[4])
    return found


def _lines(content: str) -> Iterator[str]:
    return (line.text.rstrip() for line in lines_of(content) if not line.code)
