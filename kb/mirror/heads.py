"""The live posts of the mirror without their texts: what plans are made of. One scan, one post at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kb.changes.propose.post import Post
from kb.mirror.database import Database
from kb.mirror.store import Mirror
from kb.model import Visibility
from kb.secrets.masking import cover_of

_COLUMNS = (
    "number, title, category, tags, wip, author, created_at, human_at, updated_at, revision, url, visibility, "
    "EXISTS (SELECT 1 FROM purged WHERE purged.id = documents.id)"
)
_LIVE = "source = 'esa' AND kind = 'post' AND state = 'live' AND number IS NOT NULL"
_COVERS = frozenset(cover_of("a\u00e9\u6f22\U0001f600"))


def posts(mirror: Mirror) -> Iterator[Post]:
    """Every live post, by number."""
    yield from _posts(mirror.database, _LIVE, ())


def post(mirror: Mirror, number: int) -> Post | None:
    """One live post; None when the mirror has none of this number."""
    return next(_posts(mirror.database, f"{_LIVE} AND number = ?", (number,)), None)


def _posts(db: Database, where: str, values: tuple[int, ...]) -> Iterator[Post]:
    for row in db.rows(f"SELECT {_COLUMNS} FROM documents WHERE {where} ORDER BY number", values):  # noqa: S608 - our own words
        number, title, category, tags, wip, author, created, human, updated, revision, url, visibility, purged = row
        names = (title, category, *json.loads(tags))
        yield Post(
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
