"""Writing posts: create, update, delete."""

from __future__ import annotations

from kb.sandbox.esa.api import json, notices, post_fields
from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.bodies import Fields
from kb.sandbox.esa.http.call import Call, Json
from kb.sandbox.esa.state import templates, writing
from kb.sandbox.esa.state.merge import Merged, merge
from kb.sandbox.esa.state.records import Post


def create(call: Call) -> Json:
    """POST /posts: WIP unless `wip` is false; a template gives what is not said."""
    given = {**_from_template(call), **bodies.wrapped(call, "post")}
    author = post_fields.person(call, given, "created_by") or post_fields.person(call, given, "user")
    editor = post_fields.person(call, given, "updated_by")
    bodies.needed(given, "name")
    values = {"category": "", "tags": (), "wip": True, "body_md": ""} | post_fields.values(call, given)
    values["message"] = bodies.text(given, "message") or writing.CREATED
    by = author or call.token.user
    post = writing.create(call.team, values, by=by, when=call.team.now)
    post.updated_by = editor or by
    notices.tell(call, "post_create", post, post.message)
    return json.post(call, post)


def update(call: Call) -> Json:
    """PATCH /posts/:number: the keys given change, all others stay."""
    post, given = post_fields.free(call), bodies.wrapped(call, "post")
    values, merged = post_fields.values(call, given, post.tags), _merged(call, post, given)
    if merged is not None:
        values["body_md"] = merged.text
    author = post_fields.person(call, given, "created_by")
    by = post_fields.person(call, given, "updated_by") or call.token.user
    if author is not None:
        values["created_by"] = author
    if call.team.behaviour.noop_revises or any(getattr(post, name) != value for name, value in values.items()):
        values["message"] = bodies.text(given, "message") or writing.UPDATED
        writing.revise(call.team, post, values, by=by, when=post_fields.when(call, given))
        notices.tell(call, "post_update", post, post.message)
    return {**json.post(call, post), "overlapped": merged is not None and merged.overlapped}


def delete(call: Call) -> Json:
    """DELETE /posts/:number, its comments with it. The API has no way back."""
    post = post_fields.free(call)
    call.team.drop(post)
    notices.tell(call, "post_delete", post)
    return {}


def _from_template(call: Call) -> Json:
    """Name and text of the template asked for; nothing when there is no such template."""
    number = bodies.whole(bodies.optional(call, "post"), "template_post_id")
    post = None if number is None else call.team.posts.get(number)
    if post is None or not templates.is_template(post) or not call.team.can_read(post, call.reader):
        return {}
    place = post.category.removeprefix(templates.PLACE).strip("/")
    name = f"{place}/{post.name}" if place else post.name
    now, me = call.team.now, call.token.user
    return {key: templates.filled(text, now=now, me=me) for key, text in (("name", name), ("body_md", post.body_md))}


def _merged(call: Call, post: Post, given: Fields) -> Merged | None:
    """The body sent, merged with what changed since `original_revision`; None: it is taken as it is."""
    original, sent = given.get("original_revision"), bodies.text(given, "body_md")
    if not isinstance(original, dict) or sent is None:
        return None
    behaviour, number = call.team.behaviour, bodies.whole(original, "number")
    known = {row.number: row.body_md for row in (*post.history, post.as_revision())}
    base = None if number is None else known.get(number)
    if base is not None and behaviour.merge_base == "sent":
        base = bodies.text(original, "body_md")
    return None if base is None else merge(base, post.body_md, sent, behaviour.conflict_style)
