"""Read posts: the list with search, one post, backlinks, stargazers, watchers."""

from __future__ import annotations

from kb.sandbox.esa.api import json
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, not_found, page_envelope
from kb.sandbox.esa.state.orders import KEYS
from kb.sandbox.esa.state.query import parse

SORTS = (*KEYS, "number")


def listing(call: EsaCall) -> Json:
    """GET /posts. A `sort:` inside `q` wins over the parameters."""
    query = parse(call.get("q"), numbers=call.team.behaviour.number_search)
    sort, order = query.sort or (call.get("sort", "updated"), call.get("order", "desc"))
    if sort not in SORTS:
        raise ApiError(400, "bad_request", "sort does not have a valid value")
    if order not in ("asc", "desc"):
        raise ApiError(400, "bad_request", "order does not have a valid value")
    found, envelope = page_envelope(call, call.team.select(query, call.reader, sort, order == "asc"))
    include = call.names("include")
    return {"posts": [json.post(call, post, include) for post in found], **envelope}


def new(call: EsaCall) -> Json:
    """GET /posts/new: how a new post begins, as a copy or in a category. Tags are not copied."""
    number, place = call.get("parent_post_id"), call.get("category_path").strip("/")
    parent = call.team.posts.get(int(number[:12])) if number.isascii() and number.isdigit() else None
    if parent is not None and call.team.can_read(parent, call.reader):
        return {"post": {"name": parent.path, "body_md": parent.body_md}}
    if number:
        raise not_found()
    return {"post": {"name": f"{place}/" if place else "", "body_md": ""}}


def show(call: EsaCall) -> Json:
    """GET /posts/:number. `backlinks_count` includes posts the token may not see."""
    post, include = call.post(), call.names("include")
    links = call.team.backlinks(post.number)
    shown = json.post(call, post, include)
    shown["backlinks_count"] = len(links)
    if "backlinks" in include:
        seen = [link for link in links if call.team.can_read(link, call.reader)]
        shown["backlinks"] = [json.summary(call, link) for link in seen[: json.MOST_BACKLINKS]]
    return shown


def backlinks(call: EsaCall) -> Json:
    """GET /posts/:number/backlinks, without posts the token may not see."""
    post = call.post()
    seen = [link for link in call.team.backlinks(post.number) if call.team.can_read(link, call.reader)]
    found, envelope = page_envelope(call, seen)
    return {"posts": [json.summary(call, link) for link in found], **envelope}


def stargazers(call: EsaCall) -> Json:
    """GET /posts/:number/stargazers."""
    found, envelope = page_envelope(call, json.stargazers(call, call.post().stargazers))
    return {"stargazers": list(found), **envelope}


def watchers(call: EsaCall) -> Json:
    """GET /posts/:number/watchers."""
    found, envelope = page_envelope(call, json.stargazers(call, call.post().watchers))
    return {"watchers": list(found), **envelope}
