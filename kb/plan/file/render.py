"""Render plan.toml: one key a line and one block a change, so that two people can decide in git."""

from __future__ import annotations

from kb.model.plan import PLAN_FORMAT, Change, ChangeKey, Plan, digest_group
from kb.plan.file.parse import CHANGE_TABLE
from kb.plan.values import CONTROL_CHARACTERS
from kb.settings.table_files import render_entry
from kb.settings.toml import format_fields
from kb.text.display import escape_invisible
from kb.text.lang import t
from kb.text.lines import replace_surrogates

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
    parts = [str(_TOP), format_fields(heads, visible=True), render_shared(plan), render_reviewed(plan)]
    for group, changes in plan.groups():
        parts.append(f"\n# ── {_render_comment(group)}（{len(changes)}）\n")
        parts += (f"\n{render_entry(CHANGE_TABLE, _fields(change), visible=True)}" for change in changes)
    return "".join(parts)


def render_shared(plan: Plan) -> str:
    """Render the posts whose checklists ask about a plan, "" for none."""
    return format_fields({"shared": plan.shared}, visible=True) if plan.shared else ""


def render_reviewed(plan: Plan) -> str:
    """Render the reviewed groups, one a line so that two reviewers' files merge. "" for none."""
    marks = {digest_group(group, changes): group for group, changes in plan.groups()}
    lines = [f'    "{mark}", # {_render_comment(marks[mark])}\n' for mark in marks if mark in plan.reviewed]
    return f"reviewed = [\n{''.join(lines)}]\n" if lines else ""


def render_field(change: Change, key: str) -> str:
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
