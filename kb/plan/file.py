"""plan.toml: parse and render a plan people read, edit and share, and patch decisions into its text.

One key a line and one block a change, so that two people can decide in git. `accept`, the values in `after` and `note`
are the reader's to edit; elsewhere an edit that breaks a change's id is refused, with its line. A patch keeps comments
and order: its result is parsed and compared, and where the layout defeats it, the whole plan is rendered.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

from kb.errors import InputError
from kb.model.document import Source, parse_doc
from kb.model.facts import Confidence
from kb.model.plan import (
    ANSWER_PATTERN,
    KEY_TYPES,
    PLAN_FORMAT,
    TICKET_PATTERN,
    Change,
    ChangeKey,
    Plan,
    SeenState,
    Value,
    Verb,
    digest_group,
    is_target,
    keys_of,
)
from kb.plan.values import CONTROL_CHARACTERS, check_note, check_value
from kb.secrets.mask_document import mask_text
from kb.settings.table_files import TableEntry, read_entries, render_entry
from kb.settings.toml import format_fields, format_toml, value_text
from kb.text.display import escape_invisible
from kb.text.lang import Text, space_ascii, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import replace_surrogates

CHANGE_TABLE = "change"
HEAD_FIELDS = ("team", "redmine", "created", "kb", "changes", "digest", "proposed", "shared", "reviewed")
CHANGE_FIELDS = (
    "id", "accept", "group", "kind", "target", "title", "before", "after", "note", "along", "warning",
    "seen", "reason", "confidence", "proposed", "owner", "asked", "answer",
)  # fmt: skip


def parse_plan(text: str, name: str, *, sound: bool = True) -> Plan:
    """Parse a plan. Raises InputError with the line for anything invalid.

    Without `sound`, edits of `before`, `seen` and `kind` are accepted too: the caller looks at the targets again.
    """
    above, rows = read_entries(text, name, CHANGE_TABLE, CHANGE_FIELDS, HEAD_FIELDS)
    team = above.text("team")
    changes = tuple(_read_change(row, sound=sound) for row in rows)
    created, proposed = above.text("created", needed=True), above.text("proposed")
    reviewed, shared = _read_texts(above, "reviewed"), _read_texts(above, "shared")
    plan = Plan(team, created, above.text("kb"), changes, above.text("redmine"), proposed, reviewed, shared)
    _require_complete(plan, above, sound=sound)
    return plan


def _read_change(row: TableEntry, *, sound: bool) -> Change:
    target = row.text("target", needed=True)
    if not is_target(target):
        raise _value_error(row, "target", t("例: esa:123、redmine:45", "example: esa:123, redmine:45"))
    source = Source(parse_doc(target).source)
    kind = _read_choice(row, "kind", tuple(Verb))
    level = _read_choice(row, "confidence", tuple(each.name.lower() for each in Confidence))
    before, after = _read_values(row, "before", source), _read_values(row, "after", source)
    if before.keys() != after.keys() or not before:
        raise _value_error(row, "after", t("before と同じ項目を書いてください。", "give the same keys as in before."))
    for key, value in after.items():
        if (why := check_value(ChangeKey(key), value)) is not None:
            raise row.error("after", t(f"{key}: {why.ja}", f"{key}: {why.en}"), _EDIT)
    title = mask_text(written := row.text("title"))
    change = Change(
        kind=Verb(kind),
        target=target,
        before=before,
        after=after,
        seen=_read_seen(row),
        group=row.text("group"),
        reason=row.text("reason"),
        confidence=Confidence[level.upper()],
        accept=_read_flag(row, "accept", without=False),
        title=title,
        secret_title=title != written,
        note=row.text("note"),
        along=_read_along(row, source),
        owner=row.text("owner"),
        warning=row.text("warning"),
        id=row.text("id", needed=True),
        proposed=_read_flag(row, "proposed", without=True),
        asked=row.text("asked"),
        answer=row.text("answer"),
    )
    if change.answer and ANSWER_PATTERN.fullmatch(change.answer) is None:
        raise _value_error(row, "answer", t("kb plan collect が書きます。", "kb plan collect writes it."))
    if (bad := check_note(change.note)) is not None:
        raise row.error("note", bad, _EDIT)
    if sound and not change.sound:
        raise row.error(
            "id",
            t(
                f"{target} の before・seen・kind のどれかが、kb の書いたものと違います",
                f"before, seen or kind of {target} are not what kb wrote",
            ),
            t(
                "元に戻すか、kb plan refresh で今の状態を読み直してください。",
                "restore them, or read the present state again with kb plan refresh.",
            ),
        )
    return change


_EDIT = t("その値を直してください。", "correct that value.")
_TICKETS = t('例: ["redmine:46"]', 'example: ["redmine:46"]')


def _require_complete(plan: Plan, above: TableEntry, *, sound: bool) -> None:
    """Refuse a file that is not all of what kb wrote."""
    count = above.values.get("changes")
    told = f"{value_text(count):.20}"
    if type(count) is not int or count != len(plan.changes):
        raise above.error(
            "changes",
            t(
                f"変更は {told} 件のはずですが、{len(plan.changes)} 件しか読めません"
                if type(count) is int and count > len(plan.changes)
                else f"変更の数（changes = {told}）が、ある数 {len(plan.changes)} と合いません",
                f"there should be {told} changes, and there are {len(plan.changes)}",
            ),
            t(
                "途中で切れていないか確かめてください。やめる変更は、消さずに accept = false にします。",
                "see whether the file was cut. To leave a change out, set accept = false rather than remove it.",
            ),
        )
    twice = next((id for id, count in Counter(each.id for each in plan.changes).items() if count > 1), "")
    if twice or (sound and above.text("digest") != plan.digest):
        raise above.error(
            "digest",
            t(f"id {twice:.30} が二度あります", f"duplicate id {twice:.30}")
            if twice
            else t("変更の並びが kb の書いたものと違います", "these are not the changes kb wrote"),
            t(
                "git で元に戻すか、kb plan で作り直してください。",
                "restore the file from git, or make the plan again with kb plan.",
            ),
        )


def _read_values(row: TableEntry, name: str, source: Source) -> dict[str, Value]:
    table = row.values.get(name)
    if not isinstance(table, dict):
        raise _value_error(row, name, t('例: {title = "題名"}', 'example: {title = "A title"}'))
    keys = [each for each in keys_of(source) if each is not ChangeKey.BODY]  # a file could only hold its hash
    allowed = t(f"書けるのは {'、'.join(keys)} です。", f"what can stand here: {', '.join(keys)}.")
    found: dict[str, Value] = {}
    for key in sorted(table):
        if key not in keys:
            raise _value_error(row, name, allowed)
        value: Any = tuple(table[key]) if isinstance(table[key], list) else table[key]
        texts = not isinstance(value, tuple) or all(isinstance(each, str) for each in value)
        if type(value) is not KEY_TYPES[ChangeKey(key)] or not texts:
            raise _value_error(row, name, t(f"{key} の型が違います。", f"{key} is of another type."))
        found[key] = cast(Value, value)
    return found


def _read_seen(row: TableEntry) -> SeenState:
    table = row.values.get("seen")
    if isinstance(table, dict) and table.keys() <= {"updated_at", "revision", "text", "line", "column"}:
        when, digest = table.get("updated_at", ""), table.get("text", "")
        numbers = [table.get(name, 0) for name in ("revision", "line", "column")]
        if (
            isinstance(when, str)
            and isinstance(digest, str)
            and all(type(n) is int and 0 <= n < 2**63 for n in numbers)
        ):
            revision, line, column = numbers
            return SeenState(when, revision, digest, line, column)
    raise _value_error(row, "seen", t("kb plan refresh で読み直してください。", "read it again with kb plan refresh."))


def _read_choice(row: TableEntry, name: str, choices: tuple[str, ...]) -> str:
    value = row.text(name, needed=True)
    if value not in choices:
        raise _value_error(row, name, t(f"選べるもの: {'、'.join(choices)}", f"choose one of: {', '.join(choices)}"))
    return value


def _read_flag(row: TableEntry, name: str, *, without: bool) -> bool:
    value = row.values.get(name, without)
    if isinstance(value, bool):
        return value
    raise _value_error(row, name, t("true か false で書きます。", "write true or false."))


def _read_texts(row: TableEntry, name: str) -> tuple[str, ...]:
    value = row.values.get(name, [])
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _value_error(row, name, _TICKETS)


def _read_along(row: TableEntry, source: Source) -> tuple[str, ...]:
    """Return the tickets that change with a ticket; posts have none."""
    found = _read_texts(row, "along")
    if found and not (source is Source.REDMINE and all(map(TICKET_PATTERN.fullmatch, found))):
        raise _value_error(row, "along", _TICKETS)
    return found


def _value_error(row: TableEntry, name: str, next_step: Text) -> InputError:
    shown = mask_text(replace_surrogates(value_text(row.values.get(name, ""))))[:60]
    return row.error(
        name,
        t(f"{name} に{space_ascii(f'「{shown}」')}は書けません", f"{shown!r} cannot be {name}")
        if shown
        else t(f"{name} がありません", f"{name} is missing"),
        next_step,
    )


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
    return fields, plan.changes, plan.shared, _render_reviewed(plan)


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
                added = (_render_field(change, each) for each in _ADDED if (id, each) not in having)
                yield from (each + ending for each in added if each)
        elif key != "accept":
            if made := _render_field(change, key):
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
    line = _render_shared(plan).replace("\n", ending)
    if found := _SHARED.search(text):
        return text[: found.start()] + line + text[found.end() :]
    return _insert_in_head(text, line)


def _insert_in_head(text: str, lines: str) -> str:
    heads = re.search(r"^(?:proposed|digest)[ \t]*=[^\n]*\n(?!proposed)", text, re.M)
    return text[: heads.end()] + lines + text[heads.end() :] if heads else text


def _with_reviewed(text: str, plan: Plan) -> str:
    """Return the text with the list of reviewed groups: in its place, or above the first change."""
    ending = "\r\n" if "\r\n" in text else "\n"
    lines = _render_reviewed(plan).replace("\n", ending)
    found = _REVIEWED.search(text)
    end = found and (_ON_ONE_LINE.match(text, found.end()) or _LAST_LINE.search(text, found.end()))
    if found and end:
        return text[: found.start()] + lines + text[end.end() :]
    return _insert_in_head(text, lines)


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
    heads = {
        "format": PLAN_FORMAT,
        "team": plan.team,
        "redmine": plan.redmine,
        "created": plan.created,
        "kb": plan.kb,
        "changes": len(plan.changes),
        "digest": plan.digest,
        "proposed": plan.proposed,
    }
    parts = [str(_TOP), format_fields(heads, visible=True), _render_shared(plan), _render_reviewed(plan)]
    for group, changes in plan.groups():
        parts.append(f"\n# ── {_render_comment(group)}（{len(changes)}）\n")
        parts += (f"\n{render_entry(CHANGE_TABLE, _fields(change), visible=True)}" for change in changes)
    return "".join(parts)


def _render_shared(plan: Plan) -> str:
    return format_fields({"shared": plan.shared}, visible=True) if plan.shared else ""


def _render_reviewed(plan: Plan) -> str:
    """Render the reviewed groups, one a line so that two reviewers' files merge. "" for none."""
    marks = {digest_group(group, changes): group for group, changes in plan.groups()}
    lines = [f'    "{mark}", # {_render_comment(marks[mark])}\n' for mark in marks if mark in plan.reviewed]
    return f"reviewed = [\n{''.join(lines)}]\n" if lines else ""


def _render_field(change: Change, key: str) -> str:
    """Render one field of a change without a newline, "" for one it does not have."""
    return format_fields({key: _fields(change)[key]}, visible=True).removesuffix("\n")


def _fields(change: Change) -> dict[str, object]:
    seen = change.seen
    return {
        "id": change.current_id,
        "accept": change.accept,
        "group": change.group,
        "kind": change.kind.value,
        "target": change.target,
        "title": change.title,
        "before": {key: change.before[key] for key in ChangeKey if key in change.before},
        "after": {key: change.after[key] for key in ChangeKey if key in change.after},
        "note": change.note,
        "along": change.along,
        "owner": change.owner,
        "warning": change.warning,
        "seen": ({"revision": seen.revision} if seen.revision else {})
        | {"updated_at": seen.updated_at}
        | ({"text": seen.text, "line": seen.line, "column": seen.column} if seen.text else {}),
        "reason": change.reason,
        "confidence": change.confidence.name.lower(),
        "proposed": "" if change.proposed else False,  # only unproposed changes are marked
        "asked": change.asked,
        "answer": change.answer,
    }


def _render_comment(text: str) -> str:
    return escape_invisible(CONTROL_CHARACTERS.sub(" ", replace_surrogates(text)))
