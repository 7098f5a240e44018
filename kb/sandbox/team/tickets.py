"""Build tickets and wiki pages from drafts in Redmine's shape (observed on Redmine 6.0.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from kb.sandbox.team.draft import PageDraft, Reply
from kb.sandbox.team.people import BY_NAME, PEOPLE, InventedPerson
from kb.sandbox.team.posts import reply_time
from kb.sandbox.team.words import REDMINE_URL, DraftWords, Moment, Row, pseudo_random

PROJECTS: tuple[Row, ...] = (
    {"id": 1, "identifier": "adsv", "name": "広告配信システム", "is_public": True, "status": 1},
    {
        "id": 2,
        "identifier": "adsv-batch",
        "name": "集計・請求",
        "is_public": True,
        "status": 1,
        "parent": {"id": 1, "name": "広告配信システム"},
    },
    {"id": 3, "identifier": "adsv-infra", "name": "インフラ運用", "is_public": True, "status": 1},
    {"id": 4, "identifier": "ops-contract", "name": "権限・契約", "is_public": False, "status": 1},
    {"id": 5, "identifier": "adnet-legacy", "name": "旧配信基盤", "is_public": True, "status": 5},
)
STATUSES: tuple[Row, ...] = (
    {"id": 1, "name": "新規", "is_closed": False},
    {"id": 2, "name": "進行中", "is_closed": False},
    {"id": 3, "name": "解決", "is_closed": False},
    {"id": 4, "name": "フィードバック", "is_closed": False},
    {"id": 5, "name": "終了", "is_closed": True},
    {"id": 6, "name": "却下", "is_closed": True},
)
TRACKERS: tuple[Row, ...] = tuple(
    {"id": nth, "name": name, "default_status": {"id": 1, "name": "新規"}}
    for nth, name in enumerate(("障害", "作業", "問合せ", "改善"), start=1)
)
PRIORITIES: tuple[Row, ...] = tuple(
    {"id": nth, "name": name, "is_default": name == "通常", "active": True}
    for nth, name in enumerate(("低め", "通常", "高め", "急いで", "今すぐ"), start=1)
)
_READS = ("view_issues", "view_wiki_pages", "view_wiki_edits", "view_files", "view_time_entries")
_WRITES = ("add_issues", "edit_issues", "add_issue_notes", "view_issue_watchers")
_LIMITS = ("view_private_notes", "set_issues_private", "set_notes_private", "edit_issue_notes")
ROLES: tuple[Row, ...] = (
    {"id": 1, "name": "管理者", "permissions": [*_READS, *_WRITES, *_LIMITS], "issues_visibility": "all"},
    {"id": 2, "name": "開発者", "permissions": [*_READS, *_WRITES], "issues_visibility": "default"},
)
_MANAGERS = ("manabe", "sakurai", "morishita", "ono")
_PROJECTS_BY_KEY = {row["identifier"]: {"id": row["id"], "name": row["name"]} for row in PROJECTS}
_STATUS = {row["name"]: row for row in STATUSES}
_NAMED = {row["name"]: {"id": row["id"], "name": row["name"]} for row in (*TRACKERS, *PRIORITIES)}
_IMPACT = {"id": 1, "name": "影響範囲"}


def creation_time(moment: Moment, draft: PageDraft) -> datetime:
    """Return the creation time of a ticket or page."""
    return moment.at(draft.days, draft.time, workday=True)


def list_projects(moment: Moment) -> tuple[Row, ...]:
    """Return the projects as a member sees them."""
    created = moment.redmine(moment.at(2300, "10:00"))
    return tuple({"description": "", "created_on": created, "updated_on": created, **row} for row in PROJECTS)


def build_ticket(moment: Moment, words: DraftWords, draft: PageDraft, first_journal: int) -> Row:
    """Build a ticket with journals, attachments and relations. Raises KeyError for an unknown name."""
    number, created = words.tickets[draft.key], creation_time(moment, draft)
    status = _STATUS[draft.get("status", "新規")]
    journals = [_journal(moment, words, reply, first_journal + nth, created) for nth, reply in enumerate(draft.replies)]
    updated = max([moment.redmine(created), *(journal["created_on"] for journal in journals)])
    row: Row = {
        "id": number,
        "project": _PROJECTS_BY_KEY[draft.get("project")],
        "tracker": _NAMED[draft.get("tracker", "作業")],
        "status": dict(status),
        "priority": _NAMED[draft.get("priority", "通常")],
        "author": BY_NAME[draft.by].reference(),
        "subject": words.fill(draft.title, created),
        "description": words.fill(draft.body, created).replace("\n", "\r\n"),
        "start_date": f"{created:%Y-%m-%d}",
        "due_date": f"{created + timedelta(days=int(draft.get('due'))):%Y-%m-%d}" if draft.get("due") else None,
        "done_ratio": int(draft.get("done", "100" if status["is_closed"] else "0")),
        "is_private": draft.get("private") == "yes",
        "estimated_hours": None,
        "total_estimated_hours": None,
        "spent_hours": 0.0,
        "total_spent_hours": 0.0,
        "custom_fields": [{**_IMPACT, "value": draft.get("impact")}],
        "created_on": moment.redmine(created),
        "updated_on": updated,
        "closed_on": updated if status["is_closed"] else None,
        "attachments": [_attachment(words, created, draft, name) for name in draft.list("attached")],
        "relations": [*_relations(words, draft, "relates"), *_relations(words, draft, "duplicates")],
        "watchers": [],
        "children": [],
        "journals": journals,
    }
    if draft.get("to"):
        row["assigned_to"] = BY_NAME[draft.get("to")].reference()
    if draft.get("parent"):
        row["parent"] = {"id": words.tickets[draft.get("parent")]}
    return row


def list_memberships() -> tuple[Row, ...]:
    """Return the memberships: present people in all public projects, managers also in the others."""
    return tuple(
        {
            "project": _PROJECTS_BY_KEY[project["identifier"]],
            "user": person.reference(),
            "roles": [{"id": 1 if person.screen_name in _MANAGERS else 2}],
        }
        for project in PROJECTS
        for person in PEOPLE
        if person.member and (project["is_public"] or person.screen_name in _MANAGERS)
    )


def add_children(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Add to each ticket its subtasks, as `include=children` gives them."""
    for row in rows:
        row["children"] = [
            {"id": child["id"], "tracker": child["tracker"], "subject": child["subject"]}
            for child in rows
            if child.get("parent", {}).get("id") == row["id"]
        ]
    return tuple(rows)


def _journal(moment: Moment, words: DraftWords, reply: Reply, ident: int, created: datetime) -> Row:
    at = moment.redmine(reply_time(moment, created, reply))
    return {
        "id": ident,
        "user": BY_NAME[reply.who].reference(),
        "notes": words.fill(reply.body, created),
        "created_on": at,
        "updated_on": at,
        "private_notes": "yes" in reply.all("private"),
        "details": [_detail(words, created, change) for change in reply.all("set")],
    }


def _detail(words: DraftWords, created: datetime, change: str) -> Row:
    """Build a detail from `: set status 新規 -> 進行中`, with `¶` for a line break in a description."""
    name, _, values = change.partition(" ")
    old, _, new = (part.strip() for part in values.partition("->"))
    if name == "file":
        return {
            "property": "attachment",
            "name": str(2000 + pseudo_random(new, 900)),
            "old_value": None,
            "new_value": new,
        }
    of: Mapping[str, str] = {
        "status": "status_id",
        "to": "assigned_to_id",
        "priority": "priority_id",
        "done": "done_ratio",
    }

    def value(text: str) -> str | None:
        if not text:
            return None
        if name == "to":
            return str(BY_NAME[text].id)
        if name in ("status", "priority"):
            return str((_STATUS if name == "status" else _NAMED)[text]["id"])
        return words.fill(text, created).replace("¶", "\r\n")

    return {"property": "attr", "name": of.get(name, name), "old_value": value(old), "new_value": value(new)}


def _attachment(words: DraftWords, created: datetime, draft: PageDraft, name: str) -> Row:
    ident = 2000 + pseudo_random(name, 900)
    author: InventedPerson = BY_NAME[draft.by]
    return {
        "id": ident,
        "filename": name,
        "filesize": 4096 + pseudo_random(f"{draft.key}{name}", 900_000),
        "content_type": {"png": "image/png", "csv": "text/csv", "log": "text/plain"}.get(name.rpartition(".")[2]),
        "description": "",
        "content_url": f"{REDMINE_URL}/attachments/download/{ident}/{name}",
        "author": author.reference(),
        "created_on": Moment(created).redmine(created),
    }


def _relations(words: DraftWords, draft: PageDraft, kind: str) -> list[Row]:
    this = words.tickets[draft.key]
    return [
        {
            "id": 300 + pseudo_random(f"{draft.key} {kind} {other}", 6000),
            "issue_id": this,
            "issue_to_id": words.tickets[other],
            "relation_type": kind,
            "delay": None,
        }
        for other in draft.list(kind)
    ]


def build_wiki_page(moment: Moment, words: DraftWords, draft: PageDraft) -> Row:
    """Build a wiki page: its newest version, and all under `versions`."""
    created = creation_time(moment, draft)
    versions = [
        {
            "version": 1,
            "text": words.fill(draft.body, created),
            "author": BY_NAME[draft.by].reference(),
            "comments": "",
            "updated_on": moment.redmine(created),
        }
    ]
    for nth, reply in enumerate(draft.replies, start=2):
        versions.append(
            {
                "version": nth,
                "text": words.fill(reply.body, created),
                "author": BY_NAME[reply.who].reference(),
                "comments": " ".join(reply.all("note")),
                "updated_on": moment.redmine(reply_time(moment, created, reply)),
            }
        )
    return {
        "project": _PROJECTS_BY_KEY[draft.get("project")],
        "title": draft.title,
        **({"parent": {"title": draft.get("parent")}} if draft.get("parent") else {}),
        **versions[-1],
        "created_on": moment.redmine(created),
        "attachments": [],
        "versions": versions,
    }
