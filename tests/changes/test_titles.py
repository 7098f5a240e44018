"""Titles as they travel: letters esa would read something into go as entities, each of them once."""

from __future__ import annotations

import pytest

from kb.plan.values import escape_title, is_same_value, unescape_title


@pytest.mark.parametrize(
    ("title", "sent"),
    [
        ("入口/出口", "入口&#47;出口"),
        ("記事 #1", "記事 &#35;1"),
        ("入口/出口 #1 の障害", "入口&#47;出口 &#35;1 の障害"),
        ("R&D&#47;1", "R&D&#47;1"),
        ("記事 1", "記事 1"),
    ],
)
def test_a_slash_and_a_hash_are_sent_as_one_entity_each(title: str, sent: str) -> None:
    assert escape_title(title) == sent
    assert is_same_value("title", sent, title)
    assert unescape_title(sent) == unescape_title(title)


def test_of_a_person_the_number_counts() -> None:
    assert is_same_value("assignee", "大野 慎 #13", "#13")
    assert not is_same_value("assignee", "大野 慎 #13", "大野 慎 #14")
    assert not is_same_value("assignee", "大野 慎 #13", "")
