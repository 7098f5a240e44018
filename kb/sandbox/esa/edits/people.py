"""Edits of people: members come and go, categories open to some of them."""

from __future__ import annotations

from kb.sandbox.esa.api import notices
from kb.sandbox.esa.edits.edit import TEAM, EsaEdit, unusable
from kb.sandbox.esa.state.load import add_member


def join(edit: EsaEdit) -> dict[str, object]:
    """Add a member, or change one."""
    before = len(edit.team.members)
    row = add_member(edit.team, edit.fields)
    if len(edit.team.members) > before:
        notices.call_webhook(edit.team, TEAM, "member_join", row.screen_name)
    return {"screen_name": row.screen_name, "members": len(edit.team.members)}


def leave(edit: EsaEdit) -> dict[str, object]:
    """Remove a member; their posts stay under the old name."""
    name = edit.text("screen_name")
    member = edit.team.members.pop(name, None)
    if member is None:
        unusable("fields.screen_name", name)
    edit.team.former[name] = member
    return {"screen_name": name, "members": len(edit.team.members)}


def limit(edit: EsaEdit) -> dict[str, object]:
    """Limit a category to `members` (screen names); none given: nobody else."""
    members = edit.fields.get("members", [])
    if not isinstance(members, list):
        unusable("fields.members", members)
    place = edit.text("category").strip("/")
    edit.team.limited[place] = frozenset(str(name) for name in members)
    return {"category": place}


def unlimit(edit: EsaEdit) -> dict[str, object]:
    """Open a limited category."""
    place = edit.text("category").strip("/")
    if edit.team.limited.pop(place, None) is None:
        unusable("fields.category", place)
    return {"category": place}
