"""Comments: of a post, of the team, one; create, update, delete."""

from __future__ import annotations

from kb.sandbox.esa.api import json, notices, post_fields
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, list_page, not_found
from kb.sandbox.esa.state import writing
from kb.sandbox.esa.state.records import EsaComment


def post_comments(call: EsaCall) -> Json:
    """GET /posts/:number/comments by last edit, descending."""
    rows = [call.team.comments[id] for id in call.post().comments]
    rows.sort(key=lambda row: (row.updated, row.id), reverse=True)
    return _list_comments(call, rows)


def feed(call: EsaCall) -> Json:
    """GET /comments of the team by creation, descending."""
    rows = call.team.feed()
    visible = call.team.readable(call.reader)
    if visible is not None:
        rows = [row for row in rows if visible(call.team.posts[row.number])]
    return _list_comments(call, rows)


def _list_comments(call: EsaCall, rows: list[EsaComment]) -> Json:
    include = call.names("include")
    return list_page(call, "comments", rows, lambda row: json.comment(call, row, include))


def show(call: EsaCall) -> Json:
    """GET /comments/:id; here the stargazers are included as `stargazers`."""
    include = call.names("include")
    return json.comment(
        call, comment_of_path(call), include | ({"comments.stargazers"} if "stargazers" in include else set())
    )


def stargazers(call: EsaCall) -> Json:
    """GET /comments/:id/stargazers."""
    return json.stargazers_page(call, "stargazers", comment_of_path(call).stargazers)


def comment_of_path(call: EsaCall) -> EsaComment:
    """Return the comment of the path, if the token may see its post."""
    row = call.team.comments.get(call.path_number("id"))
    if row is None or not call.team.can_read(call.team.posts[row.number], call.reader):
        raise not_found()
    return row


def create(call: EsaCall) -> Json:
    """POST /posts/:number/comments."""
    post, fields = call.post(), bodies.wrapped_fields(call, "comment")
    by = post_fields.named_person(call, fields, "user") or call.token.user
    row = writing.comment(call.team, post, bodies.required_text(fields, "body_md"), by=by)
    notices.notify(call, "comment_create", post, comment=row)
    return json.comment(call, row)


def update(call: EsaCall) -> Json:
    """PATCH /comments/:id."""
    row, fields = _editable_comment(call), bodies.wrapped_fields(call, "comment")
    body, by = bodies.required_text(fields, "body_md"), post_fields.named_person(call, fields, "user")
    row.body_md, row.updated, row.created_by = body, call.team.now, by or row.created_by
    writing.touch(call.team, call.team.posts[row.number])
    return json.comment(call, row)


def delete(call: EsaCall) -> Json:
    """DELETE /comments/:id."""
    call.team.drop_comment(_editable_comment(call))
    return {}


def _editable_comment(call: EsaCall) -> EsaComment:
    """Return the comment of the path; 403 for another's, except for an owner with `admin:comment`.

    Who may change other people's comments is not documented; the scope's name suggests it.
    """
    row = comment_of_path(call)
    if row.created_by != call.token.user and not (call.by_owner and call.token.may_as_admin("comment")):
        raise ApiError(403, "forbidden", "Forbidden")
    return row
