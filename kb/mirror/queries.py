"""Queries on the mirror, by sources, plans and reports."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.mirror.database import Database
from kb.mirror.documents import StoredDocument, read_documents
from kb.model.document import DocumentHead, Kind, Source, Visibility
from kb.secrets.masking.mask import cover_value
from kb.text.lines import decode

if TYPE_CHECKING:
    from kb.mirror.store import Mirror
    from kb.plan.propose.post import PostHead

LAST = 2**63 - 1


def numbers_between(
    db: Database, source: Source, kind: Kind, low: int, high: int, *, categories: Collection[str] | None = None
) -> dict[int, int]:
    """Map live documents with `low` < number ≤ `high` to their ids, ascending."""
    sql = (
        "SELECT number, id FROM documents WHERE source = ? AND kind = ? AND number > ? AND number <= ? "
        "AND state = 'live'"
    )
    values: list[object] = [source.value, kind.value, low, high]
    if categories is not None:
        sql += f" AND category IN ({', '.join('?' * len(categories))})"
        values += categories
    return dict(db.rows(sql + " ORDER BY number", values))


def post_places(db: Database) -> Iterable[tuple[int, tuple[str, str]]]:
    """Yield every live post's number with its category and title."""
    sql = "SELECT number, category, title FROM documents WHERE source = 'esa' AND kind = 'post' AND state = 'live'"
    for number, category, title in db.rows(sql):
        yield number, (category, title)


def live_pages(db: Database) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield category, title, document and tags of every live page."""
    sql = "SELECT category, title, doc, tags FROM documents WHERE parent IS NULL AND state = 'live'"
    for category, title, doc, tags in db.rows(sql):
        yield category, title, doc, [] if tags == "[]" else json.loads(tags)


def tickets_touched_since(db: Database, since: str) -> frozenset[int]:
    """Return the live tickets a person touched at `since` (UTC) or later."""
    sql = (
        "SELECT number FROM documents WHERE source = 'redmine' AND kind = 'issue' AND state = 'live' AND human_at >= ?"
    )
    return frozenset(number for (number,) in db.rows(sql, (since,)))


def limited_posts(db: Database) -> frozenset[int]:
    """Return the live posts that not every member may read."""
    sql = "SELECT number FROM documents WHERE source = 'esa' AND kind = 'post' AND state = 'live' AND visibility < ?"
    return frozenset(number for (number,) in db.rows(sql, (int(Visibility.MEMBERS),)))


def count_narrower(db: Database, audience: Visibility) -> int:
    """Return the number of live documents that not all of `audience` may read."""
    sql = "SELECT count(*) FROM documents WHERE state = 'live' AND part = 'body' AND visibility < ?"
    return int(db.value(sql, (int(audience),)))


def narrow_places(db: Database) -> Iterable[tuple[str, str]]:
    """Yield document and part of what not every member may read, of what was deleted, too."""
    return db.rows("SELECT doc, part FROM documents WHERE visibility < ?", (int(Visibility.MEMBERS),))


def held_categories(db: Database) -> frozenset[str]:
    """Return the esa categories that hold a known post, hidden ones too, with their parents."""
    rows = db.rows("SELECT DISTINCT category FROM documents WHERE source = 'esa' AND kind = 'post' AND state != 'gone'")
    found: set[str] = set()
    for (category,) in rows:
        while category and category not in found:
            found.add(category)
            category = category.rpartition("/")[0]
    return frozenset(found)


def open_tickets(db: Database) -> frozenset[int]:
    """Return the live tickets that are not closed."""
    sql = (
        "SELECT number FROM documents WHERE source = 'redmine' AND kind = 'issue' AND number IS NOT NULL "
        "AND state = 'live' AND open_tasks > 0"
    )
    return frozenset(number for (number,) in db.rows(sql))


def texts_of_tickets(mirror: Mirror, word: str) -> Iterator[tuple[int, str, bool]]:
    """Yield number, description and whether it is closed of the live tickets in whose description a word stands."""
    sql = (
        "SELECT d.number, b.body, d.open_tasks FROM documents d JOIN bodies b USING (id) WHERE d.source = 'redmine' "
        "AND d.kind = 'issue' AND d.state = 'live' AND instr(b.body, ?) > 0 ORDER BY d.number"
    )
    for number, body, is_open in mirror.database.rows(sql, (word.encode(),)):
        yield number, decode(body), not is_open


def closed_tickets(db: Database) -> Iterator[dict[str, Any]]:
    """Yield what Redmine sent of closed live tickets."""
    sql = (
        "SELECT r.raw FROM documents d JOIN raws r USING (id) WHERE d.source = 'redmine' AND d.kind = 'issue' "
        "AND d.state = 'live' AND d.open_tasks = 0"
    )
    return (json.loads(raw) for (raw,) in db.rows(sql))


def redmine_people(db: Database) -> Iterator[tuple[int, str, str]]:
    """Yield those named in live tickets and notes: id, name, and the project where they have a ticket."""
    sql = (
        "SELECT d.kind, d.category, r.raw FROM documents d JOIN raws r USING (id) WHERE d.source = 'redmine' "
        "AND d.kind IN ('issue', 'journal') AND d.state = 'live'"
    )
    seen: set[tuple[int, str, str]] = set()
    for kind, place, raw in db.rows(sql):
        sent = json.loads(raw)
        for key in ("author", "assigned_to") if kind == Kind.TICKET else ("user",):
            who = sent.get(key)
            if isinstance(who, dict) and isinstance(who.get("id"), int) and isinstance(who.get("name"), str):
                seen.add((who["id"], who["name"], place if key == "assigned_to" else ""))
    yield from sorted(seen)


def redmine_names(db: Database) -> list[str]:
    """Return the names of authors, editors and assignees of live Redmine texts, without parsing JSON in Python."""
    sql = (
        "SELECT author FROM documents WHERE source = 'redmine' AND state = 'live' "
        "UNION SELECT human_by FROM documents WHERE source = 'redmine' AND state = 'live' "
        "UNION SELECT json_extract(meta, '$.assigned_to') FROM documents WHERE source = 'redmine' AND kind = 'issue' "
        "AND state = 'live'"
    )
    return sorted(name for (name,) in db.rows(sql) if isinstance(name, str) and name)


def writers_of(db: Database, source: Source) -> dict[str, list[int]]:
    """Map the authors and editors of a source's texts to some texts of theirs, the newest they began first."""
    sql = (
        "SELECT author, max(id), 0 FROM documents WHERE source = :of AND state != 'gone' GROUP BY author UNION ALL "
        "SELECT human_by, max(id), 1 FROM documents WHERE source = :of AND state != 'gone' GROUP BY human_by "
        "ORDER BY 3"
    )
    found: dict[str, list[int]] = {}
    for name, here, _ in db.rows(sql, {"of": source.value}):
        if isinstance(name, str) and name:
            found.setdefault(name, []).append(here)
    return found


def writers(db: Database) -> list[str]:
    """Return the names of all who wrote or edited live documents, as their sources spell them."""
    sql = (
        "SELECT author FROM documents WHERE state = 'live' AND author <> '' "
        "UNION SELECT human_by FROM documents WHERE state = 'live' AND human_by <> '' ORDER BY 1"
    )
    return [name for (name,) in db.rows(sql)]


def newest_docs(db: Database, prefix: str, most: int) -> Iterator[tuple[str, str, str]]:
    """Yield id, kind and last change of live documents whose ids begin so, newest first."""
    sql = (
        "SELECT doc, kind, updated_at FROM documents WHERE part = 'body' AND state = 'live' "
        "AND substr(doc, 1, :length) = :prefix ORDER BY updated_at DESC LIMIT :most"
    )
    yield from db.rows(sql, {"prefix": prefix, "length": len(prefix), "most": most})


def assignees(db: Database) -> dict[str, str]:
    """Map each assigned live ticket to its assignee."""
    sql = (
        "SELECT doc, json_extract(meta, '$.assigned_to') FROM documents WHERE source = 'redmine' AND kind = 'issue' "
        "AND state = 'live'"
    )
    return {doc: name for doc, name in db.rows(sql) if isinstance(name, str) and name}


def category_counts(db: Database, source: Source, kind: Kind) -> dict[str, int]:
    """Count the live documents of a kind per category."""
    return dict(
        db.rows(
            "SELECT category, count(*) FROM documents WHERE source = ? AND kind = ? AND state = 'live' "
            "GROUP BY category",
            (source.value, kind.value),
        )
    )


def count_live(db: Database, source: Source, kind: Kind) -> int:
    """Count the live documents of a kind."""
    sql = "SELECT count(*) FROM documents WHERE source = ? AND kind = ? AND state = 'live'"
    return int(db.value(sql, (source.value, kind.value)) or 0)


def change_times(db: Database, source: Source, kind: Kind, numbers: Iterable[int]) -> dict[int, str]:
    """Map these documents, where mirrored, to their last change."""
    found: dict[int, str] = {}
    for number in numbers:
        when = db.value(
            "SELECT updated_at FROM documents WHERE source = ? AND kind = ? AND number = ? AND state = 'live'",
            (source.value, kind.value, number),
        )
        if when is not None:
            found[number] = when
    return found


def live_keys(db: Database, source: Source, kind: Kind, prefix: str = "") -> dict[str, tuple[int, int, str]]:
    """Map live documents whose key begins with `prefix` to id, revision and time of change."""
    rows = db.rows(
        "SELECT key, id, revision, updated_at FROM documents WHERE source = ? AND kind = ? AND state = 'live' "
        "AND substr(key, 1, ?) = ?",
        (source.value, kind.value, len(prefix), prefix),
    )
    return {key: (here, revision, updated) for key, here, revision, updated in rows}


def count_later(db: Database, source: Source, kind: Kind, column: str, moment: str) -> int:
    """Count live documents with a time after `moment`; 0 when there is no moment."""
    if not moment:
        return 0
    sql = f"SELECT count(*) FROM documents WHERE source = ? AND kind = ? AND state = 'live' AND {column} > ?"  # noqa: S608
    return int(db.value(sql, (source.value, kind.value, moment)))


def find_reader(mirror: Mirror, source: str) -> Mapping[str, Any]:
    """Return whose credential a source was read with (`id`, `name`); empty where unknown."""
    found = json.loads(mirror.mark(f"{source}.reader") or "{}")
    return found if isinstance(found, dict) else {}


def key_of(db: Database, here: int) -> tuple[Kind, str]:
    """Return a document's kind and upstream key."""
    kind, key = db.row("SELECT kind, key FROM documents WHERE id = ?", (here,)) or ("", "")
    return Kind(kind), key


def category_differences(theirs: Mapping[str, int], ours: Mapping[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """Return the categories with more documents there, and with fewer: name → difference."""
    gains: dict[str, int] = {}
    losses: dict[str, int] = {}
    for name in theirs.keys() | ours.keys():
        by = theirs.get(name, 0) - ours.get(name, 0)
        if by > 0:
            gains[name] = by
        elif by < 0:
            losses[name] = -by
    return gains, losses


_COLUMNS = (
    "number, title, category, tags, wip, author, created_at, human_at, updated_at, revision, url, visibility, "
    "EXISTS (SELECT 1 FROM purged WHERE purged.id = documents.id)"
)
_LIVE = "source = 'esa' AND kind = 'post' AND state = 'live' AND number IS NOT NULL"
_COVERS = frozenset(cover_value("a\u00e9\u6f22\U0001f600"))


def post_heads(mirror: Mirror) -> Iterator[PostHead]:
    """Yield every live post without its text, by number."""
    yield from _post_heads(mirror.database, _LIVE, ())


def post_head(mirror: Mirror, number: int) -> PostHead | None:
    """Return a live post; None when not mirrored."""
    return next(_post_heads(mirror.database, f"{_LIVE} AND number = ?", (number,)), None)


def find_post_heads(mirror: Mirror, numbers: Iterable[int]) -> Iterator[PostHead]:
    """Yield the live posts of these numbers, in one question."""
    if not (wanted := sorted(set(numbers))):
        return
    where = f"{_LIVE} AND number IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
    yield from _post_heads(mirror.database, where, (json.dumps(wanted),))


def _post_heads(db: Database, where: str, values: tuple[int | str, ...]) -> Iterator[PostHead]:
    from kb.plan.propose.post import PostHead  # with all that proposes changes; a lint needs no heads

    for row in db.rows(f"SELECT {_COLUMNS} FROM documents WHERE {where} ORDER BY number", values):  # noqa: S608 - our own words
        number, title, category, tags, wip, author, created, human, updated, revision, url, visibility, purged = row
        names = (title, category, *json.loads(tags))
        yield PostHead(
            number=number,
            title=title,
            category=category,
            tags=names[2:],
            wip=bool(wip),
            author=author,
            created_at=created,
            human_at=human,
            updated_at=updated,
            revision=revision,
            url=url,
            visibility=Visibility(visibility),
            covered=bool(purged) and any(sign in name for name in names for sign in _COVERS),
        )


def live_post_heads(db: Database) -> Iterator[DocumentHead[str]]:
    """Yield every live post's head, with its last editor."""
    columns = "doc, title, category, tags, wip, author, created_at, updated_at, human_at, human_by, visibility"
    sql = f"SELECT {columns} FROM documents WHERE {_LIVE} ORDER BY number"  # noqa: S608 - our own words
    for doc, title, category, tags, wip, author, created, updated, human_at, human_by, visibility in db.rows(sql):
        yield DocumentHead(
            doc,
            Source.ESA,
            Kind.POST,
            title,
            category=category,
            tags=() if tags == "[]" else tuple(json.loads(tags)),
            wip=bool(wip),
            author=author,
            created_at=created,
            updated_at=updated,
            human_at=human_at,
            human_by=human_by,
            visibility=Visibility(visibility),
        )


def unread_versions(db: Database, source: Source, kind: Kind) -> list[tuple[int, str, int, int]]:
    """Return the documents with unread old versions, last edited first.

    Each with id, key, present version number, and the version it was read up to.
    """
    return list(
        db.rows(
            "SELECT d.id, d.key, d.revision, coalesce(r.through, 0) FROM documents d LEFT JOIN readings r USING (id) "
            "WHERE d.source = ? AND d.kind = ? AND d.state = 'live' "
            "AND d.revision > coalesce(r.through, 0) + 1 ORDER BY d.updated_at DESC, d.id",
            (source.value, kind.value),
        )
    )


def newest_shared(db: Database, most: int) -> Iterator[StoredDocument]:
    """Yield the documents that every member may read, up to `most` of them, those changed last."""
    newest = "SELECT id FROM documents WHERE state = 'live' AND visibility >= ? ORDER BY updated_at DESC, id LIMIT ?"
    yield from read_documents(db, f"d.id IN ({newest})", (int(Visibility.MEMBERS), most))


class TextHead(NamedTuple):
    """What stands over a live text of the mirror, of parts too: no word of it but title and category."""

    id: int
    parent: int | None
    source: str
    kind: str
    doc: str
    part: str
    title: str
    category: str
    wip: int
    author: str
    human_by: str
    created_at: str
    human_at: str
    revision: int
    open_tasks: int
    visibility: int
    assignee: str | None
    status: str | None
    versions: int


def text_heads(db: Database) -> Iterator[TextHead]:
    """Yield the head of every live text, by id. `versions` is how many old ones are mirrored."""
    sql = (
        "SELECT id, parent, source, kind, doc, part, title, category, wip, author, human_by, created_at, human_at, "
        "revision, open_tasks, visibility, json_extract(meta, '$.assigned_to'), json_extract(meta, '$.status'), "
        "(SELECT count(*) FROM versions WHERE versions.parent = documents.id) "
        "FROM documents WHERE state = 'live' ORDER BY id"
    )
    yield from map(TextHead._make, db.rows(sql))
