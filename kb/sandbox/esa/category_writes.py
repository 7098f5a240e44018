"""Writing categories: moving one with all below it."""

from __future__ import annotations

from kb.sandbox.esa import bodies, notices, writing
from kb.sandbox.esa.calls import ApiError, Call, Json, not_found
from kb.sandbox.esa.rows import Post


def batch_move(call: Call) -> Json:
    """POST /categories/batch_move: every category at or below `from`; `count` is how many those were.

    What stands at the target already stays there. Posts the token may not see stay behind.
    """
    given = bodies.given(call)
    source, target = bodies.needed(given, "from"), bodies.needed(given, "to")
    top, to, behaviour = source.strip("/"), target.strip("/"), call.team.behaviour
    found = writing.subtree(call.team, top, call.team.readable(call.reader))
    if not found and behaviour.move_missing_status == 404:
        raise not_found()
    count = 0
    for place, posts in found.items() if top != to else ():
        if behaviour.move_stops_after and count == behaviour.move_stops_after:
            raise ApiError(500, "internal_server_error", "Internal Server Error")
        for post in posts:
            _move(call, post, writing.moved(place, top, to))
        count += 1
    return {"count": count, "from": source, "to": target}


def _move(call: Call, post: Post, place: str) -> None:
    behaviour = call.team.behaviour
    if behaviour.move_revises:
        when = None if behaviour.move_touches else post.updated
        writing.revise(call.team, post, {"category": place}, by=call.token.user, when=when)
        notices.tell(call, "post_update", post)
    else:
        call.team.change(post, category=place, updated=call.team.now if behaviour.move_touches else post.updated)
