"""The index of similar incidents: what it holds is what the mirror holds, masked, after whatever happened to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples

from kb.mirror.similar import tables
from kb.mirror.similar.index import MirrorIndex
from kb.mirror.similar.request import IndexRequest, count_dirty
from kb.mirror.similar.update import update_index
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source
from kb.model.facts import PageKind
from kb.model.page import PagePolicy
from kb.reading.traits.rank import MAX_TERMS, MemoryIndex, rank_pages
from kb.reading.traits.terms import read_query_terms
from kb.sources.esa import rows

Make = Callable[..., dict[str, Any]]

REQUEST = IndexRequest(PagePolicy(incident=("不具合共有/**",)))
BODY = "## 事象\n{0}\n\n## 原因\n{1}\n\n## 対応\n直した。\n\n## 再発防止\n- [ ] 監視を足す\n"
PASSWORD = "Zt7kQ2mXw9Lr4Vb"


def incident(
    post: Make, number: int, title: str, seen: str = "落ちた。", why: str = "不明", **fields: Any
) -> dict[str, Any]:
    return post(number, BODY.format(seen, why), name=title, category="不具合共有/2026", **fields)


def put(mirror: Mirror, *posts: dict[str, Any]) -> None:
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts(posts))


def find(mirror: Mirror, query: str) -> list[str]:
    ranking = rank_pages(MirrorIndex(mirror.database), read_query_terms(query), {})
    docs = dict(mirror.database.rows("SELECT id, doc FROM documents"))
    return [docs[page] for page, _ in ranking.pages]


def whole(mirror: Mirror) -> dict[str, dict[str, float]]:
    """All that the index holds, by document, counted both ways."""
    index, db = MirrorIndex(mirror.database), mirror.database
    found = {
        doc: index.find_terms(page)
        for page, doc in db.rows("SELECT s.id, d.doc FROM similar_pages s JOIN documents d USING (id)")
    }
    counted = dict(db.rows("SELECT word, pages FROM similar_words WHERE pages > 0"))
    assert counted == {
        word: sum(word in terms for terms in found.values()) for terms in found.values() for word in terms
    }
    assert db.value("SELECT count(*) FROM similar_terms") == sum(map(len, found.values()))
    return found


@pytest.fixture
def library(mirror: Mirror, post: Make, comment: Make) -> Mirror:
    put(
        mirror,
        incident(post, 1, "荷札の印刷が止まる", why="プリンターのスプーラが固まった。"),
        incident(post, 2, "扉が開かない", why="dock-ctl-03 の証明書が切れた。"),
        incident(post, 3, "在庫が合わない", comments=[comment(91, "原因は二重の取り込みでした")]),
        post(4, "1. スプーラを消す\n2. 起動する", name="荷札が出ないときの手順", category="手順書"),
        post(5, "今週の献立はカレーです。", name="食堂", category="お知らせ"),
    )
    update_index(mirror, REQUEST)
    return mirror


def test_incidents_and_runbooks_are_found(library: Mirror) -> None:
    assert find(library, "printer spooler") == ["esa:1", "esa:4"]
    assert find(library, "dock-ctl-3 certificate")[0] == "esa:2"
    assert find(library, "二重")[0] == "esa:3"  # it stands in a comment
    assert find(library, "カレー") == []
    index = MirrorIndex(library.database)
    assert sorted(index.find_kinds(range(100)).values()) == [PageKind.INCIDENT] * 3 + [PageKind.RUNBOOK]


def test_a_whole_page_is_ranked_as_in_memory_in_a_few_statements(mirror: Mirror, post: Make) -> None:
    words = [f"{one}{other}" for one in "荷札扉棚箱秤台車鍵" for other in "止落切壊詰溢遅欠消替"]
    put(mirror, *(incident(post, number, words[number], "、".join(words[number::number])) for number in range(1, 9)))
    update_index(mirror, REQUEST)
    index, pages = MirrorIndex(mirror.database), {each.id for each in mirror.documents()}
    query = index.find_terms(min(pages))
    assert len(query) > MAX_TERMS
    statements = 0

    def count(statement: str) -> None:
        nonlocal statements
        statements += 1

    mirror.database._sqlite.set_trace_callback(count)
    ranking = rank_pages(index, query, {})
    mirror.database._sqlite.set_trace_callback(None)
    assert statements < MAX_TERMS + 10  # however many terms the page has
    assert ranking == rank_pages(MemoryIndex((page, index.find_terms(page)) for page in pages), query, {})


def test_only_what_changed_is_read_again(library: Mirror, post: Make) -> None:
    assert count_dirty(library, REQUEST) == 0
    put(library, incident(post, 2, "扉が開かない", why="鍵束の電池が切れた。", revision_number=2))
    assert count_dirty(library, REQUEST) == 1
    assert update_index(library, REQUEST) == 1
    assert find(library, "電池")[0] == "esa:2"
    assert find(library, "dock-ctl-3") == []
    assert count_dirty(library, REQUEST) == 0
    put(library, incident(post, 2, "扉が開かない", why="鍵束の電池が切れた。", revision_number=2))
    assert count_dirty(library, REQUEST) == 0  # nothing changed


def test_a_page_that_went_is_forgotten(library: Mirror) -> None:
    page = next(library.documents(doc="esa:1")).id
    with library.write() as writer:
        writer.mark_gone(page)
    update_index(library, REQUEST)
    assert find(library, "printer spooler") == ["esa:4"]
    assert "esa:1" not in whole(library)


def test_other_settings_read_every_page_again(library: Mirror) -> None:
    other = IndexRequest(replace(REQUEST.policy, other=("不具合共有/**",)))
    assert count_dirty(library, other) == 5
    update_index(library, other)
    assert set(whole(library)) == {"esa:4"}
    assert count_dirty(library, REQUEST) == 5


def test_a_mirror_from_before_is_indexed(library: Mirror, tmp_path: Path) -> None:
    before = whole(library)
    for table in ("similar_dirty", "similar_pages", "similar_words", "similar_terms"):
        library.database.execute(f"DROP TABLE {table}")
    library.database.execute("DELETE FROM marks WHERE name = ?", (tables.MARK,))
    with Mirror.open(tmp_path / ".kb" / "mirror.db", readonly=True) as mirror:
        assert count_dirty(mirror, REQUEST) == 5
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as mirror:
        update_index(mirror, REQUEST)
        assert whole(mirror) == before


def test_no_secret_is_in_the_index(mirror: Mirror, post: Make, comment: Make) -> None:
    said = f"管理画面のパスワード: {PASSWORD}"
    put(
        mirror,
        incident(post, 1, "止まった", seen=said, comments=[comment(91, said)]),
        post(2, said, name="止まったときの手順", category="手順書"),
    )
    update_index(mirror, REQUEST)
    words = [word for (word,) in mirror.database.rows("SELECT word FROM similar_words")]
    assert words
    assert [word for word in words if any(part in word for part in ("zt7", "mxw", "kq2", PASSWORD.casefold()))] == []


def test_a_stopped_update_goes_on(mirror: Mirror, post: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    put(mirror, *(incident(post, number, f"障害 {number}") for number in range(1, 8)))
    monkeypatch.setattr("kb.mirror.similar.update.PAGES_AT_ONCE", 3)

    def stop(done: int, every: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update_index(mirror, REQUEST, stop)
    assert count_dirty(mirror, REQUEST) == 4
    steps: list[tuple[int, int]] = []
    update_index(mirror, REQUEST, lambda done, every: steps.append((done, every)))
    assert steps == [(3, 4), (4, 4)]
    assert len(whole(mirror)) == 7


TITLES = ("扉が開かない", "荷札が出ない", "遅い", "手順")
WORDS = ("プール", "web-01", "503", "鍵", "証明書が切れた", "OOM")


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(TITLES), st.sampled_from(WORDS), st.booleans()), max_size=9)
)
def test_changes_leave_what_reading_all_would_give(
    tmp_path_factory: pytest.TempPathFactory, post: Make, changes: list[tuple[int, str, str, bool]]
) -> None:
    with Mirror.open(tmp_path_factory.mktemp("mirror") / "mirror.db") as mirror:
        for revision, (number, title, word, gone) in enumerate(changes, 1):
            if gone and (page := mirror.find(Source.ESA, Kind.POST, str(number))) is not None:
                with mirror.write() as writer:
                    writer.mark_gone(page.id)
            else:
                put(mirror, incident(post, number, title, why=word, revision_number=revision))
            if revision % 2:
                update_index(mirror, REQUEST)
        update_index(mirror, REQUEST)
        grown = whole(mirror)
        with mirror.database.transaction():
            tables.mark_all_dirty(mirror.database)
        update_index(mirror, REQUEST)
        assert whole(mirror) == grown


def test_damaged_terms_of_a_page_are_read_as_far_as_they_are_whole() -> None:
    packed = tables.pack_terms([(1, 20), (2, 300)])
    assert list(tables.unpack_terms(packed)) == [(1, 20), (2, 255)]
    assert list(tables.unpack_terms(packed[:-1])) == [(1, 20)]
    assert list(tables.unpack_terms(b"x")) == []
