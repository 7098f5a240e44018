"""Set and remove stars and watches. Setting one twice changes nothing."""

from __future__ import annotations

from kb.sandbox.esa.api.comments import comment_of_path
from kb.sandbox.esa.http.call import EsaCall, Json


def star_post(call: EsaCall) -> Json:
    """POST /posts/:number/star. A quotation in the body is ignored."""
    return _set(call, call.post().stargazers)


def unstar_post(call: EsaCall) -> Json:
    """DELETE /posts/:number/star."""
    return _unset(call, call.post().stargazers)


def watch(call: EsaCall) -> Json:
    """POST /posts/:number/watch."""
    return _set(call, call.post().watchers)


def unwatch(call: EsaCall) -> Json:
    """DELETE /posts/:number/watch."""
    return _unset(call, call.post().watchers)


def star_comment(call: EsaCall) -> Json:
    """POST /comments/:id/star."""
    return _set(call, comment_of_path(call).stargazers)


def unstar_comment(call: EsaCall) -> Json:
    """DELETE /comments/:id/star."""
    return _unset(call, comment_of_path(call).stargazers)


def _set(call: EsaCall, people: dict[str, int]) -> Json:
    people.setdefault(call.token.user, call.team.now)
    call.team.note_change()
    return {}


def _unset(call: EsaCall, people: dict[str, int]) -> Json:
    people.pop(call.token.user, None)
    call.team.note_change()
    return {}
