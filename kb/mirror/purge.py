"""Taking the values of credentials out of this machine's copies: rows, index, free pages, write-ahead log.

What stood there stays known as a place (`kb.mirror.purged`). Nothing is fetched for it, and nothing
changes in esa or Redmine. All of it happens in one transaction; then the file is written anew, so
that what SQLite had freed and not yet overwritten goes too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kb.errors import BusyError
from kb.lang import t
from kb.lint.sight import covered
from kb.mirror import purged, versions
from kb.mirror.covers import each_text
from kb.mirror.database import Database
from kb.mirror.purge_survey import Member, Step, Survey, members
from kb.mirror.purge_values import Covering
from kb.mirror.rows import Old, dump, version_hash
from kb.mirror.store import Mirror
from kb.mirror.write import index
from kb.reading.lines import encode
from kb.secrets.inside import inside

KEPT = "judged*.db*"
"""What a lint keeps in the cache. It is made again; one of an older kb may quote what was purged."""


@dataclass(slots=True)
class Purged:
    """What a purge rewrote: documents with their old versions, and pages whose search text was made anew."""

    documents: int = 0
    olds: int = 0


def purge(mirror: Mirror, found: Survey, key: bytes, step: Step = lambda done, total: None) -> Purged:
    """Take the values of a survey out of the mirror. All or nothing. Raises StoreError, BusyError."""
    db, done = mirror.database, Purged()
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA temp_store=MEMORY")  # nothing of what is to go is to be written elsewhere
    grams = mirror.mark("grams") is not None
    pages = sorted(found.found | found.besides)
    with db.transaction():
        for number, page in enumerate(pages):
            step(number, len(pages))
            family = list(members(mirror, page, key))
            cover = Covering(found.telling, {value for member in family for value in member.values})
            changed = {here for member in family if (here := _rewritten(db, member, cover, done)) is not None}
            if changed:
                for here in sorted(changed):
                    versions.rehash(db, here)
                index(db, [page], grams=grams)
        _things(db, Covering(found.telling))
        if grams:
            db.execute("INSERT INTO grams(grams) VALUES ('optimize')")
    return done


def _rewritten(db: Database, member: Member, cover: Covering, done: Purged) -> int | None:
    """The id of the document whose text, or whose old version's text, was rewritten; None when nothing was in it."""
    changed = _version(db, member, cover) if member.version else _document(db, member, cover)
    if not changed:
        return None
    purged.keep(db, member.stored.id, member.version.part if member.version else purged.ITSELF, member.secrets)
    if member.version:
        done.olds += 1
    else:
        done.documents += 1
    return member.stored.id


def _document(db: Database, member: Member, cover: Covering) -> bool:
    def seen(text: str) -> str:
        return cover(covered(text, inside(text)))

    here = member.stored.id
    title, body, tags = cover(member.title), cover(member.body), [cover(tag) for tag in member.tags]
    old_title, old_tags, old_meta, old_body, old_raw = db.row(
        "SELECT d.title, d.tags, d.meta, b.body, r.raw FROM documents d "
        "JOIN bodies b USING (id) JOIN raws r USING (id) WHERE d.id = ?",
        (here,),
    ) or ("", "[]", "{}", b"", "{}")
    new_tags = json.dumps(tags, ensure_ascii=False) if tags else "[]"
    new_meta = old_meta if old_meta == "{}" else json.dumps(each_text(json.loads(old_meta), seen), ensure_ascii=True)
    sent = json.loads(old_raw)
    shown = each_text(sent, seen)
    new_raw = old_raw if shown == sent else dump(shown, frozenset())
    if (title, encode(body), new_tags, new_meta, new_raw) == (old_title, old_body, old_tags, old_meta, old_raw):
        return False
    db.execute("UPDATE documents SET title = ?, tags = ?, meta = ? WHERE id = ?", (title, new_tags, new_meta, here))
    db.execute("UPDATE bodies SET body = ? WHERE id = ?", (encode(body), here))
    db.execute("UPDATE raws SET raw = ? WHERE id = ?", (new_raw, here))
    return True


def _version(db: Database, member: Member, cover: Covering) -> bool:
    version = member.version
    assert version is not None
    title, body = cover(member.title), cover(member.body)
    if (title, body) == (version.title, version.body):
        return False
    old = Old(version.part, version.number, "", title, version.markup, visibility=version.visibility)
    db.execute(
        "UPDATE versions SET title = ?, body = ?, hash = ? WHERE parent = ? AND part = ?",
        (title, encode(body), version_hash(old, encode(body)), member.stored.id, version.part),
    )
    return True


def _things(db: Database, cover: Covering) -> None:
    """Tables of what is no document: names of members, of categories, of projects, of states."""

    def seen(text: str) -> str:
        return cover(covered(text, inside(text)))

    for source, kind, name, raw in list(db.rows("SELECT source, kind, key, raw FROM things")):
        sent = json.loads(raw)
        shown = each_text(sent, seen)
        if shown != sent:
            db.execute(
                "UPDATE things SET raw = ? WHERE source = ? AND kind = ? AND key = ?",
                (dump(shown, frozenset()), source, kind, name),
            )


def scrub(mirror: Mirror) -> None:
    """Write the file anew, and empty its log: what was freed before is gone too. Raises StoreError, BusyError.

    It needs as much room as the mirror has, for as long as it takes.
    """
    db = mirror.database
    _settle(db)
    db.execute("PRAGMA temp_store=DEFAULT")  # the copy holds no value any more, and may be large
    db.execute("VACUUM")
    _settle(db)


def _settle(db: Database) -> None:
    """Bring what waits in the log into the file, and cut the log to nothing."""
    busy = db.value("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise BusyError(
            t(
                f"{db.path} を別のプログラムが読んでいるので、消した値がまだログに残っています。",
                f"another program is reading {db.path}, so what was purged still stands in its log.",
            ),
            t(
                "それが終わってから、kb purge-secrets をもう一度実行してください。",
                "run kb purge-secrets again when that has ended.",
            ),
        )


def forget_judgements(cache: Path) -> None:
    """Throw away what a lint keeps. Raises OSError."""
    for path in sorted(cache.glob(KEPT)):
        path.unlink(missing_ok=True)


def still_holding(folder: Path, values: Iterable[str], skip: Iterable[Path]) -> list[Path]:
    """The files below a folder that hold a value, plain or as JSON writes it; those of `skip` are not read."""
    needles = set()
    for value in values:
        for written in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
            needles.add(encode(written))
    left = set(skip)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path not in left and path.is_file() and not path.is_symlink() and _holds(path, needles)
    ]


def _holds(path: Path, needles: set[bytes]) -> bool:
    content = path.read_bytes()
    return any(needle in content for needle in needles)
