"""Texts go in as fetched and come out as documents."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from kb.errors import BusyError, InputError, StoreError
from kb.markup.blocks import PARSER_VERSION
from kb.markup.parse import parse_structure
from kb.mirror import database, schema
from kb.mirror.store import Mirror
from kb.mirror.writer import SyncStats
from kb.model.document import Kind, Source, Visibility
from kb.sources.esa import rows
from kb.text.json_fields import utc_field

Make = Callable[..., dict[str, Any]]


def put(mirror: Mirror, *posts: dict[str, Any]) -> dict[str, int]:
    stats = SyncStats()
    with mirror.write(stats) as writer:
        writer.put(rows.rows_of_posts(posts))
    return stats.figures


def found(mirror: Mirror, number: int, kind: Kind = Kind.POST) -> Any:
    stored = mirror.find(Source.ESA, kind, str(number))
    assert stored is not None
    return stored


def test_a_post_comes_back_as_the_document_it_is(mirror: Mirror, post: Make) -> None:
    put(mirror, post(7, "# 見出し\n", tags=["障害", "DB"], wip=True, sharing_urls={"html": "https://esa-pages.io/x"}))
    (stored,) = mirror.documents()
    document = stored.document
    assert (document.doc, document.part, document.kind) == ("esa:7", "body", Kind.POST)
    assert (document.title, document.category, document.tags, document.wip) == (
        "記事 7", "運用/手順", ("障害", "DB"), True,
    )  # fmt: skip
    assert (document.created_at, document.updated_at) == ("2026-08-01T00:00:00Z", "2026-08-02T00:00:00Z")
    assert document.visibility is Visibility.INTERNET
    assert document.human_by == "tanaka"
    assert stored.structure == parse_structure("# 見出し\n".encode(), document.markup)


def test_a_comment_carries_the_doc_of_its_post_and_its_own_part(mirror: Mirror, post: Make, comment: Make) -> None:
    put(mirror, post(1, comments=[comment(91, "確認しました")]))
    documents = [stored.document for stored in mirror.documents()]
    assert [(each.doc, each.part, each.body) for each in documents] == [
        ("esa:1", "body", "本文"),
        ("esa:1", "comment:91", "確認しました"),
    ]
    assert [s.document.part for s in mirror.documents(kinds=[Kind.COMMENT])] == ["comment:91"]
    assert [s.document.part for s in mirror.documents(doc="esa:1", since_id=1)] == ["comment:91"]


def test_raw_json_is_kept_without_the_texts(mirror: Mirror, post: Make, comment: Make) -> None:
    put(mirror, post(1, "秘密の本文", stargazers_count=3, comments=[comment(91, "返信の本文")]))
    raw = mirror.raw(found(mirror, 1).id)
    assert raw["stargazers_count"] == 3
    assert not {"body_md", "body_html", "comments"} & set(raw)
    assert "body_md" not in mirror.raw(found(mirror, 91, Kind.COMMENT).id)


def test_storing_the_same_again_changes_nothing(mirror: Mirror, post: Make, comment: Make) -> None:
    page = post(1, comments=[comment(91)])
    assert put(mirror, page) == {"added": 1, "changed": 0, "deleted": 0}
    before = [(s.id, s.hash, s.document) for s in mirror.documents()]
    assert put(mirror, page) == {"added": 0, "changed": 0, "deleted": 0}
    assert [(s.id, s.hash, s.document) for s in mirror.documents()] == before


@pytest.mark.parametrize(
    "change",
    [
        {"body_md": "別の本文"},
        {"name": "別の題"},
        {"category": None},
        {"tags": ["x"]},
        {"wip": True},
        {"revision_number": 2},
        {"updated_at": "2026-08-03T09:00:00+09:00"},
        {"sharing_urls": {"html": "https://esa-pages.io/x"}},
    ],
)
def test_any_edit_counts_as_one_changed_page(mirror: Mirror, post: Make, change: dict[str, Any]) -> None:
    put(mirror, post(1))
    assert put(mirror, {**post(1), **change}) == {"added": 0, "changed": 1, "deleted": 0}


def test_an_older_revision_from_a_lagging_search_changes_nothing(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1, "新しい", revision_number=3))
    assert put(mirror, post(1, "古い", revision_number=2)) == {"added": 0, "changed": 0, "deleted": 0}
    assert found(mirror, 1).document.body == "新しい"


def test_a_star_is_kept_but_is_no_change(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1))
    assert put(mirror, post(1, stargazers_count=9))["changed"] == 0
    assert mirror.raw(found(mirror, 1).id)["stargazers_count"] == 9


def test_a_comment_that_was_added_edited_or_deleted_changes_its_page(mirror: Mirror, post: Make, comment: Make) -> None:
    put(mirror, post(1))
    for comments in ([comment(91)], [comment(91, "直した")], []):
        assert put(mirror, post(1, comments=comments)) == {"added": 0, "changed": 1, "deleted": 0}
    assert found(mirror, 91, Kind.COMMENT).state == "gone"


def test_comments_that_did_not_come_with_the_post_are_left_alone(mirror: Mirror, post: Make, comment: Make) -> None:
    put(mirror, post(1, comments=[comment(91)]))
    page = post(1)
    del page["comments"]
    put(mirror, page)
    assert found(mirror, 91, Kind.COMMENT).state == "live"


def test_a_comment_without_its_post_is_left_for_the_next_sync(mirror: Mirror, comment: Make) -> None:
    with mirror.write() as writer:
        writer.put([rows.comment_row(comment(91), "404")])
    assert mirror.count() == 0


def test_a_deleted_page_stays_as_a_tombstone_with_its_text(mirror: Mirror, post: Make, comment: Make) -> None:
    put(mirror, post(1, "消えた本文", comments=[comment(91)]))
    stats = SyncStats()
    with mirror.write(stats) as writer:
        writer.mark_gone(found(mirror, 1).id)
    assert stats.figures["deleted"] == 1
    assert list(mirror.documents()) == []
    stored = found(mirror, 1)
    assert (stored.state, stored.document.body) == ("gone", "消えた本文")
    assert put(mirror, post(1, comments=[comment(91)])) == {"added": 0, "changed": 1, "deleted": 0}
    assert mirror.count() == 2


def test_an_edit_by_kb_does_not_make_a_page_fresh(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1))
    later = {"updated_at": "2026-09-01T09:00:00+09:00", "updated_by": {"screen_name": "ops"}, "revision_number": 2}
    put(mirror, post(1, message="分類を整理 kb 20260901-1 [skip notice]", **later))
    document = found(mirror, 1).document
    assert (document.updated_at, document.human_at, document.human_by) == (
        "2026-09-01T00:00:00Z", "2026-08-02T00:00:00Z", "tanaka",
    )  # fmt: skip
    put(mirror, post(1, message="kb を紹介", **{**later, "revision_number": 3}))
    assert found(mirror, 1).document.human_by == "ops"


def test_what_happens_in_a_failed_write_did_not_happen(mirror: Mirror, post: Make) -> None:
    stats = SyncStats()

    def interrupted() -> None:
        with mirror.write(stats) as writer:
            writer.put(rows.post_rows(post(1)))
            writer.mark("cursor", "1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert (mirror.count(), mirror.mark("cursor"), stats.figures["added"]) == (0, None, 0)


@pytest.mark.parametrize("body", ["半分\ud83d残り", "零\0の後も残る", "\r\n\r", "", "𠮷野家😀"])
def test_hostile_text_is_kept(mirror: Mirror, post: Make, body: str) -> None:
    put(mirror, post(1, body, name=body or "空", category=body))
    document = found(mirror, 1).document
    wanted = body.replace("\ud83d", "�")
    assert (document.body, document.title, document.category) == (wanted, wanted or "空", wanted)
    assert mirror.raw(found(mirror, 1).id)["url"] == "https://docs.esa.io/posts/1"


def test_fields_of_the_wrong_type_do_not_stop_a_page(mirror: Mirror, post: Make) -> None:
    odd = {"tags": ["a", 3, None], "category": 5, "created_by": [], "updated_at": "昨日", "revision_number": 2**80}
    put(mirror, post(1, **odd))
    document = found(mirror, 1).document
    assert (document.tags, document.category, document.updated_at) == (("a",), "", "")
    assert mirror.raw(found(mirror, 1).id)["revision_number"] == 2**80


def test_pages_share_a_reading_in_parallel(mirror: Mirror, post: Make) -> None:
    put(mirror, *(post(number) for number in range(1, 8)))
    ids = [each.id for each in mirror.documents()]
    middle = ids[len(ids) // 2]
    first, second = list(mirror.page(0, middle)), list(mirror.page(middle, ids[-1] + 1))
    assert [s.key for s in first + second] == [s.key for s in mirror.documents()]
    assert first
    assert second


def test_a_structure_of_another_parser_is_not_handed_out_and_is_made_anew(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1, "# 題\n"))
    mirror.database.execute("UPDATE structure SET version = ?", (PARSER_VERSION + 1,))
    assert found(mirror, 1).structure is None
    assert mirror.restructure() == 1
    assert found(mirror, 1).structure == parse_structure("# 題\n".encode(), found(mirror, 1).document.markup)
    assert mirror.restructure() == 0


# -- the file ---------------------------------------------------------------------------------


def test_the_folder_is_private_and_out_of_git(tmp_path: Path) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    Mirror.open(path).close()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_it_can_be_read_where_nothing_can_be_written(tmp_path: Path, post: Make) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    with Mirror.open(path) as mirror:
        put(mirror, post(1))
    with Mirror.open(path, readonly=True) as mirror:
        assert mirror.count() == 1
        with pytest.raises(StoreError, match="読み取り専用"), mirror.write():
            pass


def test_a_newer_mirror_is_refused_with_both_formats(tmp_path: Path) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    Mirror.open(path).close()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match=rf"99.*{len(schema.STEPS)} まで.*kb を更新"):
        Mirror.open(path)


def test_an_older_mirror_is_brought_up_to_date_without_loss(
    tmp_path: Path, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    with Mirror.open(path) as mirror:
        put(mirror, post(1))

    def add_colour(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE documents ADD COLUMN colour TEXT NOT NULL DEFAULT 'none'")

    monkeypatch.setattr(schema, "STEPS", (*schema.STEPS, add_colour))
    with pytest.raises(StoreError, match="古い形式"):
        Mirror.open(path, readonly=True)
    with Mirror.open(path) as mirror:
        assert mirror.database.value("SELECT colour FROM documents") == "none"
        assert found(mirror, 1).document.body == "本文"


def test_a_migration_that_fails_leaves_the_old_mirror(
    tmp_path: Path, post: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    with Mirror.open(path) as mirror:
        put(mirror, post(1))

    def fail(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM raws")
        db.execute("SELECT * FROM nowhere")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", (*schema.STEPS, fail))
        with pytest.raises(StoreError):
            Mirror.open(path)
    with Mirror.open(path) as mirror:
        assert mirror.raw(found(mirror, 1).id)["number"] == 1


@pytest.mark.parametrize("content", [b"not a database at all " * 100, b""])
def test_a_file_that_is_no_mirror_is_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    path.parent.mkdir()
    path.write_bytes(content)
    if content:
        with pytest.raises(StoreError, match="壊れています"):
            Mirror.open(path)
        assert path.read_bytes() == content
    else:
        Mirror.open(path).close()


def test_somebody_elses_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("CREATE TABLE recipes(name)")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="kb のデータベースではない"):
        Mirror.open(path)
    assert path.read_bytes() == before


def test_a_locked_mirror_is_busy(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_WAIT_S", 0.05)
    other = sqlite3.connect(mirror.database.path, isolation_level=None)
    with Mirror.open(mirror.database.path) as second:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match="使用中"), second.write():
            pass
        other.execute("ROLLBACK")
    other.close()


def test_a_full_disk_takes_the_whole_page_back(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1))
    pages = mirror.database.value("PRAGMA page_count")
    mirror.database.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(StoreError, match="ディスクがいっぱい"):
        put(mirror, post(2), post(3, "長い本文" * 20000))
    assert [s.key for s in mirror.documents()] == ["1"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-08-03T09:15:00+09:00", "2026-08-03T00:15:00Z"),
        ("2026-08-03T00:15:00Z", "2026-08-03T00:15:00Z"),
        ("2026-99-99T99:99:99Z", ""),
        ("xxxxxxxxxxTxxxxxxxxZ", ""),
        ("9999-12-31T23:59:59-12:00", ""),
        ("きのう", ""),
        (20260803, ""),
    ],
)
def test_a_time_is_utc_or_none(sent: object, kept: str) -> None:
    assert utc_field(sent) == kept


def test_a_store_may_be_a_link_to_an_empty_folder_or_to_one_of_kbs(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / ".kb").symlink_to(tmp_path / "disk")
    for _ in range(2):
        Mirror.open(tmp_path / ".kb" / "mirror.db").close()
    assert (tmp_path / "disk" / "mirror.db").is_file()


def test_a_store_that_is_a_link_to_other_things_is_refused_and_they_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letters").write_text("mine")
    (tmp_path / ".kb").symlink_to(tmp_path / "home")
    with pytest.raises(InputError, match=r"\.kb はリンクで"):
        Mirror.open(tmp_path / ".kb" / "mirror.db")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["letters"]


def test_a_mirror_that_is_a_link_is_not_written(tmp_path: Path) -> None:
    (tmp_path / ".kb").mkdir()
    (tmp_path / ".kb" / "mirror.db").symlink_to(tmp_path / "public.db")
    with pytest.raises(InputError, match="リンク"):
        Mirror.open(tmp_path / ".kb" / "mirror.db")
    assert not (tmp_path / "public.db").exists()
