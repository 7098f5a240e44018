"""Find the values of credentials in the mirror, and purge them.

A survey reads everything, deleted pages included, and changes nothing. It holds values: it lives as long as the purge
and is shown to nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.errors import BusyError
from kb.ingest.document import identify_secrets, ingest
from kb.mirror import purged_texts, versions
from kb.mirror.database import Database
from kb.mirror.documents import OldText, StoredDocument, dump_raw, version_hash
from kb.mirror.purged_texts import Json, ValueCover, fold_positions, is_unlike_words, map_texts
from kb.mirror.similar.tables import forget_page
from kb.mirror.store import Mirror
from kb.mirror.writer import index_pages
from kb.model.page import DocumentVersion
from kb.model.secret import Secret
from kb.secrets.masking.mask import TITLE, cover_secrets, cut_span, cut_value
from kb.secrets.page.repeats import KNOWN, add_known_copies
from kb.secrets.quick_scan import scan_body, scan_text
from kb.text.lang import t
from kb.text.lines import encode

Step = Callable[[int, int], object]


@dataclass(frozen=True, slots=True)
class PurgeText:
    """A text of a page with its secrets covered. `version` is None for the present document."""

    stored: StoredDocument
    version: DocumentVersion | None
    title: str
    body: str
    tags: tuple[str, ...]
    secrets: tuple[Secret, ...]
    values: frozenset[str] = field(repr=False)


@dataclass(slots=True)
class PurgeSurvey:
    """What there is to purge. `values` are all, `telling` those to remove everywhere.

    `found` are pages that (or whose parts) hold credentials, `besides` those that hold a value all the same. `places`
    counts credentials, `olds` those in old versions; `called` are documents whose id or category holds a value: their
    source names them so.
    """

    values: set[str] = field(default_factory=set, repr=False)
    telling: set[str] = field(default_factory=set, repr=False)
    found: set[int] = field(default_factory=set)
    besides: set[int] = field(default_factory=set)
    places: int = 0
    olds: int = 0
    called: int = 0


def survey_values(mirror: Mirror, key: bytes, step: Step = lambda done, total: None) -> PurgeSurvey:
    """Read the whole mirror twice: for credentials, then for their values. Raises StoreError."""
    result = PurgeSurvey()
    pages = list(mirror.pages(gone=True))
    told: dict[str, set[int]] = {}
    for number, page in enumerate(pages):
        step(number, 2 * len(pages))
        for member in page_texts(mirror, page, key):
            if member.values or member.secrets:
                result.found.add(page)
                result.values |= member.values
                result.places += len(member.secrets)
                result.olds += len(member.secrets) if member.version else 0
            for value in member.values:
                told.setdefault(fold_positions(value), set()).add(page)
    there: dict[str, set[int]] = {}
    covering = ValueCover(filter(is_unlike_words, result.values))
    for number, page in enumerate(pages if result.values else ()):
        step(len(pages) + number, 2 * len(pages))
        for stored in list(mirror.family(page, gone=True)):
            for value in covering.held("\n".join(document_texts(mirror, stored))):
                there.setdefault(value, set()).add(page)
            result.called += bool(covering.held(source_names(stored)))
    words = {
        value
        for value, seen in there.items()
        if is_common_word(len(known := told.get(value, set())), len(seen - known))
    }
    result.telling = {value for value in result.values if is_unlike_words(value) and fold_positions(value) not in words}
    result.besides = {page for value, seen in there.items() if value not in words for page in seen} - result.found
    return result


def is_common_word(told: int, besides: int) -> bool:
    """Whether a value is a common word: it is on many more pages than those where it is a secret."""
    return besides > 2 + 3 * told


def page_texts(mirror: Mirror, page: int, key: bytes) -> Iterator[PurgeText]:
    """Yield all texts of a page, scanned: itself, its parts, their old versions."""
    for stored in list(mirror.family(page, gone=True)):
        document = stored.document
        sight = ingest(document, stored.structure, key, copies=True)
        seen = sight.document
        values = {cut_value(document, each) for each in sight.secrets if each.rule != KNOWN.name}
        for text in (document.title, *document.tags):
            values |= {cut_span(text, each.span) for each in scan_text(text)}
        yield PurgeText(stored, None, seen.title, seen.body, seen.tags, sight.secrets, _not_blank(values))
        for version in list(mirror.versions(stored.id)):
            yield _version_text(stored, version, key)


def _version_text(stored: StoredDocument, version: DocumentVersion, key: bytes) -> PurgeText:
    called = version.title or stored.document.title
    was = replace(stored.document, title=called, body=version.body, markup=version.markup)
    body = add_known_copies(version.body, scan_body(was))
    title = add_known_copies(version.title, scan_text(version.title))
    seen_body, seen_title = cover_secrets(version.body, body), cover_secrets(version.title, title)
    secrets = [
        replace(each, part=version.part) for each in identify_secrets(body, version.body, seen_body, key, called)
    ]
    if version.title != stored.document.title:
        part = f"{version.part}:{TITLE}"
        secrets += [
            replace(each, part=part) for each in identify_secrets(title, version.title, seen_title, key, called)
        ]
    texts = ((version.body, body), (version.title, title))
    values = {cut_span(text, each.span) for text, found in texts for each in found if each.rule != KNOWN.name}
    return PurgeText(stored, version, seen_title, seen_body, (), tuple(secrets), _not_blank(values))


def _not_blank(values: set[str]) -> frozenset[str]:
    return frozenset(value for value in values if value.strip())


def source_names(stored: StoredDocument) -> str:
    """Return the names by which a sync knows a document again."""
    document = stored.document
    return "\n".join((stored.key, str(document.doc), document.category))


def document_texts(mirror: Mirror, stored: StoredDocument) -> Iterator[str]:
    """Yield every stored text of a document except its names."""
    document = stored.document
    yield from (document.title, document.body, document.author, document.human_by, *document.tags)
    yield from _iter_strings(dict(document.meta))
    yield from (value for _, value in document.custom_fields)
    yield from _iter_strings(mirror.raw(stored.id))
    for version in mirror.versions(stored.id):
        yield from (version.title, version.body)


def _iter_strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for below in value.values():
            yield from _iter_strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from _iter_strings(below)


CACHE_FILE = "judged*.db*"
"""The findings cache, which is rebuilt; an older kb's may quote what was purged."""


@dataclass(slots=True)
class PurgeStats:
    """What a purge rewrote: documents with their old versions, and pages indexed again."""

    documents: int = 0
    olds: int = 0


def purge_values(mirror: Mirror, found: PurgeSurvey, key: bytes, step: Step = lambda done, total: None) -> PurgeStats:
    """Remove a survey's values from rows and index, in one transaction. Raises StoreError, BusyError.

    Their places stay known (kb.mirror.purged_texts). esa and Redmine are not touched.
    """
    db, done = mirror.database, PurgeStats()
    db.execute("PRAGMA secure_delete=ON")
    db.execute("PRAGMA temp_store=MEMORY")  # keep the values out of temporary files
    grams = mirror.mark("grams") is not None
    pages = sorted(found.found | found.besides)
    with db.transaction():
        for number, page in enumerate(pages):
            step(number, len(pages))
            family = list(page_texts(mirror, page, key))
            cover = ValueCover(found.telling, {value for member in family for value in member.values})
            changed = {here for member in family if (here := _rewrite(db, member, cover, done)) is not None}
            if changed:
                for here in sorted(changed):
                    versions.update_hash(db, here)
                index_pages(db, [page], grams=grams)
                forget_page(db, page)  # it may hold words of a value that nothing knew when it was read
        _rewrite_things(db, ValueCover(found.telling))
        if grams:
            db.execute("INSERT INTO grams(grams) VALUES ('optimize')")
    return done


def _rewrite(db: Database, member: PurgeText, cover: ValueCover, done: PurgeStats) -> int | None:
    """Rewrite a text or old version; return the id of its document, None when nothing was in it."""
    changed = _rewrite_version(db, member, cover) if member.version else _rewrite_document(db, member, cover)
    if not changed:
        return None
    purged_texts.remember_purged(
        db, member.stored.id, member.version.part if member.version else purged_texts.ITSELF, member.secrets
    )
    if member.version:
        done.olds += 1
    else:
        done.documents += 1
    return member.stored.id


def _rewrite_document(db: Database, member: PurgeText, cover: ValueCover) -> bool:
    def seen(text: str) -> str:
        return cover(cover_secrets(text, scan_text(text)))

    here = member.stored.id
    title, body, tags = cover(member.title), cover(member.body), [cover(tag) for tag in member.tags]
    old_title, old_tags, old_meta, old_body, old_raw = db.row(
        "SELECT d.title, d.tags, d.meta, b.body, r.raw FROM documents d "
        "JOIN bodies b USING (id) JOIN raws r USING (id) WHERE d.id = ?",
        (here,),
    ) or ("", "[]", "{}", b"", "{}")
    new_tags = json.dumps(tags, ensure_ascii=False) if tags else "[]"
    new_meta = old_meta if old_meta == "{}" else json.dumps(map_texts(json.loads(old_meta), seen), ensure_ascii=True)
    sent = json.loads(old_raw)
    shown = map_texts(sent, seen)
    new_raw = old_raw if shown == sent else dump_raw(shown, frozenset())
    if (title, encode(body), new_tags, new_meta, new_raw) == (old_title, old_body, old_tags, old_meta, old_raw):
        return False
    db.execute("UPDATE documents SET title = ?, tags = ?, meta = ? WHERE id = ?", (title, new_tags, new_meta, here))
    db.execute("UPDATE bodies SET body = ? WHERE id = ?", (encode(body), here))
    db.execute("UPDATE raws SET raw = ? WHERE id = ?", (new_raw, here))
    return True


def _rewrite_version(db: Database, member: PurgeText, cover: ValueCover) -> bool:
    version = member.version
    assert version is not None
    title, body = cover(member.title), cover(member.body)
    if (title, body) == (version.title, version.body):
        return False
    old = OldText(version.part, version.number, "", title, version.markup, visibility=version.visibility)
    db.execute(
        "UPDATE versions SET title = ?, body = ?, hash = ? WHERE parent = ? AND part = ?",
        (title, encode(body), version_hash(old, encode(body)), member.stored.id, version.part),
    )
    return True


def _rewrite_things(db: Database, cover: ValueCover) -> None:
    """Rewrite the other tables: names of members, categories, projects, statuses."""

    def seen(text: str) -> str:
        return cover(cover_secrets(text, scan_text(text)))

    for source, kind, name, raw in list(db.rows("SELECT source, kind, key, raw FROM things")):
        sent = json.loads(raw)
        shown = map_texts(sent, seen)
        if shown != sent:
            db.execute(
                "UPDATE things SET raw = ? WHERE source = ? AND kind = ? AND key = ?",
                (dump_raw(shown, frozenset()), source, kind, name),
            )


def vacuum(mirror: Mirror) -> None:
    """Rewrite the file and empty its log, so that freed pages go too. Raises StoreError, BusyError.

    Needs as much room as the mirror while it runs.
    """
    db = mirror.database
    _checkpoint(db)
    db.execute("PRAGMA temp_store=DEFAULT")  # the copy holds no values and may be large
    db.execute("VACUUM")
    _checkpoint(db)


def _checkpoint(db: Database) -> None:
    """Move the log into the file and truncate it."""
    busy = db.value("PRAGMA wal_checkpoint(TRUNCATE)")
    if busy:
        raise BusyError(
            t(
                f"{db.path} を別のプログラムが読んでいるので、消した値がまだログに残っています。",
                f"another program is reading {db.path}, so the purged values are still in its log.",
            ),
            t(
                "それが終わってから、kb purge-secrets をもう一度実行してください。",
                "run kb purge-secrets again when that has ended.",
            ),
        )


def delete_findings_cache(cache: Path) -> None:
    """Delete the findings cache. Raises OSError."""
    for path in sorted(cache.glob(CACHE_FILE)):
        path.unlink(missing_ok=True)


def files_with_values(folder: Path, values: Iterable[str], skip: Iterable[Path]) -> list[Path]:
    """Return the files below a folder that hold a value, plain or JSON-escaped, except `skip`."""
    needles = set()
    for value in values:
        for written in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
            needles.add(encode(written))
    left = set(skip)
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path not in left and path.is_file() and not path.is_symlink() and _holds_value(path, needles)
    ]


def _holds_value(path: Path, needles: set[bytes]) -> bool:
    content = path.read_bytes()
    return any(needle in content for needle in needles)
