"""Writing posts: create, update, delete."""

from __future__ import annotations

from kb.sandbox.esa.api import json, notices, post_fields
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.bodies import Fields
from kb.sandbox.esa.http.call import EsaCall, Json
from kb.sandbox.esa.state import templates, writing
from kb.sandbox.esa.state.merge import MergedText, merge_texts
from kb.sandbox.esa.state.records import EsaPost


def create(call: EsaCall) -> Json:
    """POST /posts: WIP by default; a template fills in what is missing."""
    fields = {**_from_template(call), **bodies.wrapped_fields(call, "post")}
    author = post_fields.named_person(call, fields, "created_by") or post_fields.named_person(call, fields, "user")
    editor = post_fields.named_person(call, fields, "updated_by")
    bodies.required_text(fields, "name")
    values = {"category": "", "tags": (), "wip": True, "body_md": ""} | post_fields.post_values(call, fields)
    values["message"] = bodies.text_value(fields, "message") or writing.CREATED
    by = author or call.token.user
    post = writing.create(call.team, values, by=by, when=call.team.now)
    post.updated_by = editor or by
    notices.notify(call, "post_create", post, post.message)
    return json.post(call, post)


def update(call: EsaCall) -> Json:
    """PATCH /posts/:number: changes the given keys only."""
    post, fields = post_fields.writable_post(call), bodies.wrapped_fields(call, "post")
    values, merged = post_fields.post_values(call, fields, post.tags), _merged(call, post, fields)
    if merged is not None:
        values["body_md"] = merged.text
    author = post_fields.named_person(call, fields, "created_by")
    by = post_fields.named_person(call, fields, "updated_by") or call.token.user
    if author is not None:
        values["created_by"] = author
    if call.team.behaviour.noop_revises or any(getattr(post, name) != value for name, value in values.items()):
        values["message"] = bodies.text_value(fields, "message") or writing.UPDATED
        writing.revise(call.team, post, values, by=by, when=post_fields.given_time(call, fields))
        notices.notify(call, "post_update", post, post.message)
    return {**json.post(call, post), "overlapped": merged is not None and merged.overlapped}


def delete(call: EsaCall) -> Json:
    """DELETE /posts/:number with its comments; the API cannot restore it."""
    post = post_fields.writable_post(call)
    call.team.drop(post)
    notices.notify(call, "post_delete", post)
    return {}


def _from_template(call: EsaCall) -> Json:
    """Return name and body of the requested template; nothing if there is none."""
    number = bodies.int_value(bodies.optional_fields(call, "post"), "template_post_id")
    post = None if number is None else call.team.posts.get(number)
    if post is None or not templates.is_template(post) or not call.team.can_read(post, call.reader):
        return {}
    place = post.category.removeprefix(templates.PLACE).strip("/")
    name = f"{place}/{post.name}" if place else post.name
    now, me = call.team.now, call.token.user
    return {
        key: templates.fill_template(text, now=now, me=me) for key, text in (("name", name), ("body_md", post.body_md))
    }


def _merged(call: EsaCall, post: EsaPost, fields: Fields) -> MergedText | None:
    """Merge the sent body with changes since `original_revision`; None: take it as it is."""
    original, sent = fields.get("original_revision"), bodies.text_value(fields, "body_md")
    if not isinstance(original, dict) or sent is None:
        return None
    behaviour, number = call.team.behaviour, bodies.int_value(original, "number")
    known = {row.number: row.body_md for row in (*post.history, post.as_revision())}
    base = None if number is None else known.get(number)
    if base is not None and behaviour.merge_base == "sent":
        base = bodies.text_value(original, "body_md")
    return None if base is None else merge_texts(base, post.body_md, sent, behaviour.conflict_style)
