"""The search language of the sandbox's esa: the parser alone, and what it finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sandbox.box import Box, comment, post

from kb.sandbox.esa.state.match import narrow
from kb.sandbox.esa.state.query import Chain, Not, Query, Term, parse
from kb.sandbox.esa.state.records import EsaPost


def word(text: str) -> Term:
    return Term("", ":", text)


@pytest.mark.parametrize(
    ("text", "expr"),
    [
        ("", None),
        ("障害", word("障害")),
        ("a b", Chain(word("a"), ((False, word("b")),))),
        ("a　b", Chain(word("a"), ((False, word("b")),))),
        ("a OR b c", Chain(word("a"), ((True, word("b")), (False, word("c"))))),
        ("a|b", Chain(word("a"), ((True, word("b")),))),
        ("a or b", Chain(word("a"), ((False, word("or")), (False, word("b"))))),
        ("(a OR b) c", Chain(Chain(word("a"), ((True, word("b")),)), ((False, word("c")),))),
        ("-a", Not(word("a"))),
        ("--a", word("a")),
        ("-(a b)", Not(Chain(word("a"), ((False, word("b")),)))),
        ("a-b", word("a-b")),
        ("- a", Chain(word("-"), ((False, word("a")),))),
        ('"a b"', Term("", ":", "a b", quoted=True)),
        ('on:"a b/c"', Term("on", ":", "a b/c", quoted=True)),
        ("on:/", Term("on", ":", "/")),
        ("title:x", Term("name", ":", "x")),
        ("#重大", Term("tag", ":", "重大")),
        ("@sato", Term("user", ":", "sato")),
        ("123", Term("number", ":", "123")),
        ("number:>10", Term("number", ">", "10")),
        ("stars:>=3", Term("stars", ">=", "3")),
        ("created:2026-01", Term("created", ":", "2026-01")),
        ("updated:<=2026-1-5", Term("updated", "<=", "2026-1-5")),
        ("colour:red", word("colour:red")),
        ("number:many", word("number:many")),
        ("created:yesterday", word("created:yesterday")),
        ("created:2026-13", word("created:2026-13")),
        ("wip:>true", word("wip:>true")),
        ("name:f(x)", Term("name", ":", "f(x)")),
        ("((a", word("a")),
        ("a)) b", Chain(word("a"), ((False, word("b")),))),
        ('"a b', Term("", ":", "a b", quoted=True)),
        ("OR a |", word("a")),
        ("()", None),
        ("-", word("-")),
    ],
)
def test_a_query_is_read(text: str, expr: object) -> None:
    assert parse(text) == Query(expr)  # type: ignore[arg-type]


def test_order_and_case_can_stand_inside_a_query() -> None:
    assert parse("sort:created-asc #DB case_sensitive:true") == Query(Term("tag", ":", "DB"), ("created", "asc"), True)
    assert parse("sort:colour-asc").expr == word("sort:colour-asc")


@given(st.text(alphabet='ab ()|-"OR:#@>number15/　', max_size=40))
def test_nothing_a_person_types_breaks_the_parser(text: str) -> None:
    query = parse(text)
    narrow(query)


def test_deep_and_long_queries_are_read_too() -> None:
    assert parse("(" * 5000 + "a" + ")" * 5000).expr is not None
    assert isinstance(parse(" OR ".join(f"number:{n}" for n in range(5000))).expr, Chain)


def test_a_keyset_query_is_answered_by_the_index_alone(filled, monkeypatch: pytest.MonkeyPatch) -> None:
    narrowed = narrow(parse("number:>100 number:<=200"))
    assert (narrowed.low, narrowed.high, narrowed.rest) == (101, 200, ())
    box = filled(*(post(number) for number in range(1, 301)))
    looked_at: list[int] = []
    monkeypatch.setattr(EsaPost, "folded", property(lambda self: looked_at.append(self.number) or ""))
    assert box.numbers(q="number:>100", sort="number", order="asc", per_page=3) == [101, 102, 103]
    assert box.numbers(q="number:>298 本文") == []
    assert looked_at == [299, 300]


@pytest.fixture
def wiki(filled) -> Box:
    return filled(
        post(
            1,
            "DB障害の報告",
            category="不具合共有/2026",
            tags=["DB", "重大"],
            body_md="原因は ﾒﾓﾘ 不足\n- [x] 恒久対応\n- [ ] 監視",
            created_at="2026-01-31T23:59:59+09:00",
            updated_at="2026-02-10T00:00:00+09:00",
        ),
        post(
            2,
            "手順書",
            category="運用/手順",
            tags=["db"],
            body_md="Restart the API",
            wip=True,
            stargazers_count=5,
            created_at="2026-02-01T00:00:00+09:00",
            comments=[comment(20, "古いメモリの話")],
        ),
        post(
            3,
            "運用",
            category="運用",
            body_md="障害 報告",
            watchers=["ito"],
            watchers_count=3,
            created_at="2026-02-28T12:00:00+09:00",
            created_by={"screen_name": "ito", "name": "伊藤"},
            updated_by={"screen_name": "kato", "name": "加藤"},
        ),
        post(
            4,
            "日報",
            category="日報/2026/03/01",
            body_md="- [x] 済",
            created_at="2026-03-01T09:00:00+09:00",
            sharing_urls={"html": "x"},
        ),
        post(
            5,
            "置き場なし",
            category="",
            body_md="運用手順2",
            created_at="2026-03-02T09:00:00+09:00",
            stargazers=["operator"],
            watchers=["operator"],
        ),
        post(6, "似た名", category="運用手順", body_md="4", created_at="2026-04-01T09:00:00+09:00"),
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("障害", [1, 3]),
        ("メモリ", [1]),
        ("ｒｅｓｔａｒｔ", [2]),
        ("障害 報告", [1, 3]),
        ('"障害 報告"', [3]),
        ('"restart"', []),
        ("name:運用", [3]),
        ("title:手順", [2]),
        ("full_name:手順", [2, 6]),
        ("body:運用手順", [5]),
        ("4", [4]),
        ("number:4", [4]),
        ("number:>4", [5, 6]),
        ("number:>=4 number:<6", [4, 5]),
        ("-number:>2", [1, 2]),
        ("category:手順", [2, 6]),
        ("in:運用", [2, 3, 6]),
        ("in:運用/", [2, 3]),
        ("in:/", [1, 2, 3, 4, 5, 6]),
        ("on:運用", [3]),
        ("on:/運用/手順/", [2]),
        ("on:/", [5]),
        ("-on:/ -in:運用", [1, 4]),
        ("on:運用 on:運用手順", []),
        ("on:運用 OR on:運用手順", [3, 6]),
        ("wip:true", [2]),
        ("wip:false", [1, 3, 4, 5, 6]),
        ("kind:flow", [4]),
        ("#db", [1, 2]),
        ("tag:DB case_sensitive:true", [1]),
        ("@ito", [3]),
        ("user:sato", [1, 2, 4, 5, 6]),
        ("updated_by:kato", [3]),
        ("comment:古い", [2]),
        ("starred:true", [5]),
        ("watched:true", [5]),
        ("watched_by:ito", [3]),
        ("sharing:true", [4]),
        ("stars:>0", [2, 5]),
        ("watches:>=3", [3]),
        ("comments:1", [2]),
        ("done:>0", [1, 4]),
        ("undone:>0", [1]),
        ("created:2026-02", [2, 3]),
        ("created:>2026-02", [4, 5, 6]),
        ("created:>=2026-02", [2, 3, 4, 5, 6]),
        ("created:<2026-02", [1]),
        ("created:<=2026-02", [1, 2, 3]),
        ("created:2026-03-01", [4]),
        ("created:>2026-03-01", [5, 6]),
        ("updated:2026-02-10", [1]),
        ("障害 -DB", [3]),
        ("障害 OR 日報", [1, 3, 4]),
        ("障害 OR 日報 wip:false on:運用", [3]),
        ("障害 | 手順書", [1, 2, 3]),
        ("日報 OR (障害 #重大)", [1, 4]),
        ("-(障害 OR 日報)", [2, 5, 6]),
        ("colour:red", []),
    ],
)
def test_a_search_finds(wiki: Box, query: str, found: list[int]) -> None:
    answer = wiki.get("/posts", q=query, sort="number", order="asc").json()
    assert [row["number"] for row in answer["posts"]] == found
    assert answer["total_count"] == len(found)


def test_an_order_inside_the_query_wins(wiki: Box) -> None:
    assert wiki.numbers(q="wip:false sort:number-asc", sort="created", order="desc") == [1, 3, 4, 5, 6]
    assert wiki.numbers(q="障害 sort:best_match-desc") == [1, 3]


def test_in_can_be_made_to_stop_at_a_segment(wiki: Box) -> None:
    wiki.toggle(in_by_segment=True)
    assert wiki.numbers(q="in:運用", sort="number") == [3, 2]


def test_a_team_without_number_search_takes_it_for_a_word(wiki: Box) -> None:
    wiki.toggle(number_search=False)
    assert wiki.numbers(q="number:>3") == []


def test_the_index_can_lag_behind_while_plain_lists_do_not(wiki: Box) -> None:
    wiki.freeze()
    wiki.toggle(index_lag_s=10)
    made = wiki.edit("create", fields={"name": "速報", "category": "運用"})["number"]
    wiki.edit("move", 3, fields={"category": "別"})
    wiki.edit("delete", 6)
    assert wiki.numbers(q="number:>2", sort="number", order="asc") == [3, 4, 5]
    assert wiki.numbers(q="on:運用") == [3]
    assert wiki.numbers(sort="number", order="asc") == [1, 2, 3, 4, 5, made]
    wiki.control("clock", {"advance_s": 10})
    assert wiki.numbers(q="on:運用") == [made]
