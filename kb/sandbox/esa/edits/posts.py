"""Edits as another person would make them in the browser, loud or quiet.

A loud edit adds a revision, moves updated_at and names its author. A quiet one leaves all three, as some moves in esa
do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kb.sandbox.core.refusals import unknown
from kb.sandbox.esa.edits import people
from kb.sandbox.esa.edits.edit import EsaEdit, Fields, unusable
from kb.sandbox.esa.state import derive, writing
from kb.sandbox.esa.state.load import add_member, screen_name
from kb.sandbox.esa.state.records import EsaPost
from kb.sandbox.esa.state.team import EsaTeam

POST_FIELDS = MappingProxyType({"title": "name", "body": "body_md"})
"""Other words a control request may use for a post's fields."""

NEW_POST: Fields = MappingProxyType(
    {"name": None, "body_md": "", "category": "", "tags": [], "wip": False, "message": writing.CREATED}
)
"""What a new post is when nobody says; a name must be given."""


def edit(team: EsaTeam, payload: Mapping[str, object], *, operator: str) -> dict[str, object]:
    """Carry out a control request. Raises InputError."""
    action = str(payload.get("action", "")).replace("_", "-")
    if action not in ACTIONS:
        raise unknown(action, ACTIONS, "action", "action ")
    fields = payload.get("fields", {})
    if not isinstance(fields, Mapping):
        unusable("fields", fields)
    values = {POST_FIELDS.get(name, name): value for name, value in fields.items()}
    target = payload.get("number")
    target = payload.get("id") if target is None else target
    by = screen_name(payload.get("as") or _colleague(team, operator))
    answer = ACTIONS[action](EsaEdit(team, by, payload.get("quiet") is True, target, values))
    if by not in team.members and action != "remove-member":
        add_member(team, {"screen_name": by})
    return answer


def _colleague(team: EsaTeam, operator: str) -> str:
    """Return a member who is not the operator."""
    return next((name for name in team.members if name != operator), "colleague")


def create(edit: EsaEdit) -> dict[str, object]:
    """Create a post; shipped unless `wip` says otherwise."""
    given = {name: value for name, value in edit.fields.items() if name != "created_at"}
    values, when = _values({**NEW_POST, **given}), edit.time("created_at", edit.team.now)
    post = writing.create(edit.team, values, by=edit.by, when=when)
    edit.tell("post_create", post)
    return _result(post)


def update(edit: EsaEdit) -> dict[str, object]:
    """Change fields of a post."""
    return _result(_change(edit, edit.post(), _values(edit.fields)))


def move(edit: EsaEdit) -> dict[str, object]:
    """Move a post to another category."""
    return _result(_change(edit, edit.post(), _values({"category": edit.text("category")})))


def rename_category(edit: EsaEdit) -> dict[str, object]:
    """Move a subtree as batch_move does; posts of it notify nobody."""
    source, target = edit.text("from").strip("/"), edit.text("to").strip("/")
    found = writing.subtree(edit.team, source)
    for place, posts in found.items():
        for post in posts:
            edit.team.change(post, category=writing.moved_path(place, source, target))
    return {"count": len(found), "posts": sum(map(len, found.values()))}


def delete(edit: EsaEdit) -> dict[str, object]:
    """Delete a post with its comments; `restore` brings them back."""
    post = edit.post()
    edit.team.drop(post)
    edit.tell("post_delete", post)
    return {"number": post.number}


def restore(edit: EsaEdit) -> dict[str, object]:
    """Restore a deleted post, which only the browser can do."""
    post = edit.team.restore(edit.target) if type(edit.target) is int else None
    if post is None:
        unusable("number", edit.target)
    edit.tell("post_restore", post)
    return _result(post)


def comment(edit: EsaEdit) -> dict[str, object]:
    """Comment on post `number`."""
    post, text = edit.post(), edit.text("body_md")
    made = writing.comment(edit.team, post, text, by=edit.by, quiet=edit.quiet)
    edit.tell("comment_create", post, made)
    return {"id": made.id, "number": post.number, "created_at": derive.iso(made.created), "created_by": edit.by}


def update_comment(edit: EsaEdit) -> dict[str, object]:
    """Change the text of comment `id`."""
    row = edit.comment()
    row.body_md = edit.text("body_md")
    if not edit.quiet:
        row.updated = edit.team.now
        writing.touch(edit.team, edit.team.posts[row.number])
    return {"id": row.id, "number": row.number, "updated_at": derive.iso(row.updated)}


def delete_comment(edit: EsaEdit) -> dict[str, object]:
    """Delete comment `id`."""
    row = edit.comment()
    edit.team.drop_comment(row)
    return {"id": row.id, "number": row.number}


def open_editor(edit: EsaEdit) -> dict[str, object]:
    """Open a post in an editor: the next `times` writes to it get 409."""
    post, times = edit.post(), edit.fields.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < 0:
        unusable("fields.times", times)
    post.open_for = times
    return {"number": post.number, "times": times}


def _set(kind: str = "", **values: object) -> Callable[[EsaEdit], dict[str, object]]:
    def action(edit: EsaEdit) -> dict[str, object]:
        post = edit.post()
        edit.team.change(post, **values)
        if kind:
            edit.tell(kind, post)
        return _result(post)

    return action


ACTIONS: Mapping[str, Callable[[EsaEdit], dict[str, object]]] = MappingProxyType(
    {
        "create": create,
        "update": update,
        "move": move,
        "rename-category": rename_category,
        "delete": delete,
        "restore": restore,
        "comment": comment,
        "update-comment": update_comment,
        "delete-comment": delete_comment,
        "add-member": people.join,
        "update-member": people.join,
        "remove-member": people.leave,
        "limit": people.limit,
        "unlimit": people.unlimit,
        "open": open_editor,
        "hide": _set(hidden=True),
        "unhide": _set(hidden=False),
        "share": _set("post_start_sharing", shared=True),
        "unshare": _set("post_stop_sharing", shared=False),
    }
)
"""What `POST /_sandbox/edit` can do to esa. Hiding and sharing move no time, as in esa."""


def _values(fields: Fields) -> dict[str, object]:
    """Check and return the fields of a post. Raises InputError for unknown ones."""
    checked: dict[str, object] = {}
    for name, value in fields.items():
        if name in ("name", "body_md", "message") and isinstance(value, str) and (value or name != "name"):
            checked[name] = value
        elif name == "category" and (value is None or isinstance(value, str)):
            checked[name] = (value or "").strip("/")
        elif name == "tags" and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
            checked[name] = tuple(value)
        elif name == "wip" and isinstance(value, bool):
            checked[name] = value
        else:
            unusable(f"fields.{name}", value)
    return checked


def _change(edit: EsaEdit, post: EsaPost, values: dict[str, object]) -> EsaPost:
    if edit.quiet:
        edit.team.change(post, **values)
        return post
    writing.revise(edit.team, post, values, by=edit.by)
    edit.tell("post_update", post)
    return post


def _result(post: EsaPost) -> dict[str, object]:
    return {
        "number": post.number,
        "full_name": post.full_name,
        "category": post.category or None,
        "wip": post.wip,
        "revision_number": post.revision,
        "updated_at": derive.iso(post.updated),
        "updated_by": post.updated_by,
    }
