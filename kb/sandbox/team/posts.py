"""Build posts from drafts in esa's shape (esa API v1, Post and Comment)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from kb.sandbox.team.draft import PageDraft, Reply
from kb.sandbox.team.people import BY_NAME
from kb.sandbox.team.words import ESA_URL, DraftWords, Moment, Row, pseudo_random
from kb.text.lazy_pattern import compile_lazy

_TASK = compile_lazy(r"^\s*[-*] \[(?P<done>[ xX])\] ", re.MULTILINE)
_DATED = compile_lazy(r"(^|/)(19|20)\d\d/\d\d(/\d\d)?(/|$)")


def creation_time(moment: Moment, draft: PageDraft) -> datetime:
    """Return a post's creation time: incidents on any day, other pages on weekdays."""
    return moment.at(draft.days, draft.time, workday=not draft.get("in").startswith("不具合共有"))


def build_post(moment: Moment, words: DraftWords, draft: PageDraft, comment_ids: Mapping[tuple[str, int], int]) -> Row:
    """Build a post with its comments. Raises KeyError for an unknown author or key."""
    number, created = words.posts[draft.key], creation_time(moment, draft)
    category = words.fill(draft.get("in"), created)
    name = draft.get("hostile").encode().decode("unicode_escape") + words.fill(draft.title, created)
    body, tags = words.fill(draft.body, created), list(draft.list("tags"))
    edits = _edits(moment, draft, created)
    done = [match["done"] != " " for match in _TASK.finditer(body)]
    return {
        "number": number,
        "name": name,
        "full_name": "/".join(filter(None, (category, _escaped(name)))) + "".join(f" #{tag}" for tag in tags),
        "wip": draft.get("wip") == "yes",
        "body_md": body,
        "created_at": moment.esa(created),
        "updated_at": moment.esa(edits[-1][0] if edits else created),
        "message": "Update post." if edits else "Create post.",
        "url": f"{ESA_URL}/posts/{number}",
        "tags": tags,
        "category": category or None,
        "revision_number": 1 + len(edits) + pseudo_random(draft.key, 4),
        "created_by": BY_NAME[draft.by].author(),
        "updated_by": BY_NAME[edits[-1][1] if edits else draft.by].author(),
        "kind": "flow" if _DATED.search(category) else "stock",
        "comments_count": len(draft.replies),
        "tasks_count": len(done),
        "done_tasks_count": sum(done),
        "stargazers_count": pseudo_random(f"{draft.key} stars", 5),
        "watchers_count": 1 + pseudo_random(f"{draft.key} watchers", 4),
        "star": False,
        "watch": False,
        "sharing_urls": _sharing(draft.get("shared")),
        "comments": [
            _comment(moment, words, reply, comment_ids[draft.key, place], number, created)
            for place, reply in enumerate(draft.replies)
        ],
    }


def reply_time(moment: Moment, created: datetime, reply: Reply) -> datetime:
    """Return the time of a reply, never later than now."""
    hour, minute = (int(part) for part in reply.time.split(":"))
    days = (moment.now - created).days - reply.days
    return moment.at(max(days, 0), f"{hour}:{minute}") if days > 0 else created


def number_comments(moment: Moment, drafts: Sequence[PageDraft], first: int) -> dict[tuple[str, int], int]:
    """Map comments to ids that are unique across the service and rise with time."""
    places = [
        (reply_time(moment, creation_time(moment, draft), reply), draft.key, place)
        for draft in drafts
        for place, reply in enumerate(draft.replies)
    ]
    return {(key, place): first + 3 * nth for nth, (_, key, place) in enumerate(sorted(places))}


def _comment(moment: Moment, words: DraftWords, reply: Reply, ident: int, number: int, created: datetime) -> Row:
    at = moment.esa(reply_time(moment, created, reply))
    return {
        "id": ident,
        "body_md": words.fill(reply.body, created),
        "created_at": at,
        "updated_at": at,
        "post_number": number,
        "url": f"{ESA_URL}/posts/{number}#comment-{ident}",
        "created_by": BY_NAME[reply.who].author(),
        "stargazers_count": 0,
        "star": False,
    }


def _edits(moment: Moment, draft: PageDraft, created: datetime) -> list[tuple[datetime, str]]:
    """Return time and author of a post's edits: `: edited +3 manabe, +40 ono`."""
    edits = []
    for edit in draft.list("edited"):
        days, who = edit.split()
        edits.append((reply_time(moment, created, Reply(who, int(days), "16:20")), who))
    return edits


def _escaped(name: str) -> str:
    """Escape a title for `full_name`: a literal / or # is an entity (esa API v1, names)."""
    return name.replace("#", "&#35;").replace("/", "&#47;")


def _sharing(slug: str) -> Row | None:
    return (
        {"html": f"{ESA_URL}/sharing/posts/{slug}", "slides": f"{ESA_URL}/sharing/posts/{slug}/slides"}
        if slug
        else None
    )
