"""A ticket reopens, a member leaves, a date passes: the next lint says so, and no page was read again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from lint.world_rows import CLOSED, put_members, put_ticket

from kb.lint.engine import work
from kb.model.document import Document
from kb.model.facts import Confidence, Facts
from kb.model.finding import Severity
from kb.model.page import Entry
from kb.rules.registry import Hit, Rule
from kb.rules.world import World
from kb.text.lang import t

PAGE = """## 影響
2025/06/03 の 09:40 から、新規登録 62 件で番号が空になった。

## 原因
番号の表の残りが 0 件になった。残数を知らせる仕組みがなかった。

## 対応
番号を 20 万件補充した。

## 再発防止
- [ ] 残数が 1 万件を切ったら通知する（担当: noguchi / 期限: 2025-06-20） #45
"""
LINT = ("lint", "--format", "jsonl", "--select", "TST", "--fail-on", "warning", "--now", "2025-06-10")

Call = Callable[..., Any]


def late(entry: Entry, world: World) -> Iterator[Hit]:
    for item in entry.facts.items if entry.facts else ():
        if item.due and item.due < world.today.isoformat():
            yield Hit(t("期限を過ぎました。", "overdue."), item.span, Confidence.HIGH, content=item.content)


def reopened(entry: Entry, world: World) -> Iterator[Hit]:
    for item in entry.facts.items if entry.facts else ():
        for word in item.tickets:
            ticket = world.tickets.get(word)
            if ticket is not None and not ticket.closed and ticket.since:
                said = t(f"{ticket.by} さんが {ticket.since} に戻しました。", f"{ticket.by}: {ticket.since}")
                yield Hit(said, item.span, Confidence.HIGH, content=item.content)


def left(entry: Entry, world: World) -> Iterator[Hit]:
    for item in entry.facts.items if entry.facts else ():
        if any(name in item.owner.casefold() for name in world.former):
            yield Hit(t("担当がいません。", "the owner left."), item.span, Confidence.HIGH, content=item.content)


@pytest.fixture(autouse=True)
def joins(registry: Callable[[], None]) -> None:
    for number, join in enumerate((late, reopened, left), 1):
        Rule(f"TST00{number}", f"linters.incident.tst_{join.__name__}", Severity.WARNING, None, join, ("incident",))
    registry()


@pytest.fixture
def lint(kb: Call, posts: Any, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Lints a mirror of one incident page, first as all is well; afterwards it may not be read."""
    posts.put((1, "番号が発行されない", PAGE), (2, "昼", "昼の献立。\n"))
    put_ticket(posts.root, 45, (CLOSED, "2025-06-05T00:00:00Z", "大野"))
    put_members(posts.root, ("noguchi", "sato"))
    assert kb(*LINT).codes == []

    read = work.read_document

    def read_tickets(document: Document, *words: Any) -> Facts:
        assert document.doc != "esa:1", "the page was read again"
        return read(document, *words)

    monkeypatch.setattr(work, "read_document", read_tickets)
    work.build_judge.cache_clear()

    def call(*more: str) -> Any:
        said = kb(*LINT, *more)
        assert said.code in (0, 1), said.err
        return said

    return call


def test_a_ticket_that_reopens_is_told_with_who_and_when(lint: Call, posts: Any) -> None:
    closed = (CLOSED, "2025-06-05T00:00:00Z", "大野")
    put_ticket(posts.root, 45, closed, ("1", "2025-06-08T00:00:00Z", "佐藤"))
    for more in (("--new-only",), ()):  # first what is new, which the next run is not told again
        said = lint(*more)
        assert said.codes == [("esa:1", "TST002")]
        assert said.rows[0]["message"] == "佐藤 さんが 2025-06-08 に戻しました。"
        assert (said.rows[0]["line"], said.rows[0]["column"]) == (11, 7)
    assert lint("--new-only").codes == []
    put_ticket(posts.root, 45, closed, ("1", "2025-06-08T00:00:00Z", "佐藤"), (CLOSED, "2025-06-09T00:00:00Z", "佐藤"))
    assert lint().codes == []


def test_a_ticket_that_appears_is_looked_up(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", PAGE))
    assert kb(*LINT).codes == []
    put_ticket(posts.root, 45, (CLOSED, "2025-06-05T00:00:00Z", "大野"), ("1", "2025-06-08T00:00:00Z", "佐藤"))
    assert ("esa:1", "TST002") in kb(*LINT, "--new-only").codes


def test_a_member_who_leaves_is_told(lint: Call, posts: Any) -> None:
    put_members(posts.root, ("sato",), ("noguchi",))
    assert lint("--new-only").codes == [("esa:1", "TST003")]
    assert lint("--new-only").codes == []
    put_members(posts.root, ("noguchi", "sato"))
    assert lint().codes == []


def test_a_date_that_passes_is_told(lint: Call) -> None:
    assert lint("--now", "2025-06-20").codes == []
    assert lint("--now", "2025-06-21", "--new-only").codes == [("esa:1", "TST001")]
    assert lint("--now", "2025-06-22", "--new-only").codes == []
    assert lint("--now", "2025-06-22").codes == [("esa:1", "TST001")]


def test_the_day_is_the_teams(lint: Call) -> None:
    assert lint("--now", "2025-06-20T14:59:00Z").codes == []
    assert lint("--now", "2025-06-20T15:00:00Z").codes == [("esa:1", "TST001")]


def test_a_local_file_is_joined_with_the_workspaces_world(kb: Call, posts: Any) -> None:
    put_ticket(posts.root, 45, (CLOSED, "2025-06-05T00:00:00Z", "大野"), ("1", "2025-06-08T00:00:00Z", "佐藤"))
    put_members(posts.root, ("sato",), ("noguchi",))
    (posts.root / "draft.md").write_text(f"# 番号が発行されない\n\n{PAGE}", encoding="utf-8")
    said = kb(*LINT, "--now", "2025-06-21", "draft.md")
    assert sorted(code for _, code in said.codes) == ["TST001", "TST002", "TST003"]


def test_a_ticket_nobody_names_any_more_costs_nothing(kb: Call, posts: Any) -> None:
    posts.put((1, "番号が発行されない", PAGE))
    put_ticket(posts.root, 45, (CLOSED, "2025-06-05T00:00:00Z", "大野"))
    kb(*LINT)
    posts.put((1, "番号が発行されない", "昼の献立。\n"))
    put_ticket(posts.root, 45, (CLOSED, "2025-06-05T00:00:00Z", "大野"), ("1", "2025-06-08T00:00:00Z", "佐藤"))
    assert kb(*LINT, "--new-only").codes == []
    with closing(sqlite3.connect(posts.root / ".kb" / "cache" / "judged.db")) as kept:
        assert kept.execute("SELECT count(*) FROM named").fetchone() == (0,)
        assert kept.execute("SELECT count(*) FROM tickets").fetchone() == (0,)
