"""A workspace's mirror as data rows: the team as of the last sync."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source

Row = dict[str, Any]

# Tables of the mirror that Redmine's rows refer to, by the name its API gives them.
_TABLES = {"issue_statuses": "status", "trackers": "tracker", "issue_priorities": "priority", "projects": "project"}


def mirror_rows(path: Path) -> Iterator[Row]:
    """Yield members, posts, tickets and wiki pages of the mirror at `path`. Raises StoreError.

    What a mirror does not keep is missing: older revisions, stars, memberships.
    """
    with Mirror.open(path, readonly=True) as mirror:
        people = mirror.things(Source.ESA, "member")
        yield from (_member(row) for row in people.values())
        named = set(people)
        tables = {name: list(mirror.things(Source.REDMINE, kind).values()) for name, kind in _TABLES.items()}
        if any(tables.values()):
            yield tables
        projects = {row.get("identifier"): row for row in tables["projects"]}
        comments = _parts(mirror, Kind.COMMENT, "body_md")
        notes = _parts(mirror, Kind.NOTE, "notes")
        for stored in mirror.documents(kinds=(Kind.POST, Kind.TICKET, Kind.WIKI)):
            doc, body = stored.document.doc, stored.document.body
            raw = mirror.raw(stored.id)
            if stored.document.kind is Kind.POST:
                post = {**raw, "body_md": body, "comments": comments.get(doc, [])}
                if people:
                    yield from _former(post, named)
                yield post
            elif stored.document.kind is Kind.TICKET:
                yield {**raw, "description": body, "journals": notes.get(doc, [])}
            else:
                yield {"wiki_pages": [_wiki(stored, raw, projects)]}


def _member(row: Row) -> Row:
    """Return a member; the sandbox's token belongs to whoever synced."""
    return {**row, "me": row.get("myself") is True}


def _former(post: Row, named: set[str]) -> Iterator[Row]:
    """Yield authors who are no longer members, and add them to `named`."""
    for text in (post, *post["comments"]):
        for key in ("created_by", "updated_by"):
            person = text.get(key)
            name = person.get("screen_name") if isinstance(person, dict) else None
            if isinstance(name, str) and name not in named:
                named.add(name)
                yield {"screen_name": name, "name": person.get("name"), "member": False}


def _parts(mirror: Mirror, kind: Kind, field: str) -> dict[object, list[Row]]:
    """Return comments or notes by document, oldest first."""
    found: dict[object, list[Row]] = defaultdict(list)
    for stored in mirror.documents(kinds=(kind,)):
        found[stored.document.doc].append({**mirror.raw(stored.id), field: stored.document.body})
    for parts in found.values():
        parts.sort(key=lambda row: int(row.get("id", 0)))
    return found


def _wiki(stored: StoredDocument, raw: Row, projects: dict[object, Row]) -> Row:
    identifier = stored.document.category
    project = projects.get(identifier, {"id": 0, "name": identifier, "identifier": identifier})
    return {**raw, "text": stored.document.body, "project": project}
