"""Write plans, and patch decisions into a plan's text line by line, keeping comments and order.

The result is parsed and compared; where the layout defeats the patch, the whole plan is rendered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from kb.errors import InputError
from kb.model.plan import PLAN_FORMAT, Change, ChangeKey, Plan, SeenState, Values, digest_group
from kb.plan.file import CHANGE_TABLE, parse_plan
from kb.plan.values import CONTROL_CHARACTERS
from kb.text.display import escape_invisible
from kb.text.lang import t
from kb.text.lines import replace_surrogates

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*change[ \t]*\]\][ \t]*(?:#.*)?\Z")
_ID = re.compile(r'[ \t]*id[ \t]*=[ \t]*"(?P<id>[0-9a-f-]+)"[ \t]*(?:#.*)?\Z')
_LINE = re.compile(r"[ \t]*(?P<key>accept|after|note)[ \t]*=")
_REVIEWED = re.compile(r"^reviewed[ \t]*=[ \t]*\[", re.M)
_ON_ONE_LINE = re.compile(r"[^\n#]*\][^\n]*\n")
_LAST_LINE = re.compile(r"^[ \t]*\][^\n]*\n", re.M)
_CLOSED_FLAG = re.compile(r"(?P<before>[ \t]*accept[ \t]*=[ \t]*)(?:true|false)(?P<after>[ \t]*(?:#.*)?)\Z")


def patch_decisions(text: str, now: Plan, then: Plan) -> str:
    """Return the text of the plan `now` with the decisions of `then`: `accept`, `after`, `note`, `reviewed`."""
    changed = {
        change.id: change
        for before, change in zip(now.changes, then.changes, strict=True)
        if (before.accept, before.after, before.note) != (change.accept, change.after, change.note)
    }
    made = _with_reviewed("\n".join(_patch_lines(text.split("\n"), changed)), then)
    anew = render_plan(then)
    try:
        if made == anew or _same_decisions(parse_plan(made, ""), then):
            return made
    except InputError:
        pass
    return anew


def _same_decisions(one: Plan, other: Plan) -> bool:
    ids = [change.id for change in one.changes] == [change.id for change in other.changes]
    return ids and one.changes == other.changes and render_reviewed(one) == render_reviewed(other)


def _patch_lines(lines: list[str], changed: dict[str, Change]) -> Iterator[str]:
    """Yield the lines of a file with those of the changed changes replaced."""
    here: Change | None = None
    lacking = changed.keys() - _ids_with_accept(lines)
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
                yield render_field(changed[found["id"]], "accept") + ending
        elif key["key"] == "accept":
            flag = _CLOSED_FLAG.match(bare)
            value = "true" if here.accept else "false"
            yield f"{flag['before']}{value}{flag['after']}{ending}" if flag else line
        else:
            yield render_field(here, key["key"]) + ending


def _ids_with_accept(lines: list[str]) -> set[str]:
    """Return the ids of the changes that have an `accept` line."""
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
    """Return the text with the list of reviewed groups: in its place, or above the first change."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = render_reviewed(plan).replace("\n", ending)
    found = _REVIEWED.search(text)
    end = found and (_ON_ONE_LINE.match(text, found.end()) or _LAST_LINE.search(text, found.end()))
    if found and end:
        return text[: found.start()] + lines + text[end.end() :]
    heads = re.search(r"^(?:proposed|digest)[ \t]*=[^\n]*\n(?!proposed)", text, re.M)
    return text[: heads.end()] + lines + text[heads.end() :] if heads else text


_TOP = t(
    "# kb の変更案です。送るのは accept = true の変更だけです（kb review で確かめ、kb apply で送ります）。\n"
    "# accept と after と note は書き換えてかまいません。書き換えた変更は決めたものとし、ほかは送る前に聞きます。\n"
    "# やめる変更は消さずに accept = false にしてください（accept の行がない変更は送りません）。\n",
    "# A plan of kb. Only changes with accept = true are sent (kb review to look through it, kb apply to send it).\n"
    "# accept, after and note are yours to change: an edited change is decided; kb apply asks about the others.\n"
    "# To leave a change out, set accept = false rather than remove it (without an accept line it is not sent).\n",
)


def render_plan(plan: Plan) -> str:
    """Render a plan as the text of a file."""
    heads: dict[str, str | int] = {
        "format": PLAN_FORMAT,
        "team": plan.team,
        "redmine": plan.redmine,
        "created": plan.created,
        "kb": plan.kb,
        "changes": len(plan.changes),
        "digest": plan.digest,
        "proposed": plan.proposed,
    }
    parts = [str(_TOP), *(f"{key} = {_render_value(value)}\n" for key, value in heads.items() if value != "")]
    parts.append(render_reviewed(plan))
    for group, changes in plan.groups():
        parts.append(f"\n# ── {_render_comment(group)}（{len(changes)}）\n")
        parts += (f"\n{_render_change(change)}" for change in changes)
    return "".join(parts)


def render_reviewed(plan: Plan) -> str:
    """Render the reviewed groups, one a line so that two reviewers' files merge. "" for none."""
    marks = {digest_group(group, changes): group for group, changes in plan.groups()}
    lines = [f'    "{mark}", # {_render_comment(marks[mark])}\n' for mark in marks if mark in plan.reviewed]
    return f"reviewed = [\n{''.join(lines)}]\n" if lines else ""


def render_field(change: Change, key: str) -> str:
    """Render one field of a change without a newline."""
    return f"{key} = {_render_value(_fields(change)[key])}"


def _render_change(change: Change) -> str:
    kept = [key for key, value in _fields(change).items() if value not in ("", ())]
    return f"[[{CHANGE_TABLE}]]\n" + "".join(f"{render_field(change, key)}\n" for key in kept)


def _fields(change: Change) -> dict[str, object]:
    return {
        "id": change.id or change.own_id,
        "accept": change.accept,
        "group": change.group,
        "kind": change.kind.value,
        "target": change.target,
        "title": change.title,
        "before": _sort_values(change.before),
        "after": _sort_values(change.after),
        "note": change.note,
        "along": change.along,
        "warning": change.warning,
        "seen": _seen_values(change.seen),
        "reason": change.reason,
        "confidence": change.confidence.name.lower(),
        "proposed": "" if change.proposed else False,  # only unproposed changes are marked
    }


def _seen_values(seen: SeenState) -> dict[str, object]:
    return (
        {"revision": seen.revision, "updated_at": seen.updated_at} if seen.revision else {"updated_at": seen.updated_at}
    )


def _sort_values(values: Values) -> dict[str, object]:
    return {key: values[key] for key in ChangeKey if key in values}


def _render_value(value: object) -> str:
    """Render a value as TOML, whose escapes are JSON's; invisible characters are escaped too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_render_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_render_value(one) for one in value) + "]"
    return escape_invisible(json.dumps(replace_surrogates(str(value)), ensure_ascii=False))


def _render_comment(text: str) -> str:
    return escape_invisible(CONTROL_CHARACTERS.sub(" ", replace_surrogates(text)))
