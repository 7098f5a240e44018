"""esa as kb reads it: complete, in few requests, and never fooled by a query that was not understood."""

from __future__ import annotations

import httpx
import pytest
from far_side import FarSide, SmallEsa, comment, in_turn, post

from kb.errors import AnswerError, CredentialError


def world(count: int, **more: object) -> SmallEsa:
    return SmallEsa({number: post(number) for number in range(1, count + 1)}, **more)  # type: ignore[arg-type]


def test_five_thousand_posts_with_comments_cost_fifty_requests() -> None:
    esa = world(5000)
    for number in (1, 77, 4999):
        esa.posts[number]["comments"] = [comment(number * 10), comment(number * 10 + 1)]
    far = FarSide(esa)
    client = far.esa()
    client.identify()
    rows = [row for page in client.posts_after() for row in page]
    assert client.access.requests == 51
    client.comment_head()
    client.category_counts()
    client.members()
    assert [row["number"] for row in rows] == list(range(1, 5001))
    assert [len(rows[at]["comments"]) for at in (0, 76, 4998, 4999)] == [2, 2, 2, 0]
    assert client.access.requests == len(far.asked) == 54


def test_an_idle_look_costs_four_requests_and_the_members() -> None:
    far = FarSide(world(250, members=150))
    client = far.esa()
    client.identify()
    assert next(iter(client.posts_updated())).total == 250
    assert client.comment_head() == []
    assert client.category_counts() == {"運用": 250}
    assert client.access.requests == 4
    assert len(client.members().rows) == 150
    assert client.access.requests == 6


def test_the_first_page_says_how_many_there_are() -> None:
    assert [page.total for page in FarSide(world(250)).esa().posts_after()] == [250, 150, 50]


def test_keyset_pages_miss_nothing_while_posts_appear_and_vanish() -> None:
    def meanwhile(esa: SmallEsa, count: int) -> None:
        esa.posts.pop(count * 10, None)  # among those already read
        esa.posts[300 + count] = post(300 + count)

    esa = world(300, before_page=meanwhile)
    numbers = [row["number"] for page in FarSide(esa).esa().posts_after() for row in page]
    assert set(esa.posts) <= set(numbers) | {304, 305}
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("how", ["ignores_q", "refuses_q", "text_q"])
def test_a_query_that_is_not_understood_is_noticed_and_nothing_is_lost(how: str) -> None:
    far = FarSide(world(250, **{how: True}))
    numbers = [row["number"] for page in far.esa().posts_after() for row in page]
    assert numbers == list(range(1, 251))


@pytest.mark.parametrize("how", ["ignores_q", "refuses_q", "text_q"])
def test_a_resumed_copy_notices_it_too(how: str) -> None:
    far = FarSide(world(250, **{how: True}))
    assert [row["number"] for page in far.esa().posts_after(120) for row in page] == list(range(121, 251))


def test_a_resumed_copy_at_the_end_is_just_over() -> None:
    assert list(FarSide(world(50)).esa().posts_after(50)) == []


def test_paging_by_position_reads_a_page_again_when_the_list_shrank() -> None:
    def meanwhile(esa: SmallEsa, count: int) -> None:
        if count == 4:  # two pages by position are read, the third is asked for
            for number in range(1, 51):
                esa.posts.pop(number)

    esa = world(400, ignores_q=True, before_page=meanwhile)
    numbers = [row["number"] for page in FarSide(esa).esa().posts_after() for row in page]
    assert set(esa.posts) <= set(numbers)
    assert len(numbers) == len(set(numbers))


def test_comments_that_were_not_embedded_are_fetched() -> None:
    esa = world(3, embeds=2)
    esa.posts[2]["comments"] = [comment(n) for n in range(1, 151)]
    esa.posts[3]["comments"] = [comment(200), comment(201)]
    far = FarSide(esa)
    client = far.esa()
    rows = [row for page in client.posts_after() for row in page]
    assert [len(row["comments"]) for row in rows] == [0, 150, 2]
    assert client.access.requests == 3
    alone = client.post(2)
    assert alone is not None
    assert len(alone["comments"]) == 150


def test_a_post_that_vanished_before_its_comments_came_does_not_end_the_copy() -> None:
    listing = {"posts": [post(1, comments_count=5)], "total_count": 1, "next_page": None}
    far = FarSide(in_turn(httpx.Response(200, json=listing), httpx.Response(404, json={"error": "not_found"})))
    assert [row["comments"] for page in far.esa().posts_after() for row in page] == [[]]


def test_posts_in_categories_are_filtered_again() -> None:
    esa = world(4)
    esa.posts[1]["category"], esa.posts[2]["category"], esa.posts[3]["category"] = None, "運用/手順 書", '変な"名前/x'
    client = FarSide(esa).esa()
    found = {row["number"] for page in client.posts_in([None, "運用/手順 書"]) for row in page}
    assert found == {1, 2}
    assert client.access.requests == 1
    assert [row["number"] for page in client.posts_in(['変な"名前/x']) for row in page] == [3]


def test_many_categories_are_asked_in_several_queries_that_fit_a_url() -> None:
    esa = world(1)
    far = FarSide(esa)
    wanted = [f"とても長い分類の名前がつづく/階層{at}" for at in range(60)]
    assert list(far.esa().posts_in([*wanted, "運用"])) != []
    assert all(len(str(request.url)) < 6000 for request in far.asked)
    assert 2 < len(far.asked) < 15


def test_category_counts_follow_pages_when_there_are_any() -> None:
    pages = [
        {"categories": [{"path": "a", "posts": 2}], "next_page": 2},
        {"categories": [{"path": None, "posts": 1}], "next_page": None},
    ]
    far = FarSide(in_turn(*(httpx.Response(200, json=page) for page in pages)))
    assert far.esa().category_counts() == {"a": 2, None: 1}
    assert "v" not in far.asked[0].url.params


def test_a_post_is_there_gone_or_hidden() -> None:
    client = FarSide(world(2)).esa()
    row = client.post(2)
    assert row is not None
    assert row["number"] == 2
    assert client.post(3) is None
    hidden = FarSide(in_turn(httpx.Response(403, json={"error": "forbidden"}))).esa()
    with pytest.raises(AnswerError, match="記事 9 はこのトークンでは読めません") as caught:
        hidden.post(9)
    assert caught.value.status == 403


def test_another_post_than_the_one_asked_for_is_refused() -> None:
    with pytest.raises(AnswerError, match="記事 9 を求めましたが 2 が返りました"):
        FarSide(in_turn(httpx.Response(200, json=post(2)))).esa().post(9)


@pytest.mark.parametrize(("status", "word"), [(401, "401"), (403, "403")])
def test_a_token_without_scope_names_the_scope(status: int, word: str) -> None:
    client = FarSide(in_turn(httpx.Response(status, json={"error": "forbidden", "message": "Forbidden"}))).esa()
    with pytest.raises(CredentialError, match=f"{word}.*read:post"):
        next(client.posts_after())
    with pytest.raises(CredentialError, match="read:user"):
        client.identify()
    with pytest.raises(CredentialError, match="read:category"):
        client.category_counts()
    with pytest.raises(CredentialError, match="read:comment"):
        client.comment_head()


def test_a_token_that_only_reads_is_told_which_token_writes() -> None:
    client = FarSide(in_turn(httpx.Response(403, json={"error": "forbidden", "message": "Forbidden"}))).esa()
    for write in (
        lambda: client.writes.update(7, {"name": "題名"}, "kb"),
        lambda: client.writes.move_category("手順", "運用/手順"),
    ):
        with (
            client.access.writing(),
            pytest.raises(CredentialError, match=r"403.*write:post.*ESA_WRITE_TOKEN") as caught,
        ):
            write()
        assert "read:" not in str(caught.value)


def test_a_refused_token_is_asked_for_where_it_came_from() -> None:
    client = FarSide(in_turn(httpx.Response(401, json={"error": "unauthorized"}))).esa()
    client.access.variable = "ESA_WRITE_TOKEN"
    with pytest.raises(CredentialError, match="ESA_WRITE_TOKEN に入れ直して"):
        client.identify()


def test_a_team_the_token_does_not_see_is_said_with_those_it_sees() -> None:
    client = FarSide(world(1)).esa("dcos")
    assert client.identify().teams == ("docs",)
    with pytest.raises(CredentialError, match="チーム「dcos」が見えません（見えるチーム: docs）"):
        next(client.posts_after())


def test_an_unpaid_team_is_said() -> None:
    with pytest.raises(AnswerError, match="支払い"):
        next(FarSide(in_turn(httpx.Response(402, json={}))).esa().posts_after())


def test_token_info_is_none_where_esa_does_not_say() -> None:
    far = FarSide(in_turn(httpx.Response(200, json={"scope": ["read"]}), httpx.Response(404)))
    client = far.esa()
    assert client.token_info() == {"scope": ["read"]}
    assert client.token_info() is None
    assert far.asked[0].url.path == "/oauth/token/info"


def test_a_category_holds_what_is_in_and_below_it_whatever_the_search_finds() -> None:
    rows = [
        post(n, category=place) for n, place in enumerate(("運用", "運用/手順", "運用2", "運用2/手順", "設計/運用"), 1)
    ]
    answer = httpx.Response(200, json={"posts": rows, "next_page": None, "total_count": len(rows)})
    assert FarSide(in_turn(answer)).esa().writes.subtree("運用").keys() == {1, 2}
