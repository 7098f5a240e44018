"""Stars and watches, set and taken back. Setting one twice changes nothing."""

from __future__ import annotations

from kb.sandbox.esa.api.comments import of_path
from kb.sandbox.esa.http.call import Call, Json


def star_post(call: Call) -> Json:
    """POST /posts/:number/star. A quotation sent along is not kept."""
    return _set(call, call.post().stargazers)


def unstar_post(call: Call) -> Json:
    """DELETE /posts/:number/star."""
    return _unset(call, call.post().stargazers)


def watch(call: Call) -> Json:
    """POST /posts/:number/watch."""
    return _set(call, call.post().watchers)


def unwatch(call: Call) -> Json:
    """DELETE /posts/:number/watch."""
    return _unset(call, call.post().watchers)


def star_comment(call: Call) -> Json:
    """POST /comments/:id/star."""
    return _set(call, of_path(call).stargazers)


def unstar_comment(call: Call) -> Json:
    """DELETE /comments/:id/star."""
    return _unset(call, of_path(call).stargazers)


def _set(call: Call, people: dict[str, int]) -> Json:
    people.setdefault(call.token.user, call.team.now)
    call.team.touched()
    return {}


def _unset(call: Call, people: dict[str, int]) -> Json:
    people.pop(call.token.user, None)
    call.team.touched()
    return {}
