"""How a write changes a team, whoever makes it: by the API, or as another person by a control request."""

from __future__ import annotations

from collections.abc import Mapping

from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.match import Predicate
from kb.sandbox.esa.state.records import Comment, Post
from kb.sandbox.esa.state.team import Team

CREATED, UPDATED, ARCHIVED, BY_API = "Create post.", "Update post.", "Archived!", "Updated via API."
"""What esa notes as `message` when nobody says."""

ARCHIVE = "Archived"


def create(team: Team, values: Mapping[str, object], *, by: str, when: int) -> Post:
    """A new post with the next number."""
    post = Post(
        number=team.last_number + 1,
        created=when,
        updated=when,
        created_by=by,
        updated_by=by,
        **values,  # type: ignore[arg-type]
    )
    team.add(post)
    return post


def revise(team: Team, post: Post, values: Mapping[str, object], *, by: str, when: int | None = None) -> None:
    """Set fields of a post as its next revision; what it was before goes to its history."""
    team.change(
        post,
        **{"message": UPDATED, **values},
        history=[*post.history, post.as_revision()],
        revision=post.revision + 1,
        updated=team.now if when is None else when,
        updated_by=by,
    )


def archive(team: Team, post: Post, message: str, *, by: str) -> bool:
    """Move a post below `Archived`; False when it is there already, and then nothing changes.

    Without a message the last one stays, unless that was a default itself.
    """
    if derive.archived(post.category):
        return False
    kept = "" if post.message in (CREATED, UPDATED, BY_API) else post.message
    place = f"{ARCHIVE}/{post.category}" if post.category else ARCHIVE
    revise(team, post, {"category": place, "message": message or kept or ARCHIVED}, by=by)
    return True


def comment(team: Team, post: Post, body_md: str, *, by: str, quiet: bool = False) -> Comment:
    """A new comment on a post, which a quiet one leaves as it is."""
    now = team.now
    row = Comment(team.last_comment + 1, post.number, body_md, now, now, by)
    team.add_comment(row)
    if not quiet:
        touch(team, post)
    return row


def touch(team: Team, post: Post) -> None:
    """What a comment does to the time of its post: nothing, unless the switch says so."""
    if team.behaviour.comment_touches_post:
        team.change(post, updated=team.now)


def subtree(team: Team, top: str, visible: Predicate | None = None) -> dict[str, list[Post]]:
    """The posts of a category and of all below it, by exact category, as far as they are `visible`."""
    found: dict[str, list[Post]] = {}
    for place in sorted(place for place in team.by_category if top and derive.under(place, top)):
        posts = [team.posts[number] for number in sorted(team.by_category[place])]
        if posts := [post for post in posts if visible is None or visible(post)]:
            found[place] = posts
    return found


def moved(place: str, source: str, target: str) -> str:
    """Where `place`, at or below `source`, is once that is called `target`."""
    return (target + place[len(source) :]).strip("/")
