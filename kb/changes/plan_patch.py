"""Decisions put into the text of a plan, line by line: comments and order a person gave the file stay.

What comes out is read again and compared; where the file is laid out in some other way than kb writes
it, and a line cannot be found, the whole plan is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.changes.plan import Change, Plan
from kb.changes.plan_file import field_line, plan_in, reviewed_lines, written
from kb.errors import InputError

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*change[ \t]*\]\][ \t]*(?:#.*)?\Z")
_ID = re.compile(r'[ \t]*id[ \t]*=[ \t]*"(?P<id>[0-9a-f-]+)"[ \t]*(?:#.*)?\Z')
_LINE = re.compile(r"[ \t]*(?P<key>accept|after|note)[ \t]*=")
_REVIEWED = re.compile(r"^reviewed[ \t]*=[ \t]*\[", re.M)
_ON_ONE_LINE = re.compile(r"[^\n#]*\][^\n]*\n")
_LAST_LINE = re.compile(r"^[ \t]*\][^\n]*\n", re.M)
_CLOSED_FLAG = re.compile(r"(?P<before>[ \t]*accept[ \t]*=[ \t]*)(?:true|false)(?P<after>[ \t]*(?:#.*)?)\Z")


def patched(text: str, now: Plan, then: Plan) -> str:
    """The text of the plan `now` with what `then` decides: `accept`, `after` and `note` of changes, and `reviewed`."""
    changed = {
        change.id: change
        for before, change in zip(now.changes, then.changes, strict=True)
        if (before.accept, before.after, before.note) != (change.accept, change.after, change.note)
    }
    made = _with_reviewed("\n".join(_lines(text.split("\n"), changed)), then)
    anew = written(then)
    try:
        if made == anew or _same(plan_in(made, ""), then):
            return made
    except InputError:
        pass
    return anew


def _same(one: Plan, other: Plan) -> bool:
    ids = [change.id for change in one.changes] == [change.id for change in other.changes]
    return ids and one.changes == other.changes and reviewed_lines(one) == reviewed_lines(other)


def _lines(lines: list[str], changed: dict[str, Change]) -> Iterator[str]:
    """The lines of a file, those of some changes as they are wanted."""
    here: Change | None = None
    lacking = changed.keys() - _with_accept(lines)
    ending = "\r" if lines and lines[0].endswith("\r") else ""
    for line in lines:
        bare = line.removesuffix("\r")
        found = _ID.match(bare)
        if _HEADER.match(bare):
            here = None
        elif found:
            here = changed.get(found["id"])
        key = _LINE.match(bare)
        if here is None or key is None:
            yield line
            if found and found["id"] in lacking:
                yield field_line(changed[found["id"]], "accept") + ending
        elif key["key"] == "accept":
            flag = _CLOSED_FLAG.match(bare)
            value = "true" if here.accept else "false"
            yield f"{flag['before']}{value}{flag['after']}{ending}" if flag else line
        else:
            yield field_line(here, key["key"]) + ending


def _with_accept(lines: list[str]) -> set[str]:
    """The ids of the changes that have an `accept` line."""
    having: set[str] = set()
    here = ""
    for line in lines:
        bare = line.removesuffix("\r")
        found, key = _ID.match(bare), _LINE.match(bare)
        if _HEADER.match(bare):
            here = ""
        elif found:
            here = found["id"]
        elif key and key["key"] == "accept":
            having.add(here)
    return having


def _with_reviewed(text: str, plan: Plan) -> str:
    """The text with the list of groups that were decided on: where it stood, or else above the first change."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = reviewed_lines(plan).replace("\n", ending)
    found = _REVIEWED.search(text)
    end = found and (_ON_ONE_LINE.match(text, found.end()) or _LAST_LINE.search(text, found.end()))
    if found and end:
        return text[: found.start()] + lines + text[end.end() :]
    heads = re.search(r"^(?:proposed|digest)[ \t]*=[^\n]*\n(?!proposed)", text, re.M)
    return text[: heads.end()] + lines + text[heads.end() :] if heads else text
