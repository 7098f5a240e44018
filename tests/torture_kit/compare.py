"""Is the mirror what the servers hold? Field by field, with the differences in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from kb.markup.parse import parse_structure
from kb.mirror.documents import StoredDocument
from kb.mirror.store import Mirror
from kb.model.document import Kind
from kb.text.json_fields import utc_field

Row = dict[str, Any]
Texts = dict[str, dict[str, Any]]


def differences(
    mirror: Path, esa: list[Row], redmine: list[Row], quiet: Collection[str] = (), moved: Collection[str] = ()
) -> list[str]:
    """What differs between a mirror and two dumps.

    Pages whose doc is in `quiet` are left out. One in `moved` may stand in another category as
    long as both categories have as many pages here as there: no count tells of such an exchange.
    """
    wanted = {**dict(_esa(esa)), **dict(_redmine(redmine))}
    have: Texts = {}
    found: list[str] = []
    with Mirror.open(mirror, readonly=True) as opened:
        for stored in opened.documents():
            if stored.document.kind is Kind.FIELD and not _has_letters(stored.document.body):
                continue  # a number, or what is left of a text: its old values are with the ticket's
            have[f"{stored.document.doc}#{stored.document.part}"] = _mirrored(opened, stored)
            if stored.structure != parse_structure(stored.document.body.encode(), stored.document.markup):
                found.append(f"{stored.document.doc}: structure is not its body's")
        found += list(_index(opened))
        broken = opened.database.value("PRAGMA integrity_check")
        if broken != "ok":
            found.append(f"integrity: {broken}")
    for name in sorted(wanted.keys() | have.keys()):
        if name.partition("#")[0] in quiet:
            continue
        there, here = wanted.get(name), have.get(name)
        if here is None or there is None:
            found.append(f"{name}: {'not in the mirror' if here is None else 'gone, but in the mirror'}")
            continue
        doc = name.partition("#")[0]
        if doc in moved and _exchanged(here, there, have, wanted):
            there = {**there, "category": here["category"]}
        found += [
            f"{name}: {field} is {str(here.get(field))[:60]!r}, should be {str(value)[:60]!r}"
            for field, value in there.items()
            if here.get(field) != value
        ]
    return found


def _exchanged(here: Row, there: Row, have: Texts, wanted: Texts) -> bool:
    """Whether the counts of both categories are the same in the mirror and on the server."""

    def count(texts: Texts, category: str) -> int:
        return sum(
            name.startswith("esa:") and name.endswith("#body") and text["category"] == category
            for name, text in texts.items()
        )

    places = {here.get("category"), there.get("category")}
    return all(count(have, place) == count(wanted, place) for place in places if place is not None)


def _index(mirror: Mirror) -> Iterator[str]:
    """Pages that search does not have, and what it has besides."""
    db = mirror.database
    pages = {here for (here,) in db.rows("SELECT id FROM documents WHERE parent IS NULL AND state = 'live'")}
    for table, column in (("titles", "id"), ("folded", "id"), ("grams", "rowid")):
        indexed = {here for (here,) in db.rows(f"SELECT {column} FROM {table}")}  # noqa: S608 - our own names
        if indexed != pages:
            yield f"{table} has {len(indexed - pages)} pages too many, {len(pages - indexed)} too few"


def _mirrored(mirror: Mirror, stored: StoredDocument) -> dict[str, Any]:
    document = stored.document
    raw = mirror.raw(stored.id)
    fields: dict[str, Any] = {
        "title": document.title,
        "body": document.body,
        "category": document.category,
        "tags": document.tags,
        "wip": document.wip,
        "created_at": document.created_at,
        "updated_at": document.updated_at,
        "revision": document.revision,
    }
    if document.kind is Kind.TICKET:
        fields |= {
            "status": raw["status"]["name"],
            "project": raw["project"]["id"],
            "private": raw.get("is_private", False),
            "attachments": sorted(each["id"] for each in raw.get("attachments", ())),
            "relations": sorted(each["id"] for each in raw.get("relations", ())),
            "replaced": sorted((old.part, old.title, old.body) for old in mirror.versions(stored.id)),
        }
    if document.kind is Kind.NOTE:
        fields["details"] = raw.get("details", [])
    return fields


def _esa(rows: Iterable[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in rows:
        if row["hidden"]:
            continue
        doc = f"esa:{row['number']}"
        yield (
            f"{doc}#body",
            {
                "title": row["name"],
                "body": row["body_md"],
                "category": row["category"] or "",
                "tags": tuple(row["tags"]),
                "wip": row["wip"],
                "created_at": utc_field(row["created_at"]),
                "updated_at": utc_field(row["updated_at"]),
                "revision": row["revision_number"],
            },
        )
        for comment in row["comments"]:
            yield (
                f"{doc}#comment:{comment['id']}",
                {
                    "body": comment["body_md"],
                    "created_at": utc_field(comment["created_at"]),
                    "updated_at": utc_field(comment["updated_at"]),
                },
            )


def _redmine(rows: Iterable[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in rows:
        if row["kind"] == "wiki_page":
            continue
        doc = f"redmine:{row['id']}"
        yield (
            f"{doc}#body",
            {
                "title": row["subject"],
                "body": row["description"] or "",
                "created_at": row["created_on"],
                "updated_at": row["updated_on"],
                "status": row["status"]["name"],
                "project": row["project"]["id"],
                "private": row.get("is_private", False),
                "attachments": sorted(each["id"] for each in row.get("attachments", ())),
                "relations": sorted(each["id"] for each in row.get("relations", ())),
                "replaced": sorted(_replaced(row.get("journals", ()))),
            },
        )
        yield from _parts(doc, row)
        for note in row.get("journals", ()):
            yield (
                f"{doc}#journal:{note['id']}",
                {
                    "body": note["notes"] or "",
                    "created_at": note["created_on"],
                    "details": note["details"],
                },
            )
    yield from _wikis(row for row in rows if row["kind"] == "wiki_page")


def _parts(doc: str, row: Row) -> Iterator[tuple[str, dict[str, Any]]]:
    """Custom fields with a word in them, and files by their names."""
    for field in row.get("custom_fields", ()):
        value = field["value"]
        body = "\n".join(value) if isinstance(value, list) else value or ""
        if _has_letters(body):
            yield f"{doc}#field:{field['name']}", {"title": field["name"], "body": body}
    names: set[str] = set()
    for file in row.get("attachments", ()):
        name = file["filename"]
        yield f"{doc}#attachment:{name}" + (f" ({file['id']})" if name in names else ""), {"title": name}
        names.add(name)


def _replaced(journals: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    """Subjects and descriptions that changes replaced: the part they are kept as, subject, description."""
    for journal in journals:
        old = {each["name"]: each["old_value"] or "" for each in journal["details"] if each["property"] == "attr"}
        title, body = (old.get(name, "") for name in ("subject", "description"))
        if title or body:
            yield f"journal:{journal['id']}:old", title, body


def _has_letters(text: str) -> bool:
    return any(each.isalpha() for each in text)


def _wikis(rows: Iterable[Row]) -> Iterator[tuple[str, dict[str, Any]]]:
    for row in rows:
        place = row["project"].get("identifier") or row["project"]["name"]
        yield (
            f"redmine:wiki:{place}/{row['title']}#body",
            {
                "title": row["title"],
                "body": row["text"],
                "updated_at": row["updated_on"],
                "revision": row["version"],
            },
        )
        yield from _parts(f"redmine:wiki:{place}/{row['title']}", row)
