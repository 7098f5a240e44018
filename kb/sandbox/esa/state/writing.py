"""Writes to a team, by the API or by control requests."""

from __future__ import annotations

from collections.abc import Mapping

from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.match import Predicate
from kb.sandbox.esa.state.records import EsaComment, EsaPost
from kb.sandbox.esa.state.team import EsaTeam

CREATED, UPDATED, ARCHIVED, BY_API = "Create post.", "Update post.", "Archived!", "Updated via API."
"""What esa notes as `message` when nobody says."""

ARCHIVE = "Archived"


def create(team: EsaTeam, values: Mapping[str, object], *, by: str, when: int) -> EsaPost:
    """Create a post with the next number."""
    post = EsaPost(
        number=team.last_number + 1,
        created=when,
        updated=when,
        created_by=by,
        updated_by=by,
        **values,  # type: ignore[arg-type]
    )
    team.add(post)
    return post


def revise(team: EsaTeam, post: EsaPost, values: Mapping[str, object], *, by: str, when: int | None = None) -> None:
    """Set fields of a post as its next revision; the previous one goes to its history."""
    team.change(
        post,
        **{"message": UPDATED, **values},
        history=[*post.history, post.as_revision()],
        revision=post.revision + 1,
        updated=team.now if when is None else when,
        updated_by=by,
    )


def archive(team: EsaTeam, post: EsaPost, message: str, *, by: str) -> bool:
    """Move a post below `Archived`; False, without a change, when it is there already.

    Without a message the last one stays, unless that was a default itself.
    """
    if derive.is_archived(post.category):
        return False
    kept = "" if post.message in (CREATED, UPDATED, BY_API) else post.message
    place = f"{ARCHIVE}/{post.category}" if post.category else ARCHIVE
    revise(team, post, {"category": place, "message": message or kept or ARCHIVED}, by=by)
    return True


def comment(team: EsaTeam, post: EsaPost, body_md: str, *, by: str, quiet: bool = False) -> EsaComment:
    """Add a comment; a quiet one leaves the post as it is."""
    now = team.now
    row = EsaComment(team.last_comment + 1, post.number, body_md, now, now, by)
    team.add_comment(row)
    if not quiet:
        touch(team, post)
    return row


def touch(team: EsaTeam, post: EsaPost) -> None:
    """Update the post's time after a comment, if the switch says so."""
    if team.behaviour.comment_touches_post:
        team.change(post, updated=team.now)


def subtree(team: EsaTeam, top: str, visible: Predicate | None = None) -> dict[str, list[EsaPost]]:
    """Return the `visible` posts of a category and all below it, by exact category."""
    found: dict[str, list[EsaPost]] = {}
    for place in sorted(place for place in team.by_category if top and derive.is_under(place, top)):
        posts = [team.posts[number] for number in sorted(team.by_category[place])]
        if posts := [post for post in posts if visible is None or visible(post)]:
            found[place] = posts
    return found


def moved_path(place: str, source: str, target: str) -> str:
    """Return where `place`, at or below `source`, is after a move to `target`."""
    return (target + place[len(source) :]).strip("/")
