"""What texts said before, fields and attachments: kept beside the documents they belong to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mirror.sync_kit import undo_steps

from kb.mirror import schema
from kb.mirror.documents import OldText, SourceRow
from kb.mirror.search import search
from kb.mirror.store import Mirror
from kb.mirror.writer import SyncStats
from kb.model.document import Kind, Markup, Source, Visibility
from kb.sources.esa import rows
from kb.sources.redmine.rows import RowContext, ticket_rows

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def stored(mirror: Mirror, post: Make) -> Any:
    """The one post of the mirror, read anew each time."""
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts([post(1, "今の本文", revision_number=3)]))

    def read() -> Any:
        found = mirror.find(Source.ESA, Kind.POST, "1")
        assert found is not None
        return found

    return read


def revision(number: int, body: str, **besides: Any) -> OldText:
    return OldText(f"revision:{number}", number, body, **besides)


def attachment(name: str = "db.conf", body: str = "") -> SourceRow:
    return SourceRow(
        Source.ESA, Kind.ATTACHMENT, f"1/{name}", "esa:1", name, body, {}, f"attachment:{name}", (Kind.POST, "1"),
        body_apart=True,
    )  # fmt: skip


def test_old_versions_come_back_newest_first(mirror: Mirror, stored: Any) -> None:
    old = revision(
        2, "前の本文", title="前の題", author="sato", created_at="2026-08-01T00:00:00Z", url="https://docs.esa.io/x",
        visibility=Visibility.PRIVATE, markup=Markup.TEXTILE,
    )  # fmt: skip
    with mirror.write() as writer:
        writer.history(stored().id, [revision(1, "最初"), old], 2)
    newest, first = mirror.versions(stored().id)
    assert (newest.part, newest.number, newest.title, newest.body, newest.author) == (
        "revision:2", 2, "前の題", "前の本文", "sato",
    )  # fmt: skip
    assert (newest.created_at, newest.url) == ("2026-08-01T00:00:00Z", "https://docs.esa.io/x")
    assert (newest.visibility, newest.markup) == (Visibility.PRIVATE, Markup.TEXTILE)
    assert (first.part, first.body, first.visibility) == ("revision:1", "最初", Visibility.MEMBERS)


def test_only_live_documents_with_old_versions_are_named(mirror: Mirror, post: Make) -> None:
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts([post(1), post(2), post(3)]))
    one, two, three = mirror.ids([Kind.POST])
    with mirror.write() as writer:
        writer.history(one, [revision(1, "x")], 1)
        writer.history(three, [revision(1, "x")], 1)
    assert mirror.versioned() == {one, three}
    assert mirror.versioned(two, three) == frozenset()
    assert mirror.versioned(two) == {three}
    with mirror.write() as writer:
        writer.mark_gone(three)
    assert mirror.versioned() == {one}
    assert [each.part for each in mirror.versions(two)] == []


def test_the_hash_of_a_document_tells_that_its_old_versions_are_others(mirror: Mirror, stored: Any) -> None:
    seen = [stored().hash]

    def keep(*olds: OldText) -> bytes:
        with mirror.write() as writer:
            writer.history(stored().id, olds, 3)
        seen.append(stored().hash)
        return seen[-1]

    first = keep(revision(1, "最初"))
    assert keep(revision(1, "最初")) == first
    keep(revision(2, "次"))
    keep(revision(2, "直された次"))
    keep(revision(2, "直された次", visibility=Visibility.PRIVATE))
    assert len(set(seen)) == len(seen) - 1


def test_a_post_that_comes_again_keeps_its_old_versions_and_its_hash(mirror: Mirror, stored: Any, post: Make) -> None:
    with mirror.write() as writer:
        writer.history(stored().id, [revision(1, "最初")], 3)
    before, stats = stored().hash, SyncStats()
    with mirror.write(stats) as writer:
        writer.put(rows.rows_of_posts([post(1, "今の本文", revision_number=3)]))
    assert (stored().hash, stats.figures["changed"]) == (before, 0)
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts([post(1, "新しい本文", revision_number=4)]))
    assert stored().hash != before
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts([post(1, "今の本文", revision_number=5)]))
    assert stored().hash == before


def test_versions_that_came_whole_replace_those_there_were(mirror: Mirror, stored: Any) -> None:
    def put(*olds: OldText) -> None:
        row = SourceRow(Source.ESA, Kind.POST, "1", "esa:1", "記事 1", "今の本文", {}, revision=3, versions=olds)
        with mirror.write() as writer:
            writer.put([row])

    put()
    bare = stored().hash
    put(revision(1, "一"), revision(2, "二"))
    assert [each.number for each in mirror.versions(stored().id)] == [2, 1]
    put(revision(2, "二"))
    assert [each.number for each in mirror.versions(stored().id)] == [2]
    assert stored().hash != bare
    put()
    assert stored().hash == bare


def test_the_text_of_an_attachment_stays_when_its_name_comes_again(mirror: Mirror, stored: Any) -> None:
    with mirror.write() as writer:
        writer.put([attachment()])
    (named,) = mirror.documents(kinds=[Kind.ATTACHMENT])
    assert (named.document.title, named.document.part, named.document.body) == ("db.conf", "attachment:db.conf", "")
    with mirror.write() as writer:
        writer.content(named.id, "host = db01\n")
    (fetched,) = mirror.documents(kinds=[Kind.ATTACHMENT])
    assert (fetched.document.body, fetched.hash != named.hash) == ("host = db01\n", True)
    with mirror.write() as writer:
        writer.put([attachment()])
    (again,) = mirror.documents(kinds=[Kind.ATTACHMENT])
    assert (again.document.body, again.hash) == ("host = db01\n", fetched.hash)


def test_search_reads_no_attachment(mirror: Mirror, stored: Any) -> None:
    with mirror.write() as writer:
        writer.put([attachment(body="接続文字列")])
    assert search(mirror, "本文").total == 1
    assert search(mirror, "接続文字列").total == 0


def test_tickets_of_a_mirror_from_before_have_their_fields(tmp_path: Path) -> None:
    issue = {
        "id": 7,
        "subject": "配信が止まった",
        "description": "8/3 に止まった。",
        "custom_fields": [
            {"id": 2, "name": "根本原因", "value": ""},
            {"id": 5, "name": "対象", "value": ["web01", "web02"], "multiple": True},
        ],
    }
    world = RowContext("http://redmine.test", {}, frozenset(), None)
    path = tmp_path / ".kb" / "mirror.db"
    with Mirror.open(path) as mirror, mirror.write() as writer:
        for row in ticket_rows(issue, world, notes=True):
            row.meta = {key: value for key, value in row.meta.items() if key != "fields"}
            writer.put([row])
    undo_steps(path, schema.copy_custom_fields)
    with Mirror.open(path) as mirror:
        (ticket,) = mirror.documents(kinds=[Kind.TICKET])
        assert ticket.document.custom_fields == (("根本原因", ""), ("対象", "web01\nweb02"))
        assert "fields" not in ticket.document.meta
        with mirror.write() as writer:
            writer.put(ticket_rows(issue, world, notes=True))
            assert not writer.stats.changed  # the hash is what a sync makes of it


def test_a_mirror_from_before_is_upgraded(tmp_path: Path, post: Make) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "STEPS", schema.STEPS[:1])
        Mirror.open(path).close()
    with Mirror.open(path) as mirror:
        with mirror.write() as writer:
            writer.put(rows.rows_of_posts([post(1)]))
        (stored,) = mirror.documents()
        assert mirror.versioned() == frozenset()
        with mirror.write() as writer:
            writer.history(stored.id, [revision(1, "x")], 1)
        assert mirror.versioned() == {stored.id}
