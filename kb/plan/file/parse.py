"""Parse plan.toml.

`accept`, the values in `after` and `note` are the reader's to edit; elsewhere an edit that breaks a change's id is
refused, with its line.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from kb.errors import InputError
from kb.model.document import Source, parse_doc
from kb.model.facts import Confidence
from kb.model.plan import (
    ANSWER_PATTERN,
    KEY_TYPES,
    POST_PATTERN,
    TICKET_PATTERN,
    Change,
    ChangeKey,
    Plan,
    SeenState,
    Value,
    Verb,
    is_target,
    keys_of,
)
from kb.plan.propose.new_ticket import check_new_ticket
from kb.plan.propose.restrict import check_readers
from kb.plan.values import CONTROL_CHARACTERS, MAX_VALUE_LENGTH, check_note, check_value
from kb.secrets.mask_document import mask_text
from kb.settings.table_files import TableEntry, read_entries
from kb.settings.toml import value_text
from kb.text.lang import Text, space_ascii, t
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
    if not all(map(POST_PATTERN.fullmatch, shared)):
        raise _value_error(above, "shared", t('例: ["esa:1440"]', 'example: ["esa:1440"]'))
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
    before, after = _read_values(row, "before", target), _read_values(row, "after", target)
    if before.keys() != after.keys() or not before:
        raise _value_error(row, "after", t("before と同じ項目を書いてください。", "give the same keys as in before."))
    for key, value in after.items():
        if (why := check_value(ChangeKey(key), value)) is not None:
            raise row.error("after", t(f"{key}: {why.ja}", f"{key}: {why.en}"), _EDIT)
    if (wrong := check_new_ticket(kind, target, before, after)) is not None:
        name, reason = wrong
        raise row.error(
            name, reason, t("kb plan tickets で作り直してください。", "make it again with kb plan tickets.")
        )
    if (wider := check_readers(before, after)) is not None:
        raise row.error("after", wider, _EDIT)
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
        owner=_read_person(row, "owner"),
        warning=row.text("warning"),
        id=row.text("id", needed=True),
        proposed=_read_flag(row, "proposed", without=True),
        asked=_read_person(row, "asked"),
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


def _read_values(row: TableEntry, name: str, target: str) -> dict[str, Value]:
    table = row.values.get(name)
    if not isinstance(table, dict):
        raise _value_error(row, name, t('例: {title = "題名"}', 'example: {title = "A title"}'))
    keys = [each for each in keys_of(target) if each is not ChangeKey.BODY]  # a file could only hold its hash
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


def _read_person(row: TableEntry, name: str) -> str:
    """Return whom a field names: one line, which posts and pages show."""
    value = row.text(name)
    if len(value) <= MAX_VALUE_LENGTH and not CONTROL_CHARACTERS.search(value) and mask_text(value) == value:
        return value
    raise _value_error(row, name, t("esa のスクリーンネームを書きます。", "write a screen name of esa."))


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
