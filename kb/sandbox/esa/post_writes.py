"""Writing posts: update, archive."""

from __future__ import annotations

from kb.sandbox.esa import bodies, derive, names, notices, shapes, writing
from kb.sandbox.esa.bodies import Fields
from kb.sandbox.esa.calls import ApiError, Call, Json
from kb.sandbox.esa.rows import Post

BOT = "esa_bot"
"""Whom an owner may name besides members."""


def update(call: Call) -> Json:
    """PATCH /posts/:number: the keys given change, all others stay."""
    post, given = free(call), bodies.wrapped(call, "post")
    values = {**_values(call, given, post.tags), **_people(call, given, "created_by")}
    by = _people(call, given, "updated_by").get("updated_by", call.token.user)
    if call.team.behaviour.noop_revises or any(getattr(post, name) != value for name, value in values.items()):
        values["message"] = bodies.text(given, "message") or writing.UPDATED
        writing.revise(call.team, post, values, by=by, when=_when(call, given))
        notices.tell(call, post, post.message)
    return {**shapes.post(call, post), "overlapped": False}


def archive(call: Call) -> Json:
    """POST /posts/:number/archive: again it changes nothing."""
    post, given = free(call), bodies.optional(call, "post")
    if writing.archive(call.team, post, bodies.text(given, "message") or "", by=call.token.user):
        notices.tell(call, post, post.message)
    return shapes.post(call, post)


def free(call: Call) -> Post:
    """The post of the path, to be written to; 409 as long as somebody has it open in the editor."""
    post = call.post()
    if post.open_for:
        post.open_for -= 1
        raise ApiError(409, "conflict", "The post is being edited")
    return post


def _values(call: Call, given: Fields, tags: tuple[str, ...]) -> dict[str, object]:
    """The fields of a post among the keys given; `tags` are those it has."""
    values: dict[str, object] = {}
    category, wanted, body = bodies.text(given, "category"), bodies.texts(given, "tags"), bodies.text(given, "body_md")
    name, wip = bodies.text(given, "name"), bodies.flag(given, "wip")
    if name is not None:
        decode = call.team.behaviour.title_entities == "decoded"
        read = names.read(name, category_given=category is not None, decode=decode)
        if not read.name:
            raise bodies.bad("name can't be blank")
        values["name"] = read.name
        category = read.category if category is None else category
        if read.tags:
            wanted = tuple(dict.fromkeys((*(tags if wanted is None else wanted), *read.tags)))
    rest = {"category": None if category is None else category.strip("/"), "tags": wanted, "body_md": body, "wip": wip}
    return values | {key: value for key, value in rest.items() if value is not None}


def _people(call: Call, given: Fields, name: str) -> dict[str, str]:
    """Who an owner says it was, under `name`; 400 from anybody else, or when there is no such person."""
    if (person := bodies.text(given, name)) is None:
        return {}
    me = call.team.members.get(call.token.user)
    if me is None or me.role != "owner":
        raise bodies.bad(f"{name} can be given by owners only")
    if person != BOT and call.team.person(person) is None:
        raise bodies.bad(f"{name} is invalid")
    return {name: person}


def _when(call: Call, given: Fields) -> int | None:
    """The time a client gives as `updated_at`, which is not documented, where the switch lets it; else None."""
    if not call.team.behaviour.honours_updated_at:
        return None
    try:
        return derive.epoch(bodies.text(given, "updated_at") or "")
    except (ValueError, OverflowError):
        return None
