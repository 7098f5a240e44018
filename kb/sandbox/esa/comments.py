"""Reading comments: of a post, of the team, one."""

from __future__ import annotations

from kb.sandbox.esa import shapes
from kb.sandbox.esa.calls import Call, Json, not_found, paged
from kb.sandbox.esa.rows import Comment


def of_post(call: Call) -> Json:
    """GET /posts/:number/comments, what was edited last first."""
    rows = [call.team.comments[id] for id in call.post().comments]
    rows.sort(key=lambda row: (row.updated, row.id), reverse=True)
    found, envelope = paged(call, rows)
    return {"comments": [shapes.comment(call, row, call.names("include")) for row in found], **envelope}


def feed(call: Call) -> Json:
    """GET /comments: the whole team's, what was made last first."""
    rows = call.team.feed()
    visible = call.team.readable(call.reader)
    if visible is not None:
        rows = [row for row in rows if visible(call.team.posts[row.number])]
    found, envelope = paged(call, rows)
    return {"comments": [shapes.comment(call, row, call.names("include")) for row in found], **envelope}


def show(call: Call) -> Json:
    """GET /comments/:id; here the stargazers are included as `stargazers`."""
    include = call.names("include")
    return shapes.comment(
        call, of_path(call), include | ({"comments.stargazers"} if "stargazers" in include else set())
    )


def stargazers(call: Call) -> Json:
    """GET /comments/:id/stargazers."""
    found, envelope = paged(call, shapes.stargazers(call, of_path(call).stargazers))
    return {"stargazers": list(found), **envelope}


def of_path(call: Call) -> Comment:
    """The comment of the path, if its post shows itself to this token."""
    row = call.team.comments.get(call.whole("id"))
    if row is None or not call.team.can_read(call.team.posts[row.number], call.reader):
        raise not_found()
    return row
