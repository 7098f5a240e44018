"""plan.toml: a plan as a file people read, edit and pass on; text in, plan out.

A key a line and a block a change, so that two people can decide in git. `accept`, what stands in
`after`, and `note` are the reader's to change; the rest says what kb saw, and a file in which that no
longer fits its ids is refused with the line.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

from kb.changes.plan import FORMAT, KEYS, TYPES, Change, Key, Plan, Seen, Value, Values, Verb, group_mark
from kb.errors import InputError
from kb.lang import Text, apart, t
from kb.lint.table_file import Row, read, said
from kb.model import Confidence, Source
from kb.reading.invisible import escaped, is_unseen
from kb.reading.lines import clean, encode
from kb.secrets.shown import shown_text

TABLE = "change"
HEADS = ("team", "redmine", "created", "kb", "changes", "digest", "proposed", "reviewed")
FIELDS = (
    "id", "accept", "group", "kind", "target", "title", "before", "after", "note", "along", "warning",
    "seen", "reason", "confidence", "proposed",
)  # fmt: skip

LONGEST = 1000
"""Code points of one value, all tags together. esa's and Redmine's titles hold 255; categories are longer."""

LONGEST_NOTE = 60_000
"""Bytes of a note in UTF-8. A Redmine before 3.4 on MySQL holds 65,535 with the run's name behind it, later ones 16 MB
(db/migrate/20161010081600_change_journals_notes_limit.rb)."""

_TARGET = re.compile(r"(?:esa|redmine):[1-9][0-9]{0,17}")
_TICKET = re.compile(r"redmine:[1-9][0-9]{0,17}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")  # and what turns text around
_PERSON = re.compile(r"(?:.* )?#[1-9][0-9]{0,17}")

_TOP = t(
    "# kb の変更案です。送るのは accept = true の変更だけです（kb review で確かめ、kb apply で送ります）。\n"
    "# accept と after と note は書き換えてかまいません。書き換えた変更は決めたものとし、ほかは送る前に聞きます。\n"
    "# やめる変更は消さずに accept = false にしてください（accept の行がない変更は送りません）。\n",
    "# A plan of kb. Only changes with accept = true are sent (kb review to look through it, kb apply to send it).\n"
    "# accept, after and note are yours to change: an edited change is decided; kb apply asks about the others.\n"
    "# To leave a change out, set accept = false rather than remove it (without an accept line it is not sent).\n",
)


def written(plan: Plan) -> str:
    """The plan as the text of a file."""
    heads: dict[str, str | int] = {
        "format": FORMAT,
        "team": plan.team,
        "redmine": plan.redmine,
        "created": plan.created,
        "kb": plan.kb,
        "changes": len(plan.changes),
        "digest": plan.digest,
        "proposed": plan.proposed,
    }
    parts = [str(_TOP), *(f"{key} = {_value(value)}\n" for key, value in heads.items() if value != "")]
    parts.append(reviewed_lines(plan))
    for group, changes in plan.groups():
        parts.append(f"\n# ── {_comment(group)}（{len(changes)}）\n")
        parts += (f"\n{_block(change)}" for change in changes)
    return "".join(parts)


def reviewed_lines(plan: Plan) -> str:
    """Which groups were decided on, a line each: two people who review different ones can be merged. "" for none."""
    marks = {group_mark(group, changes): group for group, changes in plan.groups()}
    lines = [f'    "{mark}", # {_comment(marks[mark])}\n' for mark in marks if mark in plan.reviewed]
    return f"reviewed = [\n{''.join(lines)}]\n" if lines else ""


def plan_in(text: str, name: str, *, sound: bool = True) -> Plan:
    """The plan in the text of a file. Raises InputError with the line for everything it cannot mean.

    Without `sound` one is read too whose `before`, `seen` or `kind` somebody edited, for what sees them anew.
    """
    above, rows = read(text, name, TABLE, FIELDS, HEADS)
    team = above.text("team")
    changes = tuple(_change(row, sound=sound) for row in rows)
    created, proposed = above.text("created", needed=True), above.text("proposed")
    reviewed = _texts(above, "reviewed")
    plan = Plan(team, created, above.text("kb"), changes, above.text("redmine"), proposed, reviewed)
    _check_whole(plan, above, sound=sound)
    return plan


def usable(key: Key, value: Value) -> Text | None:
    """Why a value cannot be sent as this key, or None: a clause without a full stop."""
    texts = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
    if sum(map(len, texts)) > LONGEST:
        return t(f"{LONGEST} 文字を超えています", f"it is longer than {LONGEST} characters")
    if any(_CONTROL.search(each) for each in texts):
        return t("改行や制御文字が入っています", "it holds line breaks or control characters")
    if any(shown_text(each) != each for each in texts):
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    if key is Key.CATEGORY and isinstance(value, str) and value and not all(part.strip() for part in value.split("/")):
        return t(
            f"分類「{value[:60]}」は「/」で始まるか終わるか、「//」を含んでいます",
            f'the category "{value[:60]}" begins or ends with "/", or holds "//"',
        )
    if key in (Key.TITLE, Key.STATUS) and not str(value).strip():
        return t("空です", "it is empty")
    if any(each.strip() and is_unseen(each) for text in texts for each in _parts(key, text)):
        return t("目に見える文字がありません", "it holds nothing that can be seen")
    if key is Key.TAGS and not all(each.strip() for each in texts):
        return t("空のタグがあります", "there is an empty tag")
    if key is Key.ASSIGNEE and value and not _PERSON.fullmatch(str(value)):
        return t("担当者は「氏名 #番号」で書きます", "a person is written as: name #number")
    return None


def _parts(key: Key, text: str) -> list[str]:
    """What of a value has a name of its own: the folders of a category."""
    return text.split("/") if key is Key.CATEGORY else [text]


def unfit(note: str) -> Text | None:
    """Why a note cannot be posted, or None: a clause without a full stop."""
    size = len(encode(note))
    if size > LONGEST_NOTE:
        return t(
            f"注記が長すぎます（UTF-8 で {size:,} バイト。{LONGEST_NOTE:,} バイトまで）",
            f"the note is too long ({size:,} bytes in UTF-8; at most {LONGEST_NOTE:,})",
        )
    if shown_text(note) != note:
        return t("秘密の値が入っているようです", "it seems to hold a secret")
    return None


# -- reading -------------------------------------------------------------------------------------


def _change(row: Row, *, sound: bool) -> Change:
    target = row.text("target", needed=True)
    if not _TARGET.fullmatch(target):
        raise _odd(row, "target", t("例: esa:123、redmine:45", "example: esa:123, redmine:45"))
    source = Source(target.partition(":")[0])
    kind = _choice(row, "kind", tuple(Verb))
    level = _choice(row, "confidence", tuple(each.name.lower() for each in Confidence))
    before, after = _values(row, "before", source), _values(row, "after", source)
    if before.keys() != after.keys() or not before:
        raise _odd(row, "after", t("before と同じ項目を書いてください。", "give the same keys as in before."))
    for key, value in after.items():
        why = usable(Key(key), value)
        if why is not None:
            raise row.error("after", t(f"{key}: {why.ja}", f"{key}: {why.en}"), _EDIT)
    change = Change(
        kind=Verb(kind),
        target=target,
        before=before,
        after=after,
        seen=_seen(row),
        group=row.text("group"),
        reason=row.text("reason"),
        confidence=Confidence[level.upper()],
        accept=_flag(row, "accept", without=False),
        title=row.text("title"),
        note=row.text("note"),
        along=_along(row, source),
        warning=row.text("warning"),
        id=row.text("id", needed=True),
        proposed=_flag(row, "proposed", without=True),
    )
    if (bad := unfit(change.note)) is not None:
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


def _check_whole(plan: Plan, above: Row, *, sound: bool) -> None:
    """Refuse a file that is not all of what kb wrote."""
    count = above.values.get("changes")
    told = f"{said(count):.20}"
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
    ids = Counter(change.id for change in plan.changes)
    twice = next((each for each, count in ids.items() if count > 1), "")
    if twice or (sound and above.text("digest") != plan.digest):
        raise above.error(
            "digest",
            t(f"id {twice:.30} が二度あります", f"the id {twice:.30} stands twice")
            if twice
            else t("変更の並びが kb の書いたものと違います", "these are not the changes kb wrote"),
            t(
                "git で元に戻すか、kb plan で作り直してください。",
                "restore the file from git, or make the plan again with kb plan.",
            ),
        )


def _values(row: Row, name: str, source: Source) -> dict[str, Value]:
    table = row.values.get(name)
    if not isinstance(table, dict):
        raise _odd(row, name, t('例: {title = "題名"}', 'example: {title = "A title"}'))
    found: dict[str, Value] = {}
    for key in sorted(table):
        keys = [each for each in KEYS[source] if each is not Key.BODY]  # of a text a file could only hold the hash
        if key not in keys:
            allowed = "、".join(keys)
            raise _odd(row, name, t(f"書けるのは {allowed} です。", f"what can stand here: {', '.join(keys)}."))
        value: Any = tuple(table[key]) if isinstance(table[key], list) else table[key]
        texts = not isinstance(value, tuple) or all(isinstance(each, str) for each in value)
        if type(value) is not TYPES[Key(key)] or not texts:
            raise _odd(row, name, t(f"{key} の型が違います。", f"{key} is of another type."))
        found[key] = cast(Value, value)
    return found


def _seen(row: Row) -> Seen:
    table = row.values.get("seen")
    if isinstance(table, dict) and table.keys() <= {"updated_at", "revision"}:
        when, revision = table.get("updated_at", ""), table.get("revision", 0)
        if isinstance(when, str) and type(revision) is int and 0 <= revision < 2**63:
            return Seen(when, revision)
    raise _odd(row, "seen", t("kb plan refresh で読み直してください。", "read it again with kb plan refresh."))


def _choice(row: Row, name: str, choices: tuple[str, ...]) -> str:
    value = row.text(name, needed=True)
    if value not in choices:
        raise _odd(row, name, t(f"選べるもの: {'、'.join(choices)}", f"choose one of: {', '.join(choices)}"))
    return value


def _flag(row: Row, name: str, *, without: bool) -> bool:
    value = row.values.get(name, without)
    if isinstance(value, bool):
        return value
    raise _odd(row, name, t("true か false で書きます。", "write true or false."))


def _texts(row: Row, name: str) -> tuple[str, ...]:
    value = row.values.get(name, [])
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return tuple(value)
    raise _odd(row, name, t('例: ["redmine:46"]', 'example: ["redmine:46"]'))


def _along(row: Row, source: Source) -> tuple[str, ...]:
    """Tickets that change with a ticket; with a post none does."""
    found = _texts(row, "along")
    if not all(source is Source.REDMINE and _TICKET.fullmatch(each) for each in found):
        raise _odd(row, "along", t('例: ["redmine:46"]', 'example: ["redmine:46"]'))
    return found


def _odd(row: Row, name: str, next_step: Text) -> InputError:
    shown = shown_text(clean(said(row.values.get(name, ""))))[:60]
    return row.error(
        name,
        t(f"{name} に{apart(f'「{shown}」')}は書けません", f"{shown!r} cannot be {name}")
        if shown
        else t(f"{name} がありません", f"{name} is missing"),
        next_step,
    )


# -- writing -------------------------------------------------------------------------------------


def field_line(change: Change, key: str) -> str:
    """One field of a change as it stands in a file, without the line's end."""
    return f"{key} = {_value(_fields(change)[key])}"


def _block(change: Change) -> str:
    kept = [key for key, value in _fields(change).items() if value not in ("", ())]
    return f"[[{TABLE}]]\n" + "".join(f"{field_line(change, key)}\n" for key in kept)


def _fields(change: Change) -> dict[str, object]:
    return {
        "id": change.id or change.own_id,
        "accept": change.accept,
        "group": change.group,
        "kind": change.kind.value,
        "target": change.target,
        "title": change.title,
        "before": _ordered(change.before),
        "after": _ordered(change.after),
        "note": change.note,
        "along": change.along,
        "warning": change.warning,
        "seen": _seen_values(change.seen),
        "reason": change.reason,
        "confidence": change.confidence.name.lower(),
        "proposed": "" if change.proposed else False,  # only what kb did not propose to send is marked
    }


def _seen_values(seen: Seen) -> dict[str, object]:
    return (
        {"revision": seen.revision, "updated_at": seen.updated_at} if seen.revision else {"updated_at": seen.updated_at}
    )


def _ordered(values: Values) -> dict[str, object]:
    return {key: values[key] for key in Key if key in values}


def _value(value: object) -> str:
    """A value as TOML. What JSON escapes, TOML reads alike; so is written what nobody would see in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key} = {_value(one)}" for key, one in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return escaped(json.dumps(clean(str(value)), ensure_ascii=False))


def _comment(text: str) -> str:
    return escaped(_CONTROL.sub(" ", clean(text)))
