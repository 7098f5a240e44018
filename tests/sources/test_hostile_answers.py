"""Any JSON at all in place of an answer: read, or an AnswerError that names the path. Never anything else."""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import httpx
import msgspec
import pytest
from far_side import FarSide, comment, in_turn, post
from hypothesis import given, settings
from hypothesis import strategies as st
from properties import examples

from kb.errors import KbError
from kb.sources.redmine.rows import RowContext, ticket_rows

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
POST_KEYS = [*post(1), "created_by", "updated_by", "sharing_urls"]
ISSUE_KEYS = [
    "id", "project", "status", "subject", "description", "created_on", "updated_on", "journals", "custom_fields",
    "attachments", "relations", "children", "is_private", "parent", "assigned_to",
]  # fmt: skip


def answering(value: Any) -> FarSide:
    return FarSide(in_turn(httpx.Response(200, content=msgspec.json.encode(value))))


def read(steps: Any) -> None:
    """Go through everything; KbError is how it may end."""
    with contextlib.suppress(KbError):
        result = steps()
        if hasattr(result, "__next__"):
            for _ in itertools.islice(result, 5):
                pass


@settings(max_examples=examples(60), deadline=None)
@given(ANY)
def test_any_json_in_place_of_an_esa_answer(value: Any) -> None:
    for name in (
        "identify",
        "posts_after",
        "posts_updated",
        "comment_head",
        "category_counts",
        "members",
        "token_info",
    ):
        read(getattr(answering(value).esa(), name))
    read(lambda: answering(value).esa().post(1))


@settings(max_examples=examples(60), deadline=None)
@given(ANY)
def test_any_json_in_place_of_a_redmine_answer(value: Any) -> None:
    for name in ("identify", "tables", "issues_after", "count", "issue_ids"):
        read(getattr(answering(value).redmine(), name))
    read(lambda: answering(value).redmine().issue(1))
    read(lambda: answering(value).redmine().issues_updated("2026-08-01T00:00:00Z"))
    read(lambda: answering(value).redmine().wiki_index("p"))


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(POST_KEYS), ANY)
def test_any_json_in_one_field_of_a_post(key: str, value: Any) -> None:
    row = {**post(1), key: value}
    listing = {"posts": [row], "total_count": 1, "next_page": None}
    read(answering(listing).esa().posts_after)
    read(lambda: answering(row).esa().post(1))


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(["posts", "total_count", "next_page"]), ANY)
def test_any_json_in_the_envelope_of_a_list(key: str, value: Any) -> None:
    listing = {"posts": [post(1)], "total_count": 1, "next_page": None, key: value}
    read(answering(listing).esa().posts_after)
    read(answering(listing).esa().posts_updated)


@settings(max_examples=examples(150), deadline=None)
@given(st.sampled_from(ISSUE_KEYS), ANY)
def test_any_json_in_one_field_of_a_ticket(key: str, value: Any) -> None:
    row = {"id": 1, "created_on": "2026-08-01T00:00:00Z", "updated_on": "2026-08-01T00:00:00Z", key: value}
    read(answering({"issues": [row], "total_count": 1}).redmine().issues_after)
    read(lambda: answering({"issue": row}).redmine().issue(1))


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=200), st.sampled_from([200, 201, 204, 304, 400, 404, 422, 500, 599]))
def test_any_bytes_with_any_status(body: bytes, status: int) -> None:
    far = FarSide(in_turn(httpx.Response(status, content=body)))
    read(far.esa().identify)
    read(far.redmine().identify)
    read(far.redmine().tables)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"number": "1"}, r"/teams/docs/posts posts\[0\] の応答を読めません: number が文字列"),
        ({"number": True}, "number が真偽値"),
        ({"number": 0}, "number が 0 です"),
        ({"number": -5}, "number が -5 です"),
        ({"number": 2**63}, "number が 9223372036854775808 です（使えるのは 1 から"),
        ({"number": 10**30}, "number が …"),
        ({"number": 1.5}, "number が小数"),
        ({"comments": [comment(2**70)]}, r"comment\.id が 1180591620717411303424 です"),
        ({"body_md": None}, "#1 の応答を読めません: body_md がnull"),
        ({"tags": ["a", 1]}, r"tags\[\] が整数"),
        ({"created_by": {"screen_name": 1}}, r"created_by\.screen_name が整数"),
        ({"comments": [comment(1), {"id": 2}]}, r"comment\.body_md がnull"),
        ({"comments": "x"}, "comments が文字列"),
    ],
)
def test_the_path_and_the_field_are_named(row: dict[str, Any], words: str) -> None:
    listing = {"posts": [{**post(1), **row}], "total_count": 1, "next_page": None}
    with pytest.raises(KbError, match=words):
        next(answering(listing).esa().posts_after())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"id": 10**30}, "id が …"),
        ({"updated_on": "2026-02-30T00:00:00Z"}, "updated_on を時刻として読めません"),
        ({"created_on": 7}, "created_on が整数"),
        ({"journals": [{"id": -1}]}, r"journal\.id が -1 です"),
    ],
)
def test_a_ticket_with_an_impossible_number_or_day_is_named(row: dict[str, Any], words: str) -> None:
    ticket = {"id": 1, "created_on": "2026-08-01T00:00:00Z", "updated_on": "2026-08-01T00:00:00Z", **row}
    with pytest.raises(KbError, match=words):
        next(answering({"issues": [ticket], "total_count": 1}).redmine().issues_after())


@pytest.mark.parametrize("stamp", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "", "昨日"])
def test_a_ticket_made_on_a_day_no_calendar_has_is_read_without_it(stamp: str) -> None:
    row = {"id": 1, "created_on": stamp, "updated_on": "2026-08-01T00:00:00Z"}
    page = next(answering({"issues": [row], "total_count": 1}).redmine().issues_after())
    (head, *_) = ticket_rows(page.rows[0], RowContext("https://r.example", {}, frozenset(), None), notes=True)
    assert (head.created_at, head.updated_at) == ("", row["updated_on"])


def test_what_a_newer_esa_adds_is_kept_and_what_an_older_lacks_is_fine() -> None:
    row = {"number": 1, "name": "a", "body_md": "b", "updated_at": "2026-08-01T09:00:00+09:00", "brand_new": [1]}
    page = next(answering({"posts": [row]}).esa().posts_after())
    assert page.rows == ({**row, "comments": []},)
