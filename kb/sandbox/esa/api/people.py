"""Members, tags, statistics, teams, and the token itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from kb.sandbox.esa.api import json
from kb.sandbox.esa.http.call import ApiError, EsaCall, Json, list_page, not_found
from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import EsaMember

MAX_TAGS = 1000
DAY_S = 86400


def members(call: EsaCall) -> Json:
    """GET /members; sort posts_count (default), joined or last_accessed."""
    counts = _posts_count(call)
    keys: dict[str, Callable[[EsaMember], int]] = {
        "posts_count": lambda row: counts[row.screen_name],
        "joined": lambda row: row.joined,
        "last_accessed": lambda row: row.accessed,
    }
    key = keys.get(call.get("sort", "posts_count"))
    order = call.get("order", "desc")
    if key is None or order not in ("asc", "desc"):
        raise ApiError(400, "bad_request", "sort does not have a valid value")
    rows = sorted(call.team.members.values(), key=lambda row: (key(row), row.id), reverse=order == "desc")
    return list_page(call, "members", rows, lambda row: json.member(call, row, counts[row.screen_name]))


def member(call: EsaCall) -> Json:
    """GET /members/:screen_name_or_email; `me` is the caller."""
    wanted = call.path["who"]
    wanted = call.token.user if wanted == "me" else wanted
    for row in call.team.members.values():
        if wanted in (row.screen_name, row.email):
            return json.member(call, row, _posts_count(call)[row.screen_name])
    raise not_found()


def tags(call: EsaCall) -> Json:
    """GET /tags by count, descending; up to 1,000 a page."""
    visible = call.team.readable(call.reader)
    counts = Counter(tag for post in call.team.posts.values() if visible is None or visible(post) for tag in post.tags)
    rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return list_page(
        call, "tags", rows, lambda row: {"name": row[0], "posts_count": row[1]}, default=MAX_TAGS, most=MAX_TAGS
    )


def stats(call: EsaCall) -> Json:
    """GET /stats of the whole team, including what the token may not see."""
    posts = call.team.posts.values()
    wip = sum(post.wip for post in posts)
    now = call.team.now
    active = {days: sum(row.accessed > now - days * DAY_S for row in call.team.members.values()) for days in (1, 7, 30)}
    return {
        "members": len(call.team.members),
        "posts": len(posts),
        "posts_wip": wip,
        "posts_shipped": len(posts) - wip,
        "comments": len(call.team.comments),
        "stars": sum(post.stars for post in posts),
        "daily_active_users": active[1],
        "weekly_active_users": active[7],
        "monthly_active_users": active[30],
    }


def user(call: EsaCall) -> Json:
    """GET /user: the token's owner."""
    row = call.team.members.get(call.token.user)
    made = derive.iso(row.joined if row else call.token.made_at)
    answer: Json = {
        "id": row.id if row else 0,
        "name": row.name if row else call.token.user,
        "screen_name": call.token.user,
        "created_at": made,
        "updated_at": made,
        "icon": json.icon(call.token.user),
        "email": row.email if row else f"{call.token.user}@example.com",
    }
    if "teams" in call.names("include"):
        answer["teams"] = _teams(call)
    return answer


def teams(call: EsaCall) -> Json:
    """GET /teams of the token's owner; `role` filters."""
    return list_page(call, "teams", _teams(call), dict)


def team(call: EsaCall) -> Json:
    """GET /teams/:team."""
    return _team(call.team_name)


def token_info(call: EsaCall) -> Json:
    """GET /oauth/token/info: the token's scopes."""
    row = call.team.members.get(call.token.user)
    return {
        "resource_owner_id": row.id if row else 0,
        "scope": list(call.token.scopes),
        "expires_in": None,
        "application": {"uid": None},
        "created_at": call.token.made_at,
    }


def _teams(call: EsaCall) -> list[Json]:
    row = call.team.members.get(call.token.user)
    if not call.token.member or row is None or call.get("role", row.role) != row.role:
        return []
    return [_team(call.team_name)]


def _team(name: str) -> Json:
    return {
        "name": name,
        "privacy": "closed",
        "description": "kb sandbox",
        "icon": "https://img.esa.io/uploads/production/teams/icon/sandbox.png",
        "url": f"https://{name}.esa.io/",
    }


def _posts_count(call: EsaCall) -> Counter[str]:
    return Counter(post.created_by for post in call.team.posts.values())
