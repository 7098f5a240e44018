"""Render records as esa's JSON."""

from __future__ import annotations

import difflib

import pyromark

from kb.sandbox.esa.http.call import EsaCall, Json, list_page
from kb.sandbox.esa.state import derive
from kb.sandbox.esa.state.records import EsaComment, EsaMember, EsaPost, EsaRevision

_MARKDOWN = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS


def html(body_md: str) -> str:
    """Render a body as CommonMark with tables and task lists, without esa's extensions."""
    return pyromark.html(body_md, options=_MARKDOWN)


def icon(screen_name: str) -> str:
    """Return the address of a person's icon."""
    return f"https://img.esa.io/uploads/production/members/icon/{screen_name}.png"


def user(call: EsaCall, screen_name: str) -> Json:
    """Return a person as under `created_by`."""
    member = call.team.person(screen_name)
    return {
        "myself": screen_name == call.token.user,
        "name": member.name if member else screen_name,
        "screen_name": screen_name,
        "icon": icon(screen_name),
    }


def member(call: EsaCall, row: EsaMember, posts_count: int) -> Json:
    """Return a row of the member list."""
    return {
        **user(call, row.screen_name),
        "role": row.role,
        "posts_count": posts_count,
        "joined_at": derive.iso(row.joined),
        "last_accessed_at": derive.iso(row.accessed),
        "email": row.email,
    }


def url(team_name: str, number: int) -> str:
    """Return a post's address in the browser."""
    return f"https://{team_name}.esa.io/posts/{number}"


def summary(call: EsaCall, row: EsaPost) -> Json:
    """Return a post without its body."""
    return {
        "number": row.number,
        "name": row.name,
        "full_name": row.full_name,
        "wip": row.wip,
        "created_at": derive.iso(row.created),
        "updated_at": derive.iso(row.updated),
        "message": row.message,
        "url": url(call.team_name, row.number),
        "tags": list(row.tags),
        "category": row.category or None,
        "revision_number": row.revision,
        "created_by": user(call, row.created_by),
        "updated_by": user(call, row.updated_by),
    }


def post(call: EsaCall, row: EsaPost, include: frozenset[str] = frozenset()) -> Json:
    """Return a post as lists and single reads give it; `include` names what is embedded."""
    answer: Json = {
        **summary(call, row),
        "body_md": row.body_md,
        "body_html": html(row.body_md),
        "kind": row.kind,
        "comments_count": len(row.comments),
        "tasks_count": row.tasks,
        "done_tasks_count": row.done_tasks,
        "stargazers_count": row.stars,
        "watchers_count": row.watches,
        "star": call.token.user in row.stargazers,
        "watch": call.token.user in row.watchers,
        "sharing_urls": sharing(call, row),
    }
    if include & {"comments", "comments.stargazers"}:
        cap = call.team.behaviour.embedded_comments_cap
        ids = row.comments if cap < 0 else row.comments[:cap]
        answer["comments"] = [comment(call, call.team.comments[id], include) for id in ids]
    if "stargazers" in include:
        answer["stargazers"] = stargazers(call, row.stargazers)
    return answer


def sharing(call: EsaCall, row: EsaPost) -> Json | None:
    """Return the public addresses of a shared post."""
    if not row.shared:
        return None
    base = f"{url(call.team_name, row.number)}/sharing-{row.number:08x}"
    return {"html": base, "slides": f"{base}/slides"}


def stargazers(call: EsaCall, people: dict[str, int]) -> list[Json]:
    """Return the people who starred or watch something, with the times."""
    return [
        {"created_at": derive.iso(when), "body": None, "user": user(call, screen_name)}
        for screen_name, when in people.items()
    ]


def stargazers_page(call: EsaCall, name: str, people: dict[str, int]) -> Json:
    """Return a page of `stargazers` under `name`."""
    return list_page(call, name, stargazers(call, people), dict)


def comment(call: EsaCall, row: EsaComment, include: frozenset[str] = frozenset()) -> Json:
    """Return a comment."""
    answer: Json = {
        "id": row.id,
        "body_md": row.body_md,
        "body_html": html(row.body_md),
        "created_at": derive.iso(row.created),
        "updated_at": derive.iso(row.updated),
        "post_number": row.number,
        "url": f"{url(call.team_name, row.number)}#comment-{row.id}",
        "created_by": user(call, row.created_by),
        "stargazers_count": row.stars,
        "star": call.token.user in row.stargazers,
    }
    if "comments.stargazers" in include:
        answer["stargazers"] = stargazers(call, row.stargazers)
    return answer


def revision(call: EsaCall, number: int, row: EsaRevision, before: EsaRevision | None) -> Json:
    """Return a revision; `diff` is against the one before, null if that is unknown."""
    full_name = (f"{row.category}/" if row.category else "") + row.name
    return {
        "number": row.number,
        "name": row.name,
        "full_name": full_name + "".join(f" #{tag}" for tag in row.tags),
        "category": row.category or None,
        "tags": list(row.tags),
        "body_md": row.body_md,
        "body_html": html(row.body_md),
        "diff": diff_html(diff_text(before.body_md, row.body_md)) if before else None,
        "message": row.message,
        "wip": row.wip,
        "created_at": derive.iso(row.created),
        "updated_at": derive.iso(row.created),
        "created_by": user(call, row.created_by),
        "url": f"{url(call.team_name, number)}/revisions/{row.number}",
    }


def diff_text(before: str, after: str) -> str:
    """Return the lines that differ as a unified diff without its header."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=3)
    return "\n".join(list(lines)[2:])


def diff_html(diff: str) -> str:
    """Render a unified diff as HTML."""
    names = {"+": "ins", "-": "del", " ": "unchanged"}
    rows = []
    for line in diff.splitlines():
        text = line[1:].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        rows.append(f'<li class="{names.get(line[:1], "hunk")}">{text}</li>')
    return f'<div class="diff"><ul>{"".join(rows)}</ul></div>'
