"""Addresses and tickets as they stand in running Japanese text."""

from __future__ import annotations

import pytest

from kb.text.links import find_ticket_refs, find_urls


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("詳細は https://a.example/x?y=1 を参照", ("https://a.example/x?y=1",)),
        ("（https://a.example/x）と[図](https://b.example/p(1))。", ("https://a.example/x", "https://b.example/p(1)")),
        ("https://a.example/、https://a.example/。", ("https://a.example/",)),
        ("<a href='https://a.example/q'>", ("https://a.example/q",)),
        ("http は書かない", ()),
    ],
)
def test_addresses_end_where_the_sentence_does(text: str, found: tuple[str, ...]) -> None:
    assert find_urls(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("#12 と（#345）、再発は#6", ("#12", "#345", "#6")),
        ("## 見出し #infra &#47; a#1 #0", ()),
        ("https://r.example/issues/77 を参照", ("https://r.example/issues/77",)),
    ],
)
def test_tickets_are_numbers_behind_a_hash_or_addresses(text: str, found: tuple[str, ...]) -> None:
    assert find_ticket_refs(text) == found
