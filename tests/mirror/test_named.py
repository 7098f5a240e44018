"""Which pages name a host as a word of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.mirror import search as module
from kb.mirror.documents import SourceRow
from kb.mirror.search import find_mentions
from kb.mirror.store import Mirror
from kb.model.document import Kind, Source

PAGES = {
    1: ("web-1 の手順", "再起動する"),
    2: ("手順", "ＷＥＢ－１ を見る"),
    3: ("手順", "web-10 と old-web-1、web-1-db を見る"),
    4: ("手順", "`web-1`、web-1.example.jp を見る"),
    5: ("手順", "web 1"),
}


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    rows = [
        SourceRow(Source.ESA, Kind.POST, str(number), f"esa:{number}", title, body, {}, number=number, category="運用")
        for number, (title, body) in PAGES.items()
    ]
    with Mirror.open(tmp_path / ".kb" / "mirror.db") as made:
        with made.write() as write:
            write.put(rows)
        yield made


@pytest.mark.parametrize("index", [True, False])
def test_a_name_is_found_as_a_word_with_and_without_the_index(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch, index: bool
) -> None:
    if not index:
        monkeypatch.setattr(module, "match_expression", lambda terms: "")
    found = {document.doc: document.category for _, document in find_mentions(mirror, "web-1")}
    assert set(found) == {"esa:1", "esa:2", "esa:4"}
    assert set(found.values()) == {"運用"}
    assert list(find_mentions(mirror, "")) == []
    assert list(find_mentions(mirror, "db-9")) == []


def test_what_is_gone_names_nothing_and_no_more_than_so_many_are_looked_at(
    mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = mirror.find(Source.ESA, Kind.POST, "4")
    assert here is not None
    with mirror.write() as write:
        write.mark_gone(here.id)
    assert {document.doc for _, document in find_mentions(mirror, "web-1")} == {"esa:1", "esa:2"}
    monkeypatch.setattr(module, "MENTION_CAP", 1)
    assert [document.doc for _, document in find_mentions(mirror, "web-1")] == ["esa:2"]
