"""What is read of a source besides its documents as they stand: what they said before, what files hold."""

from __future__ import annotations

from kb.mirror.database import Database
from kb.mirror.reasons import FILES, PAST
from kb.model import Kind, Source


def depths(db: Database) -> dict[str, bool]:
    """The depths that are read, each a source of its own (`esa+past`), and whether nothing is left to read there.

    Files are taken for read as soon as one is: which of them are too large is for a sync to say.
    """
    if not db.row("SELECT 1 FROM readings LIMIT 1"):
        return {}
    past = (
        "SELECT d.source, count(r.id), sum(d.revision > coalesce(r.through, 0) + 1) FROM documents d "
        "LEFT JOIN readings r USING (id) WHERE d.kind IN ('post', 'wiki') AND d.state = 'live' GROUP BY d.source"
    )
    found = {f"{source}+{PAST}": not left for source, read, left in db.rows(past) if read}
    files = "SELECT DISTINCT d.source FROM readings r JOIN documents d USING (id) WHERE d.kind = 'attachment'"
    return found | {f"{source}+{FILES}": True for (source,) in db.rows(files)}


def unread(db: Database, source: Source, kind: Kind) -> list[tuple[int, str, int, int]]:
    """The documents with more old versions than were read, those edited last first.

    Of each: id, key, the number of its present version, up to which older one it was read.
    """
    return list(
        db.rows(
            "SELECT d.id, d.key, d.revision, coalesce(r.through, 0) FROM documents d LEFT JOIN readings r USING (id) "
            "WHERE d.source = ? AND d.kind = ? AND d.state = 'live' "
            "AND d.revision > coalesce(r.through, 0) + 1 ORDER BY d.updated_at DESC, d.id",
            (source.value, kind.value),
        )
    )
