"""Writing comments: create, update, delete."""

from __future__ import annotations

from kb.sandbox.esa import bodies, notices, post_fields, shapes, writing
from kb.sandbox.esa.calls import ApiError, Call, Json
from kb.sandbox.esa.comments import of_path
from kb.sandbox.esa.rows import Comment


def create(call: Call) -> Json:
    """POST /posts/:number/comments."""
    post, given = call.post(), bodies.wrapped(call, "comment")
    by = post_fields.person(call, given, "user") or call.token.user
    row = writing.comment(call.team, post, bodies.needed(given, "body_md"), by=by)
    notices.tell(call, "comment_create", post, comment=row)
    return shapes.comment(call, row)


def update(call: Call) -> Json:
    """PATCH /comments/:id."""
    row, given = _mine(call), bodies.wrapped(call, "comment")
    body, by = bodies.needed(given, "body_md"), post_fields.person(call, given, "user")
    row.body_md, row.updated, row.created_by = body, call.team.now, by or row.created_by
    writing.touch(call.team, call.team.posts[row.number])
    return shapes.comment(call, row)


def delete(call: Call) -> Json:
    """DELETE /comments/:id."""
    call.team.drop_comment(_mine(call))
    return {}


def _mine(call: Call) -> Comment:
    """The comment of the path; 403 when it is somebody else's and this is no owner with `admin:comment`.

    Who may change other people's comments is not documented; the scope of that name suggests it.
    """
    row = of_path(call)
    if row.created_by != call.token.user and not (call.by_owner and call.token.may_as_admin("comment")):
        raise ApiError(403, "forbidden", "Forbidden")
    return row
