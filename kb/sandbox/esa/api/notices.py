"""Notify people (counted: `GET /_sandbox/notifications`) and the webhook of a write."""

from __future__ import annotations

from kb.sandbox.esa.api import json
from kb.sandbox.esa.http.call import EsaCall, Json
from kb.sandbox.esa.state.records import EsaComment, EsaPost
from kb.sandbox.esa.state.team import EsaTeam

SKIP = "[skip notice]"
"""Keeps people from being notified, in a post's message (esa API v1 documentation)."""

_SIZES = ("thumb_s", "thumb_ms", "thumb_m", "thumb_l")


def notify(call: EsaCall, kind: str, post: EsaPost, message: str = "", comment: EsaComment | None = None) -> None:
    """Count the people a write notifies and call the webhook.

    Notified are the post's watchers and its author, but not the writer. Whether a silent message silences webhooks is a
    switch.
    """
    team, silent = call.team, SKIP in message
    if not silent:
        people = {*post.watchers, post.created_by} - {call.token.user}
        team.notices.count("notices", len(people) + post.more_watchers)
    if not silent or not team.behaviour.skip_notice_silences_webhooks:
        team.notices.count("webhooks")
        call_webhook(team, call.team_name, kind, call.token.user, post, comment)


def call_webhook(
    team: EsaTeam, name: str, kind: str, by: str, post: EsaPost | None = None, comment: EsaComment | None = None
) -> None:
    """Call the webhook, if there is one."""
    payload: Json = {"team": {"name": name}, "user": _user(team, by)}
    if post is not None:
        payload["post"] = _post(name, kind, post)
    if post is not None and comment is not None:
        html = json.html(comment.body_md)
        payload["comment"] = {
            "body_md": comment.body_md,
            "body_html": html,
            "url": f"{json.url(name, post.number)}#comment-{comment.id}",
        }
    team.hooks.send(kind, payload)


def _post(team: str, kind: str, post: EsaPost) -> Json:
    """Return a post as webhooks give it: category and tags only in the name, no body once deleted."""
    row: Json = {"name": post.full_name, "wip": post.wip, "number": post.number}
    url = json.url(team, post.number)
    if kind != "post_delete":
        row |= {"body_md": post.body_md, "body_html": json.html(post.body_md), "message": post.message, "url": url}
    if kind == "post_update":
        row["diff_url"] = f"{url}/revisions/{post.revision}"
    return row


def _user(team: EsaTeam, by: str) -> Json:
    person, icon = team.person(by), json.icon(by)
    sizes = {size: {"url": icon.replace("/icon/", f"/icon/{size}_")} for size in _SIZES}
    return {"name": person.name if person else by, "screen_name": by, "icon": {"url": icon, **sizes}}
