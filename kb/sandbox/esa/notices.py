"""Whom a write tells. Counted, not sent: `GET /_sandbox/notifications`."""

from __future__ import annotations

from kb.sandbox.esa.calls import Call
from kb.sandbox.esa.rows import Post

SKIP = "[skip notice]"
"""In a post's message it keeps people from being told (esa API v1 documentation)."""


def tell(call: Call, post: Post, message: str = "") -> None:
    """Count who is told of a write on `post`: its watchers and its author, but not who wrote; a webhook.

    Whether a silent message keeps webhooks silent too is a switch.
    """
    team, silent = call.team, SKIP in message
    if not silent:
        people = {*post.watchers, post.created_by} - {call.token.user}
        team.notices.count("notices", len(people) + post.more_watchers)
    if not silent or not team.behaviour.skip_notice_silences_webhooks:
        team.notices.count("webhooks")
