"""Patch decisions into the text of plan.toml; comments and order stay.

The result is parsed and compared; where the layout defeats a patch, the whole plan is rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

from kb.errors import InputError
from kb.model.plan import Change, Plan
from kb.plan.file.parse import parse_plan
from kb.plan.file.render import render_field, render_plan, render_reviewed, render_shared
from kb.settings.toml import format_toml
from kb.text.lazy_pattern import compile_lazy

_HEADER = compile_lazy(r"[ \t]*\[\[[ \t]*change[ \t]*\]\][ \t]*(?:#.*)?\Z")
_ID = compile_lazy(r'[ \t]*id[ \t]*=[ \t]*"(?P<id>[0-9a-f-]+)"[ \t]*(?:#.*)?\Z')
_LINE = compile_lazy(r"[ \t]*(?P<key>accept|after|note|proposed|asked|answer)[ \t]*=")
_ADDED = ("accept", "proposed", "asked", "answer")
"""The keys that a decision may add to a change, or take away."""
_REVIEWED = compile_lazy(r"^reviewed[ \t]*=[ \t]*\[", re.M)
_SHARED = compile_lazy(r"^shared[ \t]*=[^\n]*\n", re.M)
_ON_ONE_LINE = compile_lazy(r"[^\n#]*\][^\n]*\n")
_LAST_LINE = compile_lazy(r"^[ \t]*\][^\n]*\n", re.M)
_CLOSED_FLAG = compile_lazy(r"(?P<before>[ \t]*accept[ \t]*=[ \t]*)(?:true|false)(?P<after>[ \t]*(?:#.*)?)\Z")


def patch_decisions(text: str, now: Plan, then: Plan) -> str:
    """Return the text of the plan `now` with the decisions of `then`: what was decided, asked and answered."""
    changed = {
        change.id: change
        for before, change in zip(now.changes, then.changes, strict=True)
        if _decided_fields(before) != _decided_fields(change)
    }
    made = _with_reviewed(_with_shared("\n".join(_patch_lines(text.split("\n"), changed)), then), then)
    anew = render_plan(then)
    with suppress(InputError):
        if made == anew or _decisions(parse_plan(made, "")) == _decisions(then):
            return made
    return anew


def _decisions(plan: Plan) -> tuple[object, ...]:
    fields = [(change.id, *_decided_fields(change)) for change in plan.changes]
    return fields, plan.changes, plan.shared, render_reviewed(plan)


def _decided_fields(change: Change) -> tuple[object, ...]:
    return change.accept, change.after, change.note, change.proposed, change.asked, change.answer


def _patch_lines(lines: list[str], changed: dict[str, Change]) -> Iterator[str]:
    """Yield the lines of a file with those of the changed changes replaced."""
    rows = list(_name_lines(lines))
    having = set(rows)
    ending = "\r" if lines[0].endswith("\r") else ""
    for line, (id, key) in zip(lines, rows, strict=True):
        change = changed.get(id)
        if change is None or key in ("", "id"):
            yield line
            if change is not None and key:
                added = (render_field(change, each) for each in _ADDED if (id, each) not in having)
                yield from (each + ending for each in added if each)
        elif key != "accept":
            if made := render_field(change, key):
                yield made + ending
        elif flag := _CLOSED_FLAG.match(line.removesuffix("\r")):
            yield f"{flag['before']}{format_toml(change.accept)}{flag['after']}{ending}"
        else:
            yield line


def _name_lines(lines: list[str]) -> Iterator[tuple[str, str]]:
    """Yield for each line the id of its change ("" above it), and which of its keys it sets ("" for others)."""
    id = ""
    for line in lines:
        bare, key = line.removesuffix("\r"), ""
        if _HEADER.match(bare):
            id = ""
        elif found := _ID.match(bare):
            id, key = found["id"], "id"
        elif named := _LINE.match(bare):
            key = named["key"]
        yield id, key


def _with_shared(text: str, plan: Plan) -> str:
    """Return the text with the posts that ask about it, on a line of their own."""
    ending = "\r\n" if "\r\n" in text else "\n"
    line = render_shared(plan).replace("\n", ending)
    if found := _SHARED.search(text):
        return text[: found.start()] + line + text[found.end() :]
    return _insert_in_head(text, line)


def _insert_in_head(text: str, lines: str) -> str:
    heads = re.search(r"^(?:proposed|digest)[ \t]*=[^\n]*\n(?!proposed)", text, re.M)
    return text[: heads.end()] + lines + text[heads.end() :] if heads else text


def _with_reviewed(text: str, plan: Plan) -> str:
    """Return the text with the list of reviewed groups: in its place, or above the first change."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = render_reviewed(plan).replace("\n", ending)
    found = _REVIEWED.search(text)
    end = found and (_ON_ONE_LINE.match(text, found.end()) or _LAST_LINE.search(text, found.end()))
    if found and end:
        return text[: found.start()] + lines + text[end.end() :]
    return _insert_in_head(text, lines)
