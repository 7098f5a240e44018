"""Archive, append to, prepend to and roll back posts."""

from __future__ import annotations

from kb.sandbox.esa.api import json, notices, post_fields
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, not_found
from kb.sandbox.esa.state import writing
from kb.sandbox.esa.state.records import EsaPost


def archive(call: EsaCall) -> Json:
    """POST /posts/:number/archive: an archived post stays as it is. Older deployments lack this call."""
    if call.team.behaviour.archive_status != 200:
        raise not_found() if call.team.behaviour.archive_status == 404 else ApiError(405)
    post, fields = post_fields.writable_post(call), bodies.optional_fields(call, "post")
    if writing.archive(call.team, post, bodies.text_value(fields, "message") or "", by=call.token.user):
        notices.notify(call, "post_archive", post, post.message)
    return json.post(call, post)


def append(call: EsaCall) -> Json:
    """POST /posts/:number/append, also to a post open in an editor."""
    return _insert(call, call.post(), at_end=True)


def prepend(call: EsaCall) -> Json:
    """POST /posts/:number/prepend, also to a post open in an editor."""
    return _insert(call, call.post(), at_end=False)


def rollback(call: EsaCall) -> Json:
    """POST /posts/:number/revisions/:revision/rollback: old content becomes a new revision."""
    post, number, fields = (
        post_fields.writable_post(call),
        call.path_number("revision"),
        bodies.optional_fields(call, "post"),
    )
    if number == post.revision:
        raise bodies.bad_request("cannot roll back to the current revision")
    row = next((row for row in post.history if row.number == number), None)
    if row is None:
        raise not_found()
    wip = bodies.bool_value(fields, "wip")
    values: dict[str, object] = {
        **{name: getattr(row, name) for name in ("name", "category", "tags", "body_md")},
        "wip": row.wip if wip is None else wip,
        "message": bodies.text_value(fields, "message") or f"Roll back to rev {number}: {row.message}",
    }
    return _revise(call, post, values)


def _insert(call: EsaCall, post: EsaPost, *, at_end: bool) -> Json:
    fields = bodies.wrapped_fields(call, "post")
    content, there = _lf(bodies.required_text(fields, "content")), _lf(post.body_md)
    first, second = (there, content) if at_end else (content, there)
    seam = "\n" if call.team.behaviour.append_on_new_line and first and not first.endswith("\n") else ""
    wip = bodies.bool_value(fields, "wip")
    values: dict[str, object] = {
        "body_md": f"{first}{seam}{second}",
        "wip": post.wip if wip is None else wip,
        "message": bodies.text_value(fields, "message") or writing.BY_API,
    }
    return _revise(call, post, values)


def _revise(call: EsaCall, post: EsaPost, values: dict[str, object]) -> Json:
    writing.revise(call.team, post, values, by=call.token.user)
    notices.notify(call, "post_update", post, post.message)
    return json.post(call, post)


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
