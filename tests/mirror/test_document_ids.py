"""Ids of documents: read into parts and written back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.model.document import DocId, doc_range, parse_doc


@pytest.mark.parametrize(
    ("doc", "parts", "number", "collection"),
    [
        ("esa:123", DocId("esa", "123"), 123, "esa"),
        ("redmine:wiki:infra/接続:先", DocId("redmine", "wiki:infra/接続:先"), 0, "redmine"),
        ("files:minutes/2026/a.md", DocId("files", "minutes/2026/a.md"), 0, "files:minutes"),
        (f"files~{'a' * 32}:~{'b' * 32}", DocId(f"files~{'a' * 32}", f"~{'b' * 32}"), 0, f"files~{'a' * 32}"),
        ("不具合/2025/a.md", DocId("", "不具合/2025/a.md"), 0, "不具合/2025/a.md"),
        (45, DocId("", "45"), 45, "45"),
        ("esa:" + "9" * 5000, DocId("esa", "9" * 5000), 0, "esa"),
        ("esa:１２", DocId("esa", "１２"), 0, "esa"),
    ],
)
def test_parts(doc: str | int, parts: DocId, number: int, collection: str) -> None:
    assert (parse_doc(doc), parse_doc(doc).number, parse_doc(doc).collection) == (parts, number, collection)


@given(st.text(st.sampled_from("ab:/~1 あ")))
def test_an_id_is_written_as_it_was(doc: str) -> None:
    assert str(parse_doc(doc)) == doc


@given(st.sampled_from(("esa", "esab", "files:a", "files:ab", "files:a b")), st.text(min_size=1))
def test_the_range_of_a_collection_holds_its_documents_and_no_others(collection: str, key: str) -> None:
    doc = f"{collection}/{key}" if collection.startswith("files:") else f"{collection}:{key}"
    for other in ("esa", "esab", "files:a", "files:ab", "files:a b"):
        first, end = doc_range(other)
        assert (first <= doc < end) == (other == collection) == (parse_doc(doc).collection == other)
