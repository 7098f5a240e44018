"""Read posts: the list with search, one post, backlinks, stargazers, watchers."""

from __future__ import annotations

from kb.sandbox.esa.api import json
from kb.sandbox.esa.api.help_posts import help_post
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, list_page, not_found, parse_number
from kb.sandbox.esa.state.orders import KEYS
from kb.sandbox.esa.state.query import parse
from kb.sandbox.esa.state.records import EsaPost

SORTS = (*KEYS, "number")
MOST_BACKLINKS = 15


def listing(call: EsaCall) -> Json:
    """GET /posts. A `sort:` inside `q` wins over the parameters."""
    query = parse(call.get("q"), numbers=call.team.behaviour.number_search)
    sort, order = query.sort or (call.get("sort", "updated"), call.get("order", "desc"))
    if sort not in SORTS:
        raise ApiError(400, "bad_request", "sort does not have a valid value")
    if order not in ("asc", "desc"):
        raise ApiError(400, "bad_request", "order does not have a valid value")
    found, include = call.team.select(query, call.reader, sort, order == "asc"), call.names("include")
    return list_page(call, "posts", found, lambda post: json.post(call, post, include))


def new(call: EsaCall) -> Json:
    """GET /posts/new: how a new post begins, as a copy or in a category. Tags are not copied."""
    number, place = call.get("parent_post_id"), call.get("category_path").strip("/")
    parent = None if (asked := parse_number(number)) is None else call.team.posts.get(asked)
    if parent is not None and call.team.can_read(parent, call.reader):
        return {"post": {"name": parent.path, "body_md": parent.body_md}}
    if number:
        raise not_found()
    return {"post": {"name": f"{place}/" if place else "", "body_md": ""}}


def show(call: EsaCall) -> Json:
    """GET /posts/:number. `backlinks_count` includes posts the token may not see."""
    post, include = help_post(call) or call.post(), call.names("include")
    row = {**json.post(call, post, include), "backlinks_count": len(call.team.backlinks(post.number))}
    if "backlinks" in include:
        row["backlinks"] = [json.summary(call, link) for link in _visible_backlinks(call, post)[:MOST_BACKLINKS]]
    return row


def backlinks(call: EsaCall) -> Json:
    """GET /posts/:number/backlinks, without posts the token may not see."""
    return list_page(call, "posts", _visible_backlinks(call, call.post()), lambda link: json.summary(call, link))


def _visible_backlinks(call: EsaCall, post: EsaPost) -> list[EsaPost]:
    return [link for link in call.team.backlinks(post.number) if call.team.can_read(link, call.reader)]


def stargazers(call: EsaCall) -> Json:
    """GET /posts/:number/stargazers."""
    return json.stargazers_page(call, "stargazers", call.post().stargazers)


def watchers(call: EsaCall) -> Json:
    """GET /posts/:number/watchers."""
    return json.stargazers_page(call, "watchers", call.post().watchers)
