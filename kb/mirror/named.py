"""The pages that name something as a word of its own: a host, a service."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.mirror.grams import GRAMS_VERSION, fold, match
from kb.mirror.store import Mirror
from kb.model import Document, Kind, Markup, Source, Visibility

CAP = 500
"""Pages that are looked at of a name that stands everywhere: the newest."""


def named(mirror: Mirror, name: str) -> Iterator[tuple[int, Document]]:
    """Id and place of the live pages whose title, text or comments hold a name, the newest first; without their texts.

    `web-1` is not named where `web-10` or `old-web-1` stands. Raises StoreError.
    """
    folded = fold(name)
    if not folded:
        return
    word = re.compile(rb"(?<![0-9a-z_-])" + re.escape(folded.encode()) + rb"(?![0-9a-z_-])")
    expression = match([folded]) if mirror.mark("grams") == str(GRAMS_VERSION) else ""
    index, values = ("grams JOIN titles t ON t.id = grams.rowid", [expression]) if expression else ("titles t", [])
    rows = mirror.database.rows(
        "SELECT t.id, t.folded, f.body, d.doc, d.source, d.kind, d.title, d.category, d.updated_at, d.visibility "  # noqa: S608 - our own words
        f"FROM {index} JOIN folded f ON f.id = t.id JOIN documents d ON d.id = t.id "
        f"WHERE {'grams MATCH ? AND' if expression else ''} d.state = 'live' ORDER BY t.id DESC",
        values,
    )
    count = 0
    for here, title, body, doc, source, kind, said, category, updated_at, visibility in rows:
        if word.search(body) or word.search(title.encode()):
            yield here, Document(
                doc, Source(source), Kind(kind), said, "", Markup.MARKDOWN, category=category,
                updated_at=updated_at, visibility=Visibility(visibility),
            )  # fmt: skip
            count += 1
            if count == CAP:
                return
