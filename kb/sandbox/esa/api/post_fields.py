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


def post_values(call: EsaCall, given: Fields, tags: tuple[str, ...] = ()) -> dict[str, object]:
    """Return the fields of a post among the given keys; `tags` are its present ones."""
    found: dict[str, object] = {}
    category, wanted, body = (
        bodies.text_value(given, "category"),
        bodies.text_list(given, "tags"),
        bodies.text_value(given, "body_md"),
    )
    name, wip = bodies.text_value(given, "name"), bodies.bool_value(given, "wip")
    if name is not None:
        decode = call.team.behaviour.title_entities == "decoded"
        read = names.parse_name(name, category_given=category is not None, decode=decode)
        if not read.name:
            raise bodies.bad_request("name can't be blank")
        found["name"] = read.name
        category = read.category if category is None else category
        if read.tags:
            wanted = tuple(dict.fromkeys((*(tags if wanted is None else wanted), *read.tags)))
    rest = {"category": None if category is None else category.strip("/"), "tags": wanted, "body_md": body, "wip": wip}
    return found | {key: value for key, value in rest.items() if value is not None}


def named_person(call: EsaCall, given: Fields, name: str) -> str | None:
    """Return the person an owner names under `name`; 400 from anybody else, or for an unknown person."""
    if (value := bodies.text_value(given, name)) is None:
        return None
    if not call.by_owner:
        raise bodies.bad_request(f"{name} can be given by owners only")
    if value != BOT and call.team.person(value) is None:
        raise bodies.bad_request(f"{name} is invalid")
    return value


def given_time(call: EsaCall, given: Fields) -> int | None:
    """Return the client's (undocumented) `updated_at` where the switch allows it, else None."""
    if not call.team.behaviour.honours_updated_at:
        return None
    try:
        return derive.epoch(bodies.text_value(given, "updated_at") or "")
    except (ValueError, OverflowError):
        return None
