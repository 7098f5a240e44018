"""Parse a write to a post: which post, which fields, who, when."""

from __future__ import annotations

from kb.sandbox.esa.http import bodies
from kb.sandbox.esa.http.bodies import Fields
from kb.sandbox.esa.http.call import ApiError, EsaCall
from kb.sandbox.esa.state import derive, names
from kb.sandbox.esa.state.records import EsaPost

BOT = "esa_bot"
"""A person an owner may name besides members."""


def writable_post(call: EsaCall) -> EsaPost:
    """Return the post of the path; 409 while somebody has it open in the editor."""
    post = call.post()
    if post.open_for:
        post.open_for -= 1
        raise ApiError(409, "conflict", "The post is being edited")
    return post


def post_values(call: EsaCall, fields: Fields, tags: tuple[str, ...] = ()) -> dict[str, object]:
    """Return the fields of a post among the given keys; `tags` are its present ones."""
    values: dict[str, object] = {
        "body_md": bodies.text_value(fields, "body_md"),
        "wip": bodies.bool_value(fields, "wip"),
    }
    category, new_tags = bodies.text_value(fields, "category"), bodies.text_list(fields, "tags")
    if (name := bodies.text_value(fields, "name")) is not None:
        decode = call.team.behaviour.title_entities == "decoded"
        parsed = names.parse_name(name, category_given=category is not None, decode=decode)
        if not parsed.name:
            raise bodies.bad_request("name can't be blank")
        values["name"] = parsed.name
        category = parsed.category if category is None else category
        if parsed.tags:
            new_tags = tuple(dict.fromkeys((*(tags if new_tags is None else new_tags), *parsed.tags)))
    values |= {"category": None if category is None else category.strip("/"), "tags": new_tags}
    return {key: value for key, value in values.items() if value is not None}


def named_person(call: EsaCall, fields: Fields, name: str) -> str | None:
    """Return the person an owner names under `name`; 400 from anybody else, or for an unknown person."""
    if (value := bodies.text_value(fields, name)) is None:
        return None
    if not call.by_owner:
        raise bodies.bad_request(f"{name} can be given by owners only")
    if value != BOT and call.team.person(value) is None:
        raise bodies.bad_request(f"{name} is invalid")
    return value


def given_time(call: EsaCall, fields: Fields) -> int | None:
    """Return the client's (undocumented) `updated_at` where the switch allows it, else None."""
    if not call.team.behaviour.honours_updated_at:
        return None
    try:
        return derive.epoch(bodies.text_value(fields, "updated_at") or "")
    except (ValueError, OverflowError):
        return None
