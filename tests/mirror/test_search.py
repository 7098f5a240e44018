"""Everything is found that stands there, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from properties import examples

from kb.errors import UsageError
from kb.mirror import schema
from kb.mirror import search as searching
from kb.mirror.search import SearchResult, TaskPeople, search
from kb.mirror.store import Mirror
from kb.model.facts import Confidence
from kb.sources.esa import rows
from kb.text.grams import fold_for_search

Make = Callable[..., dict[str, Any]]


def put(mirror: Mirror, *posts: dict[str, Any]) -> None:
    with mirror.write() as writer:
        writer.put(rows.rows_of_posts(posts))


def docs(found: SearchResult) -> list[str]:
    return [hit.doc for hit in found.hits]


@pytest.fixture
def library(mirror: Mirror, post: Make, comment: Make) -> Mirror:
    put(
        mirror,
        post(1, "接続プールが枯渇した。\n- [ ] 上限を見直す", name="決済 API の障害", tasks_count=1),
        post(2, "ﾊﾞｯﾁ処理は ＰｏｓｔｇｒｅＳＱＬ を使う。", name="バッチの手順"),
        post(3, "本文なし", name="当番表", comments=[comment(91, "接続プールの件は解決済み")]),
        post(4, "web-prd-03 を再起動", name="接続プールの見方", updated_at="2026-08-05T09:00:00+09:00"),
    )
    return mirror


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("接続プール", ["esa:4", "esa:3", "esa:1"]),  # title first, then the newest by number
        ("枯渇", ["esa:1"]),
        ("バッチ", ["esa:2"]),
        ("ﾊﾞｯﾁ", ["esa:2"]),
        ("postgresql", ["esa:2"]),
        ("ＰＯＳＴＧＲＥＳＱＬ", ["esa:2"]),
        ("web-prd-03", ["esa:4"]),
        ("web-prd-04", []),
        ("枯", ["esa:1"]),
        ("- [ ]", ["esa:1"]),
        ("決済 枯渇", ["esa:1"]),  # one in the title, one in the text
        ("当番 解決済み", ["esa:3"]),  # one in the title, one in a comment
        ("接続 当番 枯渇", []),
        ('"使う。"', ["esa:2"]),
        ('"決済 api"', ["esa:1"]),
        ('"api 決済"', []),
    ],
)
def test_search(library: Mirror, query: str, expected: list[str]) -> None:
    assert docs(search(library, query)) == expected
    assert docs(search(library, query, use_index=False)) == expected


def test_a_hit_shows_where_it_stands(library: Mirror) -> None:
    (hit,) = search(library, "解決済み").hits
    assert (hit.part, hit.line, hit.snippet) == ("comment:91", 1, "接続プールの件は解決済み")
    (hit,) = search(library, "見直す").hits
    assert (hit.part, hit.line, hit.snippet) == ("body", 2, "- [ ] 上限を見直す")


def test_a_long_line_is_cut_around_the_term(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1, "あ" * 300 + "目印" + "い" * 300))
    (hit,) = search(mirror, "目印").hits
    assert "目印" in hit.snippet
    assert hit.snippet[0] == hit.snippet[-1] == "…"
    assert len(hit.snippet) <= searching.SNIPPET_CHARS + 2


def test_only_open_tasks(library: Mirror) -> None:
    assert docs(search(library, "接続プール", open_only=True)) == ["esa:1"]


MEETING = """出席: 望月、大庭
- [x] 望月: 議事録を送る
- [ ] 大庭: 手順を書く
- [ ] 望月: 証明書を更新する
"""
CHECKLIST = """望月さんへ
- [ ] 移す: [esa:1 望月の件](/posts/1) 旧運用 → 運用 `1f0c22d9`
    - [ ] やらない `1f0c22d9`
"""


def test_a_task_is_shown_by_its_own_line(mirror: Mirror, post: Make) -> None:
    put(
        mirror,
        post(1, MEETING, tasks_count=2),
        post(2, "望月さんが出席\n- [ ] 大庭: 席を替える", tasks_count=1),
        post(3, CHECKLIST, tasks_count=2),
        post(4, "望月: 済んだ話"),
    )
    hits = search(mirror, "望月", open_only=True).hits
    assert [(hit.doc, hit.line, hit.snippet) for hit in hits] == [
        ("esa:1", 4, "- [ ] 望月: 証明書を更新する"),
        ("esa:2", 2, "- [ ] 大庭: 席を替える"),
    ]


MINUTES = """出席: 望月、大庭、佐野
望月やります
`望月やります` と書く
> 望月やります

望月がやりました
佐野が来週までに見積もりを取る
"""


def test_a_promise_without_a_box_is_a_task_of_low_confidence(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1, MINUTES), post(2, "- [ ] 望月: 手順を書く\n望月やります", tasks_count=1), post(3, "望月が欠席"))
    people = TaskPeople("望月".__eq__)
    hits = search(mirror, "望月", open_only=True, people=people).hits
    assert [(hit.doc, hit.line, hit.confidence) for hit in hits] == [
        ("esa:2", 1, Confidence.HIGH),
        ("esa:1", 2, Confidence.LOW),
    ]
    assert [hit.doc for hit in search(mirror, "", open_only=True, people=people).hits] == ["esa:2", "esa:1"]
    assert search(mirror, "望月").hits[0].confidence is None
    (hit,) = search(mirror, "見積もり", open_only=True).hits
    assert (hit.line, hit.confidence) == (7, Confidence.LOW)


def test_a_task_of_whom_it_names_is_theirs_wherever_it_stands(mirror: Mirror, post: Make) -> None:
    put(mirror, post(1, MINUTES), post(2, "- [ ] 大庭: 席\n- [ ] 望月: 手順を書く", tasks_count=2))

    def lines(name: str) -> list[tuple[str, int]]:
        people = TaskPeople("望月".__eq__, lambda names: name in names, lambda line: name in line)
        hits = search(mirror, "", open_only=True, wanted_by=lambda page: False, people=people).hits
        return [(hit.doc, hit.line) for hit in hits]

    assert lines("望月") == [("esa:2", 2), ("esa:1", 2)]
    assert lines("佐野") == [("esa:1", 7)]
    assert lines("片岡") == []


def test_without_a_word_all_open_tasks_are_found(library: Mirror, post: Make) -> None:
    put(
        library,
        post(5, CHECKLIST, tasks_count=2),
        post(6, "<!-- kb:report begin -->\n- [ ] a\n<!-- kb:report end -->", tasks_count=1),
    )
    (hit,) = search(library, "", open_only=True).hits
    assert (hit.doc, hit.snippet) == ("esa:1", "- [ ] 上限を見直す")


def test_an_empty_query_is_refused(library: Mirror) -> None:
    for query in ("", "  ", '""'):
        with pytest.raises(UsageError, match="検索語"):
            search(library, query)


def test_edits_and_deletions_are_followed(library: Mirror, post: Make, comment: Make) -> None:
    put(library, post(1, "別のこと"), post(3, comments=[comment(91, "書き直し")]))
    assert docs(search(library, "枯渇")) == []
    assert docs(search(library, "解決済み")) == []
    assert docs(search(library, "書き直し")) == ["esa:3"]
    put(library, post(3, comments=[]))
    assert docs(search(library, "書き直し")) == []
    put(library, post(3, comments=[comment(91, "書き直し")]))
    with library.write() as writer:
        writer.mark_gone(search(library, "書き直し").hits[0].id)
    assert docs(search(library, "書き直し")) == []
    put(library, post(3, comments=[comment(91, "書き直し")]))
    assert docs(search(library, "書き直し")) == ["esa:3"]


def test_a_common_word_is_capped_and_says_so(mirror: Mirror, post: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "SEARCH_CAP", 5)
    put(mirror, *(post(number, "同じ語") for number in range(1, 9)))
    found = search(mirror, "同じ語", limit=3)
    assert (docs(found), found.total, found.more) == (["esa:8", "esa:7", "esa:6"], 5, True)
    assert not search(mirror, "記事 3").more


def test_without_fts_everything_is_still_found(tmp_path: Path, post: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".kb" / "mirror.db"
    with monkeypatch.context() as patch:
        patch.setattr(schema, "has_grams", lambda db: False)
        with Mirror.open(path) as mirror:
            put(mirror, post(1, "索引なし"))
            assert docs(search(mirror, "索引")) == ["esa:1"]
    with Mirror.open(path) as mirror:  # another Python, which can: the index is made
        put(mirror, post(2, "索引あり"))
        assert docs(search(mirror, "索引")) == ["esa:2", "esa:1"]
    with monkeypatch.context() as patch:
        patch.setattr(schema, "has_grams", lambda db: False)
        with Mirror.open(path) as mirror:  # and back: the index is not believed
            put(mirror, post(3, "索引やめ"))
            assert docs(search(mirror, "索引")) == ["esa:3", "esa:2", "esa:1"]
    with Mirror.open(path) as mirror:
        assert docs(search(mirror, "索引")) == ["esa:3", "esa:2", "esa:1"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mirror]:
    with Mirror.open(tmp_path_factory.mktemp("shelf") / ".kb" / "mirror.db") as opened:
        yield opened


_LETTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from("ｶﾞガ障害DBｄｂ-_ ß\u3099\u0301İσς①㈱ﬁ")


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(_LETTERS, min_size=1, max_size=40), data=st.data())
def test_whatever_stands_in_a_text_is_found_by_index_and_by_scan(shelf: Mirror, text: str, data: st.DataObject) -> None:
    words = fold_for_search(text).replace('"', " ").replace("“", " ").replace("”", " ")
    start = data.draw(st.integers(0, max(0, len(words) - 1)))
    end = data.draw(st.integers(start + 1, start + 6))
    wanted = words[start:end].strip()
    if fold_for_search(wanted) not in fold_for_search(text) or not fold_for_search(wanted):
        return
    row = next(rows.post_rows({"number": 1, "body_md": text, "name": "題"}))
    with shelf.write() as writer:
        writer.put([row])
    query = f'"{wanted}"'
    assert docs(search(shelf, query)) == docs(search(shelf, query, use_index=False)) == ["esa:1"]


@given(st.text(_LETTERS, max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_for_search(fold_for_search(text)) == fold_for_search(text)
