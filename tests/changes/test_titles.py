"""Titles as they travel: letters esa would read something into go as entities, each of them once."""

from __future__ import annotations

import pytest

from kb.plan.values import read_title, same
from kb.sources.esa.remote import sent_title


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
    assert sent_title(title) == sent
    assert same("title", sent, title)
    assert read_title(sent) == read_title(title)


def test_of_a_person_the_number_counts() -> None:
    assert same("assignee", "大野 慎 #13", "#13")
    assert not same("assignee", "大野 慎 #13", "大野 慎 #14")
    assert not same("assignee", "大野 慎 #13", "")
